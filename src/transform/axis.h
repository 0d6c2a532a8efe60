/* axis.h — one axis of a convolution through a transform: phases, tiles, where each sample
 * sits.
 *
 * Along an axis, y[p] = sum over r of x[p stride + r - pad] w[r]. With x index j = a stride + f
 * (phase f) and r = u stride + first(f): y[p] = sum over f, u of x_f[p + u - pad_f] w_f[u], every
 * phase an ordinary convolution. Outputs are cut into tiles. How long those are, and which slot of
 * a tile a sample has, is the transform's choice (dft_axis.h, winograd_axis.h). */
#ifndef GAN_TRANSFORM_AXIS_H
#define GAN_TRANSFORM_AXIS_H

#include <stdint.h>

#include "base/error.h"

enum {
    GAN_TRANSFORM_MAX_LENGTH = 16,
    GAN_TRANSFORM_SLOTS = GAN_TRANSFORM_MAX_LENGTH + 1,
    GAN_TRANSFORM_MAX_STRIDE = 2
};

/* Which sample of a tensor's axis a slot of a tile has; -1: zero. Samples before `fresh` belong to
 * an earlier tile too, samples from `later` on to a later one. */
typedef struct gan_transform_map {
    int32_t at[GAN_TRANSFORM_SLOTS];
    int32_t fresh, later;
} gan_transform_map;

typedef struct gan_transform_axis_geometry {
    int64_t in, out, kernel, stride, pad; /* samples of x, y, w; samples before the first of x */
} gan_transform_axis_geometry;

typedef struct gan_transform_axis {
    int length; /* numbers of a tile's transform */
    int phases, tiles;
    int slots_x, slots_y, slots_w;                 /* samples of a tile */
    gan_transform_map *x;                          /* [tiles][phases] */
    gan_transform_map *y;                          /* [tiles] */
    gan_transform_map w[GAN_TRANSFORM_MAX_STRIDE]; /* [phases] */
    int32_t
        covered[GAN_TRANSFORM_MAX_STRIDE]; /* samples of x from here on in a phase meet no output */
} gan_transform_axis;

/* One phase: y[p] takes x_f[p + u - pad], u < taps, where x_f has `length` samples. */
typedef struct gan_transform_phase {
    int64_t taps, pad, length;
    int64_t first_tap; /* tap u of the phase is tap first_tap + u stride of the kernel */
    int64_t centre;    /* of the taps, where a transform wants one */
} gan_transform_phase;

/* Samples or outputs [begin, end). */
typedef struct gan_transform_window {
    int64_t begin, end;
} gan_transform_window;

/* Fills phases[0 .. g->stride). */
void gan_transform_split_phases(const gan_transform_axis_geometry *g, gan_transform_phase *phases);

/* The samples of the phase that these outputs take; empty where all taps fall on padding. */
gan_transform_window gan_transform_window_of(const gan_transform_phase *phase,
                                             gan_transform_window outputs);

/* Room for the maps of as many tiles and phases as the axis has. After a failure the axis is empty.
 */
gan_status gan_transform_axis_alloc(gan_transform_axis *axis, gan_error *err);
void gan_transform_axis_free(gan_transform_axis *axis);

/* Nothing but zeros. */
void gan_transform_map_clear(gan_transform_map *map);

/* Samples of phase f that tile t takes are `window`: notes which of them an earlier tile had, and
 * counts them as covered. Tiles in turn; map is axis->x's of this tile and phase. */
void gan_transform_map_cover(const gan_transform_axis_geometry *g, int64_t f, int t,
                             gan_transform_window window, gan_transform_map *map,
                             gan_transform_axis *axis);

#endif
