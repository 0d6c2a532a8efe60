/* add.c — sum of two tensors. */
#include "cpu/parallel.h"
#include "cpu/pointwise.h"

GAN_CPU_CLONES static void add_run(const float *a, const float *b, int64_t n, float *y)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        y[i] = a[i] + b[i];
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    gan_pointwise_run(step, add_run);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_add = {.in_bf16 = 3, .out_bf16 = 1, .run = run};
