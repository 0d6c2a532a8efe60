/* conv_narrow_dw.c — filter gradient of a convolution with few channels on one side, as sums of
 * outer products.
 *
 * One side's number for a pixel is a factor of a vector of the other's: dy of x's row of taps and
 * their channels, where the results are few, or x of dy's channels, where the inputs are. Four
 * neighbouring pixels are added at a time. Images are cut into at most PARTS parts whatever the
 * number of threads; each part has a sum of its own, and the sums are added in their order. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cpu/conv_narrow.h"
#include "cpu/parallel.h"

enum { PIXELS = 4, PARTS = 32, VECTOR = 16 };

typedef struct narrow_dw_state {
    int64_t images_per_block, images_per_part, parts;
    int64_t filter;    /* elements */
    int64_t x, dy, dw; /* offsets in scratch: widened operands, a filter for each part */
} narrow_dw_state;

typedef struct narrow_dw_job {
    const gan_conv_geometry *g;
    const narrow_dw_state *state;
    const float *x, *dy; /* of the first of n images */
    int64_t n;
    float *sums;
    gan_floats dw;
} narrow_dw_job;

/* By few results the sums lie as dw does, (K, R, S, C); by few inputs as (R, S, C, K). */
static bool has_few_results(const gan_conv_geometry *g)
{
    return g->k <= GAN_NARROW_CHANNELS;
}

static bool can(const gan_cpu_step *step, gan_conv_pass pass)
{
    const gan_conv_geometry *g = &step->op->attr.conv;
    const bool few_results = has_few_results(g) && g->s * g->c >= VECTOR;
    const bool few_inputs = g->c <= GAN_NARROW_CHANNELS && g->k >= VECTOR;
    return pass == GAN_CONV_FILTER && g->groups == 1 && (few_results || few_inputs) &&
           g->p * g->q > 1;
}

GAN_CPU_INLINE void add_one(float *restrict sum, const float *restrict v, float a, int64_t n)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        sum[i] += a * v[i];
    }
}

/* Of PIXELS pixels: their factors, `step` floats between their vectors. */
GAN_CPU_INLINE void add_many(float *restrict sum, const float *restrict v, int64_t step,
                             const float a[PIXELS], int64_t n)
{
    const float a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
    const float *v1 = v + step, *v2 = v + 2 * step, *v3 = v + 3 * step;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        sum[i] += (a0 * v[i] + a1 * v1[i]) + (a2 * v2[i] + a3 * v3[i]);
    }
}

/* n pixels (one, or PIXELS whose filters all lie in the map's width) from (p, q) on, few results.
 */
GAN_CPU_INLINE void few_results_at(const gan_conv_geometry *g, const float *x, const float *dy,
                                   int64_t p, int64_t q, int n, float *sum)
{
    const int64_t top = p * g->stride_h - g->pad_top, left = q * g->stride_w - g->pad_left;
    const gan_narrow_taps rows = gan_narrow_taps_at(top, g->r, g->h);
    const gan_narrow_taps columns = gan_narrow_taps_at(left, g->s, g->w);
    const int64_t run = (columns.end - columns.begin) * g->c;
    for (int64_t k = 0; k < g->k; k++) {
        float a[PIXELS] = {0.0f};
        for (int i = 0; i < n; i++) {
            a[i] = dy[(p * g->q + q + i) * g->k + k];
        }
        for (int64_t r = rows.begin; r < rows.end; r++) {
            float *to = sum + ((k * g->r + r) * g->s + columns.begin) * g->c;
            const float *from = x + ((top + r) * g->w + left + columns.begin) * g->c;
            if (n == 1) {
                add_one(to, from, a[0], run);
            } else {
                add_many(to, from, g->stride_w * g->c, a, run);
            }
        }
    }
}

/* The same for few inputs. */
GAN_CPU_INLINE void few_inputs_at(const gan_conv_geometry *g, const float *x, const float *dy,
                                  int64_t p, int64_t q, int n, float *sum)
{
    const int64_t top = p * g->stride_h - g->pad_top, left = q * g->stride_w - g->pad_left;
    const gan_narrow_taps rows = gan_narrow_taps_at(top, g->r, g->h);
    const gan_narrow_taps columns = gan_narrow_taps_at(left, g->s, g->w);
    const float *v = dy + (p * g->q + q) * g->k;
    for (int64_t r = rows.begin; r < rows.end; r++) {
        for (int64_t t = columns.begin * g->c; t < columns.end * g->c; t++) {
            const float *from = x + ((top + r) * g->w + left) * g->c + t;
            float *to = sum + (r * g->s * g->c + t) * g->k, a[PIXELS] = {0.0f};
            for (int i = 0; i < n; i++) {
                a[i] = from[i * g->stride_w * g->c];
            }
            if (n == 1) {
                add_one(to, v, a[0], g->k);
            } else {
                add_many(to, v, g->k, a, g->k);
            }
        }
    }
}

