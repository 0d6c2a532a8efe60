/* multiply.c — product of two tensors, element by element. */
#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { GRAIN = 4096 };

typedef struct multiply_job {
    gan_floats a, b, y;
    float factor;
} multiply_job;

GAN_CPU_CLONES static void multiply_run(const float *a, const float *b, float factor, int64_t n,
                                        float *y)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        y[i] = factor * a[i] * b[i];
    }
}

static void range(const void *ctx, int64_t begin, int64_t end)
{
    const multiply_job *job = ctx;
    float room_a[GAN_FLOATS_BLOCK], room_b[GAN_FLOATS_BLOCK], room[GAN_FLOATS_BLOCK];
    for (int64_t i = begin; i < end; i += GAN_FLOATS_BLOCK) {
        int64_t n = gan_floats_block(i, end);
        float *y = gan_floats_at(job->y, i, room);
        multiply_run(gan_floats_read(job->a, i, n, room_a), gan_floats_read(job->b, i, n, room_b),
                     job->factor, n, y);
        gan_floats_write(job->y, i, n, y);
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const multiply_job job = {gan_floats_in(step, 0), gan_floats_in(step, 1),
                              gan_floats_out(step, 0), step->op->attr.multiply.factor};
    gan_cpu_parallel(step->threads, gan_cpu_out(step, 0)->count, GRAIN, range, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_multiply = {.in_bf16 = 3, .out_bf16 = 1, .run = run};
