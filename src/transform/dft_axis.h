/* dft_axis.h — one axis of a convolution through the discrete Fourier transform.
 *
 * In a circular transform of length n, x_f[a] sits at position a - origin_x, w_f[u] at centre - u,
 * y[p] at p - origin_y; what wraps around never meets a wanted output. Positions are held near 0,
 * between -half and half (slots 0 .. 2 half), so that transforms can add and subtract mirrored
 * samples first. */
#ifndef GAN_TRANSFORM_DFT_AXIS_H
#define GAN_TRANSFORM_DFT_AXIS_H

#include "transform/axis.h"

enum { GAN_DFT_MIN_LENGTH = 2, GAN_DFT_MAX_HALF = GAN_TRANSFORM_MAX_LENGTH / 2 };

/* Cosines and sines of one length n with n_cos = n / 2 + 1 and n_sin = (n - 1) / 2. */
typedef struct gan_dft_table {
    float cosine[GAN_DFT_MAX_HALF + 1][GAN_DFT_MAX_HALF + 1]; /* [position][frequency] */
    float sine[GAN_DFT_MAX_HALF + 1][GAN_DFT_MAX_HALF];       /* [position][frequency - 1] */
    /* Back: [weights][frequency][position]; weights 0: every frequency 1/n, weights 1: 2/n for
     * those that stand for themselves and their mirror. */
    float back_cosine[2][GAN_DFT_MAX_HALF + 1][GAN_DFT_MAX_HALF + 1];
    float back_sine[2][GAN_DFT_MAX_HALF][GAN_DFT_MAX_HALF + 1];
} gan_dft_table;

/* Lays the axis out for transforms of length n into *axis, to be freed by gan_transform_axis_free.
 * GAN_E_UNSUPPORTED when n is too short for the kernel; *axis is then empty. */
gan_status gan_dft_axis_layout(const gan_transform_axis_geometry *g, int n,
                               gan_transform_axis *axis, gan_error *err);

void gan_dft_table_fill(int n, gan_dft_table *table);

#endif
