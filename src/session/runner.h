/* runner.h — what a network whose parameters lie in a device's store makes of images. */
#ifndef GAN_SESSION_RUNNER_H
#define GAN_SESSION_RUNNER_H

#include "net/net.h"
#include "program/backend.h"

typedef struct gan_runner gan_runner;

/* Compiles gan_build_forward() for chunks of `chunk` images: of the averaged values when averaged.
 * names: of n outputs. backend, device and stack are borrowed, the names are not looked at again.
 * Owned by the caller; destroy it before the device. GAN_E_USAGE: no such output. */
gan_status gan_runner_create(const gan_backend *backend, gan_device *device, const gan_stack *stack,
                             bool averaged, int64_t chunk, const char *const *names, int n,
                             gan_runner **out, gan_error *err);
void gan_runner_destroy(gan_runner *runner); /* NULL is fine */

/* Numbers of one image: of what goes in, and of output i. */
int64_t gan_runner_in_count(const gan_runner *runner);
int64_t gan_runner_out_count(const gan_runner *runner, int i);

/* The results for n images (n,H,W,C) in [-1,1]: results[i] has room for n rows of output i. Chunks
 * have one size, the last one padded, so a row does not change with what is asked beside it. */
gan_status gan_runner_run(gan_runner *runner, const float *images, int64_t n, float *const *results,
                          gan_error *err);

#endif
