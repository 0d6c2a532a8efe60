/* pyramid.h — Laplacian pyramids (Burt and Adelson 1983) as progressive GAN has them. */
#ifndef GAN_EVAL_PYRAMID_H
#define GAN_EVAL_PYRAMID_H

#include <stdint.h>

/* small (ceil(h/2), ceil(w/2), c) = every second pixel, from the first, of big (h,w,c) filtered by
 * [1 4 6 4 1]/16 both ways; beyond the border the picture is mirrored about its last pixel.
 * scratch: 2 * h * w * c. */
void gan_pyramid_down(const double *big, int64_t h, int64_t w, int64_t c, double *small,
                      double *scratch);

/* big (h,w,c) less small drawn large: its pixels at every second place, zeros between, filtered by
 * four times the same filter. scratch: 2 * h * w * c. */
void gan_pyramid_subtract(double *big, int64_t h, int64_t w, int64_t c, const double *small,
                          double *scratch);

#endif
