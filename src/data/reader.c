/* reader.c — plain and gzip files behind one read call.
 *
 * zlib's own gzread takes a broken gzip file for a plain one and reads ahead of its caller, so the
 * inflate loop is here: what is asked for is what is unpacked. */
#define _GNU_SOURCE /* O_CLOEXEC */
#include "data/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "base/memory.h"

enum { INPUT_BYTES = 1 << 16, SKIP_BYTES = 1 << 14, GZIP_WINDOW = 16 + MAX_WBITS };
static const int64_t deflate_ratio = 1032; /* "zlib technical details": maximum compression */

struct gan_reader {
    char *path;
    int fd;
    int64_t file_bytes;
    bool packed, inflating, ended;
    z_stream zip;
    size_t head, n_head; /* of a plain file: the bytes looked at to tell its kind */
    uint8_t input[INPUT_BYTES];
};

static gan_status open_regular(const char *path, int *fd, int64_t *bytes, gan_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return gan_fail(err, gan_file_open_status(errno), "%s: cannot be opened: %s", path,
                        strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return gan_fail(err, GAN_E_NO_INPUT, "%s: is not a regular file", path);
    }
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) {
        return gan_fail(err, gan_file_open_status(errno), "%s: cannot be opened: %s", path,
                        strerror(errno));
    }
    *bytes = st.st_size;
    return GAN_OK;
}

/* read(2) until n bytes, the end, or an error. */
static gan_status read_fully(int fd, const char *path, void *to, size_t n, size_t *got,
                             gan_error *err)
{
    *got = 0;
    while (*got < n) {
        ssize_t r = read(fd, (uint8_t *)to + *got, n - *got);
        if (r < 0 && errno == EINTR) {
            continue;
        }
        if (r < 0) {
            return gan_fail(err, errno == ENOMEM ? GAN_E_MEMORY : GAN_E_IO,
                            "%s: cannot be read: %s", path, strerror(errno));
        }
        if (r == 0) {
            break;
        }
        *got += (size_t)r;
    }
    return GAN_OK;
}

/* Fills the input of the inflate loop when it is used up; avail_in stays 0 at the file's end. */
static gan_status refill(gan_reader *reader, gan_error *err)
{
    if (reader->zip.avail_in > 0) {
        return GAN_OK;
    }
    size_t got = 0;
    GAN_TRY(read_fully(reader->fd, reader->path, reader->input, INPUT_BYTES, &got, err));
    reader->zip.next_in = reader->input;
    reader->zip.avail_in = (uInt)got;
    return GAN_OK;
}

static gan_status fail_packed(const gan_reader *reader, const char *why, gan_error *err)
{
    return gan_fail(err, GAN_E_DATA, "%s: damaged gzip file: %s, at byte %lld of its content",
                    reader->path, why, (long long)reader->zip.total_out);
}

/* After the end of a gzip member: the file ends, another member follows, or it is damaged. */
static gan_status next_member(gan_reader *reader, gan_error *err)
{
    GAN_TRY(refill(reader, err));
    if (reader->zip.avail_in == 0) {
        reader->ended = true;
        return GAN_OK;
    }
    if (reader->zip.next_in[0] != 0x1f) {
        return gan_fail(err, GAN_E_DATA, "%s: damaged gzip file: other bytes follow its end",
                        reader->path);
    }
    uLong before = reader->zip.total_out;
    if (inflateReset(&reader->zip) != Z_OK) {
        return gan_fail(err, GAN_E_FAILED, "%s: zlib cannot be reset", reader->path);
    }
    reader->zip.total_out = before;
    return GAN_OK;
}

static gan_status read_packed(gan_reader *reader, uint8_t *to, size_t n, size_t *got,
                              gan_error *err)
{
    *got = 0;
    while (*got < n && !reader->ended) {
        GAN_TRY(refill(reader, err));
        if (reader->zip.avail_in == 0) {
            return fail_packed(reader, "it is cut short", err);
        }
        size_t wanted = n - *got < INT_MAX ? n - *got : INT_MAX;
        reader->zip.next_out = to + *got;
        reader->zip.avail_out = (uInt)wanted;
        int r = inflate(&reader->zip, Z_NO_FLUSH);
        *got += wanted - reader->zip.avail_out;
        if (r == Z_STREAM_END) {
            GAN_TRY(next_member(reader, err));
        } else if (r == Z_MEM_ERROR) {
            return gan_fail(err, GAN_E_MEMORY, "%s: no memory to unpack it", reader->path);
        } else if (r != Z_OK && r != Z_BUF_ERROR) {
            return fail_packed(reader, reader->zip.msg ? reader->zip.msg : "invalid data", err);
        }
    }
    return GAN_OK;
}

gan_status gan_reader_open(const char *path, gan_reader **out, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_reader *reader = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof *reader, (void **)&reader, err));
    reader->fd = -1;
    GAN_TRY_DONE(gan_strdup(path, &reader->path, err));
    GAN_TRY_DONE(open_regular(path, &reader->fd, &reader->file_bytes, err));
    GAN_TRY_DONE(read_fully(reader->fd, path, reader->input, 2, &reader->n_head, err));
    reader->packed = reader->n_head == 2 && reader->input[0] == 0x1f && reader->input[1] == 0x8b;
    if (reader->packed) {
        reader->zip.next_in = reader->input;
        reader->zip.avail_in = (uInt)reader->n_head;
        if (inflateInit2(&reader->zip, GZIP_WINDOW) != Z_OK) {
            status = gan_fail(err, GAN_E_MEMORY, "%s: zlib cannot be started", path);
            goto done;
        }
        reader->inflating = true;
    }
done:
    if (status == GAN_OK) {
        *out = reader;
    } else {
        gan_reader_close(reader);
    }
    return status;
}

void gan_reader_close(gan_reader *reader)
{
    if (!reader) {
        return;
    }
    if (reader->inflating) {
        (void)inflateEnd(&reader->zip);
    }
    if (reader->fd >= 0) {
        (void)close(reader->fd);
    }
    free(reader->path);
    free(reader);
}

gan_status gan_reader_read(gan_reader *reader, void *to, size_t n, size_t *got, gan_error *err)
{
    if (reader->packed) {
        return read_packed(reader, to, n, got, err);
    }
    size_t held = reader->n_head - reader->head;
    size_t taken = n < held ? n : held;
    if (taken > 0) {
        memcpy(to, reader->input + reader->head, taken);
        reader->head += taken;
    }
    GAN_TRY(read_fully(reader->fd, reader->path, (uint8_t *)to + taken, n - taken, got, err));
    *got += taken;
    return GAN_OK;
}

gan_status gan_reader_skip(gan_reader *reader, int64_t n, int64_t *got, gan_error *err)
{
    uint8_t dropped[SKIP_BYTES];
    *got = 0;
    while (*got < n) {
        size_t part = n - *got < SKIP_BYTES ? (size_t)(n - *got) : (size_t)SKIP_BYTES, r = 0;
        GAN_TRY(gan_reader_read(reader, dropped, part, &r, err));
        *got += (int64_t)r;
        if (r < part) {
            break;
        }
    }
    return GAN_OK;
}

bool gan_reader_is_packed(const gan_reader *reader)
{
    return reader->packed;
}

int64_t gan_reader_limit(const gan_reader *reader)
{
    if (!reader->packed) {
        return reader->file_bytes;
    }
    bool huge = reader->file_bytes > INT64_MAX / deflate_ratio;
    return huge ? INT64_MAX : reader->file_bytes * deflate_ratio;
}
