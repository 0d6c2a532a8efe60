/* source.h — where the pictures come from that are measured: a generator, a data set, an array. */
#ifndef GAN_EVAL_SOURCE_H
#define GAN_EVAL_SOURCE_H

#include <signal.h>

#include "gan/data.h"
#include "gan/sample.h"

/* n pictures of (h,w,c) bytes, read in order or not. */
typedef struct gan_source {
    int64_t n, h, w, c;
    const char *label; /* "the samples", for messages; borrowed */
    gan_status (*read)(const struct gan_source *source, int64_t first, int64_t n, uint8_t *to,
                       gan_error *err);
    void *ctx;           /* of read */
    uint64_t seed;       /* of a generator: picture i is that of seed + i */
    int64_t first, step; /* of a data set: picture i is its first + i * step */
} gan_source;

/* The generator is borrowed. */
gan_source gan_source_of_generator(gan_generator *generator, uint64_t seed, int64_t n);

/* Every step-th picture of a data set, from `first` on; borrowed. */
gan_source gan_source_of_data(const gan_data *data, int64_t first, int64_t step);

/* n images (n,h,w,c) fp32 in [-1,1], borrowed: bytes as a PNG would have them. */
gan_source gan_source_of_floats(const float *images, int64_t n, int64_t h, int64_t w, int64_t c);

/* Floats in [-1,1] as bytes. */
void gan_source_to_bytes(const float *x, int64_t n, uint8_t *to);

#endif
