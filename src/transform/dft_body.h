/* dft_body.h — the discrete Fourier transform of a tile, for one instruction set. Rows and then
 * columns go through a real transform, and cosine and sine parts are put together to complex
 * frequencies. Mirrored samples are added and subtracted first, which halves the multiplications.
 * Included by the transform body. */
#ifndef GAN_TRANSFORM_DFT_BODY_H
#define GAN_TRANSFORM_DFT_BODY_H

#include "transform/tile_body.h"

/* A line of 2 half + 1 samples around x into n real numbers: n / 2 + 1 cosine parts, then the sine
 * parts. Steps count vectors. */
FAST_INLINE void forward_line(const int n, int half, const vec *x, int64_t step,
                              const gan_dft_table *t, vec *out, int64_t out_step)
{
    const int n_cos = n / 2 + 1, n_sin = (n - 1) / 2;
    vec sum[GAN_DFT_MAX_HALF + 1];
    FAST_UNROLL
    for (int k = 0; k < n_cos; k++) {
        sum[k] = x[0];
    }
    for (int j = 1; j <= half; j++) {
        vec even = x[j * step] + x[-j * step];
        FAST_UNROLL
        for (int k = 0; k < n_cos; k++) {
            sum[k] = vec_fma(even, vec_set1(t->cosine[j][k]), sum[k]);
        }
    }
    FAST_UNROLL
    for (int k = 0; k < n_cos; k++) {
        out[k * out_step] = sum[k];
    }
    FAST_UNROLL
    for (int k = 0; k < n_sin; k++) {
        sum[k] = vec_zero();
    }
    for (int j = 1; j <= half; j++) {
        vec odd = x[j * step] - x[-j * step];
        FAST_UNROLL
        for (int k = 0; k < n_sin; k++) {
            sum[k] = vec_fma(odd, vec_set1(t->sine[j][k]), sum[k]);
        }
    }
    FAST_UNROLL
    for (int k = 0; k < n_sin; k++) {
        out[(n_cos + k) * out_step] = sum[k];
    }
}

/* n real numbers back into the samples around out. weights: which of the table's. */
FAST_INLINE void backward_line(const int half, int n, const vec *x, int64_t step,
                               const gan_dft_table *t, int weights, vec *out, int64_t out_step)
{
    const int n_cos = n / 2 + 1, n_sin = (n - 1) / 2;
    vec even[GAN_DFT_MAX_HALF + 1], odd[GAN_DFT_MAX_HALF + 1];
    FAST_UNROLL
    for (int j = 0; j <= half; j++) {
        even[j] = odd[j] = vec_zero();
    }
    for (int k = 0; k < n_cos; k++) {
        vec v = x[k * step];
        FAST_UNROLL
        for (int j = 0; j <= half; j++) {
            even[j] = vec_fma(v, vec_set1(t->back_cosine[weights][k][j]), even[j]);
        }
    }
    for (int k = 0; k < n_sin; k++) {
        vec v = x[(n_cos + k) * step];
        FAST_UNROLL
        for (int j = 1; j <= half; j++) {
            odd[j] = vec_fma(v, vec_set1(t->back_sine[weights][k][j]), odd[j]);
        }
    }
    out[0] = even[0];
    FAST_UNROLL
    for (int j = 1; j <= half; j++) {
        out[j * out_step] = even[j] + odd[j];
        out[-j * out_step] = even[j] - odd[j];
    }
}

/* Lines one after another: line i starts `line` vectors after line i - 1. */
typedef struct line_pass {
    const gan_dft_table *table;
    int n, half, lines;
    int64_t line, step, out_line, out_step;
} line_pass;

#define FORWARD_CASE(N)                                                                            \
    case N:                                                                                        \
        for (int i = 0; i < p->lines; i++, x += p->line, out += p->out_line) {                     \
            forward_line(N, p->half, x, p->step, p->table, out, p->out_step);                      \
        }                                                                                          \
        break;

static void forward_lines(const line_pass *p, const vec *x, vec *out)
{
    x += p->half * p->step;
    switch (p->n) {
        FORWARD_CASE(2)
        FORWARD_CASE(3)
        FORWARD_CASE(4)
        FORWARD_CASE(5)
        FORWARD_CASE(6)
        FORWARD_CASE(7)
        FORWARD_CASE(8)
        FORWARD_CASE(9)
        FORWARD_CASE(10)
        FORWARD_CASE(11)
        FORWARD_CASE(12)
        FORWARD_CASE(13)
        FORWARD_CASE(14)
        FORWARD_CASE(15)
        FORWARD_CASE(16)
    }
}

