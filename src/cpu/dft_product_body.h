/* dft_product_body.h — the products of one frequency in fp32, for one instruction set.
 *
 * A complex product takes three real ones (Gauss): with a = a0 + i a1, b = b0 + i b1,
 *     t = (a0 + a1) b0,   real = t - a1 (b0 + b1),   imaginary = t + a0 (b1 - b0),
 * so the sums of a and the two combinations of b are made once per block and the additions ride on
 * the chains of multiply-adds. A tile of TILE_ROWS x 2 LANES results stays in registers.
 * Included by the kernel files after they define TILE_ROWS. */
#ifndef GAN_CPU_DFT_PRODUCT_BODY_H
#define GAN_CPU_DFT_PRODUCT_BODY_H

#include "cpu/dft_kernels.h"
#include "cpu/dft_simd.h"

enum { FETCH_RANGES = 3, FETCH_LINE = 64 /* bytes */ };

/* Memory that will be wanted soon, asked for line by line between products: in one go, the requests
 * would keep the operands of the products waiting. */
typedef struct fetch_queue {
    const char *at[FETCH_RANGES], *end[FETCH_RANGES];
    int range;
    int64_t lines; /* to ask for every GAN_DFT_BLOCK products */
} fetch_queue;

/* The left operand of a step: element (m, k) at at[k / 32][m][k % 32] or, transposed, at
 * at[m / 32][k][m % 32]; `block` floats from one 32 to the next. */
typedef struct left_operand {
    const float *at;
    int64_t block;
} left_operand;

/* out[m][32] = start[m][32] + add[m][32] + sum over k of a[m][k] b[k][32]; NULL counts as zero. */
typedef struct product_step {
    left_operand a;
    const float *b, *start, *add;
    float *out;
    int64_t rows, depth;
    fetch_queue *queue;
} product_step;

static int64_t at_most(int64_t n, int64_t limit)
{
    return n < limit ? n : limit;
}

DFT_INLINE void fetch_some(fetch_queue *q)
{
    for (int64_t n = 0; n < q->lines && q->range < FETCH_RANGES; n++) {
        DFT_FETCH(q->at[q->range]);
        q->at[q->range] += FETCH_LINE;
        q->range += q->at[q->range] >= q->end[q->range];
    }
}

DFT_INLINE void sum_depth(const int rows, const float *a, int64_t n, const int row_step,
                          const int depth_step, const float *b, vec sum[][2])
{
    DFT_UNROLL_4
    for (int64_t k = 0; k < n; k++) {
        vec b0 = vec_load(b + k * GAN_DFT_BLOCK), b1 = vec_load(b + k * GAN_DFT_BLOCK + LANES);
        DFT_UNROLL
        for (int m = 0; m < rows; m++) {
            vec v = vec_set1(a[m * row_step + k * depth_step]);
            sum[m][0] = vec_fma(v, b0, sum[m][0]);
            sum[m][1] = vec_fma(v, b1, sum[m][1]);
        }
    }
}

/* Rows m .. m + rows of a step. */
DFT_INLINE void tile(const int rows, const bool transposed, const product_step *s, int64_t m)
{
    const float *a = transposed ? s->a.at + m / GAN_DFT_BLOCK * s->a.block + m % GAN_DFT_BLOCK
                                : s->a.at + m * GAN_DFT_BLOCK;
    int64_t a_block = transposed ? GAN_DFT_BLOCK * GAN_DFT_BLOCK : s->a.block;
    for (int64_t j = m * GAN_DFT_BLOCK; j < (m + 1) * GAN_DFT_BLOCK; j += 2 * LANES) {
        const float *b = s->b + j % GAN_DFT_BLOCK;
        vec sum[TILE_ROWS][2];
        DFT_UNROLL
        for (int i = 0; i < rows; i++) {
            DFT_UNROLL
            for (int h = 0; h < 2; h++) {
                int64_t at = j + i * GAN_DFT_BLOCK + h * LANES;
                sum[i][h] = s->start ? vec_load(s->start + at) : vec_zero();
                if (s->add) {
                    sum[i][h] = sum[i][h] + vec_load(s->add + at);
                }
            }
        }
        for (int64_t k = 0; k < s->depth; k += GAN_DFT_BLOCK, b += GAN_DFT_BLOCK * GAN_DFT_BLOCK) {
            fetch_some(s->queue);
            sum_depth(rows, a + k / GAN_DFT_BLOCK * a_block, at_most(s->depth - k, GAN_DFT_BLOCK),
                      transposed ? 1 : GAN_DFT_BLOCK, transposed ? GAN_DFT_BLOCK : 1, b, sum);
        }
        DFT_UNROLL
        for (int i = 0; i < rows; i++) {
            vec_store(s->out + j + i * GAN_DFT_BLOCK, sum[i][0]);
            vec_store(s->out + j + i * GAN_DFT_BLOCK + LANES, sum[i][1]);
        }
    }
}

