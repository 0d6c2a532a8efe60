/* dropout.h — which elements a dropout keeps: from a fed mask, or drawn by index. */
#ifndef GAN_KERNELS_DROPOUT_H
#define GAN_KERNELS_DROPOUT_H

#include "kernels/pack.h"

typedef struct gan_dropout {
    const uint8_t *mask;     /* NULL: drawn */
    const int64_t *counters; /* NULL: step 0 */
    uint64_t seed;
    int64_t first;
    uint32_t stream, threshold;
    float scale; /* of what is kept: 1 / (1 - rate) */
    bool active;
} gan_dropout;

static inline gan_dropout gan_dropout_of(const gan_bias_leaky_dropout_attr *attr,
                                         const uint8_t *mask, const int64_t *counters)
{
    gan_dropout d = {mask, counters, attr->seed, attr->first, attr->stream, 0, 1.0f, false};
    d.active = mask != NULL || attr->drop_rate > 0.0f;
    const double keep = 1.0 - (double)attr->drop_rate;
    d.threshold = gan_keep_threshold(keep);
    d.scale = (float)(1.0 / keep);
    return d;
}

/* Word `lane` of a block, without the indexing that would put it in local memory. */
GAN_DEVICE uint32_t gan_word(const gan_philox4 *block, int lane)
{
    const uint32_t low = lane & 1 ? block->v[1] : block->v[0];
    const uint32_t high = lane & 1 ? block->v[3] : block->v[2];
    return lane & 2 ? high : low;
}

/* v[k] = v[k] * scale where element i + k is kept, else 0, for a pack of `pack` elements; those at
 * or beyond n get any value. */
GAN_DEVICE void gan_drop(const gan_dropout *d, uint64_t step, int64_t i, int64_t n, int pack,
                         float *v)
{
    if (d->mask != NULL) {
        GAN_UNROLL
        for (int k = 0; k < pack; k++) {
            v[k] = i + k < n && d->mask[i + k] != 0 ? v[k] * d->scale : 0.0f;
        }
        return;
    }
    const int64_t draw = d->first + i;
    const int phase = (int)(draw & 3);
    gan_philox4 block = gan_philox(d->seed, d->stream, step, (uint32_t)(draw >> 2));
    if (phase == 0) {
        GAN_UNROLL
        for (int k = 0; k < pack; k++) {
            if (k > 0 && k % 4 == 0) {
                block = gan_philox(d->seed, d->stream, step, (uint32_t)((draw + k) >> 2));
            }
            v[k] = block.v[k % 4] < d->threshold ? v[k] * d->scale : 0.0f;
        }
        return;
    }
    GAN_UNROLL
    for (int k = 0; k < pack; k++) {
        if (k > 0 && ((phase + k) & 3) == 0) {
            block = gan_philox(d->seed, d->stream, step, (uint32_t)((draw + k) >> 2));
        }
        v[k] = gan_word(&block, (phase + k) & 3) < d->threshold ? v[k] * d->scale : 0.0f;
    }
}

#endif
