/* status.h — how every function of gan.c tells what went wrong.
 *
 * A function that can fail returns a gan_status and takes, as its last argument, a gan_error that
 * it fills with the sentence a person needs: what failed, on which file or value, and what to do.
 * There is no global error state: two threads with two gan_errors never meet. */
#ifndef GAN_STATUS_H
#define GAN_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* X(name, exit code of the command line program, text) */
#define GAN_STATUS_LIST(X)                                                                         \
    X(OK, 0, "ok")                                                                                 \
    X(E_FAILED, 1, "failed")                                                                       \
    X(E_MEMORY, 71, "out of memory")                                                               \
    X(E_UNSUPPORTED, 1, "not supported")                                                           \
    X(E_BACKEND, 1, "a library or device call failed")                                             \
    X(E_NONFINITE, 1, "a loss or a gradient is not finite")                                        \
    X(E_MISMATCH, 1, "values differ by more than the tolerance")                                   \
    X(E_LOCKED, 1, "in use by another process")                                                    \
    X(E_USAGE, 2, "invalid argument")                                                              \
    X(E_DATA, 65, "bad data")                                                                      \
    X(E_NO_INPUT, 66, "no such input")                                                             \
    X(E_NO_DEVICE, 69, "no such device")                                                           \
    X(E_CREATE, 73, "cannot create")                                                               \
    X(E_IO, 74, "input or output error")                                                           \
    X(E_INTERRUPTED, 130, "interrupted")

#define GAN_STATUS_ENUM(name, exit_code, text) GAN_##name,
typedef enum gan_status { GAN_STATUS_LIST(GAN_STATUS_ENUM) GAN_STATUS_COUNT } gan_status;
#undef GAN_STATUS_ENUM

/* What went wrong, in words. Zero-initialize; pass NULL where the words are not wanted.
 * text is one line in UTF-8, without a final newline; a longer message is cut at the end. */
typedef struct gan_error {
    gan_status status;
    char text[1024];
} gan_error;

/* The name's text ("bad data"); "unknown status" for a value outside the enum. Never NULL. */
const char *gan_status_text(gan_status status);

/* The exit code that the command line program gives for this status; 1 for an unknown one. */
int gan_status_exit_code(gan_status status);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
