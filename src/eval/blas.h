/* blas.h — products of matrices and their decompositions, by OpenBLAS.
 *
 * The library is loaded when it is needed, not linked: `gan train` starts without it, and without
 * the threads that it would start. Here it computes on the thread that calls it, always; work is
 * shared out by our own loops, so that a result does not depend on the number of threads. Any
 * thread may call; of OpenBLAS's sequential flavour, which is not made for that, one at a time.
 * Matrices are row by row unless said otherwise. */
#ifndef GAN_EVAL_BLAS_H
#define GAN_EVAL_BLAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

typedef struct gan_blas gan_blas;

/* Loads $GAN_OPENBLAS or libopenblas.so.0. Call it before other threads look at the environment.
 * *out is the caller's. GAN_E_UNSUPPORTED with the package to install; GAN_E_MEMORY. */
gan_status gan_blas_open(gan_blas **out, gan_error *err);
void gan_blas_close(gan_blas *blas); /* NULL is fine */

/* c (m,n) = op(a) op(b), added to c when `add`. op is the transpose where asked for; lda, ldb, ldc:
 * numbers from one row to the next, as stored. */
typedef struct gan_product {
    bool trans_a, trans_b, add;
    int64_t m, n, k, lda, ldb, ldc;
} gan_product;

void gan_blas_multiply(gan_blas *blas, const gan_product *p, const double *a, const double *b,
                       double *c);

/* Of the symmetric a (d,d): eigenvalues in w (d), ascending; row i of a becomes the eigenvector of
 * w[i]. GAN_E_FAILED where it does not converge; GAN_E_MEMORY. */
gan_status gan_blas_eigen(gan_blas *blas, int64_t d, double *a, double *w, gan_error *err);

/* The min(m,n) singular values of a (m,n), largest first, in w. a is destroyed. Errors as above. */
gan_status gan_blas_singular(gan_blas *blas, int64_t m, int64_t n, double *a, double *w,
                             gan_error *err);

#endif
