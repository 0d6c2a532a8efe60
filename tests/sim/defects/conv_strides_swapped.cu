/* conv_strides_swapped.cu — a convolution descriptor with its two strides swapped.
 * caught: wrong result|refused
 * builds: plain */
#include "sim/defects/conv_reference.h"

static int run(void)
{
    gan_conv_geometry g = right_geometry;
    g.stride_h = PLANT(right_geometry.stride_w, right_geometry.stride_h);
    g.stride_w = PLANT(right_geometry.stride_h, right_geometry.stride_w);
    IF_PLANTED(g.p = (g.h + 2 - g.r) / g.stride_h + 1);
    IF_PLANTED(g.q = (g.w + 1 - g.s) / g.stride_w + 1);
    check_convolution(&g, 1.0f, false);
    return 0;
}
