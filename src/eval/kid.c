/* kid.c — kernel distance (Binkowski et al., "Demystifying MMD GANs", 2018).
 *
 * The squared maximum mean discrepancy of two sets of features, by its unbiased estimate:
 *   sum over i != j of k(a_i, a_j) / (m (m - 1)) + the same of b - 2 mean of k(a_i, b_j)
 * with the cubic kernel k(x, y) = (x.y / d + 1)^3. Being unbiased it may come out below 0. */
#include "eval/kid.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/philox.h"
#include "eval/draws.h"

/* Sums of the kernel over the rows of one product. */
typedef struct sums {
    double *of_row;
    bool same; /* the two sets are one: a row is not paired with itself */
    double features;
} sums;

static void take(void *ctx, const gan_tile *tile)
{
    const sums *s = ctx;
    for (int64_t i = 0; i < tile->rows; i++) {
        double sum = 0;
        for (int64_t j = 0; j < tile->columns; j++) {
            const double base = tile->dots[i * tile->columns + j] / s->features + 1;
            const bool itself = s->same && tile->row + i == tile->column + j;
            sum += itself ? 0 : base * base * base;
        }
        s->of_row[tile->row + i] += sum;
    }
}

static gan_status kernel_sum(const gan_tools *tools, const gan_matrix *a, const gan_matrix *b,
                             double *total, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)a->n, sizeof(double), &memory, err));
    sums s = {.of_row = memory, .same = a == b, .features = (double)a->d};
    gan_status status = gan_tiles_run(tools, a, b, take, &s, err);
    *total = 0;
    for (int64_t i = 0; i < a->n; i++) {
        *total += s.of_row[i];
    }
    free(memory);
    return status;
}

gan_status gan_kid_full(const gan_tools *tools, const gan_matrix *a, const gan_matrix *b,
                        double *kid, gan_error *err)
{
    const double m = (double)a->n, n = (double)b->n;
    double aa = 0, bb = 0, ab = 0;
    GAN_TRY(gan_matrix_check(a, 2, "features", "the kernel distance", err));
    GAN_TRY(gan_matrix_check(b, 2, "features", "the kernel distance", err));
    GAN_TRY(kernel_sum(tools, a, a, &aa, err));
    GAN_TRY(kernel_sum(tools, b, b, &bb, err));
    GAN_TRY(kernel_sum(tools, a, b, &ab, err));
    *kid = aa / (m * (m - 1)) + bb / (n * (n - 1)) - 2 * ab / (m * n);
    return GAN_OK;
}

/* `size` of m's rows; order is scratch of m->n. */
/* The first steps of a Fisher-Yates shuffle: without repeats, each a function of (seed, subset,
 * i). */
static void draw_rows(const gan_matrix *m, uint64_t seed, uint32_t stream, int64_t subset,
                      int64_t size, int64_t *order, double *to)
{
    for (int64_t i = 0; i < m->n; i++) {
        order[i] = i;
    }
    for (int64_t i = 0; i < size && i < m->n; i++) {
        const gan_philox4 words = gan_philox(seed, stream, (uint64_t)subset, (uint32_t)i);
        const uint64_t word = (uint64_t)words.v[0] << 32 | words.v[1];
        const int64_t from = i + (int64_t)(word % (uint64_t)(m->n - i));
        const int64_t row = order[from];
        order[from] = order[i];
        order[i] = row;
        gan_matrix_rows(m, row, 1, to + i * m->d);
    }
}

static gan_status run_subsets(const gan_tools *tools, const gan_matrix *a, const gan_matrix *b,
                              uint64_t seed, gan_kid *out, double *values, gan_error *err)
{
    const int64_t size = out->size, most = a->n > b->n ? a->n : b->n;
    void *rows = NULL, *order = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_calloc((size_t)(2 * size * a->d), sizeof(double), &rows, err));
    GAN_TRY_DONE(gan_calloc((size_t)most, sizeof(int64_t), &order, err));
    double *const x = rows, *const y = x + size * a->d;
    const gan_matrix sub_a = {x, true, size, a->d}, sub_b = {y, true, size, a->d};
    for (int64_t s = 0; s < out->subsets; s++) {
        draw_rows(a, seed, GAN_DRAW_KID_A, s, size, order, x);
        draw_rows(b, seed, GAN_DRAW_KID_B, s, size, order, y);
        GAN_TRY_DONE(gan_kid_full(tools, &sub_a, &sub_b, &values[s], err));
    }
done:
    free(rows);
    free(order);
    return status;
}

gan_status gan_kid_subsets(const gan_tools *tools, const gan_matrix *a, const gan_matrix *b,
                           uint64_t seed, int64_t subsets, int64_t size, gan_kid *out,
                           gan_error *err)
{
    const int64_t least = a->n < b->n ? a->n : b->n;
    void *memory = NULL;
    *out = (gan_kid){.subsets = subsets, .size = size < least ? size : least};
    if (subsets < 1) {
        return gan_fail(err, GAN_E_USAGE, "the kernel distance needs at least one subset");
    }
    GAN_TRY(gan_matrix_pair_check(a, b, err));
    GAN_TRY(gan_calloc((size_t)subsets, sizeof(double), &memory, err));
    double *const values = memory;
    gan_status status = run_subsets(tools, a, b, seed, out, values, err);
    double sum = 0, squares = 0;
    for (int64_t s = 0; s < subsets; s++) {
        sum += values[s];
    }
    out->mean = sum / (double)subsets;
    for (int64_t s = 0; s < subsets; s++) {
        squares += (values[s] - out->mean) * (values[s] - out->mean);
    }
    /* Of the subsets as they are, not an estimate from them: as torch-fidelity has it. */
    out->deviation = sqrt(squares / (double)subsets);
    free(memory);
    return status;
}
