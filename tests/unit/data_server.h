/* data_server.h — a small HTTP server on the loopback address that can misbehave, for the tests of
 * downloads. It answers one connection at a time and closes each. */
#ifndef TESTS_UNIT_DATA_SERVER_H
#define TESTS_UNIT_DATA_SERVER_H

#include <stddef.h>
#include <stdint.h>

typedef enum data_manner {
    DATA_WHOLE,     /* as asked: 200, or 206 for a range */
    DATA_NO_RANGE,  /* always the whole file with 200 */
    DATA_BAD_RANGE, /* 416 for a range, the whole file otherwise */
    DATA_CUT,       /* promises all that is left, sends `most` bytes of it and closes */
    DATA_UNTOLD,    /* no length; sends `most` bytes and closes */
    DATA_STALL,     /* sends `most` bytes, of a range none; the connection stays open */
    DATA_SILENT,    /* takes the request and never answers */
    DATA_HANG_UP,   /* closes without an answer */
    DATA_DRIP,      /* promises all that is left, sends `most` bytes ten times a second */
    DATA_PAGE,      /* 200 with a page, whatever is asked */
    DATA_PROXY,     /* 407, as a proxy that wants a password */
    DATA_ERROR,     /* 500 with a page */
    DATA_REDIRECT   /* 302 to `location` */
} data_manner;

/* What is at one path; a path that is not listed is answered with 404 and a page. */
typedef struct data_page {
    const char *path; /* "/good/file" */
    data_manner manner;
    const uint8_t *bytes;
    size_t n, most;
    const char *location;
} data_page;

typedef struct data_server data_server;

/* Answers from n_pages pages, which must live until data_server_stop. */
data_server *data_server_start(const data_page *pages, int n_pages);
void data_server_stop(data_server *server);

/* "http://127.0.0.1:PORT" */
const char *data_server_address(const data_server *server);

/* How many requests came, and what they were: "/good/file", "/good/file from 1000". */
int data_server_n_requests(data_server *server);
const char *data_server_request(data_server *server, int i);

#endif
