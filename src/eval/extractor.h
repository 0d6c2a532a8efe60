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
    int64_t logits;                  /* the same of the classifier; 0 = there is none */
    int planes; /* the network looks at so many colour planes, one by one; else 1 */
} gan_extractor_info;

/* What is compared where nobody says: the features that belong to the data set of that name, as
 * gan_data_open() takes it ("mnist" of mnist), else "random-conv". NULL is fine. */
const char *gan_extractor_default(const char *source);

/* Features of pictures of (h,w,c) bytes, c 1, 3 or 4.
 *  spec  "random-conv" (a shipped network of random convolutions, data/nets/random-conv.yaml);
 *        "pixels" (the picture itself, at most 16 x 16);
 *        or a network with its weights, as feature_files.h says: of one network alone, with an
 *        output `features` or its last layer, and perhaps an output `logits`.
 *        Each but pixels may begin with "planes:": the network, which takes grey pictures, then
 *        looks at each colour plane by itself. The planes' features lie side by side, and their
 *        logits too: a class is one of each plane, (0,0,0) the first, the last plane's changing
 *        fastest
 * *out is the caller's. GAN_E_USAGE: a network that is none; GAN_E_NO_INPUT, GAN_E_DATA (weights
 * that lack a tensor, or have it in another shape), and what a device may fail with. */
gan_status gan_extractor_open(const char *spec, int64_t h, int64_t w, int64_t c,
                              const gan_extractor_options *options, gan_extractor **out,
                              gan_error *err);
void gan_extractor_close(gan_extractor *extractor); /* NULL is fine */

gan_extractor_info gan_extractor_describe(const gan_extractor *extractor);

/* Features (n,features) of n pictures (n,h,w,c); logits (n,logits), not looked at where there are
 * none. A picture's numbers do not depend on those beside it. */
gan_status gan_extractor_run(gan_extractor *extractor, const uint8_t *pictures, int64_t n,
                             float *features, float *logits, gan_error *err);

#endif
