/* pth.c — opening and closing files of PyTorch. */
#define _GNU_SOURCE /* tdestroy */
#include "io/pth.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "io/pth_file.h"

static const size_t stream_cap = (size_t)1 << 34; /* a stream is read whole */

static gan_status refuse(const gan_pth *file, gan_error *err)
{
    return gan_fail(err, GAN_E_DATA,
                    "%s: not a file of torch.save(): neither the archive of PyTorch 1.6 and newer "
                    "nor the stream of older ones",
                    file->label);
}

/* From the file at path, or from bytes where it is NULL. */
static gan_status open_any(gan_pth *file, const char *path, const uint8_t *start, size_t n_start,
                           gan_error *err)
{
    if (n_start >= 4 && memcmp(start, "PK\3\4", 4) == 0) {
        return gan_pth_read_archive(file, path, err);
    }
    if (!gan_pth_is_stream(start, n_start)) {
        return refuse(file, err);
    }
    if (path) {
        char *bytes = NULL;
        GAN_TRY(gan_file_read_whole(path, stream_cap, &bytes, &file->n_bytes, err));
        file->bytes = file->own = (uint8_t *)bytes;
    }
    return gan_pth_read_stream(file, err);
}

static gan_status create(const char *label, gan_pth **out, gan_error *err)
{
    GAN_TRY(gan_calloc(1, sizeof **out, (void **)out, err));
    const gan_status status = gan_strdup(label, &(*out)->label, err);
    if (status != GAN_OK) {
        gan_pth_close(*out);
        *out = NULL;
    }
    return status;
}

/* The first bytes of a regular file. */
static gan_status read_start(const char *path, uint8_t *start, size_t size, size_t *n,
                             gan_error *err)
{
    struct stat st;
    const int fd =
        open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a FIFO would wait for a writer */
    const ssize_t got = fd >= 0 && fstat(fd, &st) == 0 ? read(fd, start, size) : -1;
    const int reason = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    if (got < 0) {
        return gan_fail(err, gan_file_open_status(reason), "cannot read %s: %s", path,
                        strerror(reason));
    }
    *n = (size_t)got;
    return S_ISREG(st.st_mode) ? GAN_OK
                               : gan_fail(err, GAN_E_NO_INPUT, "%s: not a regular file", path);
}

gan_status gan_pth_open(const char *path, gan_pth **out, gan_error *err)
{
    uint8_t start[32] = {0};
    size_t n = 0;
    gan_pth *file = NULL;
    *out = NULL;
    GAN_TRY(read_start(path, start, sizeof start, &n, err));
    GAN_TRY(create(path, &file, err));
    const gan_status status = open_any(file, path, start, n, err);
    if (status != GAN_OK) {
        gan_pth_close(file);
        return status;
    }
    *out = file;
    return GAN_OK;
}

gan_status gan_pth_open_memory(const char *label, const void *bytes, size_t n, gan_pth **out,
                               gan_error *err)
{
    gan_pth *file = NULL;
    *out = NULL;
    GAN_TRY(create(label, &file, err));
    file->bytes = bytes;
    file->n_bytes = n;
    const gan_status status = open_any(file, NULL, bytes, n, err);
    if (status != GAN_OK) {
        gan_pth_close(file);
        return status;
    }
    *out = file;
    return GAN_OK;
}

static void keep(void *storage)
{
    (void)storage; /* the list of storages frees it */
}

void gan_pth_close(gan_pth *file)
{
    if (!file) {
        return;
    }
    tdestroy(file->by_key, keep);
    for (size_t i = 0; i < file->n_storages; i++) {
        free(file->storages[i]->key);
        free(file->storages[i]);
    }
    for (size_t i = 0; i < file->n_views; i++) {
        free(file->views[i]->dims);
        free(file->views[i]);
    }
    for (size_t i = 0; i < file->n_tensors; i++) {
        free(file->names[i]);
    }
    gan_pickle_free(&file->pickle);
    if (file->zip) {
        zip_discard(file->zip);
    }
    zip_source_free(file->source);
    free(file->storages);
    free(file->views);
    free(file->names);
    free(file->tensors);
    free(file->view_of);
    free(file->by_name);
    free(file->held_bytes);
    free(file->pickled);
    free(file->own);
    free(file->folder);
    free(file->label);
    free(file);
}

size_t gan_pth_count(const gan_pth *file)
{
    return file->n_tensors;
}

const gan_pth_tensor *gan_pth_at(const gan_pth *file, size_t i)
{
    return &file->tensors[i];
}
