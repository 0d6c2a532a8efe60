/* moments.c — mean and covariance in one pass.
 *
 * With s the mean of the first rows, sums of (x - s) and of (x - s)(x - s)^T are kept:
 *   mean = s + sum / n,   covariance = (products - sum sum^T / n) / (n - 1)
 * Stripes of the products' columns are fixed, and a stripe is one thread's: any number of threads
 * gives the same bits. */
#include "eval/moments.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

enum { ROWS = 512, STRIPE = 64 };

gan_status gan_moments_begin(gan_moments *moments, int64_t d, gan_error *err)
{
    void *memory = NULL;
    *moments = (gan_moments){.d = d};
    GAN_TRY(gan_calloc((size_t)(2 * d + d * d), sizeof(double), &memory, err));
    moments->shift = memory;
    moments->sum = moments->shift + d;
    moments->products = moments->sum + d;
    return GAN_OK;
}

void gan_moments_free(gan_moments *moments)
{
    free(moments->shift);
    *moments = (gan_moments){0};
}

static void take_shift(gan_moments *m, const double *x, int64_t n)
{
    for (int64_t k = 0; k < m->d; k++) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++) {
            sum += x[i * m->d + k];
        }
        m->shift[k] = sum / (double)n;
    }
}

static void add_block(gan_moments *m, const gan_tools *tools, double *x, int64_t n)
{
    const int64_t d = m->d, n_stripes = (d + STRIPE - 1) / STRIPE;
    if (m->n == 0) {
        take_shift(m, x, n);
    }
    for (int64_t i = 0; i < n; i++) {
        for (int64_t k = 0; k < d; k++) {
            x[i * d + k] -= m->shift[k];
            m->sum[k] += x[i * d + k];
        }
    }
#pragma omp parallel for num_threads(tools->threads) schedule(dynamic)
    for (int64_t stripe = 0; stripe < n_stripes; stripe++) {
        const int64_t first = stripe * STRIPE, end = first + STRIPE < d ? first + STRIPE : d;
        const gan_product p = {.trans_a = true,
                               .add = true,
                               .m = end - first,
                               .n = end,
                               .k = n,
                               .lda = d,
                               .ldb = d,
                               .ldc = d};
        gan_blas_multiply(tools->blas, &p, x + first, x, m->products + first * d);
    }
    m->n += n;
}

gan_status gan_moments_add(gan_moments *moments, const gan_tools *tools, const gan_matrix *x,
                           gan_error *err)
{
    void *block = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(gan_calloc((size_t)(ROWS * moments->d), sizeof(double), &block, err));
    for (int64_t first = 0; first < x->n; first += ROWS) {
        const int64_t n = x->n - first < ROWS ? x->n - first : ROWS;
        GAN_TRY_DONE(gan_tools_poll(tools, err));
        gan_matrix_rows(x, first, n, block);
        add_block(moments, tools, block, n);
    }
done:
    free(block);
    return status;
}

gan_status gan_gaussian_make(gan_gaussian *gaussian, int64_t d, gan_error *err)
{
    void *memory = NULL;
    *gaussian = (gan_gaussian){.d = d};
    GAN_TRY(gan_calloc((size_t)(d + d * d), sizeof(double), &memory, err));
    gaussian->mean = memory;
    gaussian->covariance = gaussian->mean + d;
    return GAN_OK;
}

void gan_gaussian_free(gan_gaussian *gaussian)
{
    free(gaussian->mean);
    *gaussian = (gan_gaussian){0};
}

double gan_gaussian_trace(const gan_gaussian *gaussian)
{
    double sum = 0;
    for (int64_t k = 0; k < gaussian->d; k++) {
        sum += gaussian->covariance[k * gaussian->d + k];
    }
    return sum;
}

gan_status gan_moments_end(const gan_moments *moments, const char *label, gan_gaussian *out,
                           gan_error *err)
{
    const int64_t d = moments->d, n = moments->n;
    const double *sum = moments->sum;
    *out = (gan_gaussian){0};
    if (n < 2) {
        return gan_fail(err, GAN_E_DATA, "%s: %lld picture%s, and a covariance needs at least 2",
                        label, (long long)n, gan_plural(n));
    }
    GAN_TRY(gan_gaussian_make(out, d, err));
    out->n = n;
    for (int64_t i = 0; i < d; i++) {
        out->mean[i] = moments->shift[i] + sum[i] / (double)n;
        for (int64_t k = 0; k <= i; k++) {
            const double c =
                (moments->products[i * d + k] - sum[i] * sum[k] / (double)n) / (double)(n - 1);
            out->covariance[i * d + k] = out->covariance[k * d + i] = c;
        }
    }
    return GAN_OK;
}

gan_status gan_gaussian_of(const gan_tools *tools, const gan_matrix *x, const char *label,
                           gan_gaussian *out, gan_error *err)
{
    gan_moments moments = {0};
    gan_status status = GAN_OK;
    *out = (gan_gaussian){0};
    GAN_TRY_DONE(gan_matrix_check(x, 2, label, "a covariance", err));
    GAN_TRY_DONE(gan_moments_begin(&moments, x->d, err));
    GAN_TRY_DONE(gan_moments_add(&moments, tools, x, err));
    GAN_TRY_DONE(gan_moments_end(&moments, label, out, err));
done:
    gan_moments_free(&moments);
    return status;
}
