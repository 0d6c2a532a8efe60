/* product_body.h — the products of one frequency, for one instruction set.
 *
 * A complex product takes three real ones (Gauss): with a = a0 + i a1, b = b0 + i b1,
 *     t = (a0 + a1) b0,   real = t - a1 (b0 + b1),   imaginary = t + a0 (b1 - b0),
 * so the sums of a and the two combinations of b are made once per block and the additions ride on
 * the chains of multiply-adds. A tile of TILE_ROWS x 2 LANES results stays in registers.
 * Included by the kernel files after a pack body, which says how operands become words:
 *     plane_number, WORD_PRODUCTS, TILE_ROWS, vec_word, vec_multiply_add, pack_left, pack_right. */
#ifndef GAN_TRANSFORM_PRODUCT_BODY_H
#define GAN_TRANSFORM_PRODUCT_BODY_H

#include "transform/product_types.h"

enum { CHUNK_WORDS = GAN_TRANSFORM_BLOCK / WORD_PRODUCTS };

FAST_INLINE void fetch_some(fetch_queue *q)
{
    for (int64_t n = 0; n < q->lines && q->range < FETCH_RANGES; n++) {
        FAST_FETCH(q->at[q->range], 2);
        q->at[q->range] += FETCH_LINE;
        q->range += q->at[q->range] >= q->end[q->range];
    }
}

FAST_INLINE void sum_depth(const int rows, const float *a, int64_t n, const int row_step,
                           const int depth_step, const float *b, vec sum[][2])
{
    FAST_UNROLL_4
    for (int64_t k = 0; k < n; k++) {
        vec b0 = vec_load(b + k * GAN_TRANSFORM_BLOCK),
            b1 = vec_load(b + k * GAN_TRANSFORM_BLOCK + LANES);
        FAST_UNROLL
        for (int m = 0; m < rows; m++) {
            vec v = vec_word(a + m * row_step + k * depth_step);
            sum[m][0] = vec_multiply_add(v, b0, sum[m][0]);
            sum[m][1] = vec_multiply_add(v, b1, sum[m][1]);
        }
    }
}

/* Rows m .. m + rows of a step. */
FAST_INLINE void tile(const int rows, const bool transposed, const product_step *s, int64_t m)
{
    const float *a = transposed
                         ? s->a.at + m / GAN_TRANSFORM_BLOCK * s->a.block + m % GAN_TRANSFORM_BLOCK
                         : s->a.at + m * CHUNK_WORDS;
    int64_t a_chunk = transposed ? CHUNK_WORDS * GAN_TRANSFORM_BLOCK : s->a.block;
    for (int64_t j = m * GAN_TRANSFORM_BLOCK; j < (m + 1) * GAN_TRANSFORM_BLOCK; j += 2 * LANES) {
        const float *b = s->b + j % GAN_TRANSFORM_BLOCK;
        vec sum[TILE_ROWS][2];
        FAST_UNROLL
        for (int i = 0; i < rows; i++) {
            FAST_UNROLL
            for (int h = 0; h < 2; h++) {
                int64_t at = j + i * GAN_TRANSFORM_BLOCK + h * LANES;
                sum[i][h] = s->start ? vec_load(s->start + at) : vec_zero();
                if (s->add) {
                    sum[i][h] = sum[i][h] + vec_load(s->add + at);
                }
            }
        }
        const float *a_at = a;
        for (int64_t k = 0; k < s->words; k += CHUNK_WORDS) {
            fetch_some(s->queue);
            sum_depth(rows, a_at, at_most(s->words - k, CHUNK_WORDS), transposed ? 1 : CHUNK_WORDS,
                      transposed ? GAN_TRANSFORM_BLOCK : 1, b, sum);
            a_at += a_chunk;
            b += CHUNK_WORDS * GAN_TRANSFORM_BLOCK;
        }
        FAST_UNROLL
        for (int i = 0; i < rows; i++) {
            vec_store(s->out + j + i * GAN_TRANSFORM_BLOCK, sum[i][0]);
            vec_store(s->out + j + i * GAN_TRANSFORM_BLOCK + LANES, sum[i][1]);
        }
    }
}

FAST_INLINE void run_step_as(const bool transposed, const product_step *s)
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

