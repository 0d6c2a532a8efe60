/* conv_without_workspace.cu — a plan that wants a workspace gets none.
 * caught: the workspace of .* bytes is not there
 * builds: plain */
#include "sim/defects/conv_reference.h"

static int run(void)
{
    conv_places places = {};
    places.no_workspace = PLANT(true, false);
    check_convolution(&right_geometry, 1.0f, false, places);
    return 0;
}
