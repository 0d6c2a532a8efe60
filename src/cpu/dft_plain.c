/* dft_plain.c — DFT convolution kernels on any processor, fp32. */
#include "cpu/dft_kernels.h"

#define PLANES_BF16 0
#define AT_ONCE 1
enum { TILE_ROWS = 4 };

#include "cpu/dft_pack_f32_body.h"
#include "cpu/dft_product_body.h"
#include "cpu/dft_transform_body.h"
#include "cpu/dft_turn_body.h"

static const gan_dft_kernels kernels = {.name = "plain",
                                        .products = GAN_DFT_F32,
                                        .row_unit = 1,
                                        .forward = forward,
                                        .backward = backward,
                                        .turn = turn,
                                        .multiply = multiply};

const gan_dft_kernels *gan_dft_kernels_plain(void)
{
    return &kernels;
}
