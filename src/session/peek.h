/* peek.h — a buffer of a program as floats, whatever its type. */
#ifndef GAN_SESSION_PEEK_H
#define GAN_SESSION_PEEK_H

#include "program/backend.h"

/* *out: the elements of a float buffer of the last run, the caller's (free()). Errors of the
 * backend's peek; GAN_E_MEMORY. */
gan_status gan_peek_floats(const gan_backend *backend, gan_executable *executable,
                           const gan_program *program, int buffer, float **out, gan_error *err);

#endif
