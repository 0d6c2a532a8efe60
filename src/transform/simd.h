/* simd.h — the few vector operations that the kernels of fast convolution need, for the
 * instruction set that the including file is compiled for: 16 floats with AVX-512, 8 with AVX2, 4
 * anywhere else (the compiler's vectors). Included by one kernel file each; everything is static.
 */
#ifndef GAN_TRANSFORM_SIMD_H
#define GAN_TRANSFORM_SIMD_H

#include <stdint.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define FAST_FETCH(p, level) __builtin_prefetch((p), 0, level) /* 3: nearest cache, 2: the next */
#define FAST_INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define FAST_UNROLL _Pragma("clang loop unroll(full)")
#define FAST_UNROLL_4 _Pragma("clang loop unroll_count(4)")
#else
#define FAST_UNROLL _Pragma("GCC unroll 16")
#define FAST_UNROLL_4 _Pragma("GCC unroll 4")
#endif

#if defined(__AVX512F__)

enum { LANES = 16 };
typedef __m512 vec;

FAST_INLINE vec vec_load(const float *p)
{
    return _mm512_loadu_ps(p);
}

FAST_INLINE void vec_store(float *p, vec v)
{
    _mm512_storeu_ps(p, v);
}

FAST_INLINE vec vec_set1(float a)
{
    return _mm512_set1_ps(a);
}

FAST_INLINE vec vec_fma(vec a, vec b, vec c) /* a b + c */
{
    return _mm512_fmadd_ps(a, b, c);
}

/* All lanes are 0, of either sign. */
FAST_INLINE int vec_is_zero(vec v)
{
    return _mm512_cmp_ps_mask(v, _mm512_setzero_ps(), _CMP_NEQ_UQ) == 0;
}

/* A whole line past the caches, p aligned to a vector. vec_stream_end orders such stores before
 * what other threads see next. */
FAST_INLINE void vec_stream(float *p, vec v)
{
    _mm512_stream_ps(p, v);
}

FAST_INLINE void vec_stream_end(void)
{
    _mm_sfence();
}

/* The first n lanes; the others are 0 in a register and untouched in memory. */
FAST_INLINE vec vec_load_part(const float *p, int n)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
}

FAST_INLINE void vec_store_part(float *p, vec v, int n)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v);
}

FAST_INLINE vec vec_load_bf16(const uint16_t *p)
{
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

/* Rounds to nearest, ties to even; a NaN stays one. */
FAST_INLINE void vec_store_bf16(uint16_t *p, vec v)
{
#if defined(__AVX512BF16__)
    __m256i half = (__m256i)_mm512_cvtneps_pbh(v);
#else
    __m512i bits = _mm512_castps_si512(v);
    __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    rounded = _mm512_mask_or_epi32(rounded, nan, bits, _mm512_set1_epi32(0x400000));
    __m256i half = _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16));
#endif
    _mm256_storeu_si256((__m256i *)p, half);
}

