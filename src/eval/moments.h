/* moments.h — mean and covariance of features that come in pieces. */
#ifndef GAN_EVAL_MOMENTS_H
#define GAN_EVAL_MOMENTS_H

#include "eval/matrix.h"

typedef struct gan_moments {
    int64_t n, d;
    double *shift, *sum; /* (d) */
    double *products;    /* (d,d), on and below the diagonal */
} gan_moments;

/* The normal distribution that features are taken for. */
typedef struct gan_gaussian {
    int64_t n, d;
    double *mean;       /* (d) */
    double *covariance; /* (d,d), over n - 1 as numpy.cov has it */
} gan_gaussian;

gan_status gan_moments_begin(gan_moments *moments, int64_t d, gan_error *err);
void gan_moments_free(gan_moments *moments); /* a zeroed one is fine */

/* Adds the rows of x. Sums are in double, of differences from the mean of the first rows: features
 * far from 0 lose nothing. GAN_E_MEMORY. */
gan_status gan_moments_add(gan_moments *moments, const gan_tools *tools, const gan_matrix *x,
                           gan_error *err);

/* *out is the caller's (gan_gaussian_free). GAN_E_DATA: fewer than two rows; label as in
 * gan_matrix_check(). */
gan_status gan_moments_end(const gan_moments *moments, const char *label, gan_gaussian *out,
                           gan_error *err);
void gan_gaussian_free(gan_gaussian *gaussian); /* a zeroed one is fine */
gan_status gan_gaussian_make(gan_gaussian *gaussian, int64_t d, gan_error *err);
double gan_gaussian_trace(const gan_gaussian *gaussian); /* of the covariance */

/* All three of one matrix, checked. */
gan_status gan_gaussian_of(const gan_tools *tools, const gan_matrix *x, const char *label,
                           gan_gaussian *out, gan_error *err);

#endif
