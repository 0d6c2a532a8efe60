/* fit.h — one decoded picture brought to the channels and size of a network. */
#ifndef GAN_DATA_FIT_H
#define GAN_DATA_FIT_H

#include <stdint.h>

#include "base/error.h"
#include "gan/data.h"

/* Bytes, rows from the top, channels last: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
typedef struct gan_picture {
    uint8_t *pixels;
    int64_t height, width, channels;
} gan_picture;

/* GAN_OK when a picture of `from` channels can be brought to `to`; otherwise GAN_E_USAGE. */
gan_status gan_fit_possible(int64_t from, int64_t to, gan_error *err);

/* Writes height x width x channels bytes to out (overwritten, not aliasing the picture).
 * Alpha is laid over white; RGB to grey is Rec. 601 in 16-bit fixed point (Pillow's weights); grey
 * to RGB repeats. Scaling is separable with a triangle filter as wide as two target pixels where
 * it reduces and two source pixels where it enlarges, exact rational weights rounded to 2^-15:
 * integers only, and a picture of the asked size is copied unchanged.
 * GAN_E_MEMORY is the only failure once gan_fit_possible says yes. */
gan_status gan_picture_fit(const gan_picture *picture, gan_fit fit, int64_t height, int64_t width,
                           int64_t channels, uint8_t *out, gan_error *err);

#endif
