/* half.h — 16-bit floating-point numbers as floats; every value of theirs is one. */
#ifndef GAN_BASE_HALF_H
#define GAN_BASE_HALF_H

#include <stdint.h>
#include <string.h>

/* bfloat16: the upper half of a float. */
static inline float gan_bf16_to_f32(uint16_t bf16)
{
    const uint32_t bits = (uint32_t)bf16 << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* To the nearest, ties to even; a NaN stays one. */
static inline uint16_t gan_f32_to_bf16(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t rounded = bits + 0x7fffu + (bits >> 16 & 1u);
    uint32_t quiet = bits | 0x00400000u; /* rounding could carry a NaN into infinity, or further */
    return (uint16_t)((value == value ? rounded : quiet) >> 16);
}

/* IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
static inline float gan_f16_to_f32(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = half >> 10 & 0x1Fu;
    const uint32_t fraction = half & 0x3FFu;
    if (exponent == 0) {
        const float size = (float)fraction * 0x1p-24f;
        return sign ? -size : size;
    }
    const uint32_t wide = exponent == 0x1F ? 0xFFu : exponent + 112;
    const uint32_t bits = sign | wide << 23 | fraction << 13;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
