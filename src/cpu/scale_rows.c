/* scale_rows.c — each sample times its own number. */
#include "cpu/parallel.h"
#include "cpu/step.h"

enum { GRAIN = 4096 };

typedef struct scale_job {
    const float *x, *s;
    float *y;
    int64_t row; /* elements of a sample */
} scale_job;

GAN_CPU_CLONES static void scale_run(const float *x, float s, int64_t n, float *y)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        y[i] = s * x[i];
    }
}

static void scale_rows(const void *ctx, int64_t begin, int64_t end)
{
    const scale_job *job = ctx;
    for (int64_t i = begin; i < end; i++) {
        scale_run(job->x + i * job->row, job->s[i], job->row, job->y + i * job->row);
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_buffer *x = gan_cpu_in(step, 0);
    int64_t rows = x->dims[0], row = x->count / rows;
    const scale_job job = {step->in[0], step->in[1], step->out[0], row};
    gan_cpu_parallel(step->threads, rows, 1 + GRAIN / row, scale_rows, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_scale_rows = {.run = run};
