/* fit.h — a picture brought to the channels and size of a network, row by row. */
#ifndef GAN_DATA_FIT_H
#define GAN_DATA_FIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "data/scale.h"
#include "gan/data.h"

/* Bytes, rows from the top, channels last: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
typedef struct gan_picture {
    uint8_t *pixels;
    int64_t height, width, channels;
} gan_picture;

/* A stored picture: its rows, and how they are to be turned to be looked at (exif.h). */
typedef struct gan_picture_shape {
    int64_t height, width, channels;
    int orientation;
} gan_picture_shape;

/* The fit of that name: crop, pad or stretch. GAN_E_USAGE names the nearest. */
gan_status gan_fit_find(const char *name, gan_fit *fit, gan_error *err);

/* GAN_OK when a picture of `from` channels can be brought to `to`; otherwise GAN_E_USAGE. */
gan_status gan_fit_possible(int64_t from, int64_t to, gan_error *err);

/* The part of the picture that is used, and where in the target it goes; the target as the picture
 * is stored, not yet turned. */
typedef struct gan_fit_window {
    int64_t y, x, height, width;             /* in the picture */
    int64_t to_y, to_x, to_height, to_width; /* in the target */
} gan_fit_window;

/* A picture on its way. */
typedef struct gan_fitting {
    gan_picture_shape shape;
    int64_t height, width, channels; /* of the target, before it is turned */
    int64_t y;                       /* rows taken */
    gan_fit_window window;
    bool copies; /* nothing is scaled */
    gan_scaler scaler;
    uint8_t *converted; /* a row in the target's channels; NULL where they are the picture's */
    uint8_t *stored;    /* the target before it is turned; NULL where it need not be */
    uint8_t *out;       /* the caller's */
} gan_fitting;

/* Begins to fill out, height x width x channels bytes, which must stay until gan_fitting_end, from
 * a stored picture of that shape. Alpha is laid over white; RGB to grey is Rec. 601 in 16-bit fixed
 * point (Pillow's weights); grey to RGB repeats; scaling as in scale.h, and a picture of the asked
 * size is copied unchanged. A picture that is to be turned is scaled as it is stored and turned
 * then: within one level of the other order. Takes memory for some rows and the target. On failure
 * fitting is empty: GAN_E_MEMORY; GAN_E_USAGE where gan_fit_possible says no. */
gan_status gan_fitting_begin(gan_fitting *fitting, const gan_picture_shape *shape, gan_fit fit,
                             gan_filter filter, int64_t height, int64_t width, int64_t channels,
                             uint8_t *out, gan_error *err);

/* The next row, from the top; out is whole after the last one and gan_fitting_end. */
void gan_fitting_row(gan_fitting *fitting, const uint8_t *row);

/* Turns what was made, where all rows came, and frees; a zeroed fitting is fine. */
void gan_fitting_end(gan_fitting *fitting);

/* All of it for a picture in memory, as it is looked at; out does not alias it. */
gan_status gan_picture_fit(const gan_picture *picture, gan_fit fit, gan_filter filter,
                           int64_t height, int64_t width, int64_t channels, uint8_t *out,
                           gan_error *err);

#endif
