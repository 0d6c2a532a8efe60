/* transfer.h — one request to one address: bytes of a file, from an offset on, by libcurl. */
#ifndef GAN_DATA_TRANSFER_H
#define GAN_DATA_TRANSFER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

typedef struct gan_transfer {
    const char *url;
    int fd;           /* bytes are written at its position, which is `from` */
    const char *path; /* of fd, for messages */
    int64_t from;     /* where to begin; > 0 asks for a range */
    int64_t most;     /* the file's size: an answer that goes beyond it is refused */
    int stall_seconds, connect_seconds;
    int patience_seconds; /* gives up when the rest would take longer; 0: never */
    void (*progress)(void *ctx, int64_t done, int64_t total); /* of the whole file; may be NULL */
    void *progress_ctx;
    const volatile sig_atomic_t *cancel;
} gan_transfer;

typedef enum gan_transfer_end {
    GAN_TRANSFER_ENDED,    /* the answer ended as it said; whether it is all, the caller counts */
    GAN_TRANSFER_BROKEN,   /* no such file, no connection, slow, cut short, a web page instead */
    GAN_TRANSFER_SLOW,     /* it would take longer than patience_seconds */
    GAN_TRANSFER_WRONG,    /* more bytes than the file has: it is another file */
    GAN_TRANSFER_NO_RANGE, /* the server does not give parts: ask from 0 */
    GAN_TRANSFER_FAILED    /* on this side: disk full, cancelled; no other server helps */
} gan_transfer_end;

/* Runs the request; what arrived was written, however it ended. err tells why when it is not
 * GAN_TRANSFER_ENDED: GAN_E_DATA with GAN_TRANSFER_WRONG; GAN_E_IO, GAN_E_MEMORY or
 * GAN_E_INTERRUPTED with GAN_TRANSFER_FAILED; GAN_E_IO with the others. */
gan_transfer_end gan_transfer_run(const gan_transfer *transfer, gan_error *err);

/* curl's global state, counted; not to be called from two threads at once. */
gan_status gan_transfer_start(gan_error *err);
void gan_transfer_stop(void);

#endif
