/* element.h — numbers of a library's tensors: f32, f16 and bf16 in memory, double in arithmetic. */
#ifndef GAN_SIM_ELEMENT_H
#define GAN_SIM_ELEMENT_H

#include <stdint.h>
#include <string.h>

#include <cuda_bf16.h>
#include <cuda_fp16.h>

enum element_type { ELEMENT_F32, ELEMENT_F16, ELEMENT_BF16 };

static inline int64_t element_size(element_type type)
{
    return type == ELEMENT_F32 ? 4 : 2;
}

static inline double element_get(const void *p, element_type type, int64_t i)
{
    switch (type) {
    case ELEMENT_F16:
        return (double)__half2float(((const __half *)p)[i]);
    case ELEMENT_BF16:
        return (double)__bfloat162float(((const __nv_bfloat16 *)p)[i]);
    default:
        return (double)((const float *)p)[i];
    }
}

/* An fp32 operand as tensor cores take it: 10 bits of fraction, by the rounding of PTX's
 * cvt.rna.tf32 (to nearest, ties away from zero). Inf and NaN stay. */
static inline double element_tf32(double x)
{
    float value = (float)x;
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    if ((bits & 0x7F800000u) != 0x7F800000u) {
        bits = (bits + 0x1000u) & 0xFFFFE000u;
    }
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

/* Rounded once more to float on the way: libraries keep their sums in fp32. */
static inline void element_put(void *p, element_type type, int64_t i, double value)
{
    switch (type) {
    case ELEMENT_F16:
        ((__half *)p)[i] = __float2half_rn((float)value);
        break;
    case ELEMENT_BF16:
        ((__nv_bfloat16 *)p)[i] = __float2bfloat16_rn((float)value);
        break;
    default:
        ((float *)p)[i] = (float)value;
    }
}

/* A value as an element of that type holds it. */
static inline double element_round(element_type type, double value)
{
    float room = 0.0f;
    element_put(&room, type, 0, value);
    return element_get(&room, type, 0);
}

#endif
