/* kernels_avx512.c — DFT convolution kernels with AVX-512, fp32. */
#include "transform/kernels.h"

#if defined(__AVX512F__)

#define PLANES_BF16 0
#define AT_ONCE 1
enum { TILE_ROWS = 8 };

#include "transform/group_body.h"
#include "transform/map_body.h"
#include "transform/pack_f32_body.h"
#include "transform/product_body.h"
#include "transform/turn_body.h"

static const gan_transform_kernels kernels = {.name = "avx512",
                                              .products = GAN_TRANSFORM_F32,
                                              .row_unit = 1,
                                              .forward = forward,
                                              .backward = backward,
                                              .turn = turn,
                                              .multiply = multiply,
                                              .group_maps = group_maps,
                                              .group_sums = group_sums};

const gan_transform_kernels *gan_transform_kernels_avx512(void)
{
    return &kernels;
}

#else

const gan_transform_kernels *gan_transform_kernels_avx512(void)
{
    return NULL;
}

#endif
