/* ffmpeg.h — a video by the ffmpeg that is there: frames go into its standard input. */
#ifndef GAN_IO_FFMPEG_H
#define GAN_IO_FFMPEG_H

#include <stdint.h>

#include "base/error.h"

typedef struct gan_ffmpeg gan_ffmpeg;

/* Starts ffmpeg ($GAN_FFMPEG, else "ffmpeg" in $PATH) on a video at path, whose ending says of
 * which kind, of frames of (height,width,channels) bytes, 1 or 3 channels, `rate` a second. It
 * writes a file of its own beside path, which takes path's place at the end. *out is the caller's
 * (gan_ffmpeg_destroy). GAN_OK with *out NULL: there is no ffmpeg. GAN_E_CREATE: path may not be
 * made; GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_ffmpeg_create(const char *path, int64_t height, int64_t width, int64_t channels,
                             int rate, gan_ffmpeg **out, gan_error *err);
/* GAN_E_IO, with what ffmpeg said, when it has ended. */
gan_status gan_ffmpeg_add(gan_ffmpeg *video, const uint8_t *pixels, gan_error *err);
/* Waits for it and puts the file in its place. GAN_E_IO with what it said when it failed. */
gan_status gan_ffmpeg_finish(gan_ffmpeg *video, gan_error *err);
void gan_ffmpeg_destroy(gan_ffmpeg *video); /* alone it leaves no file behind; NULL is fine */

#endif
