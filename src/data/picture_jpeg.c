/* picture_jpeg.c — JPEG by libjpeg(-turbo): baseline and progressive, grey, colour and CMYK, row by
 * row. A file of several scans is whole after its last one only: the library keeps its
 * coefficients.
 */
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "base/memory.h"
#include "data/exif.h"
#include "data/picture_file.h"

enum { MARKER_EXIF = JPEG_APP0 + 1, MAX_MARKER = 0xffff };
enum { MAX_SCANS = 200 }; /* a small progressive file can ask for hours of work by its scans */

/* All that decoding touches: what setjmp's caller changes must not be in its locals. The library's
 * structs come first, so that a pointer to them is one to the job. */
typedef struct jpeg_job {
    struct jpeg_error_mgr errors;
    struct jpeg_decompress_struct jpeg;
    struct jpeg_progress_mgr progress;
    struct jpeg_source_mgr source;
    jmp_buf on_error;
    gan_picture_file *file;
    const gan_picture_sink *sink;
    int64_t least_height, least_width;
    uint8_t *row, *inks; /* inks: of a CMYK file, before conversion */
    gan_picture_shape shape;
    gan_status status;
    gan_error *err;
} jpeg_job;

static void leave(jpeg_job *job, gan_status status)
{
    job->status = status;
    longjmp(job->on_error, 1);
}

static void check(jpeg_job *job, gan_status status)
{
    if (status != GAN_OK) {
        leave(job, status);
    }
}

static void fail_jpeg(j_common_ptr jpeg)
{
    jpeg_job *job = (jpeg_job *)jpeg->err;
    char why[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, why);
    const bool no_memory = jpeg->err->msg_code == JERR_OUT_OF_MEMORY;
    leave(job, gan_fail(job->err, no_memory ? GAN_E_MEMORY : GAN_E_DATA, "%s: %s%s",
                        job->file->path, no_memory ? "" : "damaged JPEG file: ", why));
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
    case JWRN_TOO_MUCH_DATA:
        return;
    default:
        fail_jpeg(jpeg);
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
                            job->file->path, MAX_SCANS));
    }
}

/* --- the file --- */

static void do_nothing(j_decompress_ptr jpeg)
{
    (void)jpeg;
}

/* Everything in the buffer is taken: the next part of the file. */
static boolean fill_input(j_decompress_ptr jpeg)
{
    jpeg_job *job = (jpeg_job *)jpeg->err;
    job->file->at = job->file->n;
    check(job, gan_picture_file_fill(job->file, job->err));
    if (job->file->at == job->file->n) {
        WARNMS(jpeg, JWRN_JPEG_EOF); /* which leaves */
    }
    job->source.next_input_byte = job->file->buffer + job->file->at;
    job->source.bytes_in_buffer = job->file->n - job->file->at;
    return TRUE;
}

static void skip_input(j_decompress_ptr jpeg, long n)
{
    struct jpeg_source_mgr *source = jpeg->src;
    while (n > 0) {
        if (source->bytes_in_buffer == 0) {
            (void)fill_input(jpeg);
        }
        const size_t there = source->bytes_in_buffer, part = (size_t)n < there ? (size_t)n : there;
        source->next_input_byte += part;
        source->bytes_in_buffer -= part;
        n -= (long)part;
    }
}

static void set_source(jpeg_job *job)
{
    job->source.init_source = do_nothing;
    job->source.fill_input_buffer = fill_input;
    job->source.skip_input_data = skip_input;
    job->source.resync_to_restart = jpeg_resync_to_restart;
    job->source.term_source = do_nothing;
    job->source.next_input_byte = job->file->buffer + job->file->at;
    job->source.bytes_in_buffer = job->file->n - job->file->at;
    job->jpeg.src = &job->source;
}

/* --- header --- */

/* An APP1 marker that holds Exif data begins with "Exif\0\0". */
static int find_orientation(const struct jpeg_decompress_struct *jpeg)
{
    static const uint8_t exif[6] = {'E', 'x', 'i', 'f', 0, 0};
    for (jpeg_saved_marker_ptr m = jpeg->marker_list; m; m = m->next) {
        if (m->marker == MARKER_EXIF && m->data_length >= sizeof exif &&
            memcmp(m->data, exif, sizeof exif) == 0) {
            return gan_exif_orientation(m->data + sizeof exif, m->data_length - sizeof exif);
        }
    }
    return GAN_ORIENTATION_AS_IS;
}

