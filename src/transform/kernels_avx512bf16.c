/* kernels_avx512bf16.c — DFT convolution kernels with AVX-512 and bf16 products, sums in fp32.
 *
 * Planes hold bf16. Two products that follow each other in a sum are done at once, so operands are
 * packed as pairs: along the channels the left one's pairs lie side by side already, elsewhere two
 * rows are interleaved. Sums of planes are made in fp32 from the rounded numbers and rounded again:
 * the three products of a complex one then stay consistent. */
#include "transform/kernels.h"

#if defined(__AVX512BF16__)

#define PLANES_BF16 1
#define AT_ONCE 1
enum { TILE_ROWS = 8 };

#include "transform/product_types.h"

enum { WORD_PRODUCTS = 2 };
typedef uint16_t plane_number;

FAST_INLINE vec vec_word(const float *p)
{
    int32_t pair;
    memcpy(&pair, p, sizeof pair);
    return _mm512_castsi512_ps(_mm512_set1_epi32(pair));
}

FAST_INLINE vec vec_multiply_add(vec a, vec b, vec sum)
{
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
}

/* 16 numbers as bf16 in the low halves of 16 words. */
FAST_INLINE __m512i round_low(vec v)
{
    return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(v));
}

/* Numbers of one row in the low halves of words, of the next row in the high ones. */
FAST_INLINE void store_pairs(float *out, vec low, vec high)
{
    __m512i words = _mm512_or_si512(round_low(low), _mm512_slli_epi32(round_low(high), 16));
    _mm512_storeu_si512(out, words);
}

/* 16 numbers of row k of a panel and of row k + 1, which counts as zero from `depth` on. */
typedef struct row_pair {
    vec low, high;
} row_pair;

FAST_INLINE row_pair load_pair(const uint16_t *at, int64_t k, int64_t depth)
{
    const uint16_t *row = at + k * GAN_TRANSFORM_BLOCK;
    return (row_pair){vec_load_bf16(row),
                      k + 1 < depth ? vec_load_bf16(row + GAN_TRANSFORM_BLOCK) : vec_zero()};
}

/* Sums of two planes of a, laid out like them. */
static void add_planes(const uint16_t *a, int64_t plane, int64_t n, uint16_t *out)
{
    for (int64_t j = 0; j < n; j += LANES) {
        vec sum = vec_load_bf16(a + j) + vec_load_bf16(a + plane + j);
        _mm256_storeu_si256((__m256i *)(out + j), (__m256i)_mm512_cvtneps_pbh(sum));
    }
}

/* Rows of 32 numbers of a0 and a1 into words of two rows each: a0, a1 and a0 + a1. */
static void pair_rows(const uint16_t *a, int64_t plane, int64_t depth, float *real,
                      float *imaginary, float *sum)
{
    for (int64_t k = 0; k < depth; k += 2) {
        for (int64_t j = 0; j < GAN_TRANSFORM_BLOCK; j += LANES) {
            int64_t at = k / 2 * GAN_TRANSFORM_BLOCK + j;
            row_pair a0 = load_pair(a + j, k, depth);
            store_pairs(real + at, a0.low, a0.high);
            if (plane > 0) {
                row_pair a1 = load_pair(a + plane + j, k, depth);
                store_pairs(imaginary + at, a1.low, a1.high);
                store_pairs(sum + at, a0.low + a1.low, a0.high + a1.high);
            }
        }
    }
}

static left_pack pack_left(const product_block *k, const uint16_t *a, float *room)
{
    const gan_transform_product *p = k->p;
    int64_t plane = k->is_complex ? p->a.stride : 0, block = p->a.rows * GAN_TRANSFORM_BLOCK;
    if (!p->transposed) {
        const float *a0 = (const float *)(const void *)a;
        const float *a1 = (const float *)(const void *)(a + plane);
        int64_t run = k->rows * GAN_TRANSFORM_BLOCK;
        for (int64_t i = 0; k->is_complex && i < gan_divide_up(k->depth, GAN_TRANSFORM_BLOCK);
             i++) {
            add_planes(a + i * block, plane, run, (uint16_t *)(void *)room + i * run);
        }
        return (left_pack){{room, run / 2}, {a1, block / 2}, {a0, block / 2}};
    }
    int64_t run = gan_divide_up(k->depth, 2) * GAN_TRANSFORM_BLOCK,
            n = gan_divide_up(k->rows, GAN_TRANSFORM_BLOCK);
    float *imaginary = room + n * run, *sum = imaginary + n * run;
    for (int64_t i = 0; i < n; i++) {
        pair_rows(a + i * block, plane, k->depth, room + i * run, imaginary + i * run,
                  sum + i * run);
    }
    return (left_pack){{sum, run}, {imaginary, run}, {room, run}};
}

static right_pack pack_right(const product_block *k, const uint16_t *b, float *room)
{
    float *minus_sum = room + GAN_TRANSFORM_DEPTH / 2 * GAN_TRANSFORM_BLOCK;
    float *difference = minus_sum + GAN_TRANSFORM_DEPTH / 2 * GAN_TRANSFORM_BLOCK;
    for (int64_t i = 0; i < k->depth; i += 2) {
        for (int64_t j = 0; j < GAN_TRANSFORM_BLOCK; j += LANES) {
            int64_t at = i / 2 * GAN_TRANSFORM_BLOCK + j;
            row_pair b0 = load_pair(b + j, i, k->depth);
            store_pairs(room + at, b0.low, b0.high);
            if (k->is_complex) {
                row_pair b1 = load_pair(b + k->p->b.stride + j, i, k->depth);
                store_pairs(minus_sum + at, vec_zero() - (b0.low + b1.low),
                            vec_zero() - (b0.high + b1.high));
                store_pairs(difference + at, b1.low - b0.low, b1.high - b0.high);
            }
        }
    }
    return (right_pack){room, minus_sum, difference};
}

#include "transform/map_body.h"
#include "transform/product_body.h"
#include "transform/turn_body.h"

static const gan_transform_kernels kernels = {.name = "avx512 bf16",
                                              .products = GAN_TRANSFORM_BF16,
                                              .row_unit = 1,
                                              .forward = forward,
                                              .backward = backward,
                                              .turn = turn,
                                              .multiply = multiply};

const gan_transform_kernels *gan_transform_kernels_avx512bf16(void)
{
    return &kernels;
}

#else

const gan_transform_kernels *gan_transform_kernels_avx512bf16(void)
{
    return NULL;
}

#endif
