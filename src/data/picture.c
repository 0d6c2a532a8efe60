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
    file->path = path;
    file->at = file->n = 0;
    file->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe would wait for its writer */
    if (file->fd < 0 || fstat(file->fd, &st) != 0) {
        return gan_fail(err, gan_file_open_status(errno), "cannot read %s: %s", path,
                        strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return gan_fail(err, GAN_E_NO_INPUT, "%s: is not a regular file", path);
    }
    file->bytes = st.st_size;
    return GAN_OK;
}

void gan_picture_file_close(gan_picture_file *file)
{
    if (file->fd >= 0) {
        (void)close(file->fd); /* nothing was written through it */
    }
}

gan_status gan_picture_file_fill(gan_picture_file *file, gan_error *err)
{
    while (file->at == file->n) {
        const ssize_t got = read(file->fd, file->buffer, sizeof file->buffer);
        if (got < 0 && errno != EINTR) {
            return gan_fail(err, GAN_E_IO, "cannot read %s: %s", file->path, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        file->at = 0;
        file->n = got > 0 ? (size_t)got : 0;
    }
    return GAN_OK;
}

static gan_status scan(gan_picture_file *file, const char *path, int64_t least_height,
                       int64_t least_width, const gan_picture_sink *sink, gan_error *err)
{
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const uint8_t jpeg[3] = {0xff, 0xd8, 0xff};
    GAN_TRY(gan_picture_file_open(file, path, err));
    GAN_TRY(gan_picture_file_fill(file, err));
    if (file->n == 0) {
        return gan_fail(err, GAN_E_DATA, "%s: is empty (0 bytes)", path);
    }
    if (file->n >= sizeof png && memcmp(file->buffer, png, sizeof png) == 0) {
        return gan_picture_scan_png(file, sink, err);
    }
    if (file->n >= sizeof jpeg && memcmp(file->buffer, jpeg, sizeof jpeg) == 0) {
        return gan_picture_scan_jpeg(file, least_height, least_width, sink, err);
    }
    const gan_file_kind *kind = gan_file_kind_of(file->buffer, file->n);
    return kind ? gan_fail(err, GAN_E_DATA, "%s: a %s by its content, not PNG or JPEG: %s", path,
                           kind->name, kind->advice)
                : gan_fail(err, GAN_E_DATA, "%s: neither a PNG nor a JPEG file, by its content",
                           path);
}

gan_status gan_picture_scan(const char *path, int64_t least_height, int64_t least_width,
                            const gan_picture_sink *sink, gan_error *err)
{
    gan_picture_file *file = NULL;
    GAN_TRY(gan_calloc(1, sizeof *file, (void **)&file, err));
    file->fd = -1;
    const gan_status status = scan(file, path, least_height, least_width, sink, err);
    gan_picture_file_close(file);
    free(file);
    return status;
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
