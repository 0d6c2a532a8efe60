/* fast_plain.c — DFT convolution kernels on any processor, fp32. */
#include "cpu/fast_kernels.h"

#define PLANES_BF16 0
#define AT_ONCE 1
enum { TILE_ROWS = 4 };

#include "cpu/fast_pack_f32_body.h"
#include "cpu/fast_product_body.h"
#include "cpu/fast_transform_body.h"
#include "cpu/fast_turn_body.h"

static const gan_fast_kernels kernels = {.name = "plain",
                                         .products = GAN_FAST_F32,
                                         .row_unit = 1,
                                         .forward = forward,
                                         .backward = backward,
                                         .turn = turn,
                                         .multiply = multiply};

const gan_fast_kernels *gan_fast_kernels_plain(void)
{
    return &kernels;
}
