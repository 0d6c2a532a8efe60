/* batch_norm.h — the normalization that backward and inference share. */
#ifndef GAN_KERNELS_BATCH_NORM_H
#define GAN_KERNELS_BATCH_NORM_H

#include "kernels/tiling.h"

/* z = (x - mean) * factor + beta for the channels of one pack. */
typedef struct gan_affine {
    float mean, factor, beta;
} gan_affine;

/* Channel c; one that does not exist normalizes 0 to 0. */
GAN_DEVICE gan_affine gan_affine_at(const float *gamma, const float *beta, const float *mean,
                                    const float *var, float epsilon, int64_t c, int64_t channels)
{
    gan_affine a = {0.0f, 0.0f, 0.0f};
    if (c < channels) {
        a.mean = mean[c];
        a.factor = gamma[c] * (1.0f / sqrtf(var[c] + epsilon));
        a.beta = beta[c];
    }
    return a;
}

GAN_DEVICE float gan_affine_apply(const gan_affine *a, float x)
{
    return (x - a->mean) * a->factor + a->beta;
}

#endif
