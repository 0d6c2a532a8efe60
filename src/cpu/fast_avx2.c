/* fast_avx2.c — DFT convolution kernels with AVX2 and FMA, fp32. */
#include "cpu/fast_kernels.h"

#if defined(__AVX2__)

#define PLANES_BF16 0
#define AT_ONCE 1
enum { TILE_ROWS = 4 };

#include "cpu/fast_pack_f32_body.h"
#include "cpu/fast_product_body.h"
#include "cpu/fast_transform_body.h"
#include "cpu/fast_turn_body.h"

static const gan_fast_kernels kernels = {.name = "avx2",
                                         .products = GAN_FAST_F32,
                                         .row_unit = 1,
                                         .forward = forward,
                                         .backward = backward,
                                         .turn = turn,
                                         .multiply = multiply};

const gan_fast_kernels *gan_fast_kernels_avx2(void)
{
    return &kernels;
}

#else

const gan_fast_kernels *gan_fast_kernels_avx2(void)
{
    return NULL;
}

#endif
