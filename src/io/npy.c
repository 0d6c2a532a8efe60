/* npy.c — arrays in NumPy's .npy format, version 1.0.
 *
 * Magic, version, a 16-bit header length, a Python dictionary padded with blanks so that the data
 * begins at a multiple of 64, the data (NumPy's numpy.lib.format describes it). */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "gan/image.h"
#include "io/npy.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the type names below are those of a little-endian machine"
#endif

enum { MAX_DIMS = 32 /* NumPy's own */, ALIGNMENT = 64 };

static const int64_t most_bytes = (int64_t)1 << 62;

static gan_status count_bytes(const char *path, const int64_t *dims, int n_dims, int64_t size,
                              int64_t *bytes, gan_error *err)
{
    bool ok = n_dims >= 0 && n_dims <= MAX_DIMS, empty = false;
    *bytes = size;
    for (int i = 0; ok && i < n_dims; i++) {
        ok = dims[i] >= 0 && (dims[i] == 0 || *bytes <= most_bytes / dims[i]);
        *bytes *= ok && dims[i] > 0 ? dims[i] : 1;
        empty = empty || dims[i] == 0;
    }
    if (!ok) {
        return gan_fail(err, GAN_E_USAGE, "%s: no array has such a shape", path);
    }
    *bytes = empty ? 0 : *bytes;
    return GAN_OK;
}

void gan_npy_add_header(gan_text *text, const char *type, const int64_t *dims, int n_dims)
{
    gan_text shape = {0};
    for (int i = 0; i < n_dims; i++) {
        gan_text_add(&shape, "%s%" PRId64 "%s", i > 0 ? " " : "", dims[i],
                     n_dims == 1 || i + 1 < n_dims ? "," : "");
    }
    gan_text dictionary = {0};
    gan_text_add(&dictionary, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type,
                 n_dims > 0 && shape.data ? shape.data : "");
    const size_t before = 10, end = before + dictionary.length + 1;
    const size_t length = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - before;
    const unsigned char start[] = {
        0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)length, (unsigned char)(length >> 8)};
    gan_text_add_bytes(text, start, sizeof start);
    gan_text_add(text, "%-*s\n", (int)length - 1, dictionary.data ? dictionary.data : "");
    if (shape.status != GAN_OK || dictionary.status != GAN_OK) {
        text->status = GAN_E_MEMORY;
    }
    gan_text_free(&shape);
    gan_text_free(&dictionary);
}

static gan_status write_array(const char *path, const char *type, const void *x, int64_t size,
                              const int64_t *dims, int n_dims, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_file_writer *file = NULL;
    gan_text header = {0};
    int64_t bytes = 0;
    GAN_TRY(count_bytes(path, dims, n_dims, size, &bytes, err));
    gan_npy_add_header(&header, type, dims, n_dims);
    GAN_TRY_DONE(gan_text_check(&header, err));
    const gan_file_options options = {.expected_bytes = bytes + (int64_t)header.length};
    GAN_TRY_DONE(gan_file_create(path, &options, &file, err));
    GAN_TRY_DONE(gan_file_write(file, header.data, header.length, err));
    GAN_TRY_DONE(gan_file_write(file, x, (size_t)bytes, err));
    GAN_TRY_DONE(gan_file_commit(file, err));
done:
    gan_text_free(&header);
    gan_file_destroy(file);
    return status;
}

gan_status gan_npy_write_f32(const char *path, const float *x, const int64_t *dims, int n_dims,
                             gan_error *err)
{
    return write_array(path, "<f4", x, (int64_t)sizeof *x, dims, n_dims, err);
}

gan_status gan_npy_write_u8(const char *path, const uint8_t *x, const int64_t *dims, int n_dims,
                            gan_error *err)
{
    return write_array(path, "|u1", x, 1, dims, n_dims, err);
}
