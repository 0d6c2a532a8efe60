/* group_tiles.h — convolution in groups of whole chunks, tile by tile. */
#ifndef GAN_TRANSFORM_GROUP_TILES_H
#define GAN_TRANSFORM_GROUP_TILES_H

#include "transform/transform_plan.h"

/* Whether a plan, whose lengths are chosen, is of that kind: 3 x 3 taps in tiles of 4 x 4 results.
 */
bool gan_transform_group_fits(const gan_transform_plan *plan);

/* Floats of transformed weights, and of one part's sums for dw; parts that these are made in. */
int64_t gan_transform_group_weight_floats(const gan_transform_plan *plan);
int64_t gan_transform_group_parts(const gan_transform_plan *plan);

/* gan_transform_run for such a plan. Transforms cannot be kept. */
void gan_transform_group_run(const gan_transform_plan *plan, const gan_transform_call *call,
                             const gan_transform_scratch *layout);

#endif
