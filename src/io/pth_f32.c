/* pth_f32.c — elements of a tensor, which is a view of a storage by offset and strides, as floats.
 */
#include <stdlib.h>
#include <string.h>

#include "base/half.h"
#include "base/memory.h"
#include "base/text.h"
#include "io/pth_file.h"

/* 1 sign, 4 exponent (bias 7), 3 fraction bits; no infinities, all ones is NaN. */
static float from_e4m3fn(uint8_t byte)
{
    const uint32_t sign = (uint32_t)(byte & 0x80u) << 24, exponent = byte >> 3 & 0xFu;
    const uint32_t fraction = byte & 7u;
    if (exponent == 0) {
        const float size = (float)fraction * 0x1p-9f;
        return sign ? -size : size;
    }
    const bool is_nan = exponent == 0xF && fraction == 7;
    const uint32_t bits = sign | (is_nan ? 0x7FC00000u : (exponent + 120) << 23 | fraction << 20);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* One element at p, of a type that has a number. */
static float element(gan_pth_type type, const uint8_t *p)
{
    union {
        float f32;
        double f64;
        uint16_t u16;
        int64_t i64;
        int32_t i32;
        int16_t i16;
        uint32_t u32;
        uint64_t u64;
    } v = {0};
    memcpy(&v, p, (size_t)gan_pth_type_describe(type)->bytes);
    switch (type) {
    case GAN_PTH_float32:
        return v.f32;
    case GAN_PTH_float64:
        return (float)v.f64;
    case GAN_PTH_float16:
        return gan_f16_to_f32(v.u16);
    case GAN_PTH_bfloat16:
        return gan_bf16_to_f32(v.u16);
    case GAN_PTH_int64:
        return (float)v.i64;
    case GAN_PTH_int32:
        return (float)v.i32;
    case GAN_PTH_int16:
        return v.i16;
    case GAN_PTH_int8:
        return (int8_t)*p;
    case GAN_PTH_uint8:
        return *p;
    case GAN_PTH_bool:
        return *p != 0;
    case GAN_PTH_uint16:
        return v.u16;
    case GAN_PTH_uint32:
        return (float)v.u32;
    case GAN_PTH_uint64:
        return (float)v.u64;
    case GAN_PTH_float8_e4m3fn:
        return from_e4m3fn(*p);
    case GAN_PTH_float8_e5m2:
        return gan_f16_to_f32((uint16_t)(*p << 8)); /* the upper half of an fp16 */
    case GAN_PTH_complex64:
    case GAN_PTH_complex128:
    case GAN_PTH_untyped:
    case GAN_PTH_TYPES:
        break;
    }
    return 0;
}

static bool is_number(gan_pth_type type)
{
    return type != GAN_PTH_complex64 && type != GAN_PTH_complex128 && type != GAN_PTH_untyped;
}

static gan_status hold(gan_pth *file, const gan_pth_storage *storage, const uint8_t **bytes,
                       gan_error *err)
{
    if (!file->zip) {
        *bytes = file->bytes + storage->at;
        return GAN_OK;
    }
    if (file->held != storage) {
        free(file->held_bytes);
        file->held_bytes = NULL;
        file->held = NULL;
        GAN_TRY(gan_pth_hold_member(file, storage, &file->held_bytes, err));
        file->held = storage;
    }
    *bytes = file->held_bytes;
    return GAN_OK;
}

/* Where element `number` is, and its index in each dimension. */
static int64_t find_place(const gan_pth_view *view, int64_t number, int64_t *index)
{
    int64_t place = view->offset;
    for (int d = view->n_dims - 1; d >= 0; d--) {
        index[d] = number % view->dims[d];
        number /= view->dims[d];
        place += index[d] * view->strides[d];
    }
    return place;
}

/* The place of the next element: the last dimension moves first. */
static int64_t next_place(const gan_pth_view *view, int64_t place, int64_t *index)
{
    for (int d = view->n_dims - 1; d >= 0; d--) {
        place += view->strides[d];
        if (++index[d] < view->dims[d]) {
            break;
        }
        place -= index[d] * view->strides[d];
        index[d] = 0;
    }
    return place;
}

gan_status gan_pth_read_f32(gan_pth *file, const gan_pth_tensor *tensor, int64_t first, int64_t n,
                            float *x, gan_error *err)
{
    char clean[GAN_TEXT_CLEAN_SIZE];
    const gan_pth_view *view = file->view_of[tensor - file->tensors];
    const gan_pth_type_row *row = gan_pth_type_describe(view->type);
    int64_t index[GAN_PTH_MAX_DIMS];
    const uint8_t *bytes = NULL;
    if (!is_number(view->type)) {
        return gan_fail(err, GAN_E_DATA, "%s: tensor '%s' is of %s, which is no real number",
                        file->label, gan_text_clean(tensor->name, clean), row->name);
    }
    if (first < 0 || n < 0 || first > view->elements || n > view->elements - first) {
        return gan_fail(err, GAN_E_USAGE, "%s: a read outside of a tensor", file->label);
    }
    if (n == 0) {
        return GAN_OK;
    }
    GAN_TRY(hold(file, view->storage, &bytes, err));
    int64_t place = find_place(view, first, index);
    for (int64_t i = 0; i < n; i++) {
        x[i] = element(view->type, bytes + place * row->bytes);
        place = i + 1 < n ? next_place(view, place, index) : place;
    }
    return GAN_OK;
}
