/* tanh.c — hyperbolic tangent and its backward pass. */
#include <math.h>
#include <string.h>

#include "cpu/parallel.h"
#include "cpu/pointwise.h"

/* Below `near_zero` the odd series, else 1 - 2 / (exp(2 |x|) + 1), both with polynomials through
 * Chebyshev's nodes that are good to 2e-8; written without a call or a branch, so that loops
 * vectorize. From 9.5 on it is 1 in fp32. */
static const float near_zero = 0.6f, all_one = 9.5f;
static const float log2_e = 1.44269504f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
static const float to_integer = 0x1.8p23f; /* a float plus this one ends in its nearest integer */

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

/* exp of 0 to 20; a NaN stays one. */
static inline float exp_of(float x)
{
    float shifted = x * log2_e + to_integer, k = shifted - to_integer;
    float r = x - k * ln2_high - k * ln2_low;
    float p = 0.0013926176f;
    p = p * r + 0.0083631731f;
    p = p * r + 0.0416665547f;
    p = p * r + 0.1666657703f;
    p = p * r + 0.5f;
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 23) + 0x3f800000u; /* of 2^k */
    float power;
    memcpy(&power, &bits, sizeof power);
    return (1.0f + r + r * r * p) * power;
}

static inline float tanh_of(float x)
{
    float size = fabsf(x), bounded = size > all_one ? all_one : size;
    float large = 1.0f - 2.0f / (exp_of(2.0f * bounded) + 1.0f);
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
