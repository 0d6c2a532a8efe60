/* fast_avx512.c — DFT convolution kernels with AVX-512, fp32. */
#include "cpu/fast_kernels.h"

#if defined(__AVX512F__)

#define PLANES_BF16 0
#define AT_ONCE 1
enum { TILE_ROWS = 8 };

#include "cpu/fast_pack_f32_body.h"
#include "cpu/fast_product_body.h"
#include "cpu/fast_transform_body.h"
#include "cpu/fast_turn_body.h"

static const gan_fast_kernels kernels = {.name = "avx512",
                                         .products = GAN_FAST_F32,
                                         .row_unit = 1,
                                         .forward = forward,
                                         .backward = backward,
                                         .turn = turn,
                                         .multiply = multiply};

const gan_fast_kernels *gan_fast_kernels_avx512(void)
{
    return &kernels;
}

#else

const gan_fast_kernels *gan_fast_kernels_avx512(void)
{
    return NULL;
}

#endif
