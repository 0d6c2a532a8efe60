/* data_server.c — one thread, one connection at a time, HTTP/1.1 as far as GET needs it. */
#define _GNU_SOURCE /* sockets, accept4 */
#include "unit/data_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { MAX_REQUESTS = 256, MAX_HEAD = 8192, MAX_PATH = 80, REQUEST_TEXT = 128 };

struct data_server {
    const data_page *pages;
    int n_pages, listener, stop[2];
    char address[64];
    pthread_t thread;
    pthread_mutex_t lock; /* of the two below */
    int n_requests;
    char requests[MAX_REQUESTS][REQUEST_TEXT];
};

/* True if the server is to stop; false when there is something to read from fd, or it closed. */
static bool wait_for(data_server *server, int fd)
{
    struct pollfd both[2] = {{.fd = server->stop[0], .events = POLLIN},
                             {.fd = fd, .events = POLLIN}};
    while (poll(both, 2, -1) < 0) {
    }
    return both[0].revents != 0;
}

static void send_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0) {
            return; /* the client went away, as some tests make it */
        }
        p += sent;
        n -= (size_t)sent;
    }
}

static void send_text(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void send_text(int fd, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    send_all(fd, text, n > 0 ? (size_t)n : 0);
}

static void send_page(int fd, const char *status)
{
    const char *body = "<html>not what you are looking for</html>";
    send_text(fd, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status,
              strlen(body), body);
}

/* Reads to the empty line. False when the client closed or the server stops. */
static bool read_head(data_server *server, int fd, char head[MAX_HEAD])
{
    size_t n = 0;
    head[0] = '\0';
    while (!strstr(head, "\r\n\r\n") && n + 1 < MAX_HEAD) {
        if (wait_for(server, fd)) {
            return false;
        }
        ssize_t got = recv(fd, head + n, MAX_HEAD - 1 - n, 0);
        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        head[n] = '\0';
    }
    return true;
}

static void record(data_server *server, const char *path, size_t from)
{
    pthread_mutex_lock(&server->lock);
    if (server->n_requests < MAX_REQUESTS) {
        char *text = server->requests[server->n_requests++];
        if (from > 0) {
            snprintf(text, REQUEST_TEXT, "%.*s from %zu", MAX_PATH, path, from);
        } else {
            snprintf(text, REQUEST_TEXT, "%s", path);
        }
    }
    pthread_mutex_unlock(&server->lock);
}

static void send_head(int fd, size_t from, size_t n, bool ranged)
{
    if (ranged) {
        send_text(fd, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %zu-%zu/%zu\r\n", from,
                  n - 1, n);
    } else {
        send_text(fd, "HTTP/1.1 200 OK\r\n");
    }
    send_text(fd, "Content-Length: %zu\r\nConnection: close\r\n\r\n", n - from);
}

static void drip(data_server *server, int fd, const uint8_t *bytes, size_t n, size_t drop)
{
    struct pollfd both[2] = {{.fd = server->stop[0], .events = POLLIN},
                             {.fd = fd, .events = POLLRDHUP}};
    for (size_t at = 0; at < n && poll(both, 2, 100) == 0; at += drop) {
        send_all(fd, bytes + at, drop < n - at ? drop : n - at);
    }
}

static void send_file(data_server *server, int fd, const data_page *page, size_t from)
{
    bool ignores = page->manner == DATA_NO_RANGE || page->manner == DATA_BAD_RANGE;
    size_t start = ignores || from > page->n ? 0 : from, n = page->n - start;
    if (page->manner == DATA_UNTOLD) {
        send_text(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        start = 0;
        n = page->n;
    } else {
        send_head(fd, start, page->n, start > 0);
    }
    bool partial =
        page->manner == DATA_CUT || page->manner == DATA_STALL || page->manner == DATA_UNTOLD;
    size_t most = page->manner == DATA_STALL && start > 0 ? 0 : page->most;
    if (page->manner == DATA_DRIP) {
        drip(server, fd, page->bytes + start, n, most);
        return;
    }
    send_all(fd, page->bytes + start, partial && most < n ? most : n);
    if (page->manner == DATA_STALL) {
        (void)wait_for(server, fd);
    }
}

static void answer(data_server *server, int fd, const char *path, size_t from)
{
    const data_page *page = NULL;
    for (int i = 0; i < server->n_pages && !page; i++) {
        page = strcmp(server->pages[i].path, path) == 0 ? &server->pages[i] : NULL;
    }
    if (!page) {
        send_page(fd, "404 Not Found");
    } else if (page->manner == DATA_ERROR) {
        send_page(fd, "500 Internal Server Error");
    } else if (page->manner == DATA_PAGE) {
        send_page(fd, "200 OK\r\nContent-Type: text/html; charset=utf-8");
    } else if (page->manner == DATA_PROXY) {
        send_page(fd, "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"");
    } else if (page->manner == DATA_REDIRECT) {
        send_text(fd,
                  "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n"
                  "Connection: close\r\n\r\n",
                  page->location);
    } else if (page->manner == DATA_SILENT) {
        (void)wait_for(server, fd);
    } else if (page->manner == DATA_BAD_RANGE && from > 0) {
        send_page(fd, "416 Range Not Satisfiable");
    } else if (page->manner != DATA_HANG_UP) {
        send_file(server, fd, page, from);
    }
}

static void serve(data_server *server, int fd)
{
    char head[MAX_HEAD], path[MAX_PATH] = "";
    if (!read_head(server, fd, head)) {
        return;
    }
    const char *range = strstr(head, "Range: bytes=");
    size_t from = range ? (size_t)strtoull(range + 13, NULL, 10) : 0;
    if (sscanf(head, "GET %79s", path) == 1) {
        record(server, path, from);
        answer(server, fd, path, from);
    }
    (void)shutdown(fd, SHUT_WR);
}

static void *run(void *ctx)
{
    data_server *server = ctx;
    while (!wait_for(server, server->listener)) {
        int fd = accept(server->listener, NULL, NULL);
        if (fd >= 0) {
            serve(server, fd);
            (void)close(fd);
        }
    }
    return NULL;
}

data_server *data_server_start(const data_page *pages, int n_pages)
{
    data_server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    server->pages = pages;
    server->n_pages = n_pages;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(server->listener >= 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&at, size), 0);
    assert_int_equal(listen(server->listener, 16), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&at, &size), 0);
    snprintf(server->address, sizeof server->address, "http://127.0.0.1:%d", ntohs(at.sin_port));
    assert_int_equal(pipe(server->stop), 0);
    assert_int_equal(pthread_mutex_init(&server->lock, NULL), 0);
    assert_int_equal(pthread_create(&server->thread, NULL, run, server), 0);
    return server;
}

void data_server_stop(data_server *server)
{
    assert_int_equal(write(server->stop[1], "x", 1), 1);
    assert_int_equal(pthread_join(server->thread, NULL), 0);
    (void)close(server->listener);
    (void)close(server->stop[0]);
    (void)close(server->stop[1]);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

const char *data_server_address(const data_server *server)
{
    return server->address;
}

int data_server_n_requests(data_server *server)
{
    pthread_mutex_lock(&server->lock);
    int n = server->n_requests;
    pthread_mutex_unlock(&server->lock);
    return n;
}

const char *data_server_request(data_server *server, int i)
{
    return i < data_server_n_requests(server) ? server->requests[i] : "(none)";
}
