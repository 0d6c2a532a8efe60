/* sliced.h — sliced Wasserstein distance of patches of Laplacian pyramids: how alike two sets of
 * pictures are at each scale, without any network (Karras et al. 2018, "Progressive growing of
 * GANs", whose definition this is). */
#ifndef GAN_EVAL_SLICED_H
#define GAN_EVAL_SLICED_H

#include "eval/matrix.h"

enum {
    GAN_SLICED_LEVELS = 16, /* room for any picture */
    GAN_SLICED_PATCH = 7,
    GAN_SLICED_PATCHES = 128,    /* of a picture, at each level */
    GAN_SLICED_DIRECTIONS = 512, /* 4 times 128 there: their mean is the same */
    GAN_SLICED_SMALLEST = 16     /* pixels: halving ends before a side is smaller */
};

/* n pictures of (h,w,c) bytes each; borrowed. */
typedef struct gan_pictures {
    const uint8_t *x;
    int64_t n, h, w, c;
} gan_pictures;

typedef struct gan_sliced {
    int levels;
    int64_t sides[GAN_SLICED_LEVELS];    /* the smaller side of each level, the picture's first */
    double distances[GAN_SLICED_LEVELS]; /* times 1000, as they are reported */
    double mean;
} gan_sliced;

/* Patches of 7 x 7, at the same places of both sets, each channel of a set brought to mean 0 and
 * deviation 1; along a random direction, the mean difference of the sorted projections. Places and
 * directions are functions of (seed, level, number). GAN_E_DATA: no pictures, sets of different
 * sizes, or sides below 7; GAN_E_MEMORY: takes 128 * 49 * c floats a picture. */
gan_status gan_sliced_measure(const gan_tools *tools, const gan_pictures *a, const gan_pictures *b,
                              uint64_t seed, gan_sliced *out, gan_error *err);

#endif
