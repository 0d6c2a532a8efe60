/* npy.c — magic, version, the length of a Python dictionary, the dictionary, the elements. */
#include "data/npy.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/labels.h"

enum { MAX_HEADER = 1 << 16, MAX_SIDE = 1 << 14, MAX_CHANNELS = 4 };

const char gan_npy_magic[GAN_NPY_MAGIC] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

static gan_status read_exactly(const gan_npy_source *source, void *to, size_t n, gan_error *err)
{
    size_t got = 0;
    GAN_TRY(source->read(source->ctx, to, n, &got, err));
    return got == n ? GAN_OK
                    : gan_fail(err, GAN_E_DATA, "%s: truncated within its header", source->label);
}

/* What follows 'key': in the dictionary, or NULL. */
static const char *value_of(const char *dictionary, const char *key)
{
    const char *at = strstr(dictionary, key);
    at = at ? at + strlen(key) : "";
    at += strspn(at, " ");
    return *at == ':' ? at + 1 + strspn(at + 1, " ") : NULL;
}

/* "'<u1'": byte order, kind, size. */
static bool parse_type(const char *text, gan_npy *npy)
{
    if (!text || (text[0] != '\'' && text[0] != '"') || !strchr("<>|=", text[1])) {
        return false;
    }
    char *end = NULL;
    npy->is_big = text[1] == '>';
    npy->kind = text[2];
    npy->size = text[2] ? (int)strtol(text + 3, &end, 10) : 0;
    return npy->size > 0 && end && *end == text[0];
}

/* "(60000, 28, 28)" */
static bool parse_shape(const char *text, gan_npy *npy)
{
    if (!text || *text++ != '(') {
        return false;
    }
    for (npy->n_dims = 0; npy->n_dims < GAN_NPY_DIMS; npy->n_dims++) {
        text += strspn(text, " ,");
        if (*text == ')') {
            return true;
        }
        char *end = NULL;
        const long long dim = isdigit((unsigned char)*text) ? strtoll(text, &end, 10) : -1;
        if (dim < 0 || dim > INT32_MAX) {
            return false;
        }
        npy->dims[npy->n_dims] = dim;
        text = end;
    }
    return *(text + strspn(text, " ,")) == ')';
}

static gan_status parse(const char *label, const char *dictionary, gan_npy *npy, gan_error *err)
{
    const char *order = value_of(dictionary, "'fortran_order'");
    npy->is_fortran = order && strncmp(order, "True", 4) == 0;
    if (!order || !parse_type(value_of(dictionary, "'descr'"), npy) ||
        !parse_shape(value_of(dictionary, "'shape'"), npy)) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: damaged, or an array of records or of more than %d dimensions", label,
                        GAN_NPY_DIMS);
    }
    return GAN_OK;
}

gan_status gan_npy_read(const gan_npy_source *source, gan_npy *npy, gan_error *err)
{
    uint8_t b[12] = {0};
    char *dictionary = NULL;
    *npy = (gan_npy){0};
    GAN_TRY(read_exactly(source, b, 10, err));
    if (memcmp(b, gan_npy_magic, GAN_NPY_MAGIC) != 0 || b[6] < 1 || b[6] > 3) {
        return gan_fail(err, GAN_E_DATA, "%s: not an array of NumPy", source->label);
    }
    size_t n = (size_t)b[8] | (size_t)b[9] << 8;
    npy->head = 10;
    if (b[6] > 1) {
        GAN_TRY(read_exactly(source, b + 10, 2, err));
        n |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
        npy->head = 12;
    }
    if (n > MAX_HEADER) {
        return gan_fail(err, GAN_E_DATA, "%s: damaged: a header of %zu bytes", source->label, n);
    }
    npy->head += (int64_t)n;
    GAN_TRY(gan_calloc(n + 1, 1, (void **)&dictionary, err));
    gan_status status = read_exactly(source, dictionary, n, err);
    if (status == GAN_OK) {
        status = parse(source->label, dictionary, npy, err);
    }
    free(dictionary);
    return status;
}

