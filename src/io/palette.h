/* palette.h — a colour picture in at most 256 colours.
 *
 * Exact where the picture has no more than that. Else median cut (Heckbert, "Color image
 * quantization for frame buffer display", 1982) on a histogram of 32^3 cells, in the form where
 * the box of the largest squared error is split next, at its mean along the axis of the largest
 * variance; then damped error diffusion (after Floyd and Steinberg 1976) on a serpentine path.
 * Integers and doubles in a fixed order: the same picture gives the same bytes. */
#ifndef GAN_IO_PALETTE_H
#define GAN_IO_PALETTE_H

#include <stdint.h>

#include "base/error.h"

enum { GAN_PALETTE_SIZE = 256 };

typedef struct gan_palette_maker gan_palette_maker;

typedef struct gan_palette {
    int n; /* 1..GAN_PALETTE_SIZE */
    uint8_t rgb[GAN_PALETTE_SIZE][3];
} gan_palette;

/* The workspace for pictures of width pixels a row, about 2 MB, owned by the caller. GAN_E_MEMORY;
 * *out is then NULL. Destroying NULL is fine. */
gan_status gan_palette_maker_create(int64_t width, gan_palette_maker **out, gan_error *err);
void gan_palette_maker_destroy(gan_palette_maker *maker);

/* Finds the palette and fills index (height,width) with each pixel's colour in it.
 *  rgb  (height,width,3) bytes, read; height, width at least 1 */
void gan_palette_reduce(gan_palette_maker *maker, const uint8_t *rgb, int64_t height, int64_t width,
                        gan_palette *palette, uint8_t *index);

#endif
