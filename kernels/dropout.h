/* dropout.h — which elements a dropout keeps: from a fed mask, or drawn by index, and how its
 * output says so: what was dropped is -0, which nothing that was kept is (ops.def). */
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

/* Of what is kept. */
static inline float gan_keep_scale(const gan_bias_leaky_dropout_attr *attr)
{
    return (float)(1.0 / (1.0 - (double)attr->drop_rate));
}

static inline gan_dropout gan_dropout_of(const gan_bias_leaky_dropout_attr *attr,
                                         const uint8_t *mask, const int64_t *counters)
{
    gan_dropout d = {mask, counters, attr->seed, attr->first, attr->stream, 0, 1.0f, false};
    d.active = attr->drop_rate > 0.0f;
    d.threshold = gan_keep_threshold(1.0 - (double)attr->drop_rate);
    d.scale = gan_keep_scale(attr);
    return d;
}

/* Word `lane` of a block, without the indexing that would put it in local memory. */
GAN_DEVICE uint32_t gan_word(const gan_philox4 *block, int lane)
{
    const uint32_t low = lane & 1 ? block->v[1] : block->v[0];
    const uint32_t high = lane & 1 ? block->v[3] : block->v[2];
    return lane & 2 ? high : low;
}

/* Numbers up to here are rounded to a zero by the type. */
GAN_DEVICE float gan_rounded_away(const float *)
{
    return 0.0f;
}

GAN_DEVICE float gan_rounded_away(const __nv_bfloat16 *)
{
    return 0x1p-134f;
}

GAN_DEVICE float gan_rounded_away(const __half *)
{
    return 0x1p-25f;
}

GAN_DEVICE float gan_kept(float v, float rounded_away)
{
    return fabsf(v) <= rounded_away ? 0.0f : v;
}

GAN_DEVICE bool gan_is_dropped(float y)
{
    uint32_t bits;
    memcpy(&bits, &y, sizeof bits);
    return bits == 0x80000000u; /* -0 */
}

/* v[k] = v[k] * scale where element i + k is kept, else -0, for a pack of `pack` elements; those at
 * or beyond n get any value. */
GAN_DEVICE void gan_drop(const gan_dropout *d, uint64_t step, int64_t i, int64_t n, int pack,
                         float rounded_away, float *v)
{
    if (d->mask != NULL) {
        GAN_UNROLL
        for (int k = 0; k < pack; k++) {
            const bool kept = i + k < n && d->mask[i + k] != 0;
            v[k] = kept ? gan_kept(v[k] * d->scale, rounded_away) : -0.0f;
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
            v[k] = block.v[k % 4] < d->threshold ? gan_kept(v[k] * d->scale, rounded_away) : -0.0f;
        }
        return;
    }
    GAN_UNROLL
    for (int k = 0; k < pack; k++) {
        if (k > 0 && ((phase + k) & 3) == 0) {
            block = gan_philox(d->seed, d->stream, step, (uint32_t)((draw + k) >> 2));
        }
        v[k] = gan_word(&block, (phase + k) & 3) < d->threshold
                   ? gan_kept(v[k] * d->scale, rounded_away)
                   : -0.0f;
    }
}

#endif
