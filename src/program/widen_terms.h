/* widen_terms.h — which elements of a filter add up to one of the widened filter (ops.def), along
 * one axis, and the other way round. Kernels include this file: they define GAN_INLINE first.
 *
 * Nearest upsampling by f puts x[i] at f i .. f i + f - 1, and tap r of a filter of R then reads
 * f i - pad + r ..: what x[i] gives to y[o] is the sum of the taps r with
 * 0 <= o - pad + r - f i < f. With t = o - f i + R - 1 - pad that is 0 <= t + r - (R - 1) < f:
 * a transposed convolution of stride f, padding R - 1 - pad and R + f - 1 taps t. */
#ifndef GAN_PROGRAM_WIDEN_TERMS_H
#define GAN_PROGRAM_WIDEN_TERMS_H

#include "program/program.h"

#ifndef GAN_INLINE
#define GAN_INLINE static inline
#endif

/* The elements [first, end) of the input along an axis. */
typedef struct gan_widen_taps {
    int64_t first, end;
} gan_widen_taps;

/* Those of element i of the output; taps: R of the filter that is not widened. */
GAN_INLINE gan_widen_taps gan_widen_at(bool transposed, int64_t taps, int64_t factor, int64_t i)
{
    gan_widen_taps range;
    range.first = taps - 1 - i;
    range.end = range.first + factor;
    if (!transposed) {
        range.first = range.first > 0 ? range.first : 0;
        range.end = range.end < taps ? range.end : taps;
    }
    return range;
}

#endif
