/* kind.h — what a file is, by its first bytes, and what to do with one that is not read as it is.
 */
#ifndef GAN_DATA_KIND_H
#define GAN_DATA_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GAN_KIND_BYTES = 264 }; /* as many of them tell every kind */

/* Pictures that are read (picture_file.h has their decoders). */
typedef enum gan_picture_kind {
    GAN_PICTURE_NONE,
    GAN_PICTURE_PNG,
    GAN_PICTURE_JPEG,
    GAN_PICTURE_WEBP,
    GAN_PICTURE_BMP,
    GAN_PICTURE_GIF,
    GAN_PICTURE_TIFF
} gan_picture_kind;

typedef struct gan_file_kind {
    const char *name;   /* "AVIF picture" */
    const char *advice; /* "convert it to PNG" */
    bool is_picture;
    gan_picture_kind picture; /* which of those that are read it is */
} gan_file_kind;

/* Row i of the table of kinds, 0 <= i; NULL behind the last. */
const gan_file_kind *gan_file_kind_at(size_t i);

/* The row of a file that begins with n bytes; NULL for what is not known. */
const gan_file_kind *gan_file_kind_of(const uint8_t *bytes, size_t n);

/* The same for a file; NULL also where it cannot be read. */
const gan_file_kind *gan_file_kind_of_file(const char *path);

#endif
