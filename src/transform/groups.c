/* groups.c — filters of a convolution in groups, as those of a bundle of groups.
 *
 * Within a bundle a filter has a number for each of the bundle's channels, which is 0 but in its
 * own group. So the products are those of an ordinary convolution, and of their gradient only the
 * group's own numbers count. Filters are small beside maps: plain loops do. */
#include <string.h>

#include "base/half.h"
#include "transform/transform_plan.h"

static int64_t at_most(int64_t n, int64_t limit)
{
    return n < limit ? n : limit;
}

gan_transform_bundle gan_transform_bundle_at(const gan_transform_plan *p, int64_t i)
{
    const int64_t c = gan_transform_side_channels(&p->x), k = p->geometry.k;
    gan_transform_bundle b = {.first_c = i * p->bundle_c,
                              .first_k = i * p->bundle_k,
                              .c_block = i * p->w.blocks,
                              .k_block = i * p->w_fwd.blocks};
    b.n_c = p->bundles == 1 ? c : at_most(c - b.first_c, p->bundle_c);
    b.n_k = at_most(k - b.first_k, p->bundle_k);
    b.c_blocks = at_most(p->x.blocks - b.c_block, p->w.blocks);
    b.k_blocks = at_most(p->y.blocks - b.k_block, p->w_fwd.blocks);
    return b;
}

/* Where a channel lies: its group, and the first channel of that group within its bundle. */
typedef struct place {
    int64_t group, first;
} place;

/* Of a channel on the one side, with so many to a group and to a bundle; `other` channels a group
 * has on the other side. */
static place place_of(int64_t channel, int64_t in_group, int64_t in_bundle, int64_t other)
{
    return (place){channel / in_group, channel % in_bundle / in_group * other};
}

static float weight_at(const gan_transform_plan *p, const void *w, int64_t i)
{
    return p->options.weight == GAN_TRANSFORM_BF16 ? gan_bf16_to_f32(((const uint16_t *)w)[i])
                                                   : ((const float *)w)[i];
}

void gan_transform_group_spread(const gan_transform_plan *p, const void *w, int64_t k,
                                float *spread)
{
    const gan_transform_geometry *g = &p->geometry;
    const int64_t taps = g->r * g->s, in_c = g->c / g->groups;
    const place at = place_of(k, g->k / g->groups, p->bundle_k, in_c);
    float *to = spread + k * taps * p->bundle_c;
    memset(to, 0, (size_t)(taps * p->bundle_c) * sizeof *to);
    for (int64_t tap = 0; tap < taps; tap++) {
        for (int64_t c = 0; c < in_c; c++) {
            to[tap * p->bundle_c + at.first + c] = weight_at(p, w, (k * taps + tap) * in_c + c);
        }
    }
}

void gan_transform_group_turn(const gan_transform_plan *p, const void *w, int64_t c, float *turned)
{
    const gan_transform_geometry *g = &p->geometry;
    const int64_t taps = g->r * g->s, in_c = g->c / g->groups, in_k = g->k / g->groups;
    const place at = place_of(c, in_c, p->bundle_c, in_k);
    float *to = turned + c * taps * p->bundle_k;
    memset(to, 0, (size_t)(taps * p->bundle_k) * sizeof *to);
    for (int64_t tap = 0; tap < taps; tap++) {
        for (int64_t k = 0; k < in_k; k++) {
            const int64_t from = ((at.group * in_k + k) * taps + tap) * in_c + c % in_c;
            to[tap * p->bundle_k + at.first + k] = weight_at(p, w, from);
        }
    }
}

void gan_transform_group_collect(const gan_transform_plan *p, const float *spread, int64_t k,
                                 void *dw)
{
    const gan_transform_geometry *g = &p->geometry;
    const int64_t taps = g->r * g->s, in_c = g->c / g->groups;
    const place at = place_of(k, g->k / g->groups, p->bundle_k, in_c);
    for (int64_t i = 0; i < taps * in_c; i++) {
        const float *from = spread + (k * taps + i / in_c) * p->bundle_c + at.first + i % in_c;
        if (p->options.gradient == GAN_TRANSFORM_BF16) {
            ((uint16_t *)dw)[k * taps * in_c + i] = gan_f32_to_bf16(*from);
        } else {
            ((float *)dw)[k * taps * in_c + i] = *from;
        }
    }
}
