/* axis.c — what the axes of all transforms have in common. */
#include "transform/axis.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t greatest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void gan_transform_split_phases(const gan_transform_axis_geometry *g, gan_transform_phase *phases)
{
    for (int64_t f = 0; f < g->stride; f++) {
        int64_t first_tap = (g->pad + f) % g->stride;
        phases[f] = (gan_transform_phase){
            .taps = (g->kernel - first_tap + g->stride - 1) / g->stride,
            .pad = (g->pad + f - first_tap) / g->stride,
            .length = (g->in - f + g->stride - 1) / g->stride,
            .first_tap = first_tap,
        };
    }
}

gan_transform_window gan_transform_window_of(const gan_transform_phase *phase,
                                             gan_transform_window outputs)
{
    gan_transform_window w = {greatest(0, outputs.begin - phase->pad),
                              least(phase->length, outputs.end - 1 - phase->pad + phase->taps)};
    return w.begin < w.end && phase->taps > 0 ? w : (gan_transform_window){0, 0};
}

gan_status gan_transform_axis_alloc(gan_transform_axis *axis, gan_error *err)
{
    gan_status status = GAN_OK;
    void *x = NULL, *y = NULL;
    GAN_TRY_DONE(gan_calloc((size_t)(axis->tiles * axis->phases), sizeof *axis->x, &x, err));
    GAN_TRY_DONE(gan_calloc((size_t)axis->tiles, sizeof *axis->y, &y, err));
    axis->x = x;
    axis->y = y;
    return GAN_OK;
done:
    free(x);
    *axis = (gan_transform_axis){0};
    return status;
}

void gan_transform_axis_free(gan_transform_axis *axis)
{
    free(axis->x);
    free(axis->y);
    *axis = (gan_transform_axis){0};
}

void gan_transform_map_clear(gan_transform_map *map)
{
    memset(map->at, -1, sizeof map->at);
    map->fresh = 0;
    map->later = INT32_MAX;
}

void gan_transform_map_cover(const gan_transform_axis_geometry *g, int64_t f, int t,
                             gan_transform_window window, gan_transform_map *map,
                             gan_transform_axis *axis)
{
    map->fresh = axis->covered[f];
    if (t > 0 && window.begin < window.end) {
        map[-g->stride].later = (int32_t)(window.begin * g->stride + f);
    }
    axis->covered[f] = (int32_t)greatest(axis->covered[f], window.end * g->stride + f);
}
