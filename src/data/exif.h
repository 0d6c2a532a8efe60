/* exif.h — which way up a picture is: the orientation of Exif 2.3 (tag 274, TIFF 6.0). */
#ifndef GAN_DATA_EXIF_H
#define GAN_DATA_EXIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 1 as it is; 2 mirrored; 3 upside down; 4 mirrored and upside down; 5 transposed; 6 to be turned
 * to the right; 7 transposed the other way; 8 to be turned to the left. */
enum { GAN_ORIENTATION_AS_IS = 1, GAN_ORIENTATION_LAST = 8 };

/* The orientation in n bytes of Exif data, which begin with a TIFF header in either byte order;
 * GAN_ORIENTATION_AS_IS where there is none or the data is damaged. */
int gan_exif_orientation(const uint8_t *bytes, size_t n);

/* What an orientation does to the stored picture: its rows become columns, after their order and
 * that of the pixels in each were reversed. */
bool gan_orientation_transposes(int orientation);
bool gan_orientation_reverses_rows(int orientation);
bool gan_orientation_reverses_columns(int orientation);

/* Turns a stored picture of height x width pixels of `channels` bytes as its orientation says. out
 * does not alias it; it is width x height where the orientation transposes. */
void gan_orientation_apply(int orientation, const uint8_t *pixels, int64_t height, int64_t width,
                           int64_t channels, uint8_t *out);

#endif