/* What to fetch during a panel: the next panel of b, and a panel's share of a's next frequency. */
static fetch_queue queue_of(const product_block *k, const plane_number *a, const plane_number *b,
                            int64_t panel)
{
    const gan_transform_product *p = k->p;
    int64_t n_panels = gan_divide_up(p->n, GAN_TRANSFORM_BLOCK), lines = 0;
    int64_t jump = k->next_plane < 0 ? 0 : k->next_plane - k->plane;
    int64_t b_next = panel + 1 < n_panels
                         ? p->b.rows * GAN_TRANSFORM_BLOCK
                         : jump * p->b.stride - panel * p->b.rows * GAN_TRANSFORM_BLOCK;
    int64_t b_size = k->depth * GAN_TRANSFORM_BLOCK, parts = k->is_complex ? 2 : 1;
    int64_t a_size = parts * p->a.stride / n_panels;
    bool has_a = jump > 0 && k->m0 == 0 && k->k0 == 0;
    const plane_number *from[FETCH_RANGES] = {b + b_next, b + b_next + p->b.stride,
                                              has_a ? a + jump * p->a.stride + panel * a_size : b};
    const int64_t size[FETCH_RANGES] = {b_size, k->is_complex ? b_size : 0, has_a ? a_size : 0};
    fetch_queue q = {.range = panel + 1 < n_panels || jump > 0 ? 0 : FETCH_RANGES};
    for (int i = 0; i < FETCH_RANGES; i++) {
        q.at[i] = (const char *)from[i];
        q.end[i] = (const char *)(from[i] + size[i]);
        lines += size[i] * (int64_t)sizeof(plane_number) / FETCH_LINE;
    }
    int64_t slots = (k->rows / TILE_ROWS + 1) * (GAN_TRANSFORM_BLOCK / (2 * LANES)) *
                    gan_divide_up(k->depth, GAN_TRANSFORM_BLOCK) * (k->is_complex ? 3 : 1);
    q.lines = gan_divide_up(lines, slots);
    return q;
}

/* One panel: rows x 32 numbers of c's real plane, and of its imaginary one. */
static void multiply_panel(const product_block *k, const left_pack *a, const right_pack *b,
                           fetch_queue *queue, float *common, float *c)
{
    const gan_transform_product *p = k->p;
    bool accumulate = p->accumulate || k->k0 > 0;
    product_step s = {
        .rows = k->rows, .words = gan_divide_up(k->depth, WORD_PRODUCTS), .queue = queue};
    if (k->is_complex) {
        s.a = a->sum, s.b = b->real, s.out = common;
        run_step(p->transposed, &s);
        s.a = a->real, s.b = b->difference, s.start = common, s.out = c + p->c.stride;
        s.add = accumulate ? s.out : NULL;
        run_step(p->transposed, &s);
    }
    s.a = k->is_complex ? a->imaginary : a->real;
    s.b = k->is_complex ? b->minus_sum : b->real;
    s.out = c;
    s.add = accumulate ? c : NULL;
    run_step(p->transposed, &s);
}

static void multiply_block(const product_block *k, float *pack)
{
    const gan_transform_product *p = k->p;
    float *right_room = pack + GAN_TRANSFORM_PACK_LEFT,
          *common = right_room + GAN_TRANSFORM_PACK_RIGHT;
    int64_t channel = p->transposed ? k->m0 : k->k0, row = p->transposed ? k->k0 : k->m0;
    const plane_number *a = (const plane_number *)p->a.base + k->plane * p->a.stride +
                            (channel / GAN_TRANSFORM_BLOCK * p->a.rows + row) * GAN_TRANSFORM_BLOCK;
    const plane_number *b =
        (const plane_number *)p->b.base + k->plane * p->b.stride + k->k0 * GAN_TRANSFORM_BLOCK;
    float *c = (float *)p->c.base + k->plane * p->c.stride + k->m0 * GAN_TRANSFORM_BLOCK;
    left_pack left = pack_left(k, a, pack);
    for (int64_t panel = 0; panel * GAN_TRANSFORM_BLOCK < p->n; panel++) {
        fetch_queue queue = queue_of(k, a, b, panel);
        right_pack right = pack_right(k, b, right_room);
        multiply_panel(k, &left, &right, &queue, common, c);
        b += p->b.rows * GAN_TRANSFORM_BLOCK;
        c += p->c.rows * GAN_TRANSFORM_BLOCK;
    }
}

static void multiply(const gan_transform_product *p, int64_t plane, bool is_complex,
                     int64_t next_plane, float *pack)
{
    product_block block = {
        .p = p, .plane = plane, .next_plane = next_plane, .is_complex = is_complex};
    for (block.m0 = 0; block.m0 < p->m; block.m0 += GAN_TRANSFORM_HEIGHT) {
        block.rows = at_most(p->m - block.m0, GAN_TRANSFORM_HEIGHT);
        for (block.k0 = 0; block.k0 < p->k; block.k0 += GAN_TRANSFORM_DEPTH) {
            block.depth = at_most(p->k - block.k0, GAN_TRANSFORM_DEPTH);
            multiply_block(&block, pack);
        }
    }
}

#endif
