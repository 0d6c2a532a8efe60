/* resample_terms.h — the numbers of a resampling (gan_resample) along one axis.
 *
 * Places are fractions of whole numbers, so every backend sees the same elements: the middle of
 * element p of `out` elements lies at (2 p + 1) in / (2 out) of the `in`, less 1/2 where an
 * element's own middle is 0. An element whose number is 0 is not looked at. Kernels include this
 * file: they define GAN_INLINE first. */
#ifndef GAN_PROGRAM_RESAMPLE_TERMS_H
#define GAN_PROGRAM_RESAMPLE_TERMS_H

#include <math.h>

#include "net/net.h"

#ifndef GAN_INLINE
#define GAN_INLINE static inline
#endif

/* The elements [first, end) that an element of the result is made of. */
typedef struct gan_taps {
    int64_t first, end;
    float
        scale; /* of each number: 1 over a mean's divisor or over the sum of an antialias window */
} gan_taps;

/* a / b downwards; b > 0. */
GAN_INLINE int64_t gan_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

GAN_INLINE int64_t gan_ceil_div(int64_t a, int64_t b)
{
    return -gan_floor_div(-a, b);
}

GAN_INLINE int64_t gan_clamp(int64_t i, int64_t least, int64_t most)
{
    return i < least ? least : i > most ? most : i;
}

/* Keys' kernel (1981) at distance x from the middle. */
GAN_INLINE float gan_cubic(float x, float a)
{
    x = fabsf(x);
    if (x < 1.0f) {
        return ((a + 2.0f) * x - (a + 3.0f)) * x * x + 1.0f;
    }
    return x < 2.0f ? (((x - 5.0f) * x + 8.0f) * x - 4.0f) * a : 0.0f;
}

/* Where p lies, as whole + num / den. */
typedef struct gan_place {
    int64_t whole, num, den;
} gan_place;

GAN_INLINE gan_place gan_place_of(const gan_resample *r, const gan_map_axis *a, int64_t p)
{
    gan_place at;
    int64_t n = r->half_pixel ? (2 * p + 1) * a->in - a->out : 2 * p * a->in;
    at.den = 2 * a->out;
    if (r->kind == GAN_RESAMPLE_LINEAR && n < 0) {
        n = 0;
    }
    at.whole = gan_floor_div(n, at.den);
    at.num = n - at.whole * at.den;
    return at;
}

/* --- with antialias: the kernel is as wide as the map shrinks --- */

GAN_INLINE int64_t gan_antialias_reach(const gan_resample *r)
{
    return r->kind == GAN_RESAMPLE_CUBIC ? 2 : 1;
}

GAN_INLINE float gan_antialias_raw(const gan_resample *r, const gan_map_axis *a, int64_t p,
                                   int64_t i)
{
    const int64_t widest = a->in > a->out ? a->in : a->out;
    const int64_t away = (2 * i + 1) * a->out - a->in * (2 * p + 1);
    const float x = (float)away / (float)(2 * widest);
    if (r->kind == GAN_RESAMPLE_CUBIC) {
        return gan_cubic(x, -0.5f);
    }
    return fabsf(x) < 1.0f ? 1.0f - fabsf(x) : 0.0f;
}

GAN_INLINE gan_taps gan_antialias_taps(const gan_resample *r, const gan_map_axis *a, int64_t p)
{
    const int64_t widest = a->in > a->out ? a->in : a->out;
    const int64_t middle = a->in * (2 * p + 1) + a->out, den = 2 * a->out;
    const int64_t reach = 2 * gan_antialias_reach(r) * widest;
    gan_taps t;
    float sum = 0.0f;
    t.first = gan_clamp(gan_floor_div(middle - reach, den), 0, a->in);
    t.end = gan_clamp(gan_floor_div(middle + reach, den), 0, a->in);
    for (int64_t i = t.first; i < t.end; i++) {
        sum += gan_antialias_raw(r, a, p, i);
    }
    t.scale = 1.0f / sum;
    return t;
}

/* --- means --- */

GAN_INLINE gan_taps gan_mean_taps(const gan_resample *r, const gan_map_axis *a, int64_t p)
{
    const int64_t start = p * a->stride - a->before;
    const int64_t end = start + a->window < a->in + a->after ? start + a->window : a->in + a->after;
    gan_taps t;
    t.first = gan_clamp(start, 0, a->in);
    t.end = gan_clamp(end, 0, a->in);
    t.scale = r->divisor == GAN_DIVIDE_BY_ONE      ? 1.0f
              : r->divisor == GAN_DIVIDE_BY_WINDOW ? 1.0f / (float)(end - start)
                                                   : 1.0f / (float)(t.end - t.first);
    return t;
}

/* --- binomial filters --- */

/* C(n, k) / 2^n. */
GAN_INLINE float gan_binomial(int64_t n, int64_t k)
{
    float x = 1.0f;
    for (int64_t i = 0; i < n; i++) {
        x *= 0.5f;
    }
    for (int64_t i = 1; i <= k; i++) {
        x = x * (float)(n - k + i) / (float)i;
    }
    return x;
}

/* The tap of the filter that takes element i of the short axis to element j of the long one. */
GAN_INLINE int64_t gan_binomial_tap(const gan_resample *r, const gan_map_axis *a, int64_t p,
                                    int64_t i)
{
    return r->kind == GAN_RESAMPLE_BINOMIAL_UP ? i * a->stride - p + a->before
                                               : i - p * a->stride + a->before;
}

