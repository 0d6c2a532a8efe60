/* activation_terms.h — each row of activations.def at one number: gan_<name>_0 is f(x), _1 is f'(x)
 * and _2 is f''(x).
 *
 * With s = 1 / (1 + e^-x), P the normal distribution and p its density:
 *   elu       f' = alpha e^x, f'' = alpha e^x at and below 0 (PyTorch's side of 0), else 1 and 0
 *   silu      f' = s (1 + x (1 - s)),   f'' = s (1 - s) (2 + x (1 - 2 s))
 *   gelu      f' = P + x p,             f'' = p (2 - x^2)
 *   softplus  f' = s,                   f'' = s (1 - s)
 *   relu6     f' = 1 between 0 and 6, 0 at them and outside (PyTorch's)
 * Where f is flat on one side the other factor is 0 in fp32 long before it overflows; a NaN stays
 * one in f. Whoever includes this file has defined what the functions of e^x are here:
 * GAN_TERM_EXP_NEG(x) e^x for x <= 0, GAN_TERM_EXPM1_NEG(x) e^x - 1 for x <= 0, GAN_TERM_LOG1P(x)
 * log(1 + x) for x in [0, 1], GAN_TERM_ERFC(x) for x >= 0; and, in kernels, GAN_INLINE. */
#ifndef GAN_PROGRAM_ACTIVATION_TERMS_H
#define GAN_PROGRAM_ACTIVATION_TERMS_H

#include <math.h>

#include "net/net.h"

#ifndef GAN_INLINE
#define GAN_INLINE static inline
#endif

/* Of a number of either sign: min(x, 0), a NaN stays one. */
GAN_INLINE float gan_term_low(float x)
{
    return x > 0.0f ? 0.0f : x;
}

/* 1 / (1 + e^-x) without overflow, and what it lacks to 1, with all digits. */
GAN_INLINE float gan_term_logistic(float x)
{
    const float e = GAN_TERM_EXP_NEG(-fabsf(x)), small = e / (1.0f + e);
    return x >= 0.0f ? 1.0f / (1.0f + e) : small;
}

GAN_INLINE float gan_elu_0(float x, float alpha)
{
    const float low = alpha * GAN_TERM_EXPM1_NEG(gan_term_low(x));
    return x > 0.0f ? x : low;
}

GAN_INLINE float gan_elu_2(float x, float alpha)
{
    const float low = alpha * GAN_TERM_EXP_NEG(gan_term_low(x));
    return x > 0.0f ? 0.0f : low;
}

GAN_INLINE float gan_elu_1(float x, float alpha)
{
    const float low = alpha * GAN_TERM_EXP_NEG(gan_term_low(x));
    return x > 0.0f ? 1.0f : low;
}

/* The two constants of the paper: mean 0 and variance 1 are a fixed point. */
#define GAN_SELU_SCALE 1.0507009873554805f
#define GAN_SELU_ALPHA 1.6732632423543773f

GAN_INLINE float gan_selu_0(float x, float alpha)
{
    (void)alpha;
    return GAN_SELU_SCALE * gan_elu_0(x, GAN_SELU_ALPHA);
}

GAN_INLINE float gan_selu_1(float x, float alpha)
{
    (void)alpha;
    return GAN_SELU_SCALE * gan_elu_1(x, GAN_SELU_ALPHA);
}

GAN_INLINE float gan_selu_2(float x, float alpha)
{
    (void)alpha;
    return GAN_SELU_SCALE * gan_elu_2(x, GAN_SELU_ALPHA);
}

GAN_INLINE float gan_silu_0(float x, float alpha)
{
    (void)alpha;
    return x * gan_term_logistic(x);
}

GAN_INLINE float gan_silu_1(float x, float alpha)
{
    const float s = gan_term_logistic(x), rest = gan_term_logistic(-x);
    (void)alpha;
    return s * (1.0f + x * rest);
}

GAN_INLINE float gan_silu_2(float x, float alpha)
{
    const float s = gan_term_logistic(x), rest = gan_term_logistic(-x);
    (void)alpha;
    return s * rest * (2.0f + x * (rest - s));
}

/* e^(-x^2/2) / sqrt(2 pi) */
GAN_INLINE float gan_term_density(float x)
{
    return 0.39894228f * GAN_TERM_EXP_NEG(-0.5f * x * x);
}

/* The share of a normal distribution below x: of its smaller side, so that no digit is lost. */
GAN_INLINE float gan_term_normal(float x)
{
    const float tail = 0.5f * GAN_TERM_ERFC(0.70710678f * fabsf(x));
    return x > 0.0f ? 1.0f - tail : tail;
}

GAN_INLINE float gan_gelu_0(float x, float alpha)
{
    (void)alpha;
    return x * gan_term_normal(x);
}

GAN_INLINE float gan_gelu_1(float x, float alpha)
{
    (void)alpha;
    return gan_term_normal(x) + x * gan_term_density(x);
}

GAN_INLINE float gan_gelu_2(float x, float alpha)
{
    (void)alpha;
    return gan_term_density(x) * (2.0f - x * x);
}

GAN_INLINE float gan_softplus_0(float x, float alpha)
{
    const float high = x < 0.0f ? 0.0f : x;
    (void)alpha;
    return high + GAN_TERM_LOG1P(GAN_TERM_EXP_NEG(-fabsf(x)));
}

GAN_INLINE float gan_softplus_1(float x, float alpha)
{
    (void)alpha;
    return gan_term_logistic(x);
}

GAN_INLINE float gan_softplus_2(float x, float alpha)
{
    (void)alpha;
    return gan_term_logistic(x) * gan_term_logistic(-x);
}

GAN_INLINE float gan_relu6_0(float x, float alpha)
{
    const float low = x < 0.0f ? 0.0f : x;
    (void)alpha;
    return low > 6.0f ? 6.0f : low;
}

GAN_INLINE float gan_relu6_1(float x, float alpha)
{
    (void)alpha;
    return x > 0.0f && x < 6.0f ? 1.0f : 0.0f;
}

GAN_INLINE float gan_relu6_2(float x, float alpha)
{
    (void)x;
    (void)alpha;
    return 0.0f;
}

GAN_INLINE float gan_linear_0(float x, float alpha)
{
    return alpha * x;
}

GAN_INLINE float gan_linear_1(float x, float alpha)
{
    (void)x;
    return alpha;
}

GAN_INLINE float gan_linear_2(float x, float alpha)
{
    (void)x;
    (void)alpha;
    return 0.0f;
}

/* The one that is asked for. */
GAN_INLINE float gan_activation_term(int function, int order, float x, float alpha)
{
    switch (function * 3 + order) {
#define GAN_ACTIVATION_ROW(name, alpha_of_it, bends, summary)                                      \
    case GAN_ACTIVATION_##name * 3:                                                                \
        return gan_##name##_0(x, alpha);                                                           \
    case GAN_ACTIVATION_##name * 3 + 1:                                                            \
        return gan_##name##_1(x, alpha);                                                           \
    case GAN_ACTIVATION_##name * 3 + 2:                                                            \
        return gan_##name##_2(x, alpha);
#include "net/activations.def"
#undef GAN_ACTIVATION_ROW
    default:
        return 0.0f; /* the shape rule lets none through */
    }
}

#endif
