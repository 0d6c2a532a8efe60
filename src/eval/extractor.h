/* extractor.h — features of pictures: what is compared in their place.
 *
 * Numbers of different features do not compare: every result names them, and their hash. */
#ifndef GAN_EVAL_EXTRACTOR_H
#define GAN_EVAL_EXTRACTOR_H

#include <stdint.h>

#include "base/error.h"
#include "gan/listener.h"

typedef struct gan_extractor gan_extractor;

typedef struct gan_extractor_options {
    const char *device; /* as in gan_generator_options */
    int threads;
    const gan_listener *listener;
} gan_extractor_options;

typedef struct gan_extractor_info {
    const char *name;   /* "random-conv", "pixels", or the network's */
    const char *hash;   /* of what the features are a function of; 64 hexadecimal digits */
    const char *filter; /* how a picture comes to the size that is looked at: "none", or its name */
    int64_t height, width, channels; /* that size */
    int64_t features;                /* numbers a picture */
    int64_t classes;                 /* logits a picture; 0 = no classifier */
} gan_extractor_info;

/* Features of pictures of (h,w,c) bytes, c 1, 3 or 4.
 *  spec  "random-conv" (a shipped network of random convolutions, data/nets/random-conv.yaml);
 *        "pixels" (the picture itself, at most 16 x 16);
 *        NAME|FILE.yaml[:FILE.safetensors], a description of one network alone, with an output
 *        `features` or its last layer, and perhaps an output `logits`; without weights it has the
 *        initial values of seed 1
 * *out is the caller's. GAN_E_USAGE: a network that is none; GAN_E_NO_INPUT, GAN_E_DATA (weights
 * that lack a tensor, or have it in another shape), and what a device may fail with. */
gan_status gan_extractor_open(const char *spec, int64_t h, int64_t w, int64_t c,
                              const gan_extractor_options *options, gan_extractor **out,
                              gan_error *err);
void gan_extractor_close(gan_extractor *extractor); /* NULL is fine */

gan_extractor_info gan_extractor_describe(const gan_extractor *extractor);

/* Features (n,features) of n pictures (n,h,w,c); logits (n,classes), not
 * looked at where there are none. A picture's numbers do not depend on those beside it. */
gan_status gan_extractor_run(gan_extractor *extractor, const uint8_t *pictures, int64_t n,
                             float *features, float *logits, gan_error *err);

#endif