DFT_INLINE void run_step_as(const bool transposed, const product_step *s)
{
    int64_t m = 0;
    for (; m + TILE_ROWS <= s->rows; m += TILE_ROWS) {
        tile(TILE_ROWS, transposed, s, m);
    }
    for (; m < s->rows; m++) {
        tile(1, transposed, s, m);
    }
}

static void run_step(bool transposed, const product_step *s)
{
    if (transposed) {
        run_step_as(true, s);
    } else {
        run_step_as(false, s);
    }
}

/* Sums the two planes of a over one block of rows and depth: n_parts runs of `run` floats. */
static void add_planes(const float *a0, int64_t plane, int64_t part, int64_t n_parts, int64_t run,
                       float *out)
{
    for (int64_t i = 0; i < n_parts; i++, a0 += part, out += run) {
        for (int64_t j = 0; j < run; j += LANES) {
            vec_store(out + j, vec_load(a0 + j) + vec_load(a0 + plane + j));
        }
    }
}

/* minus_sum = -(b0 + b1), difference = b1 - b0, each of n floats. */
static void combine_planes(const float *b0, const float *b1, int64_t n, float *minus_sum,
                           float *difference)
{
    for (int64_t j = 0; j < n; j += LANES) {
        vec re = vec_load(b0 + j), im = vec_load(b1 + j);
        vec_store(minus_sum + j, vec_zero() - (re + im));
        vec_store(difference + j, im - re);
    }
}

/* One block of a product: rows m0 .. m0 + rows, products k0 .. k0 + depth. */
typedef struct product_block {
    const gan_dft_product *p;
    int64_t plane, next_plane, m0, rows, k0, depth;
} product_block;

/* What to fetch during a panel: the next panel of b, and a panel's share of a's next frequency.
 * n_steps: steps of the panel. */
static fetch_queue queue_of(const product_block *k, const float *a0, const float *b, int64_t panel,
                            int64_t n_steps)
{
    const gan_dft_product *p = k->p;
    int64_t n_panels = (p->n + GAN_DFT_BLOCK - 1) / GAN_DFT_BLOCK, lines = 0;
    int64_t jump = k->next_plane < 0 ? 0 : k->next_plane - k->plane;
    int64_t b_next = panel + 1 < n_panels ? p->b.rows * GAN_DFT_BLOCK
                                          : jump * p->b.stride - panel * p->b.rows * GAN_DFT_BLOCK;
    int64_t b_size = k->depth * GAN_DFT_BLOCK, a_size = 2 * p->a.stride / n_panels;
    bool has_a = jump > 0 && k->m0 == 0 && k->k0 == 0;
    const float *from[FETCH_RANGES] = {b + b_next, b + b_next + p->b.stride,
                                       has_a ? a0 + jump * p->a.stride + panel * a_size : b};
    const int64_t size[FETCH_RANGES] = {b_size, b_size, has_a ? a_size : 0};
    fetch_queue q = {.range = panel + 1 < n_panels || jump > 0 ? 0 : FETCH_RANGES};
    for (int i = 0; i < FETCH_RANGES; i++) {
        q.at[i] = (const char *)from[i];
        q.end[i] = (const char *)(from[i] + size[i]);
        lines += size[i] * (int64_t)sizeof(float) / FETCH_LINE;
    }
    int64_t slots = (k->rows / TILE_ROWS + 1) * (GAN_DFT_BLOCK / (2 * LANES)) *
                    ((k->depth + GAN_DFT_BLOCK - 1) / GAN_DFT_BLOCK) * n_steps;
    q.lines = (lines + slots - 1) / slots;
    return q;
}