GAN_INLINE gan_taps gan_binomial_taps(const gan_resample *r, const gan_map_axis *a, int64_t p)
{
    gan_taps t;
    if (r->kind == GAN_RESAMPLE_BINOMIAL_UP) {
        t.first = gan_ceil_div(p - a->before, a->stride);
        t.end = gan_floor_div(p - a->before + a->window - 1, a->stride) + 1;
        t.scale = (float)a->stride;
    } else {
        t.first = p * a->stride - a->before;
        t.end = t.first + a->window;
        t.scale = 1.0f;
    }
    t.first = gan_clamp(t.first, 0, a->in);
    t.end = gan_clamp(t.end, t.first, a->in);
    return t;
}

/* --- any kind --- */

GAN_INLINE gan_taps gan_resample_taps(const gan_resample *r, const gan_map_axis *a, int64_t p)
{
    gan_taps t;
    gan_place at;
    t.scale = 1.0f;
    if (r->antialias) {
        return gan_antialias_taps(r, a, p);
    }
    switch (r->kind) {
    case GAN_RESAMPLE_MEAN:
        return gan_mean_taps(r, a, p);
    case GAN_RESAMPLE_ADAPTIVE:
        t.first = p * a->in / a->out;
        t.end = gan_ceil_div((p + 1) * a->in, a->out);
        t.scale = 1.0f / (float)(t.end - t.first);
        return t;
    case GAN_RESAMPLE_NEAREST:
        t.first = r->half_pixel ? (2 * p + 1) * a->in / (2 * a->out) : p * a->in / a->out;
        t.end = t.first + 1;
        return t;
    case GAN_RESAMPLE_LINEAR:
        t.first = gan_place_of(r, a, p).whole;
        t.end = gan_clamp(t.first + 2, 0, a->in);
        return t;
    case GAN_RESAMPLE_CUBIC:
        at = gan_place_of(r, a, p);
        t.first = gan_clamp(at.whole - 1, 0, a->in - 1);
        t.end = gan_clamp(at.whole + 2, 0, a->in - 1) + 1;
        return t;
    case GAN_RESAMPLE_BINOMIAL_UP:
    case GAN_RESAMPLE_BINOMIAL_DOWN:
        break;
    }
    return gan_binomial_taps(r, a, p);
}

/* Of the elements beside the map's end, the cubic kernel takes the one at the end. */
GAN_INLINE float gan_cubic_weight(const gan_resample *r, const gan_map_axis *a, int64_t p,
                                  int64_t i)
{
    const gan_place at = gan_place_of(r, a, p);
    const float part = (float)at.num / (float)at.den;
    float sum = 0.0f;
    for (int64_t k = -1; k <= 2; k++) {
        if (gan_clamp(at.whole + k, 0, a->in - 1) == i) {
            sum += gan_cubic(part - (float)k, -0.75f);
        }
    }
    return sum;
}

/* The number that element i of taps t is multiplied by for element p of the result. */
GAN_INLINE float gan_resample_weight(const gan_resample *r, const gan_map_axis *a,
                                     const gan_taps *t, int64_t p, int64_t i)
{
    if (r->antialias) {
        return gan_antialias_raw(r, a, p, i) * t->scale;
    }
    switch (r->kind) {
    case GAN_RESAMPLE_MEAN:
    case GAN_RESAMPLE_ADAPTIVE:
    case GAN_RESAMPLE_NEAREST:
        return t->scale;
    case GAN_RESAMPLE_LINEAR: {
        const gan_place at = gan_place_of(r, a, p);
        const float part = (float)at.num / (float)at.den;
        return t->end - t->first == 1 ? 1.0f : i == at.whole ? 1.0f - part : part;
    }
    case GAN_RESAMPLE_CUBIC:
        return gan_cubic_weight(r, a, p, i);
    case GAN_RESAMPLE_BINOMIAL_UP:
    case GAN_RESAMPLE_BINOMIAL_DOWN:
        break;
    }
    return t->scale * gan_binomial(a->window - 1, gan_binomial_tap(r, a, p, i));
}

/* Elements [*first, *end) of the result hold all that element i goes into, and perhaps others. */
GAN_INLINE void gan_resample_readers(const gan_resample *r, const gan_map_axis *a, int64_t i,
                                     int64_t *first, int64_t *end)
{
    int64_t reach = 3; /* of elements of `in`, on either side, that a place is made of */
    if (r->kind == GAN_RESAMPLE_MEAN || r->kind == GAN_RESAMPLE_BINOMIAL_DOWN) {
        *first = gan_ceil_div(i + a->before - a->window + 1, a->stride);
        *end = gan_floor_div(i + a->before, a->stride) + 1;
    } else if (r->kind == GAN_RESAMPLE_BINOMIAL_UP) {
        *first = i * a->stride + a->before - a->window + 1;
        *end = i * a->stride + a->before + 1;
    } else {
        if (r->antialias && a->in > a->out) {
            reach = gan_antialias_reach(r) * gan_ceil_div(a->in, a->out) + 1;
        }
        *first = gan_floor_div((i - reach) * a->out, a->in);
        *end = gan_ceil_div((i + 1 + reach) * a->out, a->in) + 1;
    }
    *first = gan_clamp(*first, 0, a->out);
    *end = gan_clamp(*end, *first, a->out);
}

#endif
