/* image.h — pictures as files: grids in PNG, animations in GIF, arrays in NumPy's format.
 *
 * Every file is written beside its name, synced and renamed: it is there whole or not at all, and
 * an old file of that name stays until then. The same input gives the same bytes (with the same
 * libpng, zlib and giflib). Failures that all writers share:
 *   GAN_E_CREATE  the folder is missing or not writable, or the name is a folder or a device
 *   GAN_E_IO      the disk is full, or reading or writing failed; nothing was replaced
 *   GAN_E_MEMORY
 * They are not repeated below. */
#ifndef GAN_IMAGE_H
#define GAN_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum {
    GAN_IMAGE_GAP = 2,    /* pixels between two tiles where nothing else is asked for */
    GAN_IMAGE_NO_GAP = -1 /* as a wish for no gap, because 0 means the default */
};

/* Pictures as a generator makes them; only read, owned by the caller.
 *  x  (N,H,W,C) fp32, in [-1,1]. A pixel is 127.5 x + 127.5, rounded to the nearest (a half up) and
 *     clamped to 0..255; NaN gives 0. C: 1 grey, 3 red green blue, 4 with alpha (PNG only). */
typedef struct gan_image_batch {
    const float *x;
    int64_t n, h, w, c;
} gan_image_batch;

/* Keeps of n pixels of c channels what every picture format can show: the first three channels
 * where there are as many, else the first. x (n,c) is overwritten from its start by (n, what is
 * returned). */
int64_t gan_image_show(float *x, int64_t n, int64_t c);

/* How a batch becomes one picture: row by row, image 0 at the top left. All zero is a good default.
 * Where neither rows nor columns are given, the grid is square or a little wider, with no empty
 * place if that can be had within twice as wide as high. Gaps and empty places are white. */
typedef struct gan_image_grid {
    int64_t rows, cols; /* 0: chosen from the other and n */
    int64_t gap;        /* pixels between tiles; 0: GAN_IMAGE_GAP; GAN_IMAGE_NO_GAP */
} gan_image_grid;

/* Whether n images of (h,w,c), so laid out (NULL: the default), make a picture that can be written:
 * GAN_E_USAGE as below. */
gan_status gan_image_grid_check(const gan_image_grid *grid, int64_t n, int64_t h, int64_t w,
                                int64_t c, gan_error *err);

/* A remark kept in a PNG file ("seed", "0-63"). key: 1 to 79 printable ASCII characters, no blank
 * at either end; value: UTF-8 (tEXt where it is ASCII, iTXt elsewhere). */
typedef struct gan_image_text {
    const char *key, *value;
} gan_image_text;

/* Writes images as one PNG, 8 bits a channel, no time stamp. grid may be NULL (the default), text
 * may be NULL when n_text is 0. GAN_E_USAGE: no image, a grid with too few places, sides beyond
 * 65 535 pixels or 1 GiB in all, another channel count, or a bad key. */
gan_status gan_image_write_png(const char *path, const gan_image_batch *images,
                               const gan_image_grid *grid, const gan_image_text *text,
                               size_t n_text, gan_error *err);

/* An animated GIF under construction. Frames are written as they come: memory is that of one
 * frame. Grey frames are exact (256 levels). Colour frames carry a palette each: their own colours
 * where those are at most 256, else 256 by median cut (Heckbert 1982, boxes chosen and split by
 * variance) with damped error diffusion (Floyd and Steinberg 1976). It repeats for ever. */
typedef struct gan_gif gan_gif;

/* Opens an animation of n images of (h,w,c) a frame, laid out by grid (NULL: the default). *out is
 * the caller's (gan_gif_destroy); NULL after a failure. GAN_E_USAGE as for PNG; c is 1 or 3. */
gan_status gan_gif_create(const char *path, int64_t n, int64_t h, int64_t w, int64_t c,
                          const gan_image_grid *grid, gan_gif **out, gan_error *err);

/* Adds a frame that is shown for that many seconds (rounded to 1/100; 0.01 to 655.35).
 *  x       (N,H,W,C) fp32 as in gan_image_batch, of the shape given at creation
 *  pixels  the ready picture, (height,width,c) bytes, of gan_gif_size */
gan_status gan_gif_add(gan_gif *gif, const float *x, double seconds, gan_error *err);
gan_status gan_gif_add_pixels(gan_gif *gif, const uint8_t *pixels, double seconds, gan_error *err);

/* The size of a frame in pixels, gaps included. */
void gan_gif_size(const gan_gif *gif, int64_t *height, int64_t *width);

/* Ends the animation and puts the file in its place. GAN_E_USAGE: it has no frame. Then
 * gan_gif_destroy, which alone leaves no file behind. NULL is fine. */
gan_status gan_gif_finish(gan_gif *gif, gan_error *err);
void gan_gif_destroy(gan_gif *gif);

/* A video, or an animated PNG, under construction. Frames are written as they come; each pixel is
 * a square, so that the shorter side has 256 pixels or more and both sides are even. What goes into
 * it are exactly the frames: what a video's own compression makes of them is that of ffmpeg. */
typedef struct gan_video gan_video;

/* Begins one of frames of (h,w,c), c 1 or 3, `rate` a second (1 to 1000). Of a path that ends in
 * .png or .apng an animated PNG, which loses nothing and repeats for ever, is made; of any other
 * ending, .mp4, .webm, .mkv, what it says, by the program ffmpeg ($GAN_FFMPEG, else in $PATH);
 * where there is none, an animated PNG of that name with .png for an ending. *out is the caller's
 * (gan_video_destroy); NULL after a failure. GAN_E_USAGE: another shape or rate; GAN_E_IO, with
 * what ffmpeg said, here or later. */
gan_status gan_video_create(const char *path, int64_t h, int64_t w, int64_t c, int rate,
                            gan_video **out, gan_error *err);

/* Adds a frame: x (H,W,C) fp32 as in gan_image_batch. */
gan_status gan_video_add(gan_video *video, const float *x, gan_error *err);

/* The file that is made; lives as long as the video. */
const char *gan_video_path(const gan_video *video);

/* Ends it and puts the file in its place. GAN_E_USAGE: it has no frame. Then gan_video_destroy,
 * which alone leaves no file behind. NULL is fine. */
gan_status gan_video_finish(gan_video *video, gan_error *err);
void gan_video_destroy(gan_video *video);

/* Writes an array in NumPy's .npy format, version 1.0, C order: fp32 or bytes.
 *  x  dims[0] x ... x dims[n_dims-1] values, read; n_dims 0 is one value, a dim 0 is none
 * GAN_E_USAGE: more than 32 dims, a negative one, or more than 2^62 bytes. */
gan_status gan_npy_write_f32(const char *path, const float *x, const int64_t *dims, int n_dims,
                             gan_error *err);
gan_status gan_npy_write_u8(const char *path, const uint8_t *x, const int64_t *dims, int n_dims,
                            gan_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
