/* safetensors.c — opening, finding and reading named tensors. */
#define _GNU_SOURCE /* memmem, O_CLOEXEC */
#include "io/safetensors.h"
#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sha256.h"
#include "base/text.h"
#include "io/json.h"
#include "io/safetensors_file.h"

enum { PIECE = 64 << 10, DIGEST_DIGITS = GAN_SHA256_TEXT - 1 };

gan_status gan_safetensors_fetch(gan_safetensors *file, int64_t offset, int64_t n, void *bytes,
                                 gan_error *err)
{
    if (file->fd >= 0) {
        return gan_file_read_fd(file->fd, offset, bytes, (size_t)n, file->label, err);
    }
    if (n > 0) {
        memcpy(bytes, file->memory + offset, (size_t)n);
    }
    return GAN_OK;
}

static gan_status read_header(gan_safetensors *file, gan_error *err)
{
    unsigned char length[8];
    uint64_t n = 0;
    void *block = NULL;
    if (file->size < 8) {
        return gan_fail(err, GAN_E_DATA, "%s: not safetensors: only %" PRId64 " byte%s",
                        file->label, file->size, gan_plural(file->size));
    }
    GAN_TRY(gan_safetensors_fetch(file, 0, 8, length, err));
    for (int i = 0; i < 8; i++) {
        n |= (uint64_t)length[i] << (8 * i);
    }
    if (n < 2 || n > GAN_SAFETENSORS_MAX_HEADER) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: not safetensors: it would have a header of %" PRIu64 " bytes",
                        file->label, n);
    }
    if ((int64_t)n > file->size - 8) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: damaged, or not safetensors: cut off in its header, %" PRId64
                        " of %" PRIu64 " bytes",
                        file->label, file->size, n + 8);
    }
    file->header_bytes = (int64_t)n;
    GAN_TRY(gan_calloc((size_t)n, 1, &block, err));
    file->header = block;
    return gan_safetensors_fetch(file, 8, file->header_bytes, file->header, err);
}

static gan_status open_fd(gan_safetensors *file, const char *path, gan_error *err)
{
    struct stat st;
    file->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a FIFO would wait for a writer */
    if (file->fd < 0 || fstat(file->fd, &st) != 0) {
        return gan_fail(err, gan_file_open_status(errno), "cannot read %s: %s", *path ? path : "''",
                        strerror(errno));
    }
    if (!S_ISREG(st.st_mode)) {
        return gan_fail(err, GAN_E_NO_INPUT, "cannot read %s: it is %s", path,
                        S_ISDIR(st.st_mode) ? "a folder" : "not a regular file");
    }
    file->size = st.st_size;
    return GAN_OK;
}

/* path or memory: one of them is NULL. */
static gan_status open_either(const char *label, const char *path, const void *memory, size_t n,
                              gan_safetensors **out, gan_error *err)
{
    gan_status status = GAN_OK;
    void *block = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_safetensors), &block, err));
    gan_safetensors *file = block;
    file->fd = -1;
    file->memory = memory;
    file->size = (int64_t)n;
    GAN_TRY_DONE(gan_strdup(label, &file->label, err));
    if (path) {
        GAN_TRY_DONE(open_fd(file, path, err));
    }
    GAN_TRY_DONE(read_header(file, err));
    GAN_TRY_DONE(gan_safetensors_parse(file, err));
    *out = file;
    file = NULL;
done:
    gan_safetensors_close(file);
    return status;
}

gan_status gan_safetensors_open(const char *path, gan_safetensors **out, gan_error *err)
{
    return open_either(path, path, NULL, 0, out, err);
}

gan_status gan_safetensors_open_memory(const char *label, const void *bytes, size_t n,
                                       gan_safetensors **out, gan_error *err)
{
    return open_either(label, NULL, bytes, n, out, err);
}

void gan_safetensors_close(gan_safetensors *file)
{
    if (!file) {
        return;
    }
    if (file->fd >= 0) {
        (void)close(file->fd); /* only read */
    }
    json_decref(file->root);
    free(file->label);
    free(file->header);
    free(file->tensors);
    free(file->dims);
    free(file->by_name);
    free(file->metadata);
    free(file);
}

size_t gan_safetensors_count(const gan_safetensors *file)
{
    return file->n_tensors;
}

