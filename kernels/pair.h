/* pair.h — sums of floats with twice the digits, where double would be slow.
 *
 * A pair is the unevaluated sum hi + lo of two floats, about 48 bits. Adding to one costs six fp32
 * additions (Knuth's two-sum; Dekker 1971); most GPUs do double at 1/32 or 1/64 of that speed.
 *
 * A pair has the range of a float. Where an operand is infinite, or a sum or a product leaves that
 * range, what was lost is infinite minus infinite: the pair is not whole, and stays so whatever is
 * added. Whoever sums looks once, at the end, and takes doubles for the same terms then: the answer
 * is the infinity, the NaN or the number that they give. */
#ifndef GAN_KERNELS_PAIR_H
#define GAN_KERNELS_PAIR_H

#include "kernels/device.h"

/* Before a loop that takes doubles after all: unrolled, it would cost the others registers. */
#ifdef GAN_SIM
#define GAN_ROLLED
#else
#define GAN_ROLLED _Pragma("unroll 1")
#endif

typedef struct gan_pair {
    float hi, lo;
} gan_pair;

/* a + b exactly. */
GAN_DEVICE gan_pair gan_exact_sum(float a, float b)
{
    gan_pair r;
    r.hi = a + b;
    const float part = r.hi - a;
    r.lo = (a - (r.hi - part)) + (b - part);
    return r;
}

/* a * b exactly. The product is rounded, whatever is done with it: a plain one may be fused into an
 * addition of it, here into one use and there not into another (PTX, add and mul without .rn). */
GAN_DEVICE gan_pair gan_exact_product(float a, float b)
{
    gan_pair r;
    r.hi = __fmul_rn(a, b);
    r.lo = fmaf(a, b, -r.hi);
    return r;
}

GAN_DEVICE void gan_pair_add(gan_pair *sum, gan_pair x)
{
    const gan_pair s = gan_exact_sum(sum->hi, x.hi);
    sum->hi = s.hi;
    sum->lo += s.lo + x.lo;
}

/* False where hi + lo is not the sum: see above. */
GAN_DEVICE bool gan_pair_is_whole(gan_pair p)
{
    return isfinite(p.hi) && isfinite(p.lo);
}

/* Of a pair that is whole. */
GAN_DEVICE double gan_pair_value(gan_pair p)
{
    return (double)p.hi + (double)p.lo;
}

#endif
