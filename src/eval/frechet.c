/* frechet.c — the trace of (S1 S2)^(1/2) without a square root of a matrix.
 *
 * S = F^T F with F = L^(1/2) Q^T, from S = Q L Q^T. The eigenvalues of S1 S2 are those of
 * F1 S2 F1^T = (F1 F2^T)(F1 F2^T)^T, the squares of the singular values of F1 F2^T. So the trace is
 * the sum of these: real, not negative, and exact to eps |S|, where a root taken of an eigenvalue
 * of the product would be exact to eps^(1/2) |S| only. Eigenvalues that are 0 up to rounding, which
 * there are with fewer samples than features, are left out of F: their roots would not be small. */
#include "eval/frechet.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

typedef struct factor {
    double *memory, *rows; /* rows (rank,d) */
    int64_t rank;
} factor;

static gan_status make_factor(gan_blas *blas, const gan_gaussian *g, factor *f, gan_error *err)
{
    const int64_t d = g->d;
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)(d * d + d), sizeof(double), &memory, err));
    f->memory = memory;
    double *values = f->memory + d * d;
    memcpy(f->memory, g->covariance, (size_t)(d * d) * sizeof(double));
    GAN_TRY(gan_blas_eigen(blas, d, f->memory, values, err));
    const double least = (double)d * DBL_EPSILON * values[d - 1];
    int64_t first = 0;
    while (first < d && !(values[first] > least)) {
        first++;
    }
    f->rows = f->memory + first * d;
    f->rank = d - first;
    for (int64_t i = first; i < d; i++) {
        for (int64_t k = 0; k < d; k++) {
            f->memory[i * d + k] *= sqrt(values[i]);
        }
    }
    return GAN_OK;
}

/* The two factors, on two threads. */
static gan_status make_factors(const gan_tools *tools, const gan_gaussian *a, const gan_gaussian *b,
                               factor factors[2], gan_error *err)
{
    const gan_gaussian *of[2] = {a, b};
    gan_status status[2] = {GAN_OK, GAN_OK};
    gan_error errors[2] = {{0}};
#pragma omp parallel for num_threads(tools->threads < 2 ? 1 : 2) schedule(static, 1)
    for (int i = 0; i < 2; i++) {
        status[i] = make_factor(tools->blas, of[i], &factors[i], &errors[i]);
    }
    const int bad = status[0] != GAN_OK ? 0 : 1;
    return status[bad] == GAN_OK ? GAN_OK : gan_fail(err, status[bad], "%s", errors[bad].text);
}

static gan_status trace_of_root(const gan_tools *tools, const gan_gaussian *a,
                                const gan_gaussian *b, double *trace, gan_error *err)
{
    factor f[2] = {{0}};
    void *product = NULL, *values = NULL;
    gan_status status = GAN_OK;
    *trace = 0;
    GAN_TRY_DONE(make_factors(tools, a, b, f, err));
    const int64_t m = f[0].rank, n = f[1].rank;
    GAN_TRY_DONE(gan_calloc((size_t)(m * n), sizeof(double), &product, err));
    GAN_TRY_DONE(gan_calloc((size_t)(m < n ? m : n), sizeof(double), &values, err));
    if (m > 0 && n > 0) {
        const gan_product p = {
            .trans_b = true, .m = m, .n = n, .k = a->d, .lda = a->d, .ldb = a->d, .ldc = n};
        gan_blas_multiply(tools->blas, &p, f[0].rows, f[1].rows, product);
        GAN_TRY_DONE(gan_blas_singular(tools->blas, m, n, product, values, err));
    }
    for (int64_t i = 0; i < (m < n ? m : n); i++) {
        *trace += ((const double *)values)[i];
    }
done:
    free(f[0].memory);
    free(f[1].memory);
    free(product);
    free(values);
    return status;
}

gan_status gan_frechet_distance(const gan_tools *tools, const gan_gaussian *a,
                                const gan_gaussian *b, double *distance, gan_error *err)
{
    double means = 0, trace = 0;
    if (a->d != b->d) {
        return gan_fail(err, GAN_E_DATA, "features of %lld and of %lld numbers cannot be compared",
                        (long long)a->d, (long long)b->d);
    }
    GAN_TRY(trace_of_root(tools, a, b, &trace, err));
    for (int64_t k = 0; k < a->d; k++) {
        means += (a->mean[k] - b->mean[k]) * (a->mean[k] - b->mean[k]);
    }
    *distance = fmax(0, means + gan_gaussian_trace(a) + gan_gaussian_trace(b) - 2 * trace);
    return GAN_OK;
}
