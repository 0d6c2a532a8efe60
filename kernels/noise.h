/* noise.h — normal(0,1) draws by index (base/normal.h), four of each philox block. */
#ifndef GAN_KERNELS_NOISE_H
#define GAN_KERNELS_NOISE_H

#include "kernels/pack.h"

/* The pair of draws of two words, by Box and Muller. sincospi has no slow path for large angles. */
GAN_DEVICE void gan_normal_pair(uint32_t a, uint32_t b, float *even, float *odd)
{
    const float radius = sqrtf(-2.0f * logf(gan_unit_float(a)));
    float sine, cosine;
    sincospif(2.0f * gan_unit_float(b), &sine, &cosine);
    *even = radius * cosine;
    *odd = radius * sine;
}

/* Draw i of the step by itself: for packs that do not begin where a block does. */
GAN_DEVICE float gan_normal_at(const gan_noise_attr *attr, uint64_t step, int64_t i)
{
    const gan_philox4 words = gan_philox(attr->seed, attr->stream, step, (uint32_t)(i / 4));
    const bool second = (i & 2) != 0;
    float even, odd;
    gan_normal_pair(second ? words.v[2] : words.v[0], second ? words.v[3] : words.v[1], &even,
                    &odd);
    return (i & 1) != 0 ? odd : even;
}

/* Packs first, first + stride, ... of the draws. */
template <typename T>
GAN_DEVICE void gan_draw_noise(const gan_noise_part *noise, bool wide, int64_t first,
                               int64_t stride)
{
    const int V = GAN_PACK(T);
    const gan_noise_attr *attr = &noise->attr;
    const uint64_t step = (uint64_t)noise->counters[GAN_COUNTER_STEP];
    for (int64_t i = first * V; i < noise->n; i += stride * V) {
        float v[GAN_PACK(T)];
        GAN_UNROLL
        for (int k = 0; k < V; k += 4) {
            const int64_t at = attr->first + i + k;
            if (attr->first % 4 != 0) {
                for (int j = 0; j < 4; j++) {
                    v[k + j] = gan_normal_at(attr, step, at + j);
                }
                continue;
            }
            const gan_philox4 words =
                gan_philox(attr->seed, attr->stream, step, (uint32_t)(at / 4));
            gan_normal_pair(words.v[0], words.v[1], &v[k], &v[k + 1]);
            gan_normal_pair(words.v[2], words.v[3], &v[k + 2], &v[k + 3]);
        }
        gan_store((T *)noise->z, i, noise->n, wide, v);
    }
}

#endif
