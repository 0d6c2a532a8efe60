/* conv_onto_input.cu — the output of a convolution lies where its map does.
 * caught: an output overlaps a tensor
 * builds: plain */
#include "sim/defects/conv_reference.h"

static int run(void)
{
    conv_places places = {};
    places.onto_input = PLANT(true, false);
    check_convolution(&right_geometry, 1.0f, false, places);
    return 0;
}
