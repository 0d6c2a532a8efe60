/* winograd_axis.h — one axis of a convolution by Winograd's short filters.
 *
 * Winograd, "Arithmetic Complexity of Computations" (1980): m outputs of a filter of r taps take
 * n = m + r - 1 products instead of m r. The product of two polynomials of r and m coefficients is
 * their values at n points multiplied, and interpolated; turned around (x for the product, the
 * outputs for one factor), with E_k the values of k coefficients at the points:
 *     y = E_m' [(E_r w) (E_n^-T x)],
 *     dx = E_n^-1 [(E_r w) (E_m dy)],
 *     dw = E_r' [(E_n^-T x) (E_m dy)],
 * so each tensor has one matrix, and its gradient the same one turned. With up to 4 numbers the
 * matrices hold 0, 1, -1 and 1/2, and results are as accurate as a DFT's. With 5 and 6, errors in
 * fp32 are two and three times as large, and in bf16 more than products bear; the points are those
 * with the least error of some that were tried (on the search: Barabasz, Anderson, Soodhalter,
 * Gregg, "Error Analysis and Improving the Accuracy of Winograd Convolution", 2020). */
#ifndef GAN_TRANSFORM_WINOGRAD_AXIS_H
#define GAN_TRANSFORM_WINOGRAD_AXIS_H

#include "transform/axis.h"

enum { GAN_WINOGRAD_MIN_LENGTH = 2, GAN_WINOGRAD_MAX_LENGTH = 6 };

/* Of one tensor: numbers from samples, and samples from numbers, which is the same turned. */
typedef struct gan_winograd_matrix {
    float forward[GAN_WINOGRAD_MAX_LENGTH][GAN_WINOGRAD_MAX_LENGTH];  /* [sample][number] */
    float backward[GAN_WINOGRAD_MAX_LENGTH][GAN_WINOGRAD_MAX_LENGTH]; /* [number][sample] */
} gan_winograd_matrix;

typedef struct gan_winograd_table {
    gan_winograd_matrix x, y, w;
} gan_winograd_table;

/* Lays the axis out for tiles of n numbers into *axis, to be freed by gan_transform_axis_free:
 * samples of x are those that the tile's outputs take, in order, outputs and taps start at slot 0.
 * GAN_E_UNSUPPORTED when n is too long or leaves less than two outputs to a tile; *axis is then
 * empty. */
gan_status gan_winograd_axis_layout(const gan_transform_axis_geometry *g, int n,
                                    gan_transform_axis *axis, gan_error *err);

/* The matrices for an axis that was laid out. */
void gan_winograd_table_fill(const gan_transform_axis *axis, gan_winograd_table *table);

#endif
