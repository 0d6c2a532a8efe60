/* tanh.c — hyperbolic tangent and its backward pass. */
#include <math.h>

#include "cpu/exp.h"
#include "cpu/parallel.h"
#include "cpu/pointwise.h"

/* Below `near_zero` the odd series, else 1 - 2 / (exp(2 |x|) + 1), both with polynomials through
 * Chebyshev's nodes that are good to 2e-8. From 9.5 on it is 1 in fp32. */
static const float near_zero = 0.6f, all_one = 9.5f;

static inline float tanh_near_zero(float x)
{
    float z = x * x;
    float p = -0.0062691197f;
    p = p * z + 0.0211109590f;
    p = p * z - 0.0538739488f;
    p = p * z + 0.1333291537f;
    p = p * z - 0.3333333033f;
    return x + x * z * p;
}

static inline float tanh_of(float x)
{
    float size = fabsf(x), bounded = size > all_one ? all_one : size;
    float large = 1.0f - 2.0f / (gan_exp_bounded(2.0f * bounded) + 1.0f);
    return size < near_zero ? tanh_near_zero(x) : copysignf(large, x);
}

GAN_CPU_CLONES static void tanh_run(const float *x, const float *unused, int64_t n, float *y)
{
    (void)unused;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        y[i] = tanh_of(x[i]);
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
