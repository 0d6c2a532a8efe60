/* convert.c — doubles to and from the floating-point types of buffers. */
#include "reference/convert.h"

#include <math.h>
#include <string.h>

#include "base/half.h"

bool gan_reference_is_real(gan_dtype type)
{
    return type == GAN_F64 || type == GAN_F32 || type == GAN_BF16 || type == GAN_F16;
}

/* To `digits` binary digits, fewer where the exponent (of the leading digit) would be below lowest.
 */
static double round_digits(double x, int digits, int lowest)
{
    int exponent = 0;
    if (x == 0.0 || !isfinite(x)) {
        return x;
    }
    frexp(x, &exponent); /* |x| is in [2^(exponent-1), 2^exponent) */
    const int last = (exponent - 1 > lowest ? exponent - 1 : lowest) - (digits - 1);
    return ldexp(rint(ldexp(x, -last)), last);
}

double gan_reference_round(gan_dtype type, double x)
{
    double rounded = (double)(float)x;
    if (type == GAN_F64) {
        return x;
    }
    if (type == GAN_BF16) {
        rounded = round_digits(x, 8, -126);
        return fabs(rounded) >= 0x1p128 ? copysign((double)INFINITY, x) : rounded;
    }
    if (type == GAN_F16) {
        rounded = round_digits(x, 11, -14);
        return fabs(rounded) >= 65536.0 ? copysign((double)INFINITY, x) : rounded;
    }
    return rounded;
}

static uint16_t bf16_bits(double x)
{
    const float single = (float)gan_reference_round(GAN_BF16, x);
    uint32_t bits;
    memcpy(&bits, &single, sizeof bits);
    return (uint16_t)(isnan(single) ? bits >> 16 | 0x40u : bits >> 16);
}

/* A number of fp16 as its bits. A subnormal number is as many steps of 2^-24; above, the exponent
 * counts from 1 at 2^-14 and the fraction's 1024 steps follow it. */
static uint16_t f16_bits(double x)
{
    const double size = fabs(gan_reference_round(GAN_F16, x));
    const unsigned sign = signbit(x) ? 0x8000u : 0u;
    int exponent = 0;
    if (isnan(x)) {
        return (uint16_t)(sign | 0x7E00u);
    }
    if (isinf(size)) {
        return (uint16_t)(sign | 0x7C00u);
    }
    if (size < 0x1p-14) {
        return (uint16_t)(sign | (unsigned)ldexp(size, 24));
    }
    const double fraction = frexp(size, &exponent); /* in [1/2, 1) */
    return (uint16_t)(sign | ((unsigned)(exponent + 14) * 1024u +
                              ((unsigned)ldexp(fraction, 11) - 1024u)));
}

void gan_reference_narrow(gan_dtype type, const double *from, int64_t n, void *to)
{
    char *at = to;
    if (type == GAN_F64) {
        memcpy(to, from, (size_t)n * sizeof *from);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        const float single = (float)from[i];
        const uint16_t half = type == GAN_BF16  ? bf16_bits(from[i])
                              : type == GAN_F16 ? f16_bits(from[i])
                                                : 0;
        const size_t size = type == GAN_F32 ? sizeof single : sizeof half;
        memcpy(at, type == GAN_F32 ? (const void *)&single : (const void *)&half, size);
        at += size;
    }
}

void gan_reference_widen(gan_dtype type, const void *from, int64_t n, double *to)
{
    const char *at = from;
    if (type == GAN_F64) {
        memcpy(to, from, (size_t)n * sizeof *to);
        return;
    }
    for (int64_t i = 0; i < n; i++) {
        float single;
        uint16_t half;
        if (type == GAN_F32) {
            memcpy(&single, at + i * 4, sizeof single);
        } else {
            memcpy(&half, at + i * 2, sizeof half);
            single = type == GAN_BF16 ? gan_bf16_to_f32(half) : gan_f16_to_f32(half);
        }
        to[i] = (double)single;
    }
}
