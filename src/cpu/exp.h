/* exp.h — e^x in fp32, written without a call or a branch, so that loops vectorize: the same bits
 * for every instruction set. */
#ifndef GAN_CPU_EXP_H
#define GAN_CPU_EXP_H

#include <stdint.h>
#include <string.h>

/* e^x for x in [-87, 88]; a NaN stays one. x = k ln 2 + r with |r| <= ln 2 / 2, and e^r by a
 * polynomial through Chebyshev's nodes that is good to 2e-8. */
static inline float gan_exp_bounded(float x)
{
    const float log2_e = 1.44269504f, ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    const float to_integer = 0x1.8p23f; /* a float plus this one ends in its nearest integer */
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

/* e^x for x <= 0; exactly 0 below -87, where it is less than 2^-125. */
static inline float gan_exp_negative(float x)
{
    float y = gan_exp_bounded(x < -87.0f ? -87.0f : x);
    return x < -87.0f ? 0.0f : y;
}

#endif