/* The decoder can leave out high frequencies and give 1/2, 1/4 or 1/8 of the size. */
static void choose_reduction(jpeg_job *job)
{
    const bool transposes = gan_orientation_transposes(job->shape.orientation);
    const int64_t height = transposes ? job->least_width : job->least_height;
    const int64_t width = transposes ? job->least_height : job->least_width;
    if (height <= 0 || width <= 0) {
        return;
    }
    unsigned reduction = 1;
    while (reduction < 8 && job->jpeg.image_height / (2 * reduction) >= 2 * height &&
           job->jpeg.image_width / (2 * reduction) >= 2 * width) {
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
    set_source(job);
    jpeg_save_markers(jpeg, MARKER_EXIF, MAX_MARKER);
    (void)jpeg_read_header(jpeg, TRUE);
    check(job,
          gan_picture_check_size(job->file->path, jpeg->image_height, jpeg->image_width, job->err));
    bool is_grey = jpeg->num_components == 1;
    jpeg->out_color_space = is_grey                     ? JCS_GRAYSCALE
                            : jpeg->num_components == 4 ? JCS_CMYK
                                                        : JCS_RGB;
    job->shape.channels = is_grey ? 1 : 3;
    job->shape.orientation = find_orientation(jpeg);
    choose_reduction(job);
}

/* The coefficients of a file of several scans; otherwise a row of blocks or two. */
static int64_t held_bytes(struct jpeg_decompress_struct *jpeg)
{
    int64_t held = (int64_t)jpeg->image_width * jpeg->num_components * 4 * DCTSIZE;
    for (int i = 0; i < jpeg->num_components && jpeg_has_multiple_scans(jpeg); i++) {
        const jpeg_component_info *c = &jpeg->comp_info[i];
        held += (int64_t)c->width_in_blocks * c->height_in_blocks * (int64_t)sizeof(JBLOCK);
    }
    return held;
}

/* --- pixels --- */

/* Adobe's files, which are all there are, hold CMYK inverted: 255 is no ink. */
static void cmyk_to_rgb(const uint8_t *cmyk, int64_t n, uint8_t *rgb)
{
    for (int64_t i = 0; i < n; i++, cmyk += 4, rgb += 3) {
        for (int c = 0; c < 3; c++) {
            rgb[c] = (uint8_t)((cmyk[c] * cmyk[3] + 127) / 255);
        }
    }
}

/* Tells the sink what comes, before the library takes its memory. */
static void begin(jpeg_job *job)
{
    struct jpeg_decompress_struct *jpeg = &job->jpeg;
    gan_picture_shape *shape = &job->shape;
    const int64_t held = held_bytes(jpeg);
    check(job, gan_picture_check_held(job->file->path, "a progressive JPEG", held, job->err));
    jpeg_calc_output_dimensions(jpeg);
    shape->height = jpeg->output_height;
    shape->width = jpeg->output_width;
    if (job->sink->begin) {
        check(job, job->sink->begin(job->sink->ctx, shape, held, job->err));
    }
    check(job,
          gan_calloc((size_t)shape->width, (size_t)shape->channels, (void **)&job->row, job->err));
    if (jpeg->out_color_space == JCS_CMYK) {
        check(job, gan_calloc((size_t)shape->width, 4, (void **)&job->inks, job->err));
    }
}

static void read_rows(jpeg_job *job)
{
    struct jpeg_decompress_struct *jpeg = &job->jpeg;
    (void)jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = job->inks ? job->inks : job->row;
        if (jpeg_read_scanlines(jpeg, &row, 1) != 1) {
            continue;
        }
        if (job->inks) {
            cmyk_to_rgb(job->inks, job->shape.width, job->row);
        }
        if (job->sink->row) {
            check(job, job->sink->row(job->sink->ctx, job->row, job->err));
        }
    }
    (void)jpeg_finish_decompress(jpeg);
}

/* Apart from the caller's locals, as setjmp wants it. */
static void decode(jpeg_job *job)
{
    if (setjmp(job->on_error) == 0) {
        read_header(job);
        begin(job);
        read_rows(job);
    }
}

gan_status gan_picture_scan_jpeg(gan_picture_file *file, int64_t least_height, int64_t least_width,
                                 const gan_picture_sink *sink, gan_error *err)
{
    jpeg_job job = {.file = file, .sink = sink, .err = err};
    job.least_height = least_height;
    job.least_width = least_width;
    job.jpeg.err = jpeg_std_error(&job.errors);
    job.errors.error_exit = fail_jpeg;
    job.errors.emit_message = judge_warning;
    job.errors.output_message = print_nothing;
    decode(&job);
    jpeg_destroy_decompress(&job.jpeg);
    free(job.row);
    free(job.inks);
    return job.status;
}
