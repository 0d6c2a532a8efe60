/* window_sum.c — tensors put at their places in a larger one, and added. */
#include <string.h>

#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { GRAIN = 4096 };

typedef struct window {
    gan_floats x;       /* data NULL: there is none */
    int64_t first, end; /* elements of y */
} window;

typedef struct sum_job {
    window windows[2];
    gan_floats y;
} sum_job;

GAN_CPU_CLONES static void add_window_run(const float *x, int64_t n, float *y)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        y[i] += x[i];
    }
}

/* Adds what of a window lies in elements [begin, begin + n) of y to them. */
static void add_window(const window *w, int64_t begin, int64_t n, float *y)
{
    float room[GAN_FLOATS_BLOCK];
    int64_t first = w->first > begin ? w->first : begin;
    int64_t end = w->end < begin + n ? w->end : begin + n;
    if (first < end) {
        add_window_run(gan_floats_read(w->x, first - w->first, end - first, room), end - first,
                       y + (first - begin));
    }
}

static void range(const void *ctx, int64_t begin, int64_t end)
{
    const sum_job *job = ctx;
    float room[GAN_FLOATS_BLOCK];
    for (int64_t i = begin; i < end; i += GAN_FLOATS_BLOCK) {
        int64_t n = gan_floats_block(i, end);
        float *y = gan_floats_at(job->y, i, room);
        memset(y, 0, (size_t)n * sizeof *y);
        for (int k = 0; k < 2; k++) {
            add_window(&job->windows[k], i, n, y);
        }
        gan_floats_write(job->y, i, n, y);
    }
}

static window window_of(const gan_cpu_step *step, int k, int64_t first)
{
    const gan_buffer *x = gan_cpu_in(step, k);
    return x ? (window){gan_floats_in(step, k), first, first + x->count} : (window){{0}, 0, 0};
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    const gan_window_sum_attr *a = &step->op->attr.window_sum;
    (void)err;
    const sum_job job = {{window_of(step, 0, a->first_a), window_of(step, 1, a->first_b)},
                         gan_floats_out(step, 0)};
    gan_cpu_parallel(step->threads, gan_cpu_out(step, 0)->count, GRAIN, range, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_window_sum = {.in_bf16 = 3, .out_bf16 = 1, .run = run};
