/* pack_f32_body.h — operands of fp32 products: planes as they are, and sums of two planes.
 * Included by the kernel files before the product body. */
#ifndef GAN_TRANSFORM_PACK_F32_BODY_H
#define GAN_TRANSFORM_PACK_F32_BODY_H

#include "transform/product_types.h"

enum { WORD_PRODUCTS = 1 };
typedef float plane_number;

FAST_INLINE vec vec_word(const float *p)
{
    return vec_set1(*p);
}

FAST_INLINE vec vec_multiply_add(vec a, vec b, vec sum)
{
    return vec_fma(a, b, sum);
}

static left_pack pack_left(const product_block *k, const float *a, float *room)
{
    const gan_transform_product *p = k->p;
    int64_t block = p->a.rows * GAN_TRANSFORM_BLOCK, plane = p->a.stride;
    int64_t n_blocks = gan_divide_up(p->transposed ? k->rows : k->depth, GAN_TRANSFORM_BLOCK);
    int64_t run = (p->transposed ? k->depth : k->rows) * GAN_TRANSFORM_BLOCK;
    left_pack out = {{room, run}, {a + plane, block}, {a, block}};
    for (int64_t i = 0; k->is_complex && i < n_blocks; i++, a += block, room += run) {
        for (int64_t j = 0; j < run; j += LANES) {
            vec_store(room + j, vec_load(a + j) + vec_load(a + plane + j));
        }
    }
    return out;
}

static right_pack pack_right(const product_block *k, const float *b, float *room)
{
    const float *b1 = b + k->p->b.stride;
    float *minus_sum = room, *difference = room + GAN_TRANSFORM_DEPTH * GAN_TRANSFORM_BLOCK;
    for (int64_t j = 0; k->is_complex && j < k->depth * GAN_TRANSFORM_BLOCK; j += LANES) {
        vec real = vec_load(b + j), imaginary = vec_load(b1 + j);
        vec_store(minus_sum + j, vec_zero() - (real + imaginary));
        vec_store(difference + j, imaginary - real);
    }
    return (right_pack){b, minus_sum, difference};
}

#endif
