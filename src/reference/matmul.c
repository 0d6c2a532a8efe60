/* matmul.c — matrix product. */
#include "reference/call.h"
#include "reference/tile.h"

typedef struct product_job {
    const gan_matmul_attr *attr;
    const double *a, *panels; /* op(b) as tile.h packs it */
    double *y;
    bool sizes; /* y is the sum of the products' sizes */
} product_job;

static int64_t row_blocks(const gan_matmul_attr *f)
{
    return (f->m + GAN_TILE_ROWS - 1) / GAN_TILE_ROWS;
}

static void compute_tile(const void *ctx, int64_t item)
{
    const product_job *job = ctx;
    const gan_matmul_attr *f = job->attr;
    const int64_t panel = item / row_blocks(f), row = item % row_blocks(f) * GAN_TILE_ROWS;
    const int64_t col = panel * GAN_TILE_COLS;
    const int64_t rows = f->m - row < GAN_TILE_ROWS ? f->m - row : GAN_TILE_ROWS;
    const int64_t cols = f->n - col < GAN_TILE_COLS ? f->n - col : GAN_TILE_COLS;
    double tile[GAN_TILE_ROWS][GAN_TILE_COLS] = {{0.0}};
    gan_tile_terms terms = {.a_step = f->trans_a ? f->m : 1,
                            .b = job->panels + panel * f->k * GAN_TILE_COLS,
                            .b_step = GAN_TILE_COLS,
                            .n = f->k,
                            .rows = GAN_TILE_ROWS,
                            .cols = GAN_TILE_COLS,
                            .sizes = job->sizes};
    for (int64_t i = 0; i < GAN_TILE_ROWS; i++) { /* the last row stands in for rows past the end */
        const int64_t at = row + (i < rows ? i : rows - 1);
        terms.a[i] = job->a + at * (f->trans_a ? 1 : f->k);
    }
    gan_tile_add(&terms, tile);
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < cols; j++) {
            job->y[(row + i) * f->n + col + j] = tile[i][j];
        }
    }
}

static void run(const gan_reference_call *call)
{
    const gan_matmul_attr *f = &call->attr->matmul;
    gan_tile_pack(call->in[1].v, f->trans_b ? 1 : f->n, f->trans_b ? f->k : 1, f->k, f->n,
                  call->scratch);
    product_job job = {f, call->in[0].v, call->scratch, call->out[0].v, false};
    const int64_t n_tiles = row_blocks(f) * GAN_TILE_PANELS(f->n);
    gan_reference_parallel(call->threads, n_tiles, compute_tile, &job);
    if (call->weight[0]) {
        job.y = call->weight[0];
        job.sizes = true;
        gan_reference_parallel(call->threads, n_tiles, compute_tile, &job);
    }
}

static int64_t scratch(const gan_reference_call *call)
{
    const gan_matmul_attr *f = &call->attr->matmul;
    return GAN_TILE_PACKED(f->k, f->n);
}

const gan_reference_row gan_reference_matmul = {
    .run = run, .scratch = scratch, .weighted = 1, .product = true};
