/* dft_avx512.c — DFT convolution kernels with AVX-512, fp32. */
#include "cpu/dft_kernels.h"

#if defined(__AVX512F__)

#define PLANES_BF16 0
#define AT_ONCE 1
enum { TILE_ROWS = 8 };

#include "cpu/dft_pack_f32_body.h"
#include "cpu/dft_product_body.h"
#include "cpu/dft_transform_body.h"
#include "cpu/dft_turn_body.h"

static const gan_dft_kernels kernels = {.name = "avx512",
                                        .products = GAN_DFT_F32,
                                        .row_unit = 1,
                                        .forward = forward,
                                        .backward = backward,
                                        .turn = turn,
                                        .multiply = multiply};

const gan_dft_kernels *gan_dft_kernels_avx512(void)
{
    return &kernels;
}

#else

const gan_dft_kernels *gan_dft_kernels_avx512(void)
{
    return NULL;
}

#endif
