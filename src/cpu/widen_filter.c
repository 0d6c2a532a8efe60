/* widen_filter.c — the filter of an upsampling and a convolution in one: a sum of neighbouring taps
 * and a change of layout, from (b, r, s, a) to (a, t, u, b), tile by tile of a and b. */
#include <assert.h>

#include "cpu/floats.h"
#include "cpu/parallel.h"
#include "program/widen_terms.h"

enum { TILE = 16 };

typedef struct widen_job {
    const gan_widen_filter_attr *attr;
    gan_floats in, out;
    const int64_t *in_dims, *out_dims;
    int64_t taps_h, taps_w; /* of the filter that is not widened */
} widen_job;

/* a, b: first ones of the tile, and how many. */
typedef struct widen_tile {
    int64_t a, n_a, b, n_b;
} widen_tile;

/* tile[b][a] += the input at (b, r, s, a). */
static void add_tap(const widen_job *job, const widen_tile *t, int64_t r, int64_t s,
                    float tile[TILE][TILE])
{
    const int64_t *d = job->in_dims;
    for (int64_t b = 0; b < t->n_b; b++) {
        const int64_t from = (((t->b + b) * d[1] + r) * d[2] + s) * d[3] + t->a;
        for (int64_t a = 0; a < t->n_a; a++) {
            tile[b][a] += gan_floats_get(job->in, from + a);
        }
    }
}

static void widen_place(const widen_job *job, const widen_tile *t, int64_t p, int64_t q)
{
    const gan_widen_filter_attr *attr = job->attr;
    const gan_widen_taps h = gan_widen_at(attr->transposed, job->taps_h, attr->factor_h, p);
    const gan_widen_taps w = gan_widen_at(attr->transposed, job->taps_w, attr->factor_w, q);
    const int64_t *d = job->out_dims;
    float tile[TILE][TILE] = {{0.0f}};
    for (int64_t r = h.first; r < h.end; r++) {
        for (int64_t s = w.first; s < w.end; s++) {
            add_tap(job, t, r, s, tile);
        }
    }
    for (int64_t a = 0; a < t->n_a; a++) {
        for (int64_t b = 0; b < t->n_b; b++) {
            gan_floats_set(job->out, (((t->a + a) * d[1] + p) * d[2] + q) * d[3] + t->b + b,
                           tile[b][a]);
        }
    }
}

static void widen_range(const void *ctx, int64_t begin, int64_t end)
{
    const widen_job *job = ctx;
    const int64_t *d = job->out_dims;
    for (widen_tile t = {.a = begin}; t.a < end; t.a += TILE) {
        t.n_a = end - t.a < TILE ? end - t.a : TILE;
        for (t.b = 0; t.b < d[3]; t.b += TILE) {
            t.n_b = d[3] - t.b < TILE ? d[3] - t.b : TILE;
            for (int64_t place = 0; place < d[1] * d[2]; place++) {
                widen_place(job, &t, place / d[2], place % d[2]);
            }
        }
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    const gan_widen_filter_attr *attr = &step->op->attr.widen_filter;
    const gan_buffer *from = gan_cpu_in(step, 0), *to = gan_cpu_out(step, 0);
    assert(from && to);
    const int64_t *in = from->dims, *out = to->dims;
    const int64_t *w = attr->transposed ? out : in;
    const widen_job job = {attr, gan_floats_in(step, 0), gan_floats_out(step, 0), in, out, w[1],
                           w[2]};
    (void)err;
    gan_cpu_parallel(step->threads, out[0], TILE, widen_range, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_widen_filter = {.in_bf16 = 1, .out_bf16 = 1, .run = run};
