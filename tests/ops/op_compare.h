/* op_compare.h — numbers against what they should be, so that NaN never passes by accident. */
#ifndef OPS_OP_COMPARE_H
#define OPS_OP_COMPARE_H

#include <stdbool.h>
#include <stdint.h>

/* got passes if |got - want| <= absolute + relative |want| + spread RMS(want). */
typedef struct op_tolerance {
    double absolute, relative;
    double spread; /* for sums: their rounding follows the size of the terms, not of the result */
} op_tolerance;

/* What a sum of n products in fp32 is held to, in whatever order it is added: each addition rounds
 * by up to half an ulp of the partial sum, which is about as large as the result or as the RMS of
 * all results: a random walk of n steps with a deviation of at most sqrt(n) 2^-25 of the two
 * together. Six deviations are allowed, and 1e-6 for results near 0. */
op_tolerance op_tolerance_of_sum(int64_t n);

/* True if got is as good as want: NaN for NaN, the same infinity, or a difference of at most bound.
 */
bool op_close(double got, double want, double bound);

/* Index of the first of n elements that fails, or -1. *bound is what it was held to. */
int64_t op_compare(const double *got, const double *want, int64_t n, const op_tolerance *tolerance,
                   double *bound);

#endif
