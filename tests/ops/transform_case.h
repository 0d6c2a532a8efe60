/* transform_case.h — a convolution with known results, to hold every variant of the DFT engine
 * against.
 */
#ifndef OPS_FAST_CASE_H
#define OPS_FAST_CASE_H

#include "transform/transform.h"

/* Operands are normal draws (w scaled down), rounded to bf16 where the types say so; results were
 * summed in double from the rounded operands. */
typedef struct transform_case {
    gan_transform_geometry g;
    gan_transform_type activation, weight;
    int64_t n_x, n_y, n_w; /* elements */
    float *x, *dy, *w;
    double *y, *dx, *dw;
} transform_case;

/* Results of one variant, with guard words around each that were seen intact. */
typedef struct fast_result {
    float *y, *dx, *dw; /* as fp32, whatever type they were written in */
} fast_result;

/* Fails the test when there is no memory. seed names the draws. */
void fast_case_make(transform_case *c, const gan_transform_geometry *g,
                    gan_transform_type activation, gan_transform_type weight, uint64_t seed);
void fast_case_free(transform_case *c);

/* Runs the three passes, each by itself, with options (types are taken from the case). Scratch and
 * results hold NaN before. `shift`: results start that many bytes past an aligned address. */
void fast_case_run(const transform_case *c, const gan_transform_options *options, int64_t shift,
                   fast_result *result);
void fast_result_free(fast_result *result);

/* RMS of got - want relative to the RMS of want; NaN if any difference is, 0 when all is zero. */
double fast_relative_rms(const float *got, const double *want, int64_t n);

/* fast_case_run, and all three errors must be at most tolerance; prints what failed and how to see
 * it again. */
void fast_case_check(const transform_case *c, const gan_transform_options *options, int64_t shift,
                     double tolerance);

/* False, and a line that says so, when this machine has no such kernels. */
bool fast_isa_runs(gan_transform_isa isa, gan_transform_type products);

#endif
