/* winograd_body.h — Winograd's transforms of a tile, for one instruction set. Included by the
 * transform body. */
#ifndef GAN_TRANSFORM_WINOGRAD_BODY_H
#define GAN_TRANSFORM_WINOGRAD_BODY_H

#include "transform/tile_body.h"

/* Lines of `in` vectors that become lines of `out` vectors by a matrix [in][out]. Steps count
 * vectors: from line to line, and along a line. */
typedef struct winograd_lines {
    const float (*matrix)[GAN_WINOGRAD_MAX_LENGTH];
    int lines, in, out;
    int64_t line, step, out_line, out_step;
} winograd_lines;

FAST_INLINE void winograd_line(const int in, const int out, const winograd_lines *p, const vec *x,
                               vec *to)
{
    vec sum[GAN_WINOGRAD_MAX_LENGTH];
    FAST_UNROLL
    for (int k = 0; k < out; k++) {
        sum[k] = x[0] * vec_set1(p->matrix[0][k]);
    }
    for (int j = 1; j < in; j++) {
        FAST_UNROLL
        for (int k = 0; k < out; k++) {
            sum[k] = vec_fma(x[j * p->step], vec_set1(p->matrix[j][k]), sum[k]);
        }
    }
    FAST_UNROLL
    for (int k = 0; k < out; k++) {
        to[k * p->out_step] = sum[k];
    }
}

#define WINOGRAD_CASE(OUT)                                                                         \
    case OUT:                                                                                      \
        for (int i = 0; i < p->lines; i++, x += p->line, to += p->out_line) {                      \
            winograd_line(p->in, OUT, p, x, to);                                                   \
        }                                                                                          \
        break;

static void winograd_run(const winograd_lines *p, const vec *x, vec *to)
{
    switch (p->out) {
        WINOGRAD_CASE(1)
        WINOGRAD_CASE(2)
        WINOGRAD_CASE(3)
        WINOGRAD_CASE(4)
        WINOGRAD_CASE(5)
        WINOGRAD_CASE(6)
    }
}

/* Samples [slots_h][slots_w] into numbers [length_h][length_w]. */
static void winograd_forward(const gan_transform_side *s, const vec *samples, vec *numbers)
{
    const int n_h = s->length_h, n_w = s->length_w, h = s->slots_h, w = s->slots_w;
    tile_vectors rows;
    winograd_run(&(winograd_lines){s->winograd_w->forward, h, w, n_w, w, 1, n_w, 1}, samples,
                 rows.v);
    winograd_run(&(winograd_lines){s->winograd_h->forward, n_w, h, n_h, 1, n_w, 1, n_w}, rows.v,
                 numbers);
}

/* Planes `stride` floats apart, into samples. */
static void winograd_backward(const gan_transform_side *s, const float *planes, int64_t stride,
                              vec *samples)
{
    const int n_h = s->length_h, n_w = s->length_w, h = s->slots_h, w = s->slots_w;
    tile_vectors numbers, rows;
    for (int i = 0; i < n_h * n_w; i++) {
        numbers.v[i] = vec_load(planes + i * stride);
    }
    winograd_run(&(winograd_lines){s->winograd_h->backward, n_w, n_h, h, 1, n_w, 1, n_w}, numbers.v,
                 rows.v);
    winograd_run(&(winograd_lines){s->winograd_w->backward, h, n_w, w, n_w, 1, w, 1}, rows.v,
                 samples);
}

/* Planes hold the numbers in the order of their making. */
FAST_INLINE void winograd_put(const gan_transform_side *s, const vec *numbers, int64_t apart,
                              const plane_place *to, const bool stream)
{
    for (int i = 0; i < s->length_h * s->length_w; i++) {
        store_plane(to, i, values_at(numbers + i, apart), stream);
    }
}

#endif
