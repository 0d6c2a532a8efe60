/* resample.c — separable linear maps of each channel: pooling by means, resizing, and the
 * transposed.
 *
 * An element of the result is a sum of few pixels, channel by channel; each axis has a table of
 * which, and of their numbers. */
#include <stdlib.h>

#include "base/memory.h"
#include "cpu/floats.h"
#include "cpu/parallel.h"
#include "cpu/resample_table.h"

enum { GRAIN = 4096 };

typedef struct tables {
    gan_axis_table h, w;
} tables;

static void destroy(void *state)
{
    tables *t = state;
    gan_axis_table_clear(&t->h);
    gan_axis_table_clear(&t->w);
    free(t);
}

static gan_status prepare(gan_cpu_step *step, gan_error *err)
{
    const gan_resample *r = &step->op->attr.resample;
    void *state = NULL;
    GAN_TRY(gan_calloc(1, sizeof(tables), &state, err));
    tables *t = state;
    step->state = t;
    step->destroy = destroy;
    GAN_TRY(gan_axis_table_make(r, &r->h, &t->h, err));
    return gan_axis_table_make(r, &r->w, &t->w, err);
}

/* --- the sums --- */

typedef struct resample_job {
    const tables *t;
    gan_floats x, y;
    int64_t channels;
} resample_job;

GAN_CPU_CLONES static void add_weighted(const float *restrict x, float by, int64_t n,
                                        float *restrict y)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        y[i] += by * x[i];
    }
}

/* Channels [c, c + n) of pixel (p,q) of a sample whose first element is `first`. */
static void sum_pixel(const resample_job *job, int64_t first, int64_t p, int64_t q, int64_t c,
                      int64_t n, float *y)
{
    const gan_axis_table *th = &job->t->h, *tw = &job->t->w;
    const gan_span *h = &th->spans[p], *w = &tw->spans[q];
    float room[GAN_FLOATS_BLOCK];
    memset(y, 0, (size_t)n * sizeof *y);
    for (int64_t i = 0; i < h->n; i++) {
        for (int64_t j = 0; j < w->n; j++) {
            const float by = th->numbers[h->numbers + i] * tw->numbers[w->numbers + j];
            const int64_t pixel = (h->first + i) * tw->n_in + w->first + j;
            add_weighted(gan_floats_read(job->x, first + pixel * job->channels + c, n, room), by, n,
                         y);
        }
    }
}

static void sum_pixels(const void *ctx, int64_t begin, int64_t end)
{
    const resample_job *job = ctx;
    const gan_axis_table *h = &job->t->h, *w = &job->t->w;
    float room[GAN_FLOATS_BLOCK];
    for (int64_t pixel = begin; pixel < end; pixel++) {
        const int64_t q = pixel % w->n_out, p = pixel / w->n_out % h->n_out;
        const int64_t first = pixel / w->n_out / h->n_out * h->n_in * w->n_in * job->channels;
        for (int64_t c = 0; c < job->channels; c += GAN_FLOATS_BLOCK) {
            const int64_t n = gan_floats_block(c, job->channels);
            float *y = gan_floats_at(job->y, pixel * job->channels + c, room);
            sum_pixel(job, first, p, q, c, n, y);
            gan_floats_write(job->y, pixel * job->channels + c, n, y);
        }
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    const gan_buffer *y = gan_cpu_out(step, 0);
    const resample_job job = {step->state, gan_floats_in(step, 0), gan_floats_out(step, 0),
                              y->dims[3]};
    (void)err;
    gan_cpu_parallel(step->threads, y->count / y->dims[3], 1 + GRAIN / y->dims[3], sum_pixels,
                     &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_resample = {
    .in_bf16 = 1, .out_bf16 = 1, .run = run, .prepare = prepare};
