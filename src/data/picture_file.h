/* picture_file.h — the bytes of a picture file on their way into a decoder, and the two decoders.
 */
#ifndef GAN_DATA_PICTURE_FILE_H
#define GAN_DATA_PICTURE_FILE_H

#include "data/picture.h"

enum { GAN_PICTURE_BUFFER = 1 << 16 };

/* Read in order, a buffer at a time. */
typedef struct gan_picture_file {
    const char *path; /* borrowed */
    int fd;
    int64_t bytes; /* of the file */
    size_t at, n;  /* buffer[at .. n-1] is read and not taken */
    uint8_t buffer[GAN_PICTURE_BUFFER];
} gan_picture_file;

/* GAN_E_NO_INPUT: not there, not permitted, not a regular file; GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_picture_file_open(gan_picture_file *file, const char *path, gan_error *err);
void gan_picture_file_close(gan_picture_file *file);

/* Fills the buffer when all of it is taken; it stays empty at the end of the file. GAN_E_IO. */
gan_status gan_picture_file_fill(gan_picture_file *file, gan_error *err);

/* The decoders, of a file at its beginning; otherwise as gan_picture_scan. */
gan_status gan_picture_scan_png(gan_picture_file *file, const gan_picture_sink *sink,
                                gan_error *err);
gan_status gan_picture_scan_jpeg(gan_picture_file *file, int64_t least_height, int64_t least_width,
                                 const gan_picture_sink *sink, gan_error *err);

/* Checks what a header promises against the limits: GAN_E_DATA. kind: "an interlaced PNG". */
gan_status gan_picture_check_size(const char *path, int64_t height, int64_t width, gan_error *err);
gan_status gan_picture_check_held(const char *path, const char *kind, int64_t held, gan_error *err);

#endif
