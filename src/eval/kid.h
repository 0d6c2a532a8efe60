/* kid.h — kernel distance: the squared maximum mean discrepancy of two sets of features with the
 * kernel (x.y / d + 1)^3, unbiased (Binkowski et al. 2018). Near 0, and as often below as above it,
 * for two sets from one source, however few they are. */
#ifndef GAN_EVAL_KID_H
#define GAN_EVAL_KID_H

#include "eval/matrix.h"

/* Of all rows of both: mean of k(a,a') over pairs of different rows, and of k(b,b'), less twice
 * that of k(a,b). At least two rows each. */
gan_status gan_kid_full(const gan_tools *tools, const gan_matrix *a, const gan_matrix *b,
                        double *kid, gan_error *err);

typedef struct gan_kid {
    double mean, deviation; /* over the subsets; the deviation as numpy.std has it */
    int64_t subsets, size;
} gan_kid;

/* The mean over `subsets` pairs of subsets of `size` rows, drawn without repetition as a function
 * of (seed, subset): how KID is reported, 100 x 1000 in torch-fidelity and StyleGAN. size is cut to
 * what the smaller set has. GAN_E_DATA: fewer than two rows; GAN_E_USAGE: no subset. */
gan_status gan_kid_subsets(const gan_tools *tools, const gan_matrix *a, const gan_matrix *b,
                           uint64_t seed, int64_t subsets, int64_t size, gan_kid *out,
                           gan_error *err);

#endif
