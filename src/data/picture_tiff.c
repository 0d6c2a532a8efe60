/* picture_tiff.c — the first page of a TIFF by libtiff, whatever its samples, tiles and packing, as
 * 8-bit RGB, or grey, or with alpha. Where libtiff hands out colours times their alpha, that is
 * undone, to within a level where alpha is large. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "data/exif.h"
#include "data/picture_file.h"

#ifdef GAN_WITH_TIFF

#include <stdio.h>
#include <tiffio.h>

#include "base/memory.h"

typedef struct tiff_job {
    gan_picture_file *file;
    toff_t at;
    bool multiplied; /* libtiff hands out colours times alpha: not grey ones, but as they are */
    char why[128];   /* the library's first complaint */
} tiff_job;

/* --- the file, from memory --- */

static tmsize_t give_bytes(thandle_t ctx, void *to, tmsize_t n)
{
    tiff_job *job = ctx;
    const toff_t all = job->file->n, left = job->at < all ? all - job->at : 0;
    const size_t part = (toff_t)n < left ? (size_t)n : (size_t)left;
    memcpy(to, job->file->buffer + (left > 0 ? job->at : 0), part);
    job->at += part;
    return (tmsize_t)part;
}

static tmsize_t take_nothing(thandle_t ctx, void *from, tmsize_t n)
{
    (void)ctx;
    (void)from;
    (void)n;
    return -1;
}

static toff_t move(thandle_t ctx, toff_t by, int whence)
{
    tiff_job *job = ctx;
    const toff_t base = whence == SEEK_CUR ? job->at : whence == SEEK_END ? job->file->n : 0;
    job->at = base + by;
    return job->at;
}

static int keep_open(thandle_t ctx)
{
    (void)ctx;
    return 0;
}

static toff_t tell_size(thandle_t ctx)
{
    return ((tiff_job *)ctx)->file->n;
}

static int keep_words(TIFF *tiff, void *ctx, const char *module, const char *format, va_list args)
{
    tiff_job *job = ctx;
    (void)tiff;
    (void)module;
    if (!job->why[0]) {
        vsnprintf(job->why, sizeof job->why, format, args);
    }
    return 1;
}

static int ignore_words(TIFF *tiff, void *ctx, const char *module, const char *format, va_list args)
{
    (void)tiff;
    (void)ctx;
    (void)module;
    (void)format;
    (void)args;
    return 1;
}

static gan_status fail(const tiff_job *job, gan_error *err)
{
    return gan_fail(err, GAN_E_DATA, "%s: damaged TIFF file: %s", job->file->path,
                    job->why[0] ? job->why : "it cannot be decoded");
}

static TIFF *open_tiff(tiff_job *job)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) {
        return NULL;
    }
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, GAN_PICTURE_HELD);
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_words, job);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_words, job);
    TIFF *tiff = TIFFClientOpenExt("picture", "rm", job, give_bytes, take_nothing, move, keep_open,
                                   tell_size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

/* --- pixels --- */

static gan_picture_shape shape_of(tiff_job *job, TIFF *tiff)
{
    uint32_t width = 0, height = 0;
    uint16_t photometric = PHOTOMETRIC_RGB, n_extra = 0, *extra = NULL, turned = 0;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &turned);
    const bool is_turned = turned >= GAN_ORIENTATION_AS_IS && turned <= GAN_ORIENTATION_LAST;
    const bool has_alpha = TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &n_extra, &extra) &&
                           n_extra > 0 && extra[0] != EXTRASAMPLE_UNSPECIFIED;
    const bool is_grey =
        photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
    job->multiplied = has_alpha && (!is_grey || extra[0] == EXTRASAMPLE_ASSOCALPHA);
    return (gan_picture_shape){height, width, (is_grey ? 1 : 3) + has_alpha,
                               is_turned ? turned : GAN_ORIENTATION_AS_IS};
}

static uint8_t undo_alpha(uint32_t colour, uint32_t alpha)
{
    const uint32_t value = alpha > 0 ? (colour * 255 + alpha / 2) / alpha : 0;
    return (uint8_t)(value < 255 ? value : 255);
}

/* libtiff's words of red, green, blue and alpha as ours. */
static void take_pixels(const gan_picture_shape *shape, bool multiplied, const uint32_t *raster,
                        uint8_t *to)
{
    const int64_t n_colours = shape->channels >= 3 ? 3 : 1;
    for (int64_t i = 0; i < shape->height * shape->width; i++, to += shape->channels) {
        const uint32_t alpha = TIFFGetA(raster[i]);
        const uint32_t colours[3] = {TIFFGetR(raster[i]), TIFFGetG(raster[i]), TIFFGetB(raster[i])};
        for (int64_t c = 0; c < n_colours; c++) {
            to[c] = multiplied ? undo_alpha(colours[c], alpha) : (uint8_t)colours[c];
        }
        if (shape->channels > n_colours) {
            to[n_colours] = (uint8_t)alpha;
        }
    }
}

static gan_status decode(tiff_job *job, TIFF *tiff, const gan_picture_sink *sink, gan_error *err)
{
    gan_status status = GAN_OK;
    uint8_t *pixels = NULL;
    uint32_t *raster = NULL;
    const gan_picture_shape shape = shape_of(job, tiff);
    GAN_TRY(gan_picture_check_size(job->file->path, shape.height, shape.width, err));
    const int64_t words = shape.height * shape.width * (int64_t)sizeof *raster;
    GAN_TRY(gan_picture_check_held(job->file->path, "a TIFF picture", 2 * words, err));
    GAN_TRY_DONE(gan_picture_begin_whole(job->file, "a TIFF picture", &shape, sink, &pixels, err));
    GAN_TRY_DONE(gan_calloc((size_t)words, 1, (void **)&raster, err));
    /* as the file is stored: it is turned with all others */
    if (!TIFFReadRGBAImageOriented(tiff, (uint32_t)shape.width, (uint32_t)shape.height, raster,
                                   shape.orientation, 1) ||
        job->why[0]) {
        status = fail(job, err);
        goto done;
    }
    take_pixels(&shape, job->multiplied, raster, pixels);
    status = gan_picture_give_rows(&shape, sink, pixels, err);
done:
    free(raster);
    free(pixels);
    return status;
}

gan_status gan_picture_scan_tiff(gan_picture_file *file, const gan_picture_sink *sink,
                                 gan_error *err)
{
    tiff_job job = {.file = file};
    GAN_TRY(gan_picture_file_whole(file, err));
    TIFF *tiff = open_tiff(&job);
    if (!tiff) {
        return fail(&job, err);
    }
    const gan_status status = decode(&job, tiff, sink, err);
    TIFFClose(tiff);
    return status;
}

#else

gan_status gan_picture_scan_tiff(gan_picture_file *file, const gan_picture_sink *sink,
                                 gan_error *err)
{
    (void)sink;
    return gan_picture_no_library(file, "TIFF picture", "libtiff-dev 4.5 or newer", err);
}

#endif
