/* sampler.h — images from a generator whose parameters lie in a device's store. */
#ifndef GAN_SESSION_SAMPLER_H
#define GAN_SESSION_SAMPLER_H

#include "gan/sample.h"
#include "program/backend.h"

typedef struct gan_chunk_sampler gan_chunk_sampler;

enum { GAN_SAMPLE_CHUNK = 32 }; /* images per run of the program; the last run is padded */

/* Compiles the sampling program: of ema.param and ema.stat when averaged, else g.param and g.stat;
 * of ema.steady or g.steady in place of the statistics when steady, which gan_steady_run() fills.
 * backend, device and net are borrowed. Owned by the caller; destroy it before the device. */
gan_status gan_chunk_sampler_create(const gan_backend *backend, gan_device *device,
                                    const gan_net *net, bool averaged, bool steady,
                                    gan_chunk_sampler **out, gan_error *err);
void gan_chunk_sampler_destroy(gan_chunk_sampler *sampler); /* NULL is fine */

/* n images (n,H,W,C) from n latent vectors z (n,nz). An image depends on its own z alone: chunks
 * have one size, so the arithmetic of a row never changes with what is asked beside it. */
gan_status gan_chunk_sampler_run(gan_chunk_sampler *sampler, const float *z, int64_t n,
                                 float *images, gan_error *err);

/* The same from seeds. */
gan_status gan_chunk_sampler_run_seeds(gan_chunk_sampler *sampler, const uint64_t *seeds, int64_t n,
                                       float *images, gan_error *err);

#endif