static void multiply_block(const product_block *k, bool is_complex, float *pack)
{
    const gan_dft_product *p = k->p;
    float *sums = pack, *minus_sum = sums + GAN_DFT_DEPTH * GAN_DFT_HEIGHT;
    float *difference = minus_sum + GAN_DFT_DEPTH * GAN_DFT_BLOCK;
    float *common = difference + GAN_DFT_DEPTH * GAN_DFT_BLOCK;
    int64_t a_block = p->a.rows * GAN_DFT_BLOCK;
    int64_t channel = p->transposed ? k->m0 : k->k0, row = p->transposed ? k->k0 : k->m0;
    int64_t n_channels = p->transposed ? k->rows : k->depth;
    int64_t run = (p->transposed ? k->depth : k->rows) * GAN_DFT_BLOCK;
    const float *a0 = (const float *)p->a.base + k->plane * p->a.stride +
                      channel / GAN_DFT_BLOCK * a_block + row * GAN_DFT_BLOCK;
    const float *b0 = (const float *)p->b.base + k->plane * p->b.stride + k->k0 * GAN_DFT_BLOCK;
    float *c = (float *)p->c.base + k->plane * p->c.stride + k->m0 * GAN_DFT_BLOCK;
    bool accumulate = p->accumulate || k->k0 > 0;
    if (is_complex) {
        add_planes(a0, p->a.stride, a_block, (n_channels + GAN_DFT_BLOCK - 1) / GAN_DFT_BLOCK, run,
                   sums);
    }
    for (int64_t panel = 0; panel * GAN_DFT_BLOCK < p->n;
         panel++, b0 += p->b.rows * GAN_DFT_BLOCK, c += p->c.rows * GAN_DFT_BLOCK) {
        fetch_queue queue = queue_of(k, a0, b0, panel, is_complex ? 3 : 1);
        product_step s = {{a0, a_block}, b0, NULL, accumulate ? c : NULL, c, k->rows, k->depth,
                          &queue};
        if (!is_complex) {
            run_step(p->transposed, &s);
            continue;
        }
        combine_planes(b0, b0 + p->b.stride, k->depth * GAN_DFT_BLOCK, minus_sum, difference);
        s.a = (left_operand){sums, run};
        s.add = NULL;
        s.out = common;
        run_step(p->transposed, &s);
        s.a = (left_operand){a0 + p->a.stride, a_block};
        s.b = minus_sum;
        s.start = common;
        s.add = accumulate ? c : NULL;
        s.out = c;
        run_step(p->transposed, &s);
        s.a.at = a0;
        s.b = difference;
        s.add = accumulate ? c + p->c.stride : NULL;
        s.out = c + p->c.stride;
        run_step(p->transposed, &s);
    }
}

static void multiply(const gan_dft_product *p, int64_t plane, bool is_complex, int64_t next_plane,
                     float *pack)
{
    product_block block = {.p = p, .plane = plane, .next_plane = next_plane};
    for (block.m0 = 0; block.m0 < p->m; block.m0 += GAN_DFT_HEIGHT) {
        block.rows = at_most(p->m - block.m0, GAN_DFT_HEIGHT);
        for (block.k0 = 0; block.k0 < p->k; block.k0 += GAN_DFT_DEPTH) {
            block.depth = at_most(p->k - block.k0, GAN_DFT_DEPTH);
            multiply_block(&block, is_complex, pack);
        }
    }
}

#endif
