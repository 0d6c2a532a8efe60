/* peek.c — reading a buffer of a program, 16-bit numbers made floats. */
#include "session/peek.h"

#include <stdlib.h>

#include "base/half.h"
#include "base/memory.h"

/* From the end on: wide numbers take the place of narrow ones in the same memory. */
static void widen(gan_dtype type, int64_t n, void *memory)
{
    const uint16_t *from = memory;
    float *to = memory;
    for (int64_t i = n - 1; i >= 0 && type != GAN_F32; i--) {
        to[i] = type == GAN_BF16 ? gan_bf16_to_f32(from[i]) : gan_f16_to_f32(from[i]);
    }
}

gan_status gan_peek_floats(const gan_backend *backend, gan_executable *executable,
                           const gan_program *program, int buffer, float **out, gan_error *err)
{
    const gan_buffer *b = &program->buffers[buffer];
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc((size_t)b->count, sizeof(float), &memory, err));
    gan_status status =
        backend->peek(executable, buffer, memory, b->count * (int64_t)gan_dtype_size(b->type), err);
    if (status != GAN_OK) {
        free(memory);
        return status;
    }
    widen(b->type, b->count, memory);
    *out = memory;
    return GAN_OK;
}
