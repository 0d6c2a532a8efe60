/* picture_file.h — the bytes of a picture on their way into a decoder, and the decoders.
 */
#ifndef GAN_DATA_PICTURE_FILE_H
#define GAN_DATA_PICTURE_FILE_H

#include <stdbool.h>

#include "data/picture.h"

enum { GAN_PICTURE_BUFFER = 1 << 16 };

/* Read in order, a buffer at a time; what is in memory is one buffer. */
typedef struct gan_picture_file {
    const char *path; /* borrowed */
    int fd;           /* -1: in memory */
    int64_t bytes;    /* of all of it */
    size_t at, n;     /* buffer[at .. n-1] is read and not taken */
    const uint8_t *buffer;
    uint8_t *own; /* a file's buffer: GAN_PICTURE_BUFFER bytes, or all of it (..._whole) */
} gan_picture_file;

/* GAN_E_NO_INPUT: not there, not permitted, not a regular file; GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_picture_file_open(gan_picture_file *file, const char *path, gan_error *err);
void gan_picture_file_close(gan_picture_file *file);

/* Fills the buffer when all of it is taken; it stays empty at the end of the file. GAN_E_IO. */
gan_status gan_picture_file_fill(gan_picture_file *file, gan_error *err);

/* Makes the buffer all of the file, for decoders that want it so: nothing of it may be taken yet.
 * GAN_E_DATA: more than GAN_PICTURE_HELD; GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_picture_file_whole(gan_picture_file *file, gan_error *err);

/* The decoders, of a file at its beginning; otherwise as gan_picture_scan. Those of libraries that
 * this program was built without refuse with GAN_E_DATA and say so. */
gan_status gan_picture_scan_png(gan_picture_file *file, const gan_picture_sink *sink,
                                gan_error *err);
gan_status gan_picture_scan_jpeg(gan_picture_file *file, int64_t least_height, int64_t least_width,
                                 const gan_picture_sink *sink, gan_error *err);
gan_status gan_picture_scan_webp(gan_picture_file *file, const gan_picture_sink *sink,
                                 gan_error *err);
gan_status gan_picture_scan_bmp(gan_picture_file *file, const gan_picture_sink *sink,
                                gan_error *err);
gan_status gan_picture_scan_gif(gan_picture_file *file, const gan_picture_sink *sink,
                                gan_error *err);
gan_status gan_picture_scan_tiff(gan_picture_file *file, const gan_picture_sink *sink,
                                 gan_error *err);

/* Checks what a header promises against the limits: GAN_E_DATA. kind: "an interlaced PNG". */
gan_status gan_picture_check_size(const char *path, int64_t height, int64_t width, gan_error *err);
gan_status gan_picture_check_held(const char *path, const char *kind, int64_t held, gan_error *err);

/* For decoders that make a whole picture at once: checks shape and the bytes held, kind being "a
 * WebP picture", tells the sink what comes, and gives a block for the pixels (free()). */
gan_status gan_picture_begin_whole(const gan_picture_file *file, const char *kind,
                                   const gan_picture_shape *shape, const gan_picture_sink *sink,
                                   uint8_t **pixels, gan_error *err);
/* Hands its rows to the sink, from the top. */
gan_status gan_picture_give_rows(const gan_picture_shape *shape, const gan_picture_sink *sink,
                                 const uint8_t *pixels, gan_error *err);

/* GAN_E_DATA: the file needs a library that is not there; package: "libwebp-dev". */
gan_status gan_picture_no_library(const gan_picture_file *file, const char *kind,
                                  const char *package, gan_error *err);

#endif
