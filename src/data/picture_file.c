/* picture_file.c — the bytes of a picture file on their way into a decoder, and what decoders
 * share.
 */
#define _GNU_SOURCE /* O_CLOEXEC */
#include "data/picture_file.h"

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