/* 16 lines of 16 numbers, whatever they are, become their columns. */
FAST_INLINE void vec_transpose(vec v[LANES])
{
    __m512i t[LANES], u[LANES];
    FAST_UNROLL
    for (int i = 0; i < LANES; i += 2) {
        __m512i even = _mm512_castps_si512(v[i]), odd = _mm512_castps_si512(v[i + 1]);
        t[i] = _mm512_unpacklo_epi32(even, odd);
        t[i + 1] = _mm512_unpackhi_epi32(even, odd);
    }
    FAST_UNROLL
    for (int i = 0; i < LANES; i += 4) {
        u[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        u[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        u[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        u[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    FAST_UNROLL
    for (int i = 0; i < 4; i++) {
        __m512i even_low = _mm512_shuffle_i32x4(u[i], u[i + 4], 0x88);
        __m512i even_high = _mm512_shuffle_i32x4(u[i + 8], u[i + 12], 0x88);
        __m512i odd_low = _mm512_shuffle_i32x4(u[i], u[i + 4], 0xdd);
        __m512i odd_high = _mm512_shuffle_i32x4(u[i + 8], u[i + 12], 0xdd);
        v[i] = _mm512_castsi512_ps(_mm512_shuffle_i32x4(even_low, even_high, 0x88));
        v[i + 4] = _mm512_castsi512_ps(_mm512_shuffle_i32x4(odd_low, odd_high, 0x88));
        v[i + 8] = _mm512_castsi512_ps(_mm512_shuffle_i32x4(even_low, even_high, 0xdd));
        v[i + 12] = _mm512_castsi512_ps(_mm512_shuffle_i32x4(odd_low, odd_high, 0xdd));
    }
}

#if defined(__AVX512BF16__)

/* 16 numbers of each of two vectors as bf16, in the order that says where each comes from. */
FAST_INLINE void vec_store_two_bf16(uint16_t *p, vec first, vec second, __m512i order, int stream)
{
    __m512i line = _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(second, first));
    if (stream) {
        _mm512_stream_si512((__m512i *)(void *)p, line);
    } else {
        _mm512_storeu_si512(p, line);
    }
}

/* One after the other. */
FAST_INLINE __m512i vec_order_rows(void)
{
    return _mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14,
                            13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

/* Number by number side by side. */
FAST_INLINE __m512i vec_order_pairs(void)
{
    return _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                            6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
}

#endif

#elif defined(__AVX2__)

enum { LANES = 8 };
typedef __m256 vec;

FAST_INLINE vec vec_load(const float *p)
{
    return _mm256_loadu_ps(p);
}

FAST_INLINE void vec_store(float *p, vec v)
{
    _mm256_storeu_ps(p, v);
}

FAST_INLINE vec vec_set1(float a)
{
    return _mm256_set1_ps(a);
}

FAST_INLINE int vec_is_zero(vec v)
{
    return _mm256_testz_si256(_mm256_castps_si256(v), _mm256_set1_epi32(0x7fffffff));
}

FAST_INLINE vec vec_fma(vec a, vec b, vec c)
{
    return _mm256_fmadd_ps(a, b, c);
}

FAST_INLINE vec vec_load_bf16(const uint16_t *p)
{
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}

#else

enum { LANES = 4 };
typedef float vec __attribute__((vector_size(16)));

FAST_INLINE vec vec_load(const float *p)
{
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

FAST_INLINE void vec_store(float *p, vec v)
{
    memcpy(p, &v, sizeof v);
}

FAST_INLINE vec vec_set1(float a)
{
    return (vec){a, a, a, a};
}

FAST_INLINE int vec_is_zero(vec v)
{
    return v[0] == 0 && v[1] == 0 && v[2] == 0 && v[3] == 0;
}

FAST_INLINE vec vec_fma(vec a, vec b, vec c)
{
    return a * b + c;
}

FAST_INLINE vec vec_load_bf16(const uint16_t *p)
{
    uint32_t bits[LANES] = {(uint32_t)p[0] << 16, (uint32_t)p[1] << 16, (uint32_t)p[2] << 16,
                            (uint32_t)p[3] << 16};
    vec v;
    memcpy(&v, bits, sizeof v);
    return v;
}

#endif

FAST_INLINE vec vec_zero(void)
{
    return vec_set1(0.0f);
}

#if !defined(__AVX512F__)

/* A vector that fills only a part of a line is not worth streaming. */
FAST_INLINE void vec_stream(float *p, vec v)
{
    vec_store(p, v);
}

FAST_INLINE void vec_stream_end(void)
{
}

FAST_INLINE vec vec_load_part(const float *p, int n)
{
    float part[LANES] = {0};
    memcpy(part, p, (size_t)n * sizeof *part);
    return vec_load(part);
}

FAST_INLINE void vec_store_part(float *p, vec v, int n)
{
    float part[LANES];
    vec_store(part, v);
    memcpy(p, part, (size_t)n * sizeof *part);
}

FAST_INLINE void vec_store_bf16(uint16_t *p, vec v)
{
    uint32_t bits[LANES];
    memcpy(bits, &v, sizeof bits);
    for (int i = 0; i < LANES; i++) {
        uint32_t rounded = bits[i] + 0x7fffu + (bits[i] >> 16 & 1);
        int is_nan = (bits[i] & 0x7fffffffu) > 0x7f800000u;
        p[i] = (uint16_t)((is_nan ? bits[i] | 0x400000u : rounded) >> 16);
    }
}

#endif

FAST_INLINE vec vec_load_bf16_part(const uint16_t *p, int n)
{
    uint16_t part[LANES] = {0};
    memcpy(part, p, (size_t)n * sizeof *part);
    return vec_load_bf16(part);
}

FAST_INLINE void vec_store_bf16_part(uint16_t *p, vec v, int n)
{
    uint16_t part[LANES];
    vec_store_bf16(part, v);
    memcpy(p, part, (size_t)n * sizeof *part);
}

#endif
