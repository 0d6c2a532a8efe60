/* safetensors_f32.c — a tensor's elements as floats. */
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "base/memory.h"
#include "base/text.h"
#include "io/safetensors_file.h"

enum { PIECE_ELEMENTS = 8192 };

static void convert(gan_safetensors_type type, const unsigned char *bytes, int64_t n, float *x)
{
    for (int64_t i = 0; i < n; i++) {
        uint16_t half;
        double wide;
        if (type == GAN_SAFETENSORS_F64) {
            memcpy(&wide, bytes + 8 * i, sizeof wide);
            x[i] = (float)wide;
        } else {
            memcpy(&half, bytes + 2 * i, sizeof half);
            x[i] = type == GAN_SAFETENSORS_F16 ? gan_f16_to_f32(half) : gan_bf16_to_f32(half);
        }
    }
}

gan_status gan_safetensors_read_f32(gan_safetensors *file, const gan_safetensors_tensor *tensor,
                                    int64_t first, int64_t n, float *x, gan_error *err)
{
    const gan_safetensors_type type = tensor->type;
    const int64_t size = gan_safetensors_type_bytes(type);
    gan_status status = GAN_OK;
    void *piece = NULL;
    if (type != GAN_SAFETENSORS_F32 && type != GAN_SAFETENSORS_F64 && type != GAN_SAFETENSORS_F16 &&
        type != GAN_SAFETENSORS_BF16) {
        char shown[GAN_TEXT_CLEAN_SIZE];
        return gan_fail(err, GAN_E_DATA, "%s: tensor '%s' is %s; F32, F64, F16 or BF16 is wanted",
                        file->label, gan_text_clean(tensor->name, shown),
                        gan_safetensors_type_name(type));
    }
    if (first < 0 || n < 0 || first > tensor->elements || n > tensor->elements - first) {
        return gan_fail(err, GAN_E_USAGE, "%s: a read outside of a tensor", file->label);
    }
    if (type == GAN_SAFETENSORS_F32) {
        return gan_safetensors_read(file, tensor, first * size, n * size, x, err);
    }
    GAN_TRY(gan_calloc(PIECE_ELEMENTS, (size_t)size, &piece, err));
    for (int64_t done = 0; done < n; done += PIECE_ELEMENTS) {
        const int64_t part = n - done < PIECE_ELEMENTS ? n - done : PIECE_ELEMENTS;
        GAN_TRY_DONE(
            gan_safetensors_read(file, tensor, (first + done) * size, part * size, piece, err));
        convert(type, piece, part, x + done);
    }
done:
    free(piece);
    return status;
}
