/* tanh.c — hyperbolic tangent and its backward pass. */
#include <math.h>

#include "cpu/parallel.h"
#include "cpu/pointwise.h"

static void tanh_run(const float *x, const float *unused, int64_t n, float *y)
{
    (void)unused;
    for (int64_t i = 0; i < n; i++) {
        y[i] = tanhf(x[i]);
    }
}

GAN_CPU_CLONES static void tanh_bwd_run(const float *y, const float *dy, int64_t n, float *dx)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        dx[i] = dy[i] * (1.0f - y[i] * y[i]);
    }
}

static gan_status forward(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    gan_pointwise_run(step, tanh_run);
    return GAN_OK;
}

static gan_status backward(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    gan_pointwise_run(step, tanh_bwd_run);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_tanh = {.in_bf16 = 1, .out_bf16 = 1, .run = forward};
const gan_cpu_op gan_cpu_op_tanh_bwd = {.in_bf16 = 3, .out_bf16 = 1, .run = backward};
