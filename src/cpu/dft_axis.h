/* dft_axis.h — one axis of a DFT convolution: phases, tiles and where each sample sits.
 *
 * Along an axis, y[p] = sum over r of x[p stride + r - pad] w[r]. With x index j = a stride + f
 * (phase f) and r = u stride + first(f): y[p] = sum over f, u of x_f[p + u - pad_f] w_f[u], every
 * phase an ordinary convolution. Outputs are cut into tiles. In a circular transform of length n,
 * x_f[a] sits at position a - origin_x, w_f[u] at centre - u, y[p] at p - origin_y; what wraps
 * around never meets a wanted output. Positions are held near 0, between -half and half, so that
 * transforms can add and subtract mirrored samples first. */
#ifndef GAN_CPU_DFT_AXIS_H
#define GAN_CPU_DFT_AXIS_H

#include <stdint.h>

#include "base/error.h"

enum {
    GAN_DFT_MIN_LENGTH = 2,
    GAN_DFT_MAX_LENGTH = 16,
    GAN_DFT_MAX_HALF = GAN_DFT_MAX_LENGTH / 2,
    GAN_DFT_SLOTS = 2 * GAN_DFT_MAX_HALF + 1,
    GAN_DFT_MAX_STRIDE = 2
};

/* Which sample of a tensor's axis sits at position -half .. half (slot 0 .. 2 half); -1: zero.
 * Samples before `fresh` belong to an earlier tile too, samples from `later` on to a later one. */
typedef struct gan_dft_map {
    int32_t at[GAN_DFT_SLOTS];
    int32_t fresh, later;
} gan_dft_map;

typedef struct gan_dft_axis_geometry {
    int64_t in, out, kernel, stride, pad; /* samples of x, y, w; samples before the first of x */
} gan_dft_axis_geometry;

typedef struct gan_dft_axis {
    int length; /* n of the transform */
    int phases, tiles;
    int half_x, half_y, half_w;          /* largest distance from position 0 */
    gan_dft_map *x;                      /* [tiles][phases] */
    gan_dft_map *y;                      /* [tiles] */
    gan_dft_map w[GAN_DFT_MAX_STRIDE];   /* [phases] */
    int32_t covered[GAN_DFT_MAX_STRIDE]; /* samples of x from here on in a phase meet no output */
} gan_dft_axis;

/* Cosines and sines of one length n with n_cos = n / 2 + 1 and n_sin = (n - 1) / 2. */
typedef struct gan_dft_table {
    float cosine[GAN_DFT_MAX_HALF + 1][GAN_DFT_MAX_HALF + 1]; /* [position][frequency] */
    float sine[GAN_DFT_MAX_HALF + 1][GAN_DFT_MAX_HALF];       /* [position][frequency - 1] */
    /* Back: [weights][frequency][position]; weights 0: every frequency 1/n, weights 1: 2/n for
     * those that stand for themselves and their mirror. */
    float back_cosine[2][GAN_DFT_MAX_HALF + 1][GAN_DFT_MAX_HALF + 1];
    float back_sine[2][GAN_DFT_MAX_HALF][GAN_DFT_MAX_HALF + 1];
} gan_dft_table;

/* Lays the axis out for transforms of length n into *axis, to be freed by gan_dft_axis_free.
 * GAN_E_UNSUPPORTED when n is too short for the kernel; *axis is then empty. */
gan_status gan_dft_axis_layout(const gan_dft_axis_geometry *g, int n, gan_dft_axis *axis,
                               gan_error *err);
void gan_dft_axis_free(gan_dft_axis *axis);

void gan_dft_table_fill(int n, gan_dft_table *table);

#endif
