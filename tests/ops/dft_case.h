/* dft_case.h — a convolution with known results, to hold every variant of the DFT engine against.
 */
#ifndef OPS_DFT_CASE_H
#define OPS_DFT_CASE_H

#include "cpu/dft_conv.h"

/* Operands are normal draws (w scaled down), rounded to bf16 where the types say so; results were
 * summed in double from the rounded operands. */
typedef struct dft_case {
    gan_dft_geometry g;
    gan_dft_type activation, weight;
    int64_t n_x, n_y, n_w; /* elements */
    float *x, *dy, *w;
    double *y, *dx, *dw;
} dft_case;

/* Results of one variant, with guard words around each that were seen intact. */
typedef struct dft_result {
    float *y, *dx, *dw; /* as fp32, whatever type they were written in */
} dft_result;

/* Fails the test when there is no memory. seed names the draws. */
void dft_case_make(dft_case *c, const gan_dft_geometry *g, gan_dft_type activation,
                   gan_dft_type weight, uint64_t seed);
void dft_case_free(dft_case *c);

/* Runs the three passes, each by itself, with options (types are taken from the case). Scratch and
 * results hold NaN before. `shift`: results start that many bytes past an aligned address. */
void dft_case_run(const dft_case *c, const gan_dft_options *options, int64_t shift,
                  dft_result *result);
void dft_result_free(dft_result *result);

/* RMS of got - want relative to the RMS of want; NaN if any difference is, 0 when all is zero. */
double dft_relative_rms(const float *got, const double *want, int64_t n);

/* dft_case_run, and all three errors must be at most tolerance; prints what failed and how to see
 * it again. */
void dft_case_check(const dft_case *c, const gan_dft_options *options, int64_t shift,
                    double tolerance);

/* False, and a line that says so, when this machine has no such kernels. */
bool dft_isa_runs(gan_dft_isa isa, gan_dft_type products);

#endif
