/* conv_padding_swapped.cu — a descriptor with the zeros on the other side, the sizes the same.
 * caught: wrong result
 * builds: plain */
#include "sim/defects/conv_reference.h"

static int run(void)
{
    gan_conv_geometry g = right_geometry;
    IF_PLANTED(g.pad_top = 0; g.pad_bottom = 2);
    check_convolution(&g, 1.0f, false);
    return 0;
}
