/* kernels_avx2.c — DFT convolution kernels with AVX2 and FMA, fp32. */
#include "transform/kernels.h"

#if defined(__AVX2__)

#define PLANES_BF16 0
#define AT_ONCE 1
enum { TILE_ROWS = 4 };

#include "transform/group_body.h"
#include "transform/map_body.h"
#include "transform/pack_f32_body.h"
#include "transform/product_body.h"
#include "transform/turn_body.h"

static const gan_transform_kernels kernels = {.name = "avx2",
                                              .products = GAN_TRANSFORM_F32,
                                              .row_unit = 1,
                                              .forward = forward,
                                              .backward = backward,
                                              .turn = turn,
                                              .multiply = multiply,
                                              .group_maps = group_maps,
                                              .group_sums = group_sums};

const gan_transform_kernels *gan_transform_kernels_avx2(void)
{
    return &kernels;
}

#else

const gan_transform_kernels *gan_transform_kernels_avx2(void)
{
    return NULL;
}

#endif
