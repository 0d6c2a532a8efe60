/* max_pool.c — the largest number of each window, where it stood, and both directions between.
 *
 * All three go over pixels, all channels of one at a time. Backwards, a pixel asks each window that
 * holds it whether its place is the window's index: nothing is added by two threads at once, and
 * the order of a sum is that of the windows. */
#include <math.h>

#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { GRAIN = 4096 };

typedef struct pool_job {
    const gan_max_pool_attr *attr;
    gan_floats in, out;
    int32_t *index; /* NULL: not wanted */
    int64_t channels;
} pool_job;

typedef struct range {
    int64_t first, end;
} range;

/* The elements of window p. */
static range window_of(const gan_map_axis *a, int64_t p)
{
    const int64_t start = p * a->stride - a->before, end = start + a->window;
    return (range){start > 0 ? start : 0, end < a->in ? end : a->in};
}

/* The windows that hold element i. */
static range windows_at(const gan_map_axis *a, int64_t i)
{
    const int64_t above = i + a->before - a->window; /* the last window that ends before i */
    const int64_t first = above < 0 ? 0 : above / a->stride + 1;
    const int64_t end = (i + a->before) / a->stride + 1;
    return (range){first, end < a->out ? end : a->out};
}

GAN_CPU_CLONES static void take_larger(const float *restrict x, int32_t place, int64_t n,
                                       float *restrict best, int32_t *restrict index)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        const int better = (x[i] > best[i]) | ((x[i] != x[i]) & (best[i] == best[i]));
        best[i] = better ? x[i] : best[i];
        index[i] = better ? place : index[i];
    }
}

GAN_CPU_CLONES static void add_where(const float *restrict dy, const int32_t *restrict index,
                                     int32_t place, int64_t n, float *restrict dx)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        dx[i] += index[i] == place ? dy[i] : 0.0f;
    }
}

/* --- forward --- */

/* Channels [c, c + n) of window (p,q) of a sample whose first element is `first`. */
static void pool_window(const pool_job *job, int64_t first, int64_t p, int64_t q, int64_t c,
                        int64_t n, float *best, int32_t *index)
{
    const gan_max_pool_attr *a = job->attr;
    const range h = window_of(&a->h, p), w = window_of(&a->w, q);
    float room[GAN_FLOATS_BLOCK];
    for (int64_t k = 0; k < n; k++) {
        best[k] = -INFINITY;
        index[k] = (int32_t)(h.first * a->w.in + w.first);
    }
    for (int64_t i = h.first; i < h.end; i++) {
        for (int64_t j = w.first; j < w.end; j++) {
            const int64_t place = i * a->w.in + j;
            take_larger(gan_floats_read(job->in, first + place * job->channels + c, n, room),
                        (int32_t)place, n, best, index);
        }
    }
}

static void pool_pixels(const void *ctx, int64_t begin, int64_t end)
{
    const pool_job *job = ctx;
    const gan_map_axis *h = &job->attr->h, *w = &job->attr->w;
    float room[GAN_FLOATS_BLOCK];
    int32_t places[GAN_FLOATS_BLOCK] = {0}; /* of a pass that leaves no index */
    for (int64_t pixel = begin; pixel < end; pixel++) {
        const int64_t q = pixel % w->out, p = pixel / w->out % h->out;
        const int64_t first = pixel / w->out / h->out * h->in * w->in * job->channels;
        for (int64_t c = 0; c < job->channels; c += GAN_FLOATS_BLOCK) {
            const int64_t n = gan_floats_block(c, job->channels), at = pixel * job->channels + c;
            float *best = gan_floats_at(job->out, at, room);
            pool_window(job, first, p, q, c, n, best, job->index ? job->index + at : places);
            gan_floats_write(job->out, at, n, best);
        }
    }
}

/* --- backward --- */

static void scatter_pixels(const void *ctx, int64_t begin, int64_t end)
{
    const pool_job *job = ctx;
    const gan_map_axis *h = &job->attr->h, *w = &job->attr->w;
    float room[GAN_FLOATS_BLOCK], room_dy[GAN_FLOATS_BLOCK];
    for (int64_t pixel = begin; pixel < end; pixel++) {
        const int64_t place = pixel % (h->in * w->in), sample = pixel / (h->in * w->in);
        const range ps = windows_at(h, place / w->in), qs = windows_at(w, place % w->in);
        for (int64_t c = 0; c < job->channels; c += GAN_FLOATS_BLOCK) {
            const int64_t n = gan_floats_block(c, job->channels), to = pixel * job->channels + c;
            float *dx = gan_floats_at(job->out, to, room);
            memset(dx, 0, (size_t)n * sizeof *dx);
            for (int64_t p = ps.first; p < ps.end; p++) {
                for (int64_t q = qs.first; q < qs.end; q++) {
                    const int64_t window = (sample * h->out + p) * w->out + q;
                    const int64_t at = window * job->channels + c;
                    add_where(gan_floats_read(job->in, at, n, room_dy), job->index + at,
                              (int32_t)place, n, dx);
                }
            }
            gan_floats_write(job->out, to, n, dx);
        }
    }
}

static void pick_pixels(const void *ctx, int64_t begin, int64_t end)
{
    const pool_job *job = ctx;
    const gan_map_axis *h = &job->attr->h, *w = &job->attr->w;
    for (int64_t pixel = begin; pixel < end; pixel++) {
        const int64_t first = pixel / (h->out * w->out) * h->in * w->in;
        for (int64_t c = 0; c < job->channels; c++) {
            const int64_t at = pixel * job->channels + c;
            const int64_t from = (first + job->index[at]) * job->channels + c;
            gan_floats_set(job->out, at, gan_floats_get(job->in, from));
        }
    }
}

static gan_status run(const gan_cpu_step *step, int in, int32_t *index, gan_cpu_range pixels)
{
    const gan_buffer *y = gan_cpu_out(step, 0);
    const pool_job job = {&step->op->attr.max_pool, gan_floats_in(step, in),
                          gan_floats_out(step, 0), index, y->dims[3]};
    gan_cpu_parallel(step->threads, y->count / y->dims[3], 1 + GRAIN / y->dims[3], pixels, &job);
    return GAN_OK;
}

static gan_status forward(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    return run(step, 0, step->out[1], pool_pixels);
}

static gan_status backward(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    return run(step, 1, step->in[0], scatter_pixels);
}

static gan_status pick(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    return run(step, 1, step->in[0], pick_pixels);
}

const gan_cpu_op gan_cpu_op_max_pool = {
    .out = {GAN_F32, GAN_I32}, .in_bf16 = 1, .out_bf16 = 1, .run = forward};
const gan_cpu_op gan_cpu_op_max_pool_bwd = {
    .in = {GAN_I32, GAN_F32}, .in_bf16 = 2, .out_bf16 = 1, .run = backward};
const gan_cpu_op gan_cpu_op_max_pool_pick = {
    .in = {GAN_I32, GAN_F32}, .in_bf16 = 2, .out_bf16 = 1, .run = pick};
