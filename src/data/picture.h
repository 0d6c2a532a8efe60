/* picture.h — decoding PNG and JPEG files, strictly: a file that is cut short or damaged is bad,
 * also where the decoding library would fill in grey and carry on. */
#ifndef GAN_DATA_PICTURE_H
#define GAN_DATA_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/fit.h"

enum {
    GAN_PICTURE_SIDE = 1 << 14,  /* the largest height and width read */
    GAN_PICTURE_AREA = 1 << 26   /* and the most pixels: 268 MB when unpacked to RGBA */
};

/* Decodes a file into 8-bit samples, 1 to 4 channels (fit.h); the kind is told by its first bytes.
 * 16-bit samples are scaled, palettes and samples of fewer bits expanded, a transparent colour
 * becomes alpha, CMYK becomes RGB. picture->pixels is the caller's (free()), NULL on failure.
 * least_height, least_width: a JPEG may come out reduced by 2, 4 or 8, as its decoder can do
 * cheaply, as long as both sides stay twice these; 0: never.
 * GAN_E_NO_INPUT not readable; GAN_E_DATA not a whole PNG or JPEG file, or larger than the limits
 * above, which are looked at before anything is allocated; GAN_E_MEMORY; GAN_E_IO. */
gan_status gan_picture_read(const char *path, int64_t least_height, int64_t least_width,
                            gan_picture *picture, gan_error *err);

/* The two decoders; path is for messages only. */
gan_status gan_picture_decode_png(const uint8_t *bytes, size_t n, const char *path,
                                  gan_picture *picture, gan_error *err);
gan_status gan_picture_decode_jpeg(const uint8_t *bytes, size_t n, const char *path,
                                   int64_t least_height, int64_t least_width,
                                   gan_picture *picture, gan_error *err);

/* Checks the size that a header promises against the limits. */
gan_status gan_picture_check_size(const char *path, int64_t height, int64_t width, gan_error *err);

#endif
