/* picture.c — which decoder a picture file needs, how large it may be, and its bytes. */
#define _GNU_SOURCE /* O_CLOEXEC */
#include "data/picture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "data/exif.h"
#include "data/kind.h"
#include "data/picture_file.h"

gan_status gan_picture_check_size(const char *path, int64_t height, int64_t width, gan_error *err)
{
    if (height >= 1 && width >= 1 && height <= GAN_PICTURE_SIDE && width <= GAN_PICTURE_SIDE &&
        height * width <= GAN_PICTURE_AREA) {
        return GAN_OK;
    }
    return gan_fail(err, GAN_E_DATA,
                    "%s: %" PRId64 " pixels wide and %" PRId64 " high; %d a side and %" PRId64
                    " in all are the most that is read",
                    path, width, height, GAN_PICTURE_SIDE, GAN_PICTURE_AREA);
}

gan_status gan_picture_check_held(const char *path, const char *kind, int64_t held, gan_error *err)
{
    char text[GAN_NUMBER_TEXT_SIZE];
    if (held <= GAN_PICTURE_HELD) {
        return GAN_OK;
    }
    gan_number_bytes(held, text);
    return gan_fail(err, GAN_E_DATA,
                    "%s: %s of this size takes %s to decode, and %d MB are the most; save it as a "
                    "plain one, which is read row by row",
                    path, kind, text, (int)(GAN_PICTURE_HELD >> 20));
}

/* --- the file --- */

gan_status gan_picture_file_open(gan_picture_file *file, const char *path, gan_error *err)
{
    struct stat st;
    *file = (gan_picture_file){.path = path};
    file->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe would wait for its writer */
    if (file->fd < 0 || fstat(file->fd, &st) != 0) {
        return gan_fail(err, gan_file_open_status(errno), "cannot read %s: %s", path,
                        strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return gan_fail(err, GAN_E_NO_INPUT, "%s: is not a regular file", path);
    }
    file->bytes = st.st_size;
    file->own = malloc(GAN_PICTURE_BUFFER); /* not cleared: it is filled */
    file->buffer = file->own;
    return file->own ? GAN_OK : gan_fail(err, GAN_E_MEMORY, "%s: no memory to read it", path);
}

void gan_picture_file_close(gan_picture_file *file)
{
    if (file->fd >= 0) {
        (void)close(file->fd); /* nothing was written through it */
    }
    free(file->own);
}

/* Up to n bytes from where the file stands; 0 at its end. */
static gan_status read_part(gan_picture_file *file, uint8_t *to, size_t n, size_t *got,
                            gan_error *err)
{
    ssize_t part = -1;
    do {
        part = read(file->fd, to, n);
    } while (part < 0 && errno == EINTR);
    *got = part > 0 ? (size_t)part : 0;
    return part >= 0 ? GAN_OK
                     : gan_fail(err, GAN_E_IO, "cannot read %s: %s", file->path, strerror(errno));
}

gan_status gan_picture_file_fill(gan_picture_file *file, gan_error *err)
{
    if (file->at < file->n || file->fd < 0) {
        return GAN_OK;
    }
    file->at = 0;
    return read_part(file, file->own, GAN_PICTURE_BUFFER, &file->n, err);
}

gan_status gan_picture_file_whole(gan_picture_file *file, gan_error *err)
{
    if (file->fd < 0 || (int64_t)file->n == file->bytes) {
        return GAN_OK;
    }
    void *memory = file->own;
    size_t capacity = GAN_PICTURE_BUFFER, got = 1;
    GAN_TRY(gan_picture_check_held(file->path, "a picture of such a kind", file->bytes, err));
    while (got > 0) {
        if (file->n == capacity) {
            GAN_TRY(gan_grow(&memory, file->n + 1, 1, &capacity, err));
            file->own = memory;
            file->buffer = memory;
        }
        GAN_TRY(read_part(file, file->own + file->n, capacity - file->n, &got, err));
        file->n += got;
    }
    file->bytes = (int64_t)file->n;
    return GAN_OK;
}

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

/* --- decoders that make a whole picture --- */

gan_status gan_picture_begin_whole(const gan_picture_file *file, const char *kind,
                                   const gan_picture_shape *shape, const gan_picture_sink *sink,
                                   uint8_t **pixels, gan_error *err)
{
    *pixels = NULL;
    GAN_TRY(gan_picture_check_size(file->path, shape->height, shape->width, err));
    const int64_t held = shape->height * shape->width * shape->channels + file->bytes;
    GAN_TRY(gan_picture_check_held(file->path, kind, held, err));
    if (sink->begin) {
        GAN_TRY(sink->begin(sink->ctx, shape, held, err));
    }
    return gan_calloc((size_t)shape->height, (size_t)(shape->width * shape->channels),
                      (void **)pixels, err);
}

gan_status gan_picture_give_rows(const gan_picture_shape *shape, const gan_picture_sink *sink,
                                 const uint8_t *pixels, gan_error *err)
{
    for (int64_t y = 0; sink->row && y < shape->height; y++) {
        GAN_TRY(sink->row(sink->ctx, pixels + y * shape->width * shape->channels, err));
    }
    return GAN_OK;
}

gan_status gan_picture_no_library(const gan_picture_file *file, const char *kind,
                                  const char *package, gan_error *err)
{
    return gan_fail(err, GAN_E_DATA,
                    "%s: a %s, and this gan was built without %s: install it and run make, or "
                    "convert it to PNG",
                    file->path, kind, package);
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
