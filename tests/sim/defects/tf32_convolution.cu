/* tf32_convolution.cu — a convolution that is to be fp32 takes an engine of tensor cores.
 * caught: wrong result
 * builds: plain */
#include "sim/defects/conv_reference.h"

static int run(void)
{
    check_convolution(&right_geometry, 1.0003f, PLANT(false, true));
    return 0;
}
