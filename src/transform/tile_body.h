/* tile_body.h — one tile between a tensor, vectors of LANES channels and planes, for one
 * instruction set. Included by the kernel files after they define PLANES_BF16 (0 or 1) and
 * AT_ONCE, the vectors that fill a line of a plane (1, or 2 where bf16 planes are paired). */
#ifndef GAN_TRANSFORM_TILE_BODY_H
#define GAN_TRANSFORM_TILE_BODY_H

#include "transform/kernels.h"
#include "transform/simd.h"

/* Vectors of one tile: samples, or the numbers of its spectrum. */
typedef struct tile_vectors {
    vec v[GAN_TRANSFORM_SLOTS * GAN_TRANSFORM_SLOTS];
} tile_vectors;

/* Where a tile's lanes lie in a tensor. */
typedef struct tile_place {
    const gan_transform_side *side;
    const gan_transform_map *map_h, *map_w;
    int64_t origin; /* index of the image's first element of this channel */
    int64_t ahead;  /* index of what will be read one image later, line after line */
    int lanes;      /* 0: nothing but zeros, to fill up a block of a plane */
    bool mirror, stream;
} tile_place;

FAST_INLINE vec load_lanes(const void *tensor, int64_t index, const bool is_bf16, const bool full,
                           int lanes)
{
    if (is_bf16) {
        const uint16_t *p = (const uint16_t *)tensor + index;
        return full ? vec_load_bf16(p) : vec_load_bf16_part(p, lanes);
    }
    const float *p = (const float *)tensor + index;
    return full ? vec_load(p) : vec_load_part(p, lanes);
}

FAST_INLINE void store_lanes(void *tensor, int64_t index, vec v, const bool is_bf16,
                             const bool full, int lanes)
{
    if (is_bf16) {
        uint16_t *p = (uint16_t *)tensor + index;
        if (full) {
            vec_store_bf16(p, v);
        } else {
            vec_store_bf16_part(p, v, lanes);
        }
        return;
    }
    float *p = (float *)tensor + index;
    if (full) {
        vec_store(p, v);
    } else {
        vec_store_part(p, v, lanes);
    }
}

FAST_INLINE int slot_of(int i, int slots, bool mirror)
{
    return mirror ? slots - 1 - i : i;
}

FAST_INLINE void gather_as(const tile_place *p, const void *tensor, const bool is_bf16,
                           const bool full, vec *tile)
{
    const gan_transform_side *s = p->side;
    int width = s->slots_w;
    int64_t ahead = p->ahead;
    for (int i = 0; i < s->slots_h; i++, tile += width) {
        int64_t row = p->map_h->at[slot_of(i, s->slots_h, p->mirror)];
        int64_t start = p->origin + row * s->width * s->channels;
        for (int j = 0; j < width; j++) {
            int64_t column = p->map_w->at[slot_of(j, s->slots_w, p->mirror)];
            int64_t index = start + column * s->channels;
            if (row < 0 || column < 0) {
                tile[j] = vec_zero();
                continue;
            }
            tile[j] = load_lanes(tensor, index, is_bf16, full, p->lanes);
            FAST_FETCH((const char *)tensor + ahead * (is_bf16 ? 2 : 4), 2);
            ahead += LANES;
        }
    }
}

static void gather(const tile_place *p, const void *tensor, gan_transform_type type, vec *tile)
{
    bool full = p->lanes == LANES;
    if (type == GAN_TRANSFORM_BF16) {
        if (full) {
            gather_as(p, tensor, true, true, tile);
        } else {
            gather_as(p, tensor, true, false, tile);
        }
    } else if (full) {
        gather_as(p, tensor, false, true, tile);
    } else {
        gather_as(p, tensor, false, false, tile);
    }
}

