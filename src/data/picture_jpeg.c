/* picture_jpeg.c — JPEG by libjpeg(-turbo): baseline and progressive, grey, colour and CMYK. */
#include "data/picture.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "base/memory.h"

enum { MAX_SCANS = 200 }; /* a small progressive file can ask for hours of work by its scans */

/* All that decoding touches: what setjmp's caller changes must not be in its locals. The library's
 * structs come first, so that a pointer to them is one to the job. */
typedef struct jpeg_job {
    struct jpeg_error_mgr errors;
    struct jpeg_decompress_struct jpeg;
    struct jpeg_progress_mgr progress;
    jmp_buf on_error;
    const uint8_t *bytes;
    size_t n;
    const char *path;
    int64_t least_height, least_width;
    uint8_t *row; /* of a CMYK file, before conversion */
    gan_picture picture;
    gan_status status;
    gan_error *err;
} jpeg_job;

static void leave(jpeg_job *job, gan_status status)
{
    job->status = status;
    longjmp(job->on_error, 1);
}

static void fail_jpeg(j_common_ptr jpeg)
{
    jpeg_job *job = (jpeg_job *)jpeg->err;
    char why[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, why);
    leave(job, gan_fail(job->err, GAN_E_DATA, "%s: damaged JPEG file: %s", job->path, why));
}

/* libjpeg warns and paints grey where data is missing or broken; here that is damage. What is only
 * unusual stays a warning. */
static void judge_warning(j_common_ptr jpeg, int level)
{
    if (level >= 0) {
        return;
    }
    switch (jpeg->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_TOO_MUCH_DATA: return;
    default: fail_jpeg(jpeg);
    }
}

static void print_nothing(j_common_ptr jpeg)
{
    (void)jpeg;
}

static void count_scans(j_common_ptr jpeg)
{
    jpeg_job *job = (jpeg_job *)jpeg->err;
    if (job->jpeg.input_scan_number > MAX_SCANS) {
        leave(job, gan_fail(job->err, GAN_E_DATA, "%s: damaged JPEG file: more than %d scans",
                            job->path, MAX_SCANS));
    }
}

/* The decoder can leave out high frequencies and give 1/2, 1/4 or 1/8 of the size. */
static void choose_reduction(jpeg_job *job)
{
    if (job->least_height <= 0 || job->least_width <= 0) {
        return;
    }
    unsigned reduction = 1;
    while (reduction < 8 &&
           job->jpeg.image_height / (2 * reduction) >= 2 * job->least_height &&
           job->jpeg.image_width / (2 * reduction) >= 2 * job->least_width) {
        reduction *= 2;
    }
    job->jpeg.scale_num = 1;
    job->jpeg.scale_denom = reduction;
}

static void read_header(jpeg_job *job)
{
    struct jpeg_decompress_struct *jpeg = &job->jpeg;
    jpeg_create_decompress(jpeg);
    job->progress.progress_monitor = count_scans;
    jpeg->progress = &job->progress;
    jpeg_mem_src(jpeg, job->bytes, (unsigned long)job->n);
    (void)jpeg_read_header(jpeg, TRUE);
    gan_status status =
        gan_picture_check_size(job->path, jpeg->image_height, jpeg->image_width, job->err);
    if (status != GAN_OK) {
        leave(job, status);
    }
    bool is_grey = jpeg->num_components == 1;
    jpeg->out_color_space = is_grey                      ? JCS_GRAYSCALE
                            : jpeg->num_components == 4 ? JCS_CMYK
                                                        : JCS_RGB;
    job->picture.channels = is_grey ? 1 : 3;
    choose_reduction(job);
}

/* Adobe's files, which are all there are, hold CMYK inverted: 255 is no ink. */
static void cmyk_to_rgb(const uint8_t *cmyk, int64_t n, uint8_t *rgb)
{
    for (int64_t i = 0; i < n; i++, cmyk += 4, rgb += 3) {
        for (int c = 0; c < 3; c++) {
            rgb[c] = (uint8_t)((cmyk[c] * cmyk[3] + 127) / 255);
        }
    }
}

static void read_pixels(jpeg_job *job)
{
    struct jpeg_decompress_struct *jpeg = &job->jpeg;
    (void)jpeg_start_decompress(jpeg);
    gan_picture *picture = &job->picture;
    picture->height = jpeg->output_height;
    picture->width = jpeg->output_width;
    size_t row_bytes = (size_t)(picture->width * picture->channels);
    gan_status status = gan_calloc((size_t)picture->height, row_bytes, (void **)&picture->pixels,
                                   job->err);
    bool is_cmyk = jpeg->out_color_space == JCS_CMYK;
    if (status == GAN_OK && is_cmyk) {
        status = gan_calloc((size_t)picture->width, 4, (void **)&job->row, job->err);
    }
    if (status != GAN_OK) {
        leave(job, status);
    }
    while (jpeg->output_scanline < jpeg->output_height) {
        uint8_t *to = picture->pixels + jpeg->output_scanline * row_bytes;
        JSAMPROW row = is_cmyk ? job->row : to;
        if (jpeg_read_scanlines(jpeg, &row, 1) == 1 && is_cmyk) {
            cmyk_to_rgb(job->row, picture->width, to);
        }
    }
    (void)jpeg_finish_decompress(jpeg);
}

/* Apart from the caller's locals, as setjmp wants it. */
static void decode(jpeg_job *job)
{
    if (setjmp(job->on_error) == 0) {
        read_header(job);
        read_pixels(job);
    }
}

gan_status gan_picture_decode_jpeg(const uint8_t *bytes, size_t n, const char *path,
                                   int64_t least_height, int64_t least_width,
                                   gan_picture *picture, gan_error *err)
{
    jpeg_job job = {.bytes = bytes, .n = n, .path = path, .err = err};
    job.least_height = least_height;
    job.least_width = least_width;
    *picture = (gan_picture){0};
    job.jpeg.err = jpeg_std_error(&job.errors);
    job.errors.error_exit = fail_jpeg;
    job.errors.emit_message = judge_warning;
    job.errors.output_message = print_nothing;
    decode(&job);
    jpeg_destroy_decompress(&job.jpeg);
    free(job.row);
    if (job.status != GAN_OK) {
        free(job.picture.pixels);
        return job.status;
    }
    *picture = job.picture;
    return GAN_OK;
}