/* The elements that follow the header are as many as the shape says. */
static gan_status check_promise(const gan_npy_source *source, const gan_npy *npy, gan_error *err)
{
    int64_t promised = npy->size;
    bool fits = true;
    for (int d = 0; d < npy->n_dims; d++) {
        fits = fits && !__builtin_mul_overflow(promised, npy->dims[d], &promised);
    }
    if (fits && promised <= source->bytes - npy->head) {
        return GAN_OK;
    }
    return gan_fail(err, GAN_E_DATA,
                    "%s: truncated or damaged: its header promises more than its %lld bytes",
                    source->label, (long long)source->bytes);
}

gan_status gan_npy_check_images(const char *label, gan_npy *npy, int64_t *image, gan_error *err)
{
    const char *mend = NULL;
    const int64_t *d = npy->dims;
    if (npy->kind == 'f') {
        mend = "its numbers are real: (x * 255).astype('uint8') makes bytes of 0 to 1";
    } else if (npy->kind != 'u' || npy->size != 1) {
        mend = "its elements are not bytes: x.astype('uint8') makes bytes of 0 to 255";
    } else if (npy->is_fortran) {
        mend = "it is in Fortran's order: numpy.ascontiguousarray(x) is in the usual one";
    } else if (npy->n_dims == 2) {
        mend = "each image is one row: x.reshape(-1, 28, 28) makes images of 28x28";
    } else if (npy->n_dims == 4 && d[3] > MAX_CHANNELS && d[1] <= MAX_CHANNELS) {
        mend = "channels come first: x.transpose(0, 2, 3, 1) puts them last";
    } else if (npy->n_dims < 3 || npy->n_dims > 4) {
        mend = "it has another number of dimensions";
    }
    for (int k = npy->n_dims; k < 4; k++) {
        npy->dims[k] = 1;
    }
    if (!mend && (d[0] < 1 || d[1] < 1 || d[2] < 1 || d[3] < 1 || d[1] > MAX_SIDE ||
                  d[2] > MAX_SIDE || d[3] > MAX_CHANNELS)) {
        mend = "sides are 1 to 16384, channels 1 to 4";
    }
    *image = mend ? 0 : d[1] * d[2] * d[3];
    return mend ? gan_fail(err, GAN_E_DATA,
                           "%s: not images, which are N x height x width or N x height x width x "
                           "channels unsigned bytes: %s",
                           label, mend)
                : GAN_OK;
}

/* A whole number of `size` bytes, or -1 where it is none of 0 .. GAN_LABELS_CLASSES_MAX - 1. */
static int32_t label_at(const uint8_t *bytes, const gan_npy *npy)
{
    uint64_t number = 0;
    for (int i = 0; i < npy->size; i++) {
        number = number << 8 | bytes[npy->is_big ? i : npy->size - 1 - i];
    }
    const bool is_negative = npy->kind == 'i' && number >> (8 * npy->size - 1);
    return !is_negative && number < GAN_LABELS_CLASSES_MAX ? (int32_t)number : -1;
}

static bool may_be_labels(const gan_npy *npy, int64_t n_images)
{
    const bool is_whole = (npy->kind == 'u' || npy->kind == 'i') && npy->size <= 8;
    const bool is_column = npy->n_dims == 1 || (npy->n_dims == 2 && npy->dims[1] == 1);
    return is_whole && is_column && npy->dims[0] == n_images;
}

gan_status gan_npy_read_labels(const gan_npy_source *source, int64_t n_images, int64_t n,
                               int32_t *labels, bool *are_labels, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_npy npy;
    uint8_t *bytes = NULL;
    size_t got = 0;
    *are_labels = false;
    GAN_TRY(gan_npy_read(source, &npy, err));
    if (!may_be_labels(&npy, n_images)) {
        return GAN_OK;
    }
    GAN_TRY(check_promise(source, &npy, err));
    const size_t size = (size_t)npy.size;
    GAN_TRY_DONE(gan_calloc((size_t)n, size, (void **)&bytes, err));
    GAN_TRY_DONE(source->read(source->ctx, bytes, (size_t)n * size, &got, err));
    *are_labels = got == (size_t)n * size;
    for (int64_t i = 0; i < n && *are_labels; i++) {
        labels[i] = label_at(bytes + (size_t)i * size, &npy);
        *are_labels = labels[i] >= 0;
    }
done:
    free(bytes);
    return status;
}
