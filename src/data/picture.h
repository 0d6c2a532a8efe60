/* picture.h — decoding pictures, strictly: a file that is cut short or damaged is bad, also where
 * the decoding library would fill in grey and carry on.
 *
 * PNG and JPEG are read and decoded row by row: their size costs no memory, but for the two kinds
 * whose rows are whole only at the end, interlaced PNG and progressive JPEG. WebP, BMP, GIF (its
 * first frame) and TIFF (its first page) are whole in memory. */
#ifndef GAN_DATA_PICTURE_H
#define GAN_DATA_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/fit.h"

enum { GAN_PICTURE_SIDE = 1 << 22 };        /* the largest height and width read; JPEG has 65,500 */
#define GAN_PICTURE_AREA ((int64_t)1 << 33) /* and the most pixels: twice JPEG's most */
#define GAN_PICTURE_HELD ((int64_t)1 << 30) /* bytes that a decoder may hold at most */

/* Where the rows of a picture go. An error of either call ends the decoding and is returned. */
typedef struct gan_picture_sink {
    /* Once, before any row: what will come, from the header. held: about how many bytes the decoder
     * will need for it (a few rows, or the whole picture). May be NULL. */
    gan_status (*begin)(void *ctx, const gan_picture_shape *shape, int64_t held, gan_error *err);
    /* Each row, from the top: width x channels bytes, valid during the call. May be NULL. */
    gan_status (*row)(void *ctx, const uint8_t *row, gan_error *err);
    void *ctx;
} gan_picture_sink;

/* Decodes a file into rows of 8-bit samples, 1 to 4 channels (fit.h); the kind is told by its first
 * bytes. 16-bit samples are scaled, palettes and samples of fewer bits expanded, a transparent
 * colour becomes alpha, CMYK becomes RGB.
 * least_height, least_width: a JPEG may come out reduced by 2, 4 or 8, as its decoder can do
 * cheaply, as long as both sides, as it is looked at, stay twice these; 0: never.
 * GAN_E_NO_INPUT not there or not permitted; GAN_E_DATA not a whole picture, or larger
 * than the limits above, which are looked at before anything is allocated; GAN_E_MEMORY; GAN_E_IO;
 * what the sink returns. */
gan_status gan_picture_scan(const char *path, int64_t least_height, int64_t least_width,
                            const gan_picture_sink *sink, gan_error *err);

/* The same for n bytes in memory; label stands for a path in messages. */
gan_status gan_picture_scan_memory(const char *label, const uint8_t *bytes, size_t n,
                                   int64_t least_height, int64_t least_width,
                                   const gan_picture_sink *sink, gan_error *err);

/* The whole picture, not reduced, as it is looked at: turned by its orientation. picture->pixels is
 * the caller's (free()), NULL on failure. */
gan_status gan_picture_read(const char *path, gan_picture *picture, gan_error *err);

#endif
