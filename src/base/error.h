/* error.h — filling a gan_error and forwarding a status. */
#ifndef GAN_BASE_ERROR_H
#define GAN_BASE_ERROR_H

#include "gan/status.h"

/* Writes the formatted sentence into err (NULL is fine) and returns status, so that a failure is
 * one statement: return gan_fail(err, GAN_E_DATA, "%s: not a PNG file", path); */
gan_status gan_fail(gan_error *err, gan_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the sentence already in err and returns err's status, for a caller that
 * knows which file or layer the failure concerns. */
gan_status gan_fail_in(gan_error *err, gan_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __clang_analyzer__ /* which sees no other file: what they return is what they are given */
#define gan_fail(err, status, ...) (gan_fail(err, status, __VA_ARGS__), (status))
#define gan_fail_in(err, status, ...) (gan_fail_in(err, status, __VA_ARGS__), (status))
#endif

/* Returns from the calling function when the call fails. Where something is owned, use a `done:`
 * label instead. */
#define GAN_TRY(call)                                                                              \
    do {                                                                                           \
        gan_status try_status_ = (call);                                                           \
        if (try_status_ != GAN_OK) {                                                               \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

/* Jumps to `done` with `status` set when the call fails; both must exist in the function. */
#define GAN_TRY_DONE(call)                                                                         \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != GAN_OK) {                                                                    \
            goto done;                                                                             \
        }                                                                                          \
    } while (0)

#endif
