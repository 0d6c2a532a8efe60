/* product_types.h — what the pack bodies and the product body of one kernel file share. */
#ifndef GAN_TRANSFORM_PRODUCT_TYPES_H
#define GAN_TRANSFORM_PRODUCT_TYPES_H

#include "base/divide.h"
#include "transform/kernels.h"
#include "transform/simd.h"

enum { FETCH_RANGES = 3, FETCH_LINE = 64 /* bytes */ };

/* Memory that will be wanted soon, asked for line by line between products: in one go, the requests
 * would keep the operands of the products waiting. */
typedef struct fetch_queue {
    const char *at[FETCH_RANGES], *end[FETCH_RANGES];
    int range;
    int64_t lines; /* to ask for every GAN_TRANSFORM_BLOCK products */
} fetch_queue;

/* Operands are read in words of WORD_PRODUCTS numbers that are multiplied at once. The left one of
 * a step: word (m, k) at at[k / CHUNK_WORDS][m][k % CHUNK_WORDS] or, transposed, at at[m / 32][k][m
 * % 32]; `block` words from one chunk of channels to the next. */
typedef struct left_operand {
    const float *at;
    int64_t block;
} left_operand;

/* out[m][32] = start[m][32] + add[m][32] + sum over words k of a[m][k] b[k][32]; NULL: zero. */
typedef struct product_step {
    left_operand a;
    const float *b, *start, *add;
    float *out;
    int64_t rows, words;
    fetch_queue *queue;
} product_step;

/* One block of a product: rows m0 .. m0 + rows, products k0 .. k0 + depth. */
typedef struct product_block {
    const gan_transform_product *p;
    int64_t plane, next_plane, m0, rows, k0, depth;
    bool is_complex;
} product_block;

/* a as the three products want it: a0 + a1, a1, a0; a real frequency has only `real`. */
typedef struct left_pack {
    left_operand sum, imaginary, real;
} left_pack;

/* One panel of b, 32 channels wide: b0, -(b0 + b1), b1 - b0. */
typedef struct right_pack {
    const float *real, *minus_sum, *difference;
} right_pack;

static int64_t at_most(int64_t n, int64_t limit)
{
    return n < limit ? n : limit;
}

#endif
