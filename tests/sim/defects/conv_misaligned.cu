/* conv_misaligned.cu — a convolution planned for addresses of 16 bytes is given another.
 * caught: is not at a multiple of 16 bytes
 * builds: plain */
#include "sim/defects/conv_reference.h"

static int run(void)
{
    conv_places places = {};
    places.shift = PLANT(1u, 0u);
    check_convolution(&right_geometry, 1.0f, false, places);
    return 0;
}
