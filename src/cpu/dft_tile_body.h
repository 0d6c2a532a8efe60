/* dft_tile_body.h — one tile between a tensor, vectors of LANES channels and planes, for one
 * instruction set. Included by the kernel files after they define PLANES_BF16 (0 or 1) and
 * AT_ONCE, the vectors that fill a line of a plane (1, or 2 where bf16 planes are paired). */
#ifndef GAN_CPU_DFT_TILE_BODY_H
#define GAN_CPU_DFT_TILE_BODY_H

#include "cpu/dft_kernels.h"
#include "cpu/dft_simd.h"

/* Where a tile's lanes lie in a tensor. */
typedef struct tile_place {
    const gan_dft_side *side;
    const gan_dft_map *map_h, *map_w;
    int64_t origin; /* index of the image's first element of this channel */
    int64_t ahead;  /* index of what will be read one image later, line after line */
    int lanes;      /* 0: nothing but zeros, to fill up a block of a plane */
    bool mirror, stream;
} tile_place;

DFT_INLINE vec load_lanes(const void *tensor, int64_t index, const bool is_bf16, const bool full,
                          int lanes)
{
    if (is_bf16) {
        const uint16_t *p = (const uint16_t *)tensor + index;
        return full ? vec_load_bf16(p) : vec_load_bf16_part(p, lanes);
    }
    const float *p = (const float *)tensor + index;
    return full ? vec_load(p) : vec_load_part(p, lanes);
}

DFT_INLINE void store_lanes(void *tensor, int64_t index, vec v, const bool is_bf16, const bool full,
                            int lanes)
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

DFT_INLINE int slot_of(int i, int half, bool mirror)
{
    return mirror ? 2 * half - i : i;
}

DFT_INLINE void gather_as(const tile_place *p, const void *tensor, const bool is_bf16,
                          const bool full, vec *tile)
{
    const gan_dft_side *s = p->side;
    int width = 2 * s->half_w + 1;
    int64_t ahead = p->ahead;
    for (int i = 0; i <= 2 * s->half_h; i++, tile += width) {
        int64_t row = p->map_h->at[slot_of(i, s->half_h, p->mirror)];
        int64_t start = p->origin + row * s->width * s->channels;
        for (int j = 0; j < width; j++) {
            int64_t column = p->map_w->at[slot_of(j, s->half_w, p->mirror)];
            int64_t index = start + column * s->channels;
            if (row < 0 || column < 0) {
                tile[j] = vec_zero();
                continue;
            }
            tile[j] = load_lanes(tensor, index, is_bf16, full, p->lanes);
            DFT_FETCH((const char *)tensor + ahead * (is_bf16 ? 2 : 4), 2);
            ahead += LANES;
        }
    }
}