FAST_INLINE void scatter_as(const tile_place *p, const vec *tile, const bool is_bf16,
                            const bool full, const bool stream, void *tensor)
{
    const gan_transform_side *s = p->side;
    int width = s->slots_w;
    for (int i = 0; i < s->slots_h; i++, tile += width) {
        int64_t row = p->map_h->at[slot_of(i, s->slots_h, p->mirror)];
        if (row < 0) {
            continue;
        }
        for (int j = 0; j < width; j++) {
            int64_t column = p->map_w->at[slot_of(j, s->slots_w, p->mirror)];
            if (column < 0) {
                continue;
            }
            int64_t index = p->origin + (row * s->width + column) * s->channels;
            vec v = tile[j];
            if (row < p->map_h->fresh || column < p->map_w->fresh) {
                v = v + load_lanes(tensor, index, is_bf16, full, p->lanes);
            }
            if (stream && row < p->map_h->later && column < p->map_w->later) {
                vec_stream((float *)tensor + index, v);
            } else {
                store_lanes(tensor, index, v, is_bf16, full, p->lanes);
            }
        }
    }
}

static void scatter(const tile_place *p, const vec *tile, gan_transform_type type, void *tensor)
{
    bool full = p->lanes == LANES;
    if (type == GAN_TRANSFORM_BF16) {
        if (full) {
            scatter_as(p, tile, true, true, false, tensor);
        } else {
            scatter_as(p, tile, true, false, false, tensor);
        }
    } else if (full && p->stream) {
        scatter_as(p, tile, false, true, true, tensor);
    } else if (full) {
        scatter_as(p, tile, false, true, false, tensor);
    } else {
        scatter_as(p, tile, false, false, false, tensor);
    }
}

#if AT_ONCE == 2

/* A tile of 32 channels in two halves, to whole lines of a bf16 tensor past the caches. */
static void scatter_two(const tile_place *p, const vec *first, const vec *second, void *tensor)
{
    const gan_transform_side *s = p->side;
    const __m512i order = vec_order_rows();
    int width = s->slots_w;
    for (int i = 0; i < s->slots_h; i++, first += width, second += width) {
        int64_t row = p->map_h->at[slot_of(i, s->slots_h, p->mirror)];
        for (int j = 0; j < width; j++) {
            int64_t column = p->map_w->at[slot_of(j, s->slots_w, p->mirror)];
            if (row >= 0 && column >= 0) {
                int64_t index = p->origin + (row * s->width + column) * s->channels;
                vec_store_two_bf16((uint16_t *)tensor + index, first[j], second[j], order, true);
            }
        }
    }
}

#endif

/* One number of as many spectra as are put at once. */
typedef struct values {
    vec v[AT_ONCE];
} values;

/* Where spectra go: to `index` of each plane. */
typedef struct plane_place {
    const gan_transform_planes *planes;
    int64_t index;
    bool stream;
#if PLANES_BF16 && AT_ONCE == 2
    __m512i order; /* of the numbers of both vectors in a line */
#endif
} plane_place;

FAST_INLINE void store_plane(const plane_place *p, int64_t plane, values v, const bool stream)
{
    int64_t at = p->index + plane * p->planes->stride;
#if PLANES_BF16 && AT_ONCE == 2
    vec_store_two_bf16((uint16_t *)p->planes->base + at, v.v[0], v.v[1], p->order, stream);
#elif PLANES_BF16
    (void)stream;
    vec_store_bf16((uint16_t *)p->planes->base + at, v.v[0]);
#else
    if (stream) {
        vec_stream((float *)p->planes->base + at, v.v[0]);
    } else {
        vec_store((float *)p->planes->base + at, v.v[0]);
    }
#endif
}

/* The same number of each of the spectra, which are `spectrum` vectors apart. */
FAST_INLINE values values_at(const vec *g, int64_t spectrum)
{
    values out;
    FAST_UNROLL
    for (int i = 0; i < AT_ONCE; i++) {
        out.v[i] = g[i * spectrum];
    }
    return out;
}

#endif
