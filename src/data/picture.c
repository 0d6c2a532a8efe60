/* picture.c — a picture's decoder, and pictures read whole and turned upright. */
#include "data/picture.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/exif.h"
#include "data/kind.h"
#include "data/picture_file.h"

/* --- which decoder --- */

typedef gan_status decoder(gan_picture_file *file, const gan_picture_sink *sink, gan_error *err);

static decoder *decoder_of(gan_picture_kind kind)
{
    switch (kind) {
    case GAN_PICTURE_PNG:
        return gan_picture_scan_png;
    case GAN_PICTURE_WEBP:
        return gan_picture_scan_webp;
    case GAN_PICTURE_BMP:
        return gan_picture_scan_bmp;
    case GAN_PICTURE_GIF:
        return gan_picture_scan_gif;
    case GAN_PICTURE_TIFF:
        return gan_picture_scan_tiff;
    case GAN_PICTURE_JPEG: /* has arguments of its own */
    case GAN_PICTURE_NONE:
        break;
    }
    return NULL;
}

static gan_status scan(gan_picture_file *file, int64_t least_height, int64_t least_width,
                       const gan_picture_sink *sink, gan_error *err)
{
    GAN_TRY(gan_picture_file_fill(file, err));
    if (file->n == 0) {
        return gan_fail(err, GAN_E_DATA, "%s: is empty (0 bytes)", file->path);
    }
    const gan_file_kind *kind = gan_file_kind_of(file->buffer, file->n);
    if (kind && kind->picture == GAN_PICTURE_JPEG) {
        return gan_picture_scan_jpeg(file, least_height, least_width, sink, err);
    }
    decoder *decode = kind ? decoder_of(kind->picture) : NULL;
    if (decode) {
        return decode(file, sink, err);
    }
    return kind ? gan_fail(err, GAN_E_DATA, "%s: a %s by its content, which is not read: %s",
                           file->path, kind->name, kind->advice)
                : gan_fail(err, GAN_E_DATA, "%s: not a picture that is read, by its content",
                           file->path);
}

gan_status gan_picture_scan(const char *path, int64_t least_height, int64_t least_width,
                            const gan_picture_sink *sink, gan_error *err)
{
    gan_picture_file file = {.fd = -1};
    gan_status status = gan_picture_file_open(&file, path, err);
    if (status == GAN_OK) {
        status = scan(&file, least_height, least_width, sink, err);
    }
    gan_picture_file_close(&file);
    return status;
}

gan_status gan_picture_scan_memory(const char *label, const uint8_t *bytes, size_t n,
                                   int64_t least_height, int64_t least_width,
                                   const gan_picture_sink *sink, gan_error *err)
{
    gan_picture_file file = {.path = label, .fd = -1, .bytes = (int64_t)n, .n = n, .buffer = bytes};
    return scan(&file, least_height, least_width, sink, err);
}

/* --- a whole picture --- */

typedef struct collector {
    const char *path;
    gan_picture picture; /* as it is stored */
    int orientation;
    int64_t n_rows;
} collector;

static gan_status begin_collecting(void *ctx, const gan_picture_shape *shape, int64_t held,
                                   gan_error *err)
{
    collector *c = ctx;
    (void)held;
    c->picture = (gan_picture){NULL, shape->height, shape->width, shape->channels};
    c->orientation = shape->orientation;
    return gan_calloc((size_t)shape->height, (size_t)(shape->width * shape->channels),
                      (void **)&c->picture.pixels, err);
}

static gan_status collect_row(void *ctx, const uint8_t *row, gan_error *err)
{
    collector *c = ctx;
    (void)err;
    const size_t n = (size_t)(c->picture.width * c->picture.channels);
    memcpy(c->picture.pixels + (size_t)c->n_rows++ * n, row, n);
    return GAN_OK;
}

static gan_status turn(collector *c, gan_error *err)
{
    gan_picture *p = &c->picture;
    uint8_t *turned = NULL;
    if (c->orientation == GAN_ORIENTATION_AS_IS) {
        return GAN_OK;
    }
    GAN_TRY(gan_calloc((size_t)p->height, (size_t)(p->width * p->channels), (void **)&turned, err));
    gan_orientation_apply(c->orientation, p->pixels, p->height, p->width, p->channels, turned);
    free(p->pixels);
    p->pixels = turned;
    if (gan_orientation_transposes(c->orientation)) {
        const int64_t height = p->height;
        p->height = p->width;
        p->width = height;
    }
    return GAN_OK;
}

gan_status gan_picture_read(const char *path, gan_picture *picture, gan_error *err)
{
    collector c = {.path = path};
    const gan_picture_sink sink = {begin_collecting, collect_row, &c};
    *picture = (gan_picture){0};
    gan_status status = gan_picture_scan(path, 0, 0, &sink, err);
    if (status == GAN_OK) {
        status = turn(&c, err);
    }
    if (status == GAN_OK) {
        *picture = c.picture;
    } else {
        free(c.picture.pixels);
    }
    return status;
}
