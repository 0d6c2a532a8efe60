/* picture_png.c — PNG by libpng: every depth, palette, alpha and interlacing to 8-bit samples. */
#include "data/picture.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const int64_t deflate_ratio = 1032; /* the most that a byte of deflate data unpacks to */

/* All that decoding touches: what setjmp's caller changes must not be in its locals. */
typedef struct png_job {
    const uint8_t *bytes;
    size_t n, at;
    const char *path;
    png_structp png;
    png_infop info;
    gan_picture picture;
    gan_status status;
    gan_error *err;
} png_job;

static void read_bytes(png_structp png, png_bytep to, size_t n)
{
    png_job *job = png_get_io_ptr(png);
    if (n > job->n - job->at) {
        png_error(png, "it is cut short");
    }
    memcpy(to, job->bytes + job->at, n);
    job->at += n;
}

static void fail_png(png_structp png, png_const_charp why)
{
    png_job *job = png_get_error_ptr(png);
    if (job->status == GAN_OK) {
        job->status = gan_fail(job->err, GAN_E_DATA, "%s: damaged PNG file: %s", job->path, why);
    }
    png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp why)
{
    (void)png;
    (void)why;
}

/* Leaves by longjmp when the status is not GAN_OK. */
static void check(png_job *job, gan_status status)
{
    if (status != GAN_OK) {
        job->status = status;
        png_longjmp(job->png, 1);
    }
}

static void read_header(png_job *job)
{
    png_set_read_fn(job->png, job, read_bytes);
    png_set_user_limits(job->png, GAN_PICTURE_SIDE, GAN_PICTURE_SIDE);
    png_read_info(job->png, job->info);
    int64_t height = png_get_image_height(job->png, job->info);
    int64_t width = png_get_image_width(job->png, job->info);
    check(job, gan_picture_check_size(job->path, height, width, job->err));
    int64_t packed_row = (int64_t)png_get_rowbytes(job->png, job->info);
    if (packed_row * height > (int64_t)job->n * deflate_ratio) {
        png_error(job->png, "its header promises more pixels than the file can hold");
    }
    job->picture.height = height;
    job->picture.width = width;
}

static void read_pixels(png_job *job)
{
    png_set_expand(job->png); /* palette to RGB, fewer bits to 8, transparent colour to alpha */
    png_set_scale_16(job->png);
    int n_passes = png_set_interlace_handling(job->png);
    png_read_update_info(job->png, job->info);
    size_t row = png_get_rowbytes(job->png, job->info);
    job->picture.channels = png_get_channels(job->png, job->info);
    check(job, gan_calloc((size_t)job->picture.height, row, (void **)&job->picture.pixels,
                          job->err));
    for (int pass = 0; pass < n_passes; pass++) {
        for (int64_t y = 0; y < job->picture.height; y++) {
            png_read_row(job->png, job->picture.pixels + (size_t)y * row, NULL);
        }
    }
    png_read_end(job->png, NULL);
}

/* Apart from the caller's locals, as setjmp wants it. */
static void decode(png_job *job)
{
    if (setjmp(png_jmpbuf(job->png)) == 0) {
        read_header(job);
        read_pixels(job);
    }
}

gan_status gan_picture_decode_png(const uint8_t *bytes, size_t n, const char *path,
                                  gan_picture *picture, gan_error *err)
{
    png_job job = {.bytes = bytes, .n = n, .path = path, .err = err};
    *picture = (gan_picture){0};
    job.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &job, fail_png, ignore_warning);
    job.info = job.png ? png_create_info_struct(job.png) : NULL;
    if (!job.info) {
        png_destroy_read_struct(&job.png, &job.info, NULL);
        return gan_fail(err, GAN_E_MEMORY, "%s: libpng cannot be started", path);
    }
    decode(&job);
    png_destroy_read_struct(&job.png, &job.info, NULL);
    if (job.status != GAN_OK) {
        free(job.picture.pixels);
        return job.status;
    }
    *picture = job.picture;
    return GAN_OK;
}
