/* apng.c — an animated PNG (PNG, third edition, 2025, section 11.3.6), which libpng does not write.
 *
 *   signature, IHDR, acTL (how many frames; 0 = repeats for ever),
 *   fcTL 0, IDAT: the first frame, which a viewer without animation shows,
 *   fcTL k, fdAT: each other frame; fcTL and fdAT share one count of sequence numbers,
 *   IEND.
 *
 * A chunk is its length, its kind, its bytes and the CRC of kind and bytes, numbers big-endian. A
 * frame is one zlib stream of rows, each behind a byte that says how it is filtered: 0, not. */
#include "io/apng.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/file.h"
#include "base/memory.h"

enum {
    ACTL_AT = 8 + 25,             /* behind the signature and IHDR */
    ACTL_BYTES = 8 + 8 + 4,       /* as a chunk */
    MAX_SIDE = 65535,             /* as other pictures that are written */
    MAX_BYTES = 1 << 30,          /* of a frame */
    HEAD = 8 /* of a chunk */ + 4 /* sequence number */
};

struct gan_apng {
    gan_file_writer *file;
    char *path;
    int64_t height, width, channels;
    int rate;
    uint8_t *rows;   /* a frame with its filter bytes */
    uint8_t *packed; /* HEAD bytes, then the stream, then the CRC */
    uint32_t n_frames, sequence;
};

static void put32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

/* Completes a chunk whose n bytes lie behind room for its length and kind. */
static size_t seal(uint8_t *chunk, const char *kind, size_t n)
{
    put32(chunk, (uint32_t)n);
    memcpy(chunk + 4, kind, 4);
    put32(chunk + 8 + n, (uint32_t)crc32(0, chunk + 4, (uInt)(n + 4)));
    return n + 12;
}

static gan_status put_header(gan_apng *a, gan_error *err)
{
    uint8_t bytes[8 + 25 + ACTL_BYTES] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    uint8_t *ihdr = bytes + 8;
    put32(ihdr + 8, (uint32_t)a->width);
    put32(ihdr + 12, (uint32_t)a->height);
    ihdr[16] = 8;                        /* bits */
    ihdr[17] = a->channels == 3 ? 2 : 0; /* RGB, grey */
    (void)seal(ihdr, "IHDR", 13);
    (void)seal(bytes + ACTL_AT, "acTL", 8); /* how many frames is filled in at the end */
    return gan_file_write(a->file, bytes, sizeof bytes, err);
}

static gan_status check_shape(const char *path, int64_t h, int64_t w, int64_t c, gan_error *err)
{
    return h >= 1 && w >= 1 && h <= MAX_SIDE && w <= MAX_SIDE && (c == 1 || c == 3) &&
                   h * (w * c + 1) <= MAX_BYTES
               ? GAN_OK
               : gan_fail(err, GAN_E_USAGE,
                          "%s: frames of %" PRId64 "x%" PRId64 "x%" PRId64
                          " cannot be an animated PNG",
                          path, h, w, c);
}

gan_status gan_apng_create(const char *path, int64_t height, int64_t width, int64_t channels,
                           int rate, gan_apng **out, gan_error *err)
{
    gan_status status = GAN_OK;
    void *block = NULL;
    *out = NULL;
    GAN_TRY(check_shape(path, height, width, channels, err));
    GAN_TRY(gan_calloc(1, sizeof(gan_apng), &block, err));
    gan_apng *a = block;
    const size_t n = (size_t)(height * (width * channels + 1));
    a->height = height;
    a->width = width;
    a->channels = channels;
    a->rate = rate;
    GAN_TRY_DONE(gan_strdup(path, &a->path, err));
    GAN_TRY_DONE(gan_calloc(n, 1, (void **)&a->rows, err));
    GAN_TRY_DONE(gan_calloc(HEAD + compressBound(n) + 4, 1, (void **)&a->packed, err));
    GAN_TRY_DONE(gan_file_create(path, NULL, &a->file, err));
    GAN_TRY_DONE(put_header(a, err));
    *out = a;
    a = NULL;
done:
    gan_apng_destroy(a);
    return status;
}

/* The whole picture, for 1/rate seconds, in place of the frame before. */
static gan_status put_control(gan_apng *a, gan_error *err)
{
    uint8_t chunk[8 + 26 + 4] = {0};
    put32(chunk + 8, a->sequence++);
    put32(chunk + 12, (uint32_t)a->width);
    put32(chunk + 16, (uint32_t)a->height);
    chunk[29] = 1; /* numerator of the delay, 16 bits at 28 */
    chunk[30] = (uint8_t)(a->rate >> 8);
    chunk[31] = (uint8_t)a->rate;
    return gan_file_write(a->file, chunk, seal(chunk, "fcTL", 26), err);
}

gan_status gan_apng_add(gan_apng *a, const uint8_t *pixels, gan_error *err)
{
    const size_t row = (size_t)(a->width * a->channels), n = (row + 1) * (size_t)a->height;
    for (size_t y = 0; y < (size_t)a->height; y++) {
        memcpy(a->rows + y * (row + 1) + 1, pixels + y * row, row);
    }
    uLongf packed = compressBound(n);
    if (compress2(a->packed + HEAD, &packed, a->rows, n, Z_DEFAULT_COMPRESSION) != Z_OK) {
        return gan_fail(err, GAN_E_MEMORY, "%s: no memory to pack a frame", a->path);
    }
    GAN_TRY(put_control(a, err));
    const bool is_first = a->n_frames++ == 0;
    if (is_first) { /* without a sequence number */
        return gan_file_write(a->file, a->packed + 4, seal(a->packed + 4, "IDAT", packed), err);
    }
    put32(a->packed + 8, a->sequence++);
    return gan_file_write(a->file, a->packed, seal(a->packed, "fdAT", packed + 4), err);
}

gan_status gan_apng_finish(gan_apng *a, gan_error *err)
{
    uint8_t chunk[ACTL_BYTES] = {0};
    if (a->n_frames == 0) {
        return gan_fail(err, GAN_E_USAGE, "%s: an animation without a frame", a->path);
    }
    GAN_TRY(gan_file_write(a->file, chunk, seal(chunk, "IEND", 0), err));
    memset(chunk, 0, sizeof chunk);
    put32(chunk + 8, a->n_frames);
    (void)seal(chunk, "acTL", 8);
    GAN_TRY(gan_file_patch(a->file, ACTL_AT, chunk, sizeof chunk, err));
    return gan_file_commit(a->file, err);
}

void gan_apng_destroy(gan_apng *a)
{
    if (a) {
        gan_file_destroy(a->file);
        free(a->path);
        free(a->rows);
        free(a->packed);
        free(a);
    }
}