GAN_CPU_INLINE void add_row(const gan_conv_geometry *g, const float *x, const float *dy, int64_t p,
                            float *sum)
{
    const bool few_results = has_few_results(g);
    for (int64_t q = 0; q < g->q;) {
        const int64_t left = q * g->stride_w - g->pad_left;
        const bool many =
            left >= 0 && q + PIXELS <= g->q && left + (PIXELS - 1) * g->stride_w + g->s <= g->w;
        const int n = many ? PIXELS : 1;
        if (few_results) {
            few_results_at(g, x, dy, p, q, n, sum);
        } else {
            few_inputs_at(g, x, dy, p, q, n, sum);
        }
        q += n;
    }
}

/* Parts [begin, end). */
GAN_CPU_CLONES static void narrow_dw_parts(const void *ctx, int64_t begin, int64_t end)
{
    const narrow_dw_job *job = ctx;
    const narrow_dw_state *s = job->state;
    const gan_conv_geometry *g = job->g;
    for (int64_t part = begin; part < end; part++) {
        float *sum = job->sums + part * s->filter;
        int64_t last = (part + 1) * s->images_per_part;
        last = last < job->n ? last : job->n;
        for (int64_t image = part * s->images_per_part; image < last; image++) {
            for (int64_t p = 0; p < g->p; p++) {
                add_row(g, job->x + image * g->h * g->w * g->c,
                        job->dy + image * g->p * g->q * g->k, p, sum);
            }
        }
    }
}

/* Elements [begin, end) of dw. */
GAN_CPU_CLONES static void narrow_dw_sum(const void *ctx, int64_t begin, int64_t end)
{
    const narrow_dw_job *job = ctx;
    const narrow_dw_state *s = job->state;
    const gan_conv_geometry *g = job->g;
    const int64_t taps = g->r * g->s * g->c;
    const bool few_results = has_few_results(g);
    for (int64_t i = begin; i < end; i++) {
        const float *from = job->sums + (few_results ? i : i % taps * g->k + i / taps);
        float sum = 0.0f;
        for (int64_t part = 0; part < s->parts; part++) {
            sum += from[part * s->filter];
        }
        gan_floats_set(job->dw, i, sum);
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    const narrow_dw_state *s = step->state;
    const gan_conv_geometry *g = &step->op->attr.conv;
    const int64_t batch = gan_conv_batch(step);
    narrow_dw_job job = {.g = g, .state = s, .dw = gan_floats_out(step, 0)};
    (void)err;
    job.sums = (float *)(void *)((char *)step->scratch + s->dw);
    memset(job.sums, 0, (size_t)(s->parts * s->filter) * sizeof(float));
    for (int64_t first = 0; first < batch; first += s->images_per_block) {
        const int64_t left = batch - first;
        job.n = left < s->images_per_block ? left : s->images_per_block;
        job.x = gan_narrow_images(step, 0, first, job.n, g->h * g->w * g->c, s->x);
        job.dy = gan_narrow_images(step, 1, first, job.n, g->p * g->q * g->k, s->dy);
        gan_cpu_parallel(step->threads, s->parts, 1, narrow_dw_parts, &job);
    }
    gan_cpu_parallel(step->threads, s->filter, 256, narrow_dw_sum, &job);
    return GAN_OK;
}

static int64_t widened_floats(const gan_cpu_step *step, int in, int64_t floats)
{
    return gan_cpu_in(step, in)->type == GAN_F32 ? 0 : floats;
}

static gan_status prepare(gan_cpu_step *step, gan_conv_pass pass, gan_error *err)
{
    (void)pass;
    const gan_conv_geometry *g = &step->op->attr.conv;
    const int64_t x = g->h * g->w * g->c, dy = g->p * g->q * g->k;
    void *block = NULL;
    GAN_TRY(gan_calloc(1, sizeof(narrow_dw_state), &block, err));
    narrow_dw_state *s = block;
    const int64_t by_x = gan_narrow_block(step, 0, x + dy);
    const int64_t by_dy = gan_narrow_block(step, 1, x + dy);
    s->images_per_block = by_x < by_dy ? by_x : by_dy;
    s->images_per_part = (s->images_per_block + PARTS - 1) / PARTS;
    s->parts = (s->images_per_block + s->images_per_part - 1) / s->images_per_part;
    s->filter = g->k * g->r * g->s * g->c;
    s->x = gan_narrow_reserve(step, widened_floats(step, 0, s->images_per_block * x));
    s->dy = gan_narrow_reserve(step, widened_floats(step, 1, s->images_per_block * dy));
    s->dw = gan_narrow_reserve(step, s->parts * s->filter);
    step->state = s;
    step->run = run;
    step->destroy = free;
    step->how = "outer products";
    return GAN_OK;
}

const gan_conv_engine gan_conv_narrow_dw = {"narrow", "direct", NULL, can, NULL, prepare};