static void gather(const tile_place *p, const void *tensor, gan_dft_type type, vec *tile)
{
    bool full = p->lanes == LANES;
    if (type == GAN_DFT_BF16) {
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

DFT_INLINE void scatter_as(const tile_place *p, const vec *tile, const bool is_bf16,
                           const bool full, const bool stream, void *tensor)
{
    const gan_dft_side *s = p->side;
    int width = 2 * s->half_w + 1;
    for (int i = 0; i <= 2 * s->half_h; i++, tile += width) {
        int64_t row = p->map_h->at[slot_of(i, s->half_h, p->mirror)];
        if (row < 0) {
            continue;
        }
        for (int j = 0; j < width; j++) {
            int64_t column = p->map_w->at[slot_of(j, s->half_w, p->mirror)];
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

static void scatter(const tile_place *p, const vec *tile, gan_dft_type type, void *tensor)
{
    bool full = p->lanes == LANES;
    if (type == GAN_DFT_BF16) {
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
    const gan_dft_side *s = p->side;
    const __m512i order = vec_order_rows();
    int width = 2 * s->half_w + 1;
    for (int i = 0; i <= 2 * s->half_h; i++, first += width, second += width) {
        int64_t row = p->map_h->at[slot_of(i, s->half_h, p->mirror)];
        for (int j = 0; j < width; j++) {
            int64_t column = p->map_w->at[slot_of(j, s->half_w, p->mirror)];
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
    const gan_dft_planes *planes;
    int64_t index;
    bool stream;
#if PLANES_BF16 && AT_ONCE == 2
    __m512i order; /* of the numbers of both vectors in a line */
#endif
} plane_place;

DFT_INLINE void store_plane(const plane_place *p, int64_t plane, values v, const bool stream)
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

/* A tile's spectrum is g[k][l] of cosine and sine parts along both axes; planes hold it in the
 * order of the loops below. */
typedef struct spectrum_shape {
    int n_cos_h, n_sin_h, n_cos_w, n_sin_w, width;
} spectrum_shape;

DFT_INLINE spectrum_shape shape_of(const gan_dft_side *s)
{
    return (spectrum_shape){s->length_h / 2 + 1, (s->length_h - 1) / 2, s->length_w / 2 + 1,
                            (s->length_w - 1) / 2, s->length_w};
}

/* Frequency 0 and, for an even n, n / 2 have no sine part: how far it is from one to the next. */
DFT_INLINE int alone_step(int n_cos, int n_sin)
{
    return n_cos - 1 > n_sin ? n_cos - 1 : n_cos;
}

/* The same number of each of the spectra, which are `spectrum` vectors apart. */
DFT_INLINE values values_at(const vec *g, int64_t spectrum)
{
    values out;
    DFT_UNROLL
    for (int i = 0; i < AT_ONCE; i++) {
        out.v[i] = g[i * spectrum];
    }
    return out;
}

DFT_INLINE values values_add(values a, values b)
{
    DFT_UNROLL
    for (int i = 0; i < AT_ONCE; i++) {
        a.v[i] = a.v[i] + b.v[i];
    }
    return a;
}

DFT_INLINE values values_subtract(values a, values b)
{
    DFT_UNROLL
    for (int i = 0; i < AT_ONCE; i++) {
        a.v[i] = a.v[i] - b.v[i];
    }
    return a;
}

DFT_INLINE void put_spectrum_as(const gan_dft_side *side, const vec *g, int64_t spectrum,
                                const plane_place *to, const bool stream)
{
    spectrum_shape s = shape_of(side);
    int step_h = alone_step(s.n_cos_h, s.n_sin_h), step_w = alone_step(s.n_cos_w, s.n_sin_w);
    int64_t f = 0;
    const vec *sine = g + s.n_cos_h * s.width; /* row of the sine part of frequency 1 */
    for (int k = 0; k < s.n_cos_h; k += step_h) {
        for (int l = 0; l < s.n_cos_w; l += step_w, f++) {
            store_plane(to, f, values_at(g + k * s.width + l, spectrum), stream);
        }
    }
    for (int k = 0; k < s.n_sin_h; k++) {
        for (int l = 0; l < s.n_cos_w; l += step_w, f += 2) {
            store_plane(to, f, values_at(g + (k + 1) * s.width + l, spectrum), stream);
            store_plane(to, f + 1, values_at(sine + k * s.width + l, spectrum), stream);
        }
    }
    for (int k = 0; k < s.n_cos_h; k += step_h) {
        const vec *c = g + k * s.width + 1;
        for (int l = 0; l < s.n_sin_w; l++, f += 2) {
            store_plane(to, f, values_at(c + l, spectrum), stream);
            store_plane(to, f + 1, values_at(c + s.n_cos_w - 1 + l, spectrum), stream);
        }
    }
    for (int k = 0; k < s.n_sin_h; k++) {
        const vec *c = g + (k + 1) * s.width + 1, *d = sine + k * s.width + 1;
        for (int l = 0; l < s.n_sin_w; l++, f += 4) {
            values cc = values_at(c + l, spectrum);
            values cs = values_at(c + l + s.n_cos_w - 1, spectrum);
            values sc = values_at(d + l, spectrum);
            values ss = values_at(d + l + s.n_cos_w - 1, spectrum);
            store_plane(to, f, values_subtract(cc, ss), stream);
            store_plane(to, f + 1, values_add(sc, cs), stream);
            store_plane(to, f + 2, values_add(cc, ss), stream);
            store_plane(to, f + 3, values_subtract(sc, cs), stream);
        }
    }
}

/* Spectra of AT_ONCE vectors, which are `spectrum` vectors apart. */
static void put_spectrum(const gan_dft_side *side, const vec *g, int64_t spectrum,
                         const plane_place *to)
{
    if (to->stream) {
        put_spectrum_as(side, g, spectrum, to, true);
    } else {
        put_spectrum_as(side, g, spectrum, to, false);
    }
}

static void get_spectrum(const gan_dft_side *side, const float *p, int64_t stride, vec *g)
{
    spectrum_shape s = shape_of(side);
    int step_h = alone_step(s.n_cos_h, s.n_sin_h), step_w = alone_step(s.n_cos_w, s.n_sin_w);
    vec *sine = g + s.n_cos_h * s.width;
    for (int k = 0; k < s.n_cos_h; k += step_h) {
        for (int l = 0; l < s.n_cos_w; l += step_w, p += stride) {
            g[k * s.width + l] = vec_load(p);
        }
    }
    for (int k = 0; k < s.n_sin_h; k++) {
        for (int l = 0; l < s.n_cos_w; l += step_w, p += 2 * stride) {
            g[(k + 1) * s.width + l] = vec_load(p);
            sine[k * s.width + l] = vec_load(p + stride);
        }
    }
    for (int k = 0; k < s.n_cos_h; k += step_h) {
        for (int l = 0; l < s.n_sin_w; l++, p += 2 * stride) {
            g[k * s.width + l + 1] = vec_load(p);
            g[k * s.width + s.n_cos_w + l] = vec_load(p + stride);
        }
    }
    for (int k = 0; k < s.n_sin_h; k++) {
        vec *c = g + (k + 1) * s.width + 1, *d = sine + k * s.width + 1;
        for (int l = 0; l < s.n_sin_w; l++, p += 4 * stride) {
            vec r1 = vec_load(p), i1 = vec_load(p + stride);
            vec r2 = vec_load(p + 2 * stride), i2 = vec_load(p + 3 * stride);
            c[l] = r1 + r2;
            c[l + s.n_cos_w - 1] = i1 - i2;
            d[l] = i1 + i2;
            d[l + s.n_cos_w - 1] = r2 - r1;
        }
    }
}

#endif
