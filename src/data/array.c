/* array.c — reading arrays of real numbers.
 *
 * A header is a promise that a damaged file does not keep. So its size is worked out without
 * overflow and compared with what the file can hold before memory is asked for, and the file must
 * end where the array does. */
#include "gan/array.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/npy.h"
#include "data/reader.h"

static gan_status read_some(void *ctx, void *to, size_t n, size_t *got, gan_error *err)
{
    return gan_reader_read(ctx, to, n, got, err);
}

static bool is_real(const gan_npy *npy)
{
    return npy->kind == 'f' && (npy->size == 4 || npy->size == 8);
}

static gan_status read_header(const char *path, gan_reader *reader, gan_npy *npy, gan_error *err)
{
    const gan_npy_source source = {
        .read = read_some, .ctx = reader, .label = path, .bytes = gan_reader_limit(reader)};
    return gan_npy_read(&source, npy, err);
}

bool gan_array_is_real(const char *path)
{
    gan_reader *reader = NULL;
    gan_npy npy = {0};
    const size_t n = strlen(path);
    if (n < 4 || strcmp(path + n - 4, ".npy") != 0 ||
        gan_reader_open(path, &reader, NULL) != GAN_OK) {
        return false;
    }
    const bool yes = read_header(path, reader, &npy, NULL) == GAN_OK && is_real(&npy);
    gan_reader_close(reader);
    return yes;
}

/* Big-endian and column-major arrays are refused and not turned: NumPy does that in one call,
 * which the message names. */
static gan_status check(const char *path, const gan_npy *npy, int64_t limit, int64_t *bytes,
                        gan_error *err)
{
    bool fits = true;
    *bytes = npy->size;
    if (!is_real(npy) || npy->is_big || npy->is_fortran || npy->n_dims > GAN_ARRAY_DIMS) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: not an array of 32-bit or 64-bit floats in C order with at most 4 "
                        "dimensions: numpy.ascontiguousarray(x, 'float32') makes one",
                        path);
    }
    for (int d = 0; d < npy->n_dims; d++) {
        fits = fits && !__builtin_mul_overflow(*bytes, npy->dims[d], bytes);
    }
    /* limit: as much as the file can unpack to, its head included. */
    return fits && *bytes <= limit - npy->head
               ? GAN_OK
               : gan_fail(err, GAN_E_DATA,
                          "%s: truncated or damaged: its header promises more than it has", path);
}

static gan_status read_elements(const char *path, gan_reader *reader, int64_t bytes, void *x,
                                gan_error *err)
{
    size_t got = 0, more = 0;
    char rest;
    GAN_TRY(gan_reader_read(reader, x, (size_t)bytes, &got, err));
    GAN_TRY(gan_reader_read(reader, &rest, 1, &more, err));
    return got == (size_t)bytes && more == 0
               ? GAN_OK
               : gan_fail(err, GAN_E_DATA, "%s: %s than its header says", path,
                          more ? "longer" : "shorter");
}

gan_status gan_array_read(const char *path, gan_array *out, gan_error *err)
{
    gan_reader *reader = NULL;
    gan_npy npy = {0};
    int64_t bytes = 0;
    gan_status status = GAN_OK;
    *out = (gan_array){0};
    GAN_TRY(gan_reader_open(path, &reader, err));
    GAN_TRY_DONE(read_header(path, reader, &npy, err));
    GAN_TRY_DONE(check(path, &npy, gan_reader_limit(reader), &bytes, err));
    /* One byte more, because an array of no elements has an address, too. */
    GAN_TRY_DONE(gan_calloc((size_t)bytes + 1, 1, &out->x, err));
    GAN_TRY_DONE(read_elements(path, reader, bytes, out->x, err));
    out->doubles = npy.size == 8;
    out->n_dims = npy.n_dims;
    for (int d = 0; d < GAN_ARRAY_DIMS; d++) {
        out->dims[d] = d < npy.n_dims ? npy.dims[d] : 1;
    }
done:
    gan_reader_close(reader);
    if (status != GAN_OK) {
        gan_array_free(out);
    }
    return status;
}

void gan_array_free(gan_array *array)
{
    free(array->x);
    *array = (gan_array){0};
}

/* (N,nz), or (N,1,1,nz) and the like, as other programs keep them. Doubles are rounded to fp32,
 * which is what the generator reads. */
static gan_status take_latents(const char *path, const gan_array *a, int64_t nz, float **z,
                               int64_t *n, gan_error *err)
{
    const int64_t row = a->dims[1] * a->dims[2] * a->dims[3];
    void *memory = NULL;
    *n = a->dims[0];
    if (a->n_dims < 2 || *n < 1 || row != nz) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: not latent vectors of this network, which are N x %lld: it is %lld x "
                        "%lld",
                        path, (long long)nz, (long long)*n, (long long)row);
    }
    GAN_TRY(gan_calloc((size_t)(*n * nz), sizeof(float), &memory, err));
    float *to = memory;
    bool finite = true;
    for (int64_t i = 0; i < *n * nz; i++) {
        to[i] = a->doubles ? (float)((const double *)a->x)[i] : ((const float *)a->x)[i];
        finite = finite && isfinite(to[i]);
    }
    if (!finite) {
        free(memory);
        return gan_fail(err, GAN_E_DATA, "%s: a number in it is not finite", path);
    }
    *z = to;
    return GAN_OK;
}

gan_status gan_latents_read(const char *path, int64_t nz, float **z, int64_t *n, gan_error *err)
{
    gan_array array = {0};
    *z = NULL;
    GAN_TRY(gan_array_read(path, &array, err));
    const gan_status status = take_latents(path, &array, nz, z, n, err);
    gan_array_free(&array);
    return status;
}
