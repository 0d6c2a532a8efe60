/* grid.h — many small pictures laid out as one of bytes. */
#ifndef GAN_IO_GRID_H
#define GAN_IO_GRID_H

#include <stdint.h>

#include "base/error.h"
#include "gan/image.h"

enum {
    GAN_GRID_MAX_SIDE = 65535, /* of a GIF; far beyond what a viewer opens in a PNG */
    GAN_GRID_MAX_BYTES = 1 << 30
};

/* n tiles of (h,w,c) in rows x cols places, gap pixels apart. */
typedef struct gan_grid {
    int64_t n, h, w, c;
    int64_t rows, cols, gap;
    int64_t height, width; /* of the whole */
} gan_grid;

/* Completes a wish (NULL: the default) into a grid. GAN_E_USAGE: n, h, w or c below 1, c above 4,
 * negative rows or columns, fewer than n places, or a whole beyond the limits above. */
gan_status gan_grid_make(const gan_image_grid *wish, int64_t n, int64_t h, int64_t w, int64_t c,
                         gan_grid *out, gan_error *err);

/* height * width * c, the bytes of the whole picture. */
int64_t gan_grid_bytes(const gan_grid *grid);

/* Fills pixels (height,width,c), all of them overwritten, white where no tile is.
 *  x      (N,H,W,C) fp32 in [-1,1]; a pixel is gan_grid_pixel of its value
 *  tiles  (N,H,W,C) bytes, copied */
void gan_grid_fill(const gan_grid *grid, const float *x, uint8_t *pixels);
void gan_grid_fill_bytes(const gan_grid *grid, const uint8_t *tiles, uint8_t *pixels);

/* 127.5 x + 127.5, rounded to the nearest (a half up), clamped to 0..255; NaN gives 0. */
uint8_t gan_grid_pixel(float x);

#endif
