/* apng.h — an animated PNG, frame by frame through the file writer. */
#ifndef GAN_IO_APNG_H
#define GAN_IO_APNG_H

#include <stdint.h>

#include "base/error.h"

typedef struct gan_apng gan_apng;

/* Frames of (height,width,channels) bytes, 1 or 3 channels, shown for 1/rate seconds each; it
 * repeats for ever. *out is the caller's (gan_apng_destroy); NULL after a failure. Errors as
 * gan_file_create. */
gan_status gan_apng_create(const char *path, int64_t height, int64_t width, int64_t channels,
                           int rate, gan_apng **out, gan_error *err);
gan_status gan_apng_add(gan_apng *apng, const uint8_t *pixels, gan_error *err);
/* Puts the file in its place. GAN_E_USAGE: it has no frame. */
gan_status gan_apng_finish(gan_apng *apng, gan_error *err);
void gan_apng_destroy(gan_apng *apng); /* alone it leaves no file behind; NULL is fine */

#endif
