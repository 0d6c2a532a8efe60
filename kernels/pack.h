/* pack.h — elements of f32, bf16 and f16, and 128 bits of them at a time.
 *
 * A pack is what one 128-bit access moves: 4 floats or 8 half-width numbers. Kernels work on packs
 * from first to last element; `wide` says that every pointer of the launch is aligned to 16 bytes.
 * Where it is not, or at the ragged end, the same functions go element by element. */
#ifndef GAN_KERNELS_PACK_H
#define GAN_KERNELS_PACK_H

#include <stdint.h>
#include <string.h>

#include "kernels/device.h"

#define GAN_PACK(T) ((int)(16 / sizeof(T)))

/* What one access of so many bytes moves: a word of the machine. The compiler takes a structure of
 * elements apart, and does not always put its accesses together again. */
template <int BYTES> struct gan_word_of;
template <> struct gan_word_of<16> {
    typedef int4 type;
};
template <> struct gan_word_of<8> {
    typedef int2 type;
};
template <> struct gan_word_of<4> {
    typedef int type;
};

/* N elements side by side, at an address that is a multiple of their size. */
template <typename T, int N> struct gan_group {
    T v[N];
};

template <int N, typename T> GAN_DEVICE gan_group<T, N> gan_load_word(const T *p)
{
    typedef typename gan_word_of<(int)sizeof(gan_group<T, N>)>::type word;
    const word raw = *(const word *)p;
    gan_group<T, N> group;
    memcpy(&group, &raw, sizeof group);
    return group;
}

template <int N, typename T> GAN_DEVICE void gan_store_word(T *p, const gan_group<T, N> &group)
{
    typename gan_word_of<(int)sizeof(gan_group<T, N>)>::type raw;
    memcpy(&raw, &group, sizeof raw);
    *(decltype(raw) *)p = raw;
}

GAN_DEVICE float gan_float(float x)
{
    return x;
}

GAN_DEVICE float gan_float(__nv_bfloat16 x)
{
    return __bfloat162float(x);
}

GAN_DEVICE float gan_float(__half x)
{
    return __half2float(x);
}

/* *to = x, rounded to nearest even. */
GAN_DEVICE void gan_round(float x, float *to)
{
    *to = x;
}

GAN_DEVICE void gan_round(float x, __nv_bfloat16 *to)
{
    *to = __float2bfloat16_rn(x);
}

GAN_DEVICE void gan_round(float x, __half *to)
{
    *to = __float2half_rn(x);
}

/* Element i of an array whose type is known at run time only. */
GAN_DEVICE float gan_read(const void *p, gan_dtype type, int64_t i)
{
    if (type == GAN_F32) {
        return ((const float *)p)[i];
    }
    return type == GAN_BF16 ? __bfloat162float(((const __nv_bfloat16 *)p)[i])
                            : __half2float(((const __half *)p)[i]);
}

GAN_DEVICE void gan_write(void *p, gan_dtype type, int64_t i, float x)
{
    if (type == GAN_F32) {
        ((float *)p)[i] = x;
    } else if (type == GAN_BF16) {
        ((__nv_bfloat16 *)p)[i] = __float2bfloat16_rn(x);
    } else {
        ((__half *)p)[i] = __float2half_rn(x);
    }
}

/* The same, or added to what is there. */
GAN_DEVICE void gan_write_or_add(void *p, gan_dtype type, int64_t i, float x, bool adds)
{
    gan_write(p, type, i, adds ? gan_read(p, type, i) + x : x);
}

/* Elements [i, i + N) of p as floats; those at or beyond n are 0 and not touched. */
template <int N, typename T>
GAN_DEVICE void gan_load_group(const T *p, int64_t i, int64_t n, bool wide, float *out)
{
    if (wide && i + N <= n) {
        const gan_group<T, N> group = gan_load_word<N>(p + i);
        GAN_UNROLL
        for (int k = 0; k < N; k++) {
            out[k] = gan_float(group.v[k]);
        }
        return;
    }
    GAN_UNROLL
    for (int k = 0; k < N; k++) {
        out[k] = i + k < n ? gan_float(p[i + k]) : 0.0f;
    }
}

/* Writes the elements of [i, i + N) that lie below n. */
template <int N, typename T>
GAN_DEVICE void gan_store_group(T *p, int64_t i, int64_t n, bool wide, const float *in)
{
    if (wide && i + N <= n) {
        gan_group<T, N> group;
        GAN_UNROLL
        for (int k = 0; k < N; k++) {
            gan_round(in[k], &group.v[k]);
        }
        gan_store_word(p + i, group);
        return;
    }
    GAN_UNROLL
    for (int k = 0; k < N; k++) {
        if (i + k < n) {
            gan_round(in[k], &p[i + k]);
        }
    }
}

/* The same for a pack. */
template <typename T>
GAN_DEVICE void gan_load(const T *p, int64_t i, int64_t n, bool wide, float *out)
{
    gan_load_group<GAN_PACK(T)>(p, i, n, wide, out);
}

template <typename T>
GAN_DEVICE void gan_store(T *p, int64_t i, int64_t n, bool wide, const float *in)
{
    gan_store_group<GAN_PACK(T)>(p, i, n, wide, in);
}

/* True if all of these may be accessed 16 bytes at a time; NULL is no hindrance. */
static inline bool gan_aligned(const void *a, const void *b, const void *c)
{
    return (((uintptr_t)a | (uintptr_t)b | (uintptr_t)c) & 15) == 0;
}

/* i modulo m, in 32 bits where that is enough: 64-bit division is slow on a GPU. */
GAN_DEVICE int64_t gan_modulo(int64_t i, int64_t m)
{
    if (i <= (int64_t)0xFFFFFFFF && m <= (int64_t)0xFFFFFFFF) {
        return (int64_t)((uint32_t)i % (uint32_t)m);
    }
    return i % m;
}

/* i / m, likewise. */
GAN_DEVICE int64_t gan_quotient(int64_t i, int64_t m)
{
    if (i <= (int64_t)0xFFFFFFFF && m <= (int64_t)0xFFFFFFFF) {
        return (int64_t)((uint32_t)i / (uint32_t)m);
    }
    return i / m;
}

#endif
