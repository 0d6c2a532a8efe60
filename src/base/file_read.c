/* file_read.c — files read whole, and descriptors read and written to the last byte. */
#define _GNU_SOURCE /* pread */
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

enum { FIRST_BYTES = 64 << 10 }; /* for what does not know its size: a pipe */

gan_status gan_file_open_status(int reason)
{
    switch (reason) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case EACCES:
    case EPERM:
    case ELOOP:
    case ENAMETOOLONG:
    case ENXIO:
    case ENODEV:
        return GAN_E_NO_INPUT;
    case ENOMEM:
        return GAN_E_MEMORY;
    default:
        return GAN_E_IO;
    }
}

static gan_status open_input(const char *path, int *fd, struct stat *st, gan_error *err)
{
    if (!*path) {
        return gan_fail(err, GAN_E_NO_INPUT, "cannot read a file: its name is empty");
    }
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0 || fstat(*fd, st) != 0) {
        return gan_fail(err, gan_file_open_status(errno), "cannot read %s: %s", path,
                        strerror(errno));
    }
    if (S_ISDIR(st->st_mode)) {
        return gan_fail(err, GAN_E_NO_INPUT, "cannot read %s: it is a folder", path);
    }
    return GAN_OK;
}

static gan_status too_large(const char *path, size_t cap, gan_error *err)
{
    char text[GAN_NUMBER_TEXT_SIZE];
    gan_number_bytes((int64_t)cap, text);
    return gan_fail(err, GAN_E_DATA, "%s is larger than %s, the most that is read here", path,
                    text);
}

/* Reads to the end, or one byte beyond cap. Keeps one byte free for the final zero. */
static gan_status read_to_end(int fd, size_t cap, char **bytes, size_t *n, size_t *capacity,
                              const char *path, gan_error *err)
{
    for (;;) {
        if (*capacity - *n < 2) {
            void *array = *bytes;
            GAN_TRY(gan_grow(&array, *n + 2, 1, capacity, err));
            *bytes = array;
        }
        const ssize_t got = read(fd, *bytes + *n, *capacity - *n - 1);
        if (got < 0 && errno != EINTR) {
            return gan_fail(err, errno == ENOMEM ? GAN_E_MEMORY : GAN_E_IO, "cannot read %s: %s",
                            path, strerror(errno));
        }
        if (got == 0) {
            (*bytes)[*n] = '\0';
            return GAN_OK;
        }
        *n += got > 0 ? (size_t)got : 0;
        if (*n > cap) {
            return too_large(path, cap, err);
        }
    }
}

gan_status gan_file_read_whole(const char *path, size_t cap, char **bytes, size_t *n,
                               gan_error *err)
{
    gan_status status = GAN_OK;
    struct stat st = {0};
    size_t capacity = 0;
    void *array = NULL;
    int fd = -1;
    *bytes = NULL;
    *n = 0;
    GAN_TRY_DONE(open_input(path, &fd, &st, err));
    if (st.st_size > 0 && (uint64_t)st.st_size > (uint64_t)cap) {
        status = too_large(path, cap, err);
        goto done;
    }
    GAN_TRY_DONE(
        gan_grow(&array, st.st_size > 0 ? (size_t)st.st_size + 2 : FIRST_BYTES, 1, &capacity, err));
    *bytes = array;
    GAN_TRY_DONE(read_to_end(fd, cap, bytes, n, &capacity, path, err));
done:
    if (fd >= 0) {
        (void)close(fd); /* nothing was written through it */
    }
    if (status != GAN_OK) {
        free(*bytes);
        *bytes = NULL;
        *n = 0;
    }
    return status;
}

gan_status gan_file_read_fd(int fd, int64_t offset, void *bytes, size_t n, const char *path,
                            gan_error *err)
{
    char *next = bytes;
    while (n > 0) {
        const ssize_t got = pread(fd, next, n, (off_t)offset);
        if (got < 0 && errno != EINTR) {
            return gan_fail(err, errno == ENOMEM ? GAN_E_MEMORY : GAN_E_IO, "cannot read %s: %s",
                            path, strerror(errno));
        }
        if (got == 0) {
            return gan_fail(err, GAN_E_DATA, "%s ends at byte %" PRId64 ", %zu byte%s too early",
                            path, offset, n, gan_plural((int64_t)n));
        }
        if (got > 0) {
            next += got;
            offset += got;
            n -= (size_t)got;
        }
    }
    return GAN_OK;
}
