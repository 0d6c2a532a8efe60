/* tiles.c — every row of a beside every row of b.
 *
 * |x - y|^2 = x.x + y.y - 2 x.y, with the products by blocks: memory is a few tiles a thread,
 * whatever the number of rows. */
#include <stdlib.h>

#include "base/memory.h"
#include "eval/matrix.h"

/* Below this share of x.x + y.y the difference has lost half of its digits. */
static const double nearly_equal = 1e-8;

double gan_tile_distance(const gan_tile *tile, int64_t i, int64_t j)
{
    const double lengths = tile->xx[i] + tile->yy[j];
    const double squared = lengths - 2 * tile->dots[i * tile->columns + j];
    if (squared > nearly_equal * lengths) {
        return squared;
    }
    const double *x = tile->x + i * tile->d, *y = tile->y + j * tile->d;
    double sum = 0;
    for (int64_t k = 0; k < tile->d; k++) {
        sum += (x[k] - y[k]) * (x[k] - y[k]);
    }
    return sum;
}

typedef struct job {
    const gan_tools *tools;
    const gan_matrix *a, *b;
    void (*take)(void *ctx, const gan_tile *tile);
    void *ctx;
} job;

static void square_rows(const double *x, int64_t n, int64_t d, double *xx)
{
    for (int64_t i = 0; i < n; i++) {
        double sum = 0;
        for (int64_t k = 0; k < d; k++) {
            sum += x[i * d + k] * x[i * d + k];
        }
        xx[i] = sum;
    }
}

static int64_t part_of(int64_t first, int64_t n)
{
    return n - first < GAN_TILE ? n - first : GAN_TILE;
}

/* All tiles of one block of rows. */
static void run_rows(const job *j, int64_t row, double *scratch)
{
    const int64_t d = j->a->d;
    double *x = scratch, *y = x + GAN_TILE * d, *xx = y + GAN_TILE * d, *yy = xx + GAN_TILE,
           *dots = yy + GAN_TILE;
    gan_tile tile = {.row = row,
                     .rows = part_of(row, j->a->n),
                     .d = d,
                     .dots = dots,
                     .x = x,
                     .y = y,
                     .xx = xx,
                     .yy = yy};
    gan_matrix_rows(j->a, row, tile.rows, x);
    square_rows(x, tile.rows, d, xx);
    for (tile.column = 0; tile.column < j->b->n; tile.column += GAN_TILE) {
        tile.columns = part_of(tile.column, j->b->n);
        gan_matrix_rows(j->b, tile.column, tile.columns, y);
        square_rows(y, tile.columns, d, yy);
        const gan_product product = {.trans_b = true,
                                     .m = tile.rows,
                                     .n = tile.columns,
                                     .k = d,
                                     .lda = d,
                                     .ldb = d,
                                     .ldc = tile.columns};
        gan_blas_multiply(j->tools->blas, &product, x, y, dots);
        j->take(j->ctx, &tile);
    }
}

gan_status gan_tiles_run(const gan_tools *tools, const gan_matrix *a, const gan_matrix *b,
                         void (*take)(void *ctx, const gan_tile *tile), void *ctx, gan_error *err)
{
    const job j = {tools, a, b, take, ctx};
    const int64_t n_blocks = (a->n + GAN_TILE - 1) / GAN_TILE;
    const size_t size = (size_t)(2 * GAN_TILE * a->d + 2 * GAN_TILE + GAN_TILE * GAN_TILE);
    int failed = 0;
    GAN_TRY(gan_matrix_pair_check(a, b, err));
#pragma omp parallel num_threads(tools->threads) reduction(| : failed)
    {
        void *scratch = NULL;
        failed |= gan_calloc(size, sizeof(double), &scratch, NULL) != GAN_OK;
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < n_blocks; i++) {
            if (!failed && gan_tools_poll(tools, NULL) == GAN_OK) {
                run_rows(&j, i * GAN_TILE, scratch);
            }
        }
        free(scratch);
    }
    if (failed) {
        return gan_fail(err, GAN_E_MEMORY, "no memory for tiles of %lld features", (long long)a->d);
    }
    return gan_tools_poll(tools, err);
}
