/* scale.h — a picture scaled row by row, in integers. */
#ifndef GAN_DATA_SCALE_H
#define GAN_DATA_SCALE_H

#include <stdint.h>

#include "base/error.h"
#include "gan/data.h"

/* Which source samples make each output sample along one axis. */
typedef struct gan_taps {
    int64_t n_out, most; /* most: taps of an output sample, at most */
    int64_t *first;      /* n_out; does not fall, nor does first + count */
    int64_t *count;      /* n_out */
    int32_t *weights;    /* n_out x most */
} gan_taps;

typedef struct gan_scaler {
    gan_taps across, down;
    int64_t channels;
    int64_t y;      /* source rows taken */
    int64_t done;   /* output rows written */
    int64_t n_sums; /* output rows that are under way at once, at most */
    uint16_t *row;  /* the source row, scaled across */
    int32_t *sums;  /* n_sums rows; output row i is in row i % n_sums */
} gan_scaler;

/* A filter that widens with the reduction (gan/data.h). Bilinear: exact rational weights rounded to
 * 2^-15. The others: weights of IEEE doubles by +, -, * and / alone, rounded so. They sum to 1
 * exactly; samples between the two passes have 7 bits more than a byte and are cut off to 0 .. 255
 * as Pillow's are. All sizes are 1 or more, sources at most 2^22 and targets at most 2^16 a side.
 * Needs memory for the weights and a few target rows, whatever the source's height. On failure
 * scaler is empty: GAN_E_MEMORY. */
gan_status gan_scaler_make(gan_scaler *scaler, int64_t height, int64_t width, int64_t to_height,
                           int64_t to_width, int64_t channels, gan_filter filter, gan_error *err);
void gan_scaler_free(gan_scaler *scaler); /* a zeroed one is fine */

/* Takes the next source row, width x channels bytes, and writes the output rows that it completes:
 * row i to out + i * stride. With the last source row all are written. */
void gan_scaler_row(gan_scaler *scaler, const uint8_t *row, uint8_t *out, int64_t stride);

#endif