#define BACKWARD_CASE(HALF)                                                                        \
    case HALF:                                                                                     \
        for (int i = 0; i < p->lines; i++, x += p->line, out += p->out_line) {                     \
            backward_line(HALF, p->n, x, p->step, p->table, weights, out, p->out_step);            \
        }                                                                                          \
        break;

static void backward_lines(const line_pass *p, int weights, const vec *x, vec *out)
{
    out += p->half * p->out_step;
    switch (p->half) {
        BACKWARD_CASE(0)
        BACKWARD_CASE(1)
        BACKWARD_CASE(2)
        BACKWARD_CASE(3)
        BACKWARD_CASE(4)
        BACKWARD_CASE(5)
        BACKWARD_CASE(6)
        BACKWARD_CASE(7)
        BACKWARD_CASE(8)
    }
}

/* A tile's spectrum is g[k][l] of cosine and sine parts along both axes; planes hold it in the
 * order of the loops below. */
typedef struct spectrum_shape {
    int n_cos_h, n_sin_h, n_cos_w, n_sin_w, width;
} spectrum_shape;

FAST_INLINE spectrum_shape shape_of(const gan_transform_side *s)
{
    return (spectrum_shape){s->length_h / 2 + 1, (s->length_h - 1) / 2, s->length_w / 2 + 1,
                            (s->length_w - 1) / 2, s->length_w};
}

/* Frequency 0 and, for an even n, n / 2 have no sine part: how far it is from one to the next. */
FAST_INLINE int alone_step(int n_cos, int n_sin)
{
    return n_cos - 1 > n_sin ? n_cos - 1 : n_cos;
}

FAST_INLINE values values_add(values a, values b)
{
    FAST_UNROLL
    for (int i = 0; i < AT_ONCE; i++) {
        a.v[i] = a.v[i] + b.v[i];
    }
    return a;
}

FAST_INLINE values values_subtract(values a, values b)
{
    FAST_UNROLL
    for (int i = 0; i < AT_ONCE; i++) {
        a.v[i] = a.v[i] - b.v[i];
    }
    return a;
}

FAST_INLINE void dft_put(const gan_transform_side *side, const vec *g, int64_t spectrum,
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

static void get_spectrum(const gan_transform_side *side, const float *p, int64_t stride, vec *g)
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

static void dft_forward(const gan_transform_side *s, const vec *samples, vec *spectrum)
{
    tile_vectors rows;
    line_pass along_w = {s->table_w, s->length_w, s->slots_w / 2, s->slots_h,
                         s->slots_w, 1,           s->length_w,    1};
    forward_lines(&along_w, samples, rows.v);
    line_pass along_h = {s->table_h,  s->length_h, s->slots_h / 2, s->length_w, 1,
                         s->length_w, 1,           s->length_w};
    forward_lines(&along_h, rows.v, spectrum);
}

/* Planes `stride` floats apart, into samples. */
static void dft_backward(const gan_transform_side *s, const float *planes, int64_t stride,
                         vec *samples)
{
    tile_vectors rows, spectrum;
    int n = s->length_w, n_sin = (n - 1) / 2;
    get_spectrum(s, planes, stride, spectrum.v);
    /* Columns whose frequency along w has a mirror count once here and twice along w. */
    line_pass along_h = {s->table_h, s->length_h, s->slots_h / 2, 1, 1, n, 1, n};
    backward_lines(&along_h, 1, spectrum.v, rows.v);
    along_h.lines = n_sin;
    backward_lines(&along_h, 0, spectrum.v + 1, rows.v + 1);
    backward_lines(&along_h, 0, spectrum.v + n / 2 + 1, rows.v + n / 2 + 1);
    if (n % 2 == 0) {
        along_h.lines = 1;
        backward_lines(&along_h, 1, spectrum.v + n / 2, rows.v + n / 2);
    }
    line_pass along_w = {s->table_w, n, s->slots_w / 2, s->slots_h, n, 1, s->slots_w, 1};
    backward_lines(&along_w, 1, rows.v, samples);
}

#endif
