/* source_npz.c — the arrays of a NumPy archive: numpy.savez(FILE, **state_dict), or gan_export()'s.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/npy.h"
#include "exchange/source_file.h"
#include "io/zip.h"

static const size_t largest_file = (size_t)1 << 36;

/* The bytes of a .npy file in memory. */
typedef struct bytes {
    const char *at;
    size_t left;
} bytes;

typedef struct reader {
    const char *path;
    gan_source *source;
} reader;

static gan_status read_bytes(void *ctx, void *to, size_t n, size_t *got, gan_error *err)
{
    bytes *b = ctx;
    (void)err;
    *got = n < b->left ? n : b->left;
    memcpy(to, b->at, *got);
    b->at += *got;
    b->left -= *got;
    return GAN_OK;
}

/* Our own names begin with a network's. */
static bool is_ours(const char *name)
{
    for (int i = 0; i < GAN_NETWORK_COUNT; i++) {
        const char *network = gan_network_describe((gan_network)i)->name;
        const size_t n = strlen(network);
        if (strncmp(name, network, n) == 0 && name[n] == '.') {
            return true;
        }
    }
    return false;
}

/* name: without .npy. */
static gan_status take_array(reader *r, const char *name, bytes content, gan_error *err)
{
    const gan_npy_source from = {read_bytes, &content, name, (int64_t)content.left};
    const gan_number types[] = {GAN_NUMBER_F16, GAN_NUMBER_F32, GAN_NUMBER_F64};
    gan_npy npy;
    GAN_TRY(gan_npy_read(&from, &npy, err));
    if (npy.kind != 'f') {
        return GAN_OK; /* num_batches_tracked */
    }
    if (npy.is_big || (npy.is_fortran && npy.n_dims > 1) || npy.size > 8) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "%s: %s is big-endian, in Fortran's order or longer than 8 bytes; save it "
                        "as numpy.ascontiguousarray(x, '<f4')",
                        r->path, name);
    }
    r->source->dialect = is_ours(name) ? GAN_DIALECT_OURS : GAN_DIALECT_PYTORCH;
    return gan_source_add(r->source, r->path, name, npy.dims, npy.n_dims,
                          types[npy.size == 2   ? 0
                                : npy.size == 4 ? 1
                                                : 2],
                          content.at, content.left, err);
}

static gan_status take_member(void *user, const char *name, const void *content, size_t n,
                              gan_error *err)
{
    const size_t length = strlen(name);
    char *base = NULL;
    if (length < 4 || strcmp(name + length - 4, ".npy") != 0) {
        return GAN_OK;
    }
    GAN_TRY(gan_format(&base, err, "%.*s", (int)length - 4, name));
    const gan_status status = take_array(user, base, (bytes){content, n}, err);
    free(base);
    return status;
}

gan_status gan_source_read_npz(const char *path, gan_source *source, gan_error *err)
{
    reader r = {path, source};
    source->dialect = GAN_DIALECT_PYTORCH;
    return gan_zip_each(path, largest_file, take_member, &r, err);
}
