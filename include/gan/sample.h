/* sample.h — images from a trained generator. */
#ifndef GAN_SAMPLE_H
#define GAN_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "gan/listener.h"
#include "gan/net.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct gan_generator gan_generator;

typedef enum gan_averaging {
    GAN_AVERAGED_IF_THERE, /* the averaged weights where the checkpoint has them */
    GAN_AVERAGED,
    GAN_NOT_AVERAGED
} gan_averaging;

/* What a generator's batch norm is by when it is sampled: statistics that are measured for its
 * weights over batches of noise of their own ("precise batch norm", Wu and Johnson 2021), or the
 * moving ones of training, which lag behind the weights. A function of the weights and of this. All
 * zero is a good default; no difference without batch norm. */
typedef struct gan_statistics {
    bool moving;     /* the moving ones */
    int64_t batches; /* that are measured; 0 = 16 */
    int64_t batch;   /* z of each; 0 = 64 */
    uint64_t seed;   /* of their z, which no other draws meet */
} gan_statistics;

/* All zero is a good default. */
typedef struct gan_generator_options {
    const char *device; /* "auto" (NULL means it), "cpu", "cuda", "cuda:1", "reference" */
    int threads;        /* 0 = every core this process may use */
    gan_averaging averaging;
    gan_statistics statistics;
    const gan_listener *listener; /* may be NULL */
} gan_generator_options;

/* gan_generator_open() — the generator of a checkpoint, ready to sample.
 *
 *  path  a checkpoint, or a run folder: its newest whole checkpoint
 *
 * *out is the caller's (gan_generator_close). GAN_E_NO_INPUT; GAN_E_DATA when the file is damaged
 * or no checkpoint; GAN_E_USAGE when averaged weights are asked for and there are none;
 * GAN_E_NO_DEVICE, GAN_E_MEMORY, GAN_E_IO, GAN_E_BACKEND. */
gan_status gan_generator_open(const char *path, const gan_generator_options *options,
                              gan_generator **out, gan_error *err);
void gan_generator_close(gan_generator *generator); /* NULL is fine */

const gan_net *gan_generator_net(const gan_generator *generator); /* lives with the generator */
int64_t gan_generator_step(const gan_generator *generator); /* of training, at the checkpoint */
bool gan_generator_is_averaged(
    const gan_generator *generator); /* whether it samples by the averaged weights */
bool gan_generator_is_precise(const gan_generator *generator);  /* measured, and batch norm */
const char *gan_generator_path(const gan_generator *generator); /* of the checkpoint */

/* gan_generator_sample() — n images (n,H,W,C) f32 in [-1,1], overwritten, of n seeds. Image i is a
 * function of seeds[i] and the weights alone: the same bytes whatever is asked beside it. */
gan_status gan_generator_sample(gan_generator *generator, const uint64_t *seeds, int64_t n,
                                float *images, gan_error *err);

/* The same of n given latent vectors z (n,nz). */
gan_status gan_generator_decode(gan_generator *generator, const float *z, int64_t n, float *images,
                                gan_error *err);

/* How far a generator has come. */
typedef struct gan_likeness {
    double share; /* 0: its images are no nearer to those it learned from than plain grey or noise;
                     1: as near as other real images */
    const char *words; /* the same in a few words */
    int64_t images;    /* of each set that was compared, at most 512 */
} gan_likeness;

/* gan_generator_judge() — looks at images of the generator (seeds 0, 1, ...) beside those of the
 * data set that its checkpoint names, which is opened again; run/likeness.h says how. It tells
 * noise and grey from pictures, not good ones from better ones. Errors of gan_data_open and of
 * sampling; GAN_E_DATA where the data set has fewer than two images, or nothing but one colour. */
gan_status gan_generator_judge(gan_generator *generator, gan_likeness *out, gan_error *err);

/* z (nz) of a seed: normal(0,1) draws, overwritten. */
void gan_latent_of_seed(uint64_t seed, int64_t nz, float *z);

/* The point at share t of the great circle from a to b, all (nz): spherical interpolation (White,
 * "Sampling generative networks", 2016), straight where a and b are parallel. out may be a or b. */
void gan_latent_slerp(const float *a, const float *b, double t, int64_t nz, float *out);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
