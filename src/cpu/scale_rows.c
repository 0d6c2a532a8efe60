/* scale_rows.c — each sample times its own number. */
#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { GRAIN = 4096 };

typedef struct scale_job {
    gan_floats x, y;
    const float *s;
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
    float room[GAN_FLOATS_BLOCK];
    for (int64_t i = begin; i < end; i++) {
        int64_t row_end = (i + 1) * job->row;
        for (int64_t k = i * job->row; k < row_end; k += GAN_FLOATS_BLOCK) {
            int64_t n = gan_floats_block(k, row_end);
            float *y = gan_floats_at(job->y, k, room);
            scale_run(gan_floats_read(job->x, k, n, room), job->s[i], n, y);
            gan_floats_write(job->y, k, n, y);
        }
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_buffer *x = gan_cpu_in(step, 0);
    int64_t rows = x->dims[0], row = x->count / rows;
    const scale_job job = {gan_floats_in(step, 0), gan_floats_out(step, 0), step->in[1], row};
    gan_cpu_parallel(step->threads, rows, 1 + GRAIN / row, scale_rows, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_scale_rows = {.in_bf16 = 1, .out_bf16 = 1, .run = run};