const gan_safetensors_tensor *gan_safetensors_at(const gan_safetensors *file, size_t i)
{
    return &file->tensors[i];
}

const gan_safetensors_tensor *gan_safetensors_find(const gan_safetensors *file, const char *name)
{
    size_t low = 0, high = file->n_tensors;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(name, file->by_name[middle]->name);
        if (order == 0) {
            return file->by_name[middle];
        }
        low = order > 0 ? middle + 1 : low;
        high = order > 0 ? high : middle;
    }
    return NULL;
}

size_t gan_safetensors_meta_count(const gan_safetensors *file)
{
    return file->n_metadata;
}

gan_safetensors_meta gan_safetensors_meta_at(const gan_safetensors *file, size_t i)
{
    return file->metadata[i];
}

const char *gan_safetensors_meta_find(const gan_safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->n_metadata; i++) {
        if (strcmp(file->metadata[i].key, key) == 0) {
            return file->metadata[i].value;
        }
    }
    return NULL;
}

/* The offset in the file of the digest's digits, -1 where there are none as we write them. The
 * search is for "key":"digits" with its quotes: inside a longer text they would be escaped, and a
 * key stands once in its map, so what is found is the field. */
static int64_t find_digest(const gan_safetensors *file, const char *key, const char *digits)
{
    gan_text field = {0};
    int64_t place = -1;
    gan_json_quote(&field, key);
    const size_t before = field.length + 2;
    gan_text_add(&field, ":\"%s\"", digits);
    if (field.status == GAN_OK && strspn(digits, "0123456789abcdef") == DIGEST_DIGITS &&
        digits[DIGEST_DIGITS] == '\0') {
        const char *found =
            memmem(file->header, (size_t)file->header_bytes, field.data, field.length);
        place = found ? 8 + (found - file->header) + (int64_t)before : -1;
    }
    gan_text_free(&field);
    return place;
}

/* The digest of the whole file with the digits at place as zeros. */
static gan_status hash_file(gan_safetensors *file, int64_t place, char digits[GAN_SHA256_TEXT],
                            gan_error *err)
{
    gan_status status = GAN_OK;
    gan_sha256 hash;
    void *block = NULL;
    GAN_TRY(gan_calloc(PIECE, 1, &block, err));
    char *piece = block;
    gan_sha256_init(&hash);
    for (int64_t at = 0; at < file->size; at += PIECE) {
        const int64_t n = file->size - at < PIECE ? file->size - at : PIECE;
        GAN_TRY_DONE(gan_safetensors_fetch(file, at, n, piece, err));
        for (int64_t i = place; i < place + DIGEST_DIGITS; i++) {
            if (i >= at && i < at + n) {
                piece[i - at] = '0';
            }
        }
        gan_sha256_update(&hash, piece, (size_t)n);
    }
    gan_sha256_final_text(&hash, digits);
done:
    free(piece);
    return status;
}

gan_status gan_safetensors_verify(gan_safetensors *file, const char *digest_key, gan_error *err)
{
    char digits[GAN_SHA256_TEXT];
    const char *recorded = gan_safetensors_meta_find(file, digest_key);
    const int64_t place = recorded ? find_digest(file, digest_key, recorded) : -1;
    if (place < 0) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: no SHA-256 of its own in '%s': damaged, or written by another program",
                        file->label, digest_key);
    }
    GAN_TRY(hash_file(file, place, digits, err));
    return strcmp(digits, recorded) == 0
               ? GAN_OK
               : gan_fail(err, GAN_E_DATA, "%s: damaged: its SHA-256 is %s, and it says %s",
                          file->label, digits, recorded);
}

gan_status gan_safetensors_read(gan_safetensors *file, const gan_safetensors_tensor *tensor,
                                int64_t offset, int64_t n, void *bytes, gan_error *err)
{
    const int64_t size = tensor->end - tensor->begin;
    if (offset < 0 || n < 0 || offset > size || n > size - offset) {
        return gan_fail(err, GAN_E_USAGE, "%s: a read outside of a tensor", file->label);
    }
    return gan_safetensors_fetch(file, 8 + file->header_bytes + tensor->begin + offset, n, bytes,
                                 err);
}
