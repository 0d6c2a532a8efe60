/* verify_read.c — tensors of a trace, checked against what is wanted of them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "verify/verify.h"

static gan_status find(const gan_trace *t, const char *name, int64_t n,
                       const gan_safetensors_tensor **out, gan_error *err)
{
    *out = gan_safetensors_find(t->file, name);
    if (!*out) {
        return gan_fail(err, GAN_E_DATA, "the trace has no tensor %s", name);
    }
    if ((*out)->elements != n) {
        return gan_fail(err, GAN_E_DATA, "the trace's %s has %lld elements and not %lld", name,
                        (long long)(*out)->elements, (long long)n);
    }
    return GAN_OK;
}

enum { NAME_SIZE = 512 };

/* The tensor whose name the format and its arguments make; the name is put into `name`. */
static gan_status find_as(const gan_trace *trace, int64_t n, char name[NAME_SIZE],
                          const gan_safetensors_tensor **tensor, gan_error *err, const char *format,
                          va_list args)
{
    vsnprintf(name, NAME_SIZE, format, args);
    return find(trace, name, n, tensor, err);
}

gan_status gan_trace_floats(const gan_trace *trace, int64_t n, float **out, gan_error *err,
                            const char *format, ...)
{
    char name[NAME_SIZE];
    const gan_safetensors_tensor *tensor = NULL;
    void *memory = NULL;
    va_list args;
    *out = NULL;
    va_start(args, format);
    const gan_status found = find_as(trace, n, name, &tensor, err, format, args);
    va_end(args);
    GAN_TRY(found);
    GAN_TRY(gan_calloc((size_t)n, sizeof(float), &memory, err));
    gan_status status = gan_safetensors_read_f32(trace->file, tensor, 0, n, memory, err);
    if (status != GAN_OK) {
        free(memory);
        return status;
    }
    *out = memory;
    return GAN_OK;
}

gan_status gan_trace_labels(const gan_trace *trace, int64_t n, int32_t **out, gan_error *err,
                            const char *name)
{
    const gan_safetensors_tensor *tensor = NULL;
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(find(trace, name, n, &tensor, err));
    if (tensor->type != GAN_SAFETENSORS_I32) {
        return gan_fail(err, GAN_E_DATA, "the trace's %s is not of whole numbers (I32)", name);
    }
    GAN_TRY(gan_calloc((size_t)n, sizeof(int32_t), &memory, err));
    const gan_status status =
        gan_safetensors_read(trace->file, tensor, 0, n * (int64_t)sizeof(int32_t), memory, err);
    if (status != GAN_OK) {
        free(memory);
        return status;
    }
    *out = memory;
    return GAN_OK;
}

gan_status gan_trace_bytes(const gan_trace *trace, int64_t n, unsigned char **out, gan_error *err,
                           const char *format, ...)
{
    char name[NAME_SIZE];
    const gan_safetensors_tensor *tensor = NULL;
    void *memory = NULL;
    va_list args;
    *out = NULL;
    va_start(args, format);
    const gan_status found = find_as(trace, n, name, &tensor, err, format, args);
    va_end(args);
    GAN_TRY(found);
    if (tensor->type != GAN_SAFETENSORS_U8) {
        return gan_fail(err, GAN_E_DATA, "the trace's %s is not of bytes", name);
    }
    GAN_TRY(gan_calloc((size_t)n, 1, &memory, err));
    gan_status status = gan_safetensors_read(trace->file, tensor, 0, n, memory, err);
    if (status != GAN_OK) {
        free(memory);
        return status;
    }
    *out = memory;
    return GAN_OK;
}
