/* image_png.h — one picture of bytes as a PNG file. */
#ifndef GAN_IO_IMAGE_PNG_H
#define GAN_IO_IMAGE_PNG_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/file.h"
#include "gan/image.h"

/* A picture to be written; only read. pixels is (height,width,channels), rows from the top;
 * channels: 1 grey, 3 RGB, 4 RGBA. */
typedef struct gan_png_picture {
    const uint8_t *pixels;
    int64_t height, width, channels;
    const gan_image_text *text; /* n_text remarks, kept in this order */
    size_t n_text;
} gan_png_picture;

/* Writes it as gan_image_write_png does; options (NULL is fine) go to the file writer. GAN_E_USAGE:
 * sides outside 1..1 000 000, other channels, a bad key. After a failure the old file is there. */
gan_status gan_png_write(const char *path, const gan_png_picture *picture,
                         const gan_file_options *options, gan_error *err);

#endif
