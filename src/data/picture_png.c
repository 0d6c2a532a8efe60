/* picture_png.c — PNG by libpng: every depth, palette, alpha and interlacing to 8-bit samples, row
 * by row. The rows of an interlaced file are whole after its last pass only: they are kept until
 * then.
 */
#include <png.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/exif.h"
#include "data/picture_file.h"

static const int64_t deflate_ratio = 1032; /* the most that a byte of deflate data unpacks to */
enum { SIGNATURE = 8, CHUNK_HEAD = 8, CHUNK_SUM = 4, MAX_EXIF = 1 << 16 };

/* All that decoding touches: what setjmp's caller changes must not be in its locals. */
typedef struct png_job {
    gan_picture_file *file;
    const gan_picture_sink *sink;
    png_structp png;
    png_infop info;
    gan_picture_shape shape;
    int n_passes;
    uint8_t *rows;  /* one, or all of an interlaced picture */
    bool no_memory; /* the library found none: its words for it are those of a damaged file */
    gan_status status;
    gan_error *err;
} png_job;

/* Leaves by longjmp when the status is not GAN_OK. */
static void check(png_job *job, gan_status status)
{
    if (status != GAN_OK) {
        job->status = status;
        png_longjmp(job->png, 1);
    }
}

static void read_bytes(png_structp png, png_bytep to, size_t n)
{
    png_job *job = png_get_io_ptr(png);
    gan_picture_file *file = job->file;
    while (n > 0) {
        check(job, gan_picture_file_fill(file, job->err));
        const size_t there = file->n - file->at, part = n < there ? n : there;
        if (there == 0) {
            png_error(png, "it is cut short");
        }
        memcpy(to, file->buffer + file->at, part);
        file->at += part;
        to += part;
        n -= part;
    }
}

static void fail_png(png_structp png, png_const_charp why)
{
    png_job *job = png_get_error_ptr(png);
    if (job->status == GAN_OK && job->no_memory) {
        job->status = gan_fail(job->err, GAN_E_MEMORY, "%s: no memory to read it", job->file->path);
    } else if (job->status == GAN_OK) {
        job->status =
            gan_fail(job->err, GAN_E_DATA, "%s: damaged PNG file: %s", job->file->path, why);
    }
    png_longjmp(png, 1);
}

static png_voidp take_memory(png_structp png, png_alloc_size_t n)
{
    png_job *job = png_get_mem_ptr(png);
    void *block = malloc(n);
    job->no_memory = job->no_memory || !block;
    return block;
}

static void give_memory(png_structp png, png_voidp block)
{
    (void)png;
    free(block);
}

static void ignore_warning(png_structp png, png_const_charp why)
{
    (void)png;
    (void)why;
}

/* --- orientation --- */

/* n bytes of the file, from the buffer where they are in it. False where the file ends earlier or
 * cannot be read: the decoder will come to that place, and say so. */
static bool peek(const gan_picture_file *file, int64_t at, uint8_t *to, size_t n)
{
    if (at + (int64_t)n <= (int64_t)file->n) { /* the buffer is the file's beginning */
        memcpy(to, file->buffer + at, n);
        return true;
    }
    return at + (int64_t)n <= file->bytes &&
           gan_file_read_fd(file->fd, at, to, n, file->path, NULL) == GAN_OK;
}

/* Of the eXIf chunk, which may follow the pixels: so it is looked for before they are decoded. */
static int find_orientation(const gan_picture_file *file)
{
    uint8_t head[CHUNK_HEAD];
    for (int64_t at = SIGNATURE; peek(file, at, head, sizeof head);) {
        const int64_t n = (int64_t)head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3];
        if (memcmp(head + 4, "IEND", 4) == 0) {
            break;
        }
        if (memcmp(head + 4, "eXIf", 4) == 0 && n <= MAX_EXIF) {
            uint8_t *exif = malloc((size_t)n + 1);
            const bool read = exif && peek(file, at + CHUNK_HEAD, exif, (size_t)n);
            const int orientation =
                read ? gan_exif_orientation(exif, (size_t)n) : GAN_ORIENTATION_AS_IS;
            free(exif);
            return orientation;
        }
        at += CHUNK_HEAD + n + CHUNK_SUM;
    }
    return GAN_ORIENTATION_AS_IS;
}

/* --- pixels --- */

static void read_header(png_job *job)
{
    png_set_read_fn(job->png, job, read_bytes);
    png_set_user_limits(job->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours are below */
    png_read_info(job->png, job->info);
    gan_picture_shape *shape = &job->shape;
    shape->height = png_get_image_height(job->png, job->info);
    shape->width = png_get_image_width(job->png, job->info);
    check(job, gan_picture_check_size(job->file->path, shape->height, shape->width, job->err));
    int64_t packed_row = (int64_t)png_get_rowbytes(job->png, job->info);
    if (packed_row * shape->height / deflate_ratio > job->file->bytes) {
        png_error(job->png, "its header promises more pixels than the file can hold");
    }
    png_set_expand(job->png); /* palette to RGB, fewer bits to 8, transparent colour to alpha */
    png_set_scale_16(job->png);
    job->n_passes = png_set_interlace_handling(job->png);
    png_read_update_info(job->png, job->info);
    shape->channels = png_get_channels(job->png, job->info);
}

static void begin(png_job *job)
{
    const int64_t row = (int64_t)png_get_rowbytes(job->png, job->info);
    const int64_t n_rows = job->n_passes > 1 ? job->shape.height : 1;
    const int64_t held = n_rows * row + 4 * row; /* libpng has two, of up to twice the bytes */
    check(job, gan_picture_check_held(job->file->path, "an interlaced PNG", held, job->err));
    if (job->sink->begin) {
        check(job, job->sink->begin(job->sink->ctx, &job->shape, held, job->err));
    }
    check(job, gan_calloc((size_t)n_rows, (size_t)row, (void **)&job->rows, job->err));
}

static void pass_on(png_job *job, const uint8_t *row)
{
    if (job->sink->row) {
        check(job, job->sink->row(job->sink->ctx, row, job->err));
    }
}

static void read_rows(png_job *job)
{
    const size_t row = png_get_rowbytes(job->png, job->info);
    const int64_t height = job->shape.height;
    for (int pass = 0; pass < job->n_passes; pass++) {
        for (int64_t y = 0; y < height; y++) {
            uint8_t *to = job->rows + (job->n_passes > 1 ? (size_t)y * row : 0);
            png_read_row(job->png, to, NULL);
            if (pass == job->n_passes - 1) {
                pass_on(job, to);
            }
        }
    }
    png_read_end(job->png, NULL);
}

/* Apart from the caller's locals, as setjmp wants it. */
static void decode(png_job *job)
{
    if (setjmp(png_jmpbuf(job->png)) == 0) {
        read_header(job);
        begin(job);
        read_rows(job);
    }
}

gan_status gan_picture_scan_png(gan_picture_file *file, const gan_picture_sink *sink,
                                gan_error *err)
{
    png_job job = {.file = file, .sink = sink, .err = err};
    job.shape.orientation = find_orientation(file);
    job.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &job, fail_png, ignore_warning, &job,
                                       take_memory, give_memory);
    job.info = job.png ? png_create_info_struct(job.png) : NULL;
    if (!job.info) {
        png_destroy_read_struct(&job.png, &job.info, NULL);
        return gan_fail(err, GAN_E_MEMORY, "%s: libpng cannot be started", file->path);
    }
    decode(&job);
    png_destroy_read_struct(&job.png, &job.info, NULL);
    free(job.rows);
    return job.status;
}
