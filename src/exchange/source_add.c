/* source_add.c — a tensor more for the list of a file's tensors. */
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "base/memory.h"
#include "exchange/source_file.h"

enum { MAX_RANK = 4 };

gan_status gan_source_make(gan_source *s, const char *name, const int64_t *dims, int rank,
                           int64_t count, gan_tensor **out, gan_error *err)
{
    const bool fits = rank <= MAX_RANK;
    void *x = NULL;
    GAN_TRY(gan_calloc((size_t)count, sizeof(float), &x, err));
    gan_status status =
        gan_tensors_adopt(&s->tensors, name, fits ? dims : &count, fits ? rank : 1, count, x, err);
    if (status != GAN_OK) {
        free(x);
        return status;
    }
    *out = &s->tensors.at[s->tensors.n - 1];
    return GAN_OK;
}

/* The numbers of n bytes. */
static void convert(gan_number type, const unsigned char *bytes, int64_t n, float *x)
{
    for (int64_t i = 0; i < n; i++) {
        uint16_t half;
        double wide;
        switch (type) {
        case GAN_NUMBER_F32:
            memcpy(&x[i], bytes + 4 * i, sizeof *x);
            break;
        case GAN_NUMBER_F64:
            memcpy(&wide, bytes + 8 * i, sizeof wide);
            x[i] = (float)wide;
            break;
        case GAN_NUMBER_F16:
        case GAN_NUMBER_BF16:
            memcpy(&half, bytes + 2 * i, sizeof half);
            x[i] = type == GAN_NUMBER_F16 ? gan_f16_to_f32(half) : gan_bf16_to_f32(half);
            break;
        }
    }
}

gan_status gan_source_add(gan_source *source, const char *path, const char *name,
                          const int64_t *dims, int rank, gan_number type, const void *bytes,
                          size_t n, gan_error *err)
{
    const int64_t size = type == GAN_NUMBER_F64 ? 8 : type == GAN_NUMBER_F32 ? 4 : 2;
    const int64_t there = (int64_t)n / size;
    gan_tensor *tensor = NULL;
    int64_t count = 1;
    for (int i = 0; i < rank && count >= 0; i++) { /* -1: more than there are */
        count = dims[i] < 0 || (dims[i] > 0 && count > there / dims[i]) ? -1 : count * dims[i];
    }
    if (count != there || (size_t)(count * size) != n) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: damaged: %s has another number of bytes than its shape", path, name);
    }
    GAN_TRY(gan_source_make(source, name, dims, rank, count, &tensor, err));
    convert(type, bytes, count, tensor->x);
    return GAN_OK;
}
