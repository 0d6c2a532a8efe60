/* resample.cu — separable linear maps of each channel: pooling by means, resizing, the transposed.
 *
 * A thread makes a pack of channels of one pixel, and works out the numbers of its two axes as it
 * goes: they are few, and no table has to be kept. A mean over a large window, such as a whole map,
 * is a block's work: its rows of threads take turns on the window's pixels. */
#include "kernels/tiling.h"
#include "program/resample_terms.h"

enum { WIDE_WINDOW = 64 }; /* pixels from which on a window is a block's */

typedef struct resample_args {
    gan_resample r;
    int64_t pixels, channels, packs; /* of the result; packs: of a pixel */
    int64_t in_h, in_w, out_h, out_w;
    bool wide; /* pixels begin at 16-byte addresses */
} resample_args;

/* The elements that element o of the result is made of, and perhaps some with a number of 0. */
GAN_DEVICE gan_taps span_of(const gan_resample *r, const gan_map_axis *a, int64_t o)
{
    if (!r->transposed) {
        return gan_resample_taps(r, a, o);
    }
    gan_taps t = {0, 0, 0.0f};
    gan_resample_readers(r, a, o, &t.first, &t.end);
    return t;
}

GAN_DEVICE float number_of(const gan_resample *r, const gan_map_axis *a, const gan_taps *own,
                           int64_t o, int64_t i)
{
    if (!r->transposed) {
        return gan_resample_weight(r, a, own, o, i);
    }
    const gan_taps taps = gan_resample_taps(r, a, i);
    return o >= taps.first && o < taps.end ? gan_resample_weight(r, a, &taps, i, o) : 0.0f;
}

/* The row and the column of a pixel of the result, and the first pixel of its sample's map. */
typedef struct result_pixel {
    int64_t p, q, first;
} result_pixel;

GAN_DEVICE result_pixel pixel_of(const resample_args *a, int64_t pixel)
{
    const int64_t row = gan_quotient(pixel, a->out_w), sample = gan_quotient(row, a->out_h);
    const result_pixel at = {row - sample * a->out_h, pixel - row * a->out_w,
                             sample * a->in_h * a->in_w};
    return at;
}

/* Adds pixel i of the map to v. */
template <typename T>
GAN_DEVICE void add_pixel(const resample_args *a, const T *x, int64_t pixel, int64_t channel,
                          float by, float *v)
{
    float w[GAN_PACK(T)];
    gan_load(x + pixel * a->channels, channel, a->channels, a->wide, w);
    GAN_UNROLL
    for (int k = 0; k < GAN_PACK(T); k++) {
        v[k] += by * w[k];
    }
}

template <typename T> GAN_KERNEL(GAN_THREADS) resample_kernel(const T *x, T *y, resample_args a)
{
    const int V = GAN_PACK(T);
    for (int64_t item = gan_thread(); item < a.pixels * a.packs; item += gan_threads()) {
        const int64_t pixel = gan_quotient(item, a.packs), channel = (item - pixel * a.packs) * V;
        const result_pixel at = pixel_of(&a, pixel);
        const gan_taps h = span_of(&a.r, &a.r.h, at.p), w = span_of(&a.r, &a.r.w, at.q);
        float v[GAN_PACK(T)];
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] = 0.0f;
        }
        for (int64_t i = h.first; i < h.end; i++) {
            const float by_h = number_of(&a.r, &a.r.h, &h, at.p, i);
            for (int64_t j = w.first; j < w.end && by_h != 0.0f; j++) {
                const float by = by_h * number_of(&a.r, &a.r.w, &w, at.q, j);
                if (by != 0.0f) {
                    add_pixel(&a, x, at.first + i * a.in_w + j, channel, by, v);
                }
            }
        }
        gan_store(y + pixel * a.channels, channel, a.channels, a.wide, v);
    }
}

template <typename T>
GAN_KERNEL(GAN_THREADS)
resample_wide_kernel(const T *x, T *y, resample_args a, gan_tiling t)
{
    const int V = GAN_PACK(T);
    GAN_SHARED(float, shared, GAN_PACK(T) * GAN_THREADS);
    const int tx = (int)threadIdx.x % t.width, ty = (int)threadIdx.x / t.width;
    for (int64_t item = blockIdx.x; item < a.pixels * t.tiles; item += gridDim.x) {
        const int64_t pixel = gan_quotient(item, t.tiles);
        const int64_t channel = ((item - pixel * t.tiles) * t.width + tx) * V;
        const result_pixel at = pixel_of(&a, pixel);
        const gan_taps h = span_of(&a.r, &a.r.h, at.p), w = span_of(&a.r, &a.r.w, at.q);
        const int64_t width = w.end - w.first, n = (h.end - h.first) * width;
        float v[GAN_PACK(T)];
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] = 0.0f;
        }
        for (int64_t i = ty; i < n && channel < a.channels; i += t.height) {
            const int64_t row = gan_quotient(i, width), column = i - row * width;
            add_pixel(&a, x, at.first + (h.first + row) * a.in_w + w.first + column, channel, 1.0f,
                      v);
        }
        gan_sum_rows(&t, V, v, shared);
        if (ty == 0 && channel < a.channels) {
            float mean[GAN_PACK(T)];
            GAN_UNROLL
            for (int k = 0; k < V; k++) {
                mean[k] = v[k] * (h.scale * w.scale);
            }
            /* one result for 64 reads at least: the compiler stores it in parts in any case */
            gan_store_group<GAN_PACK(T)>(y + pixel * a.channels, channel, a.channels, false, mean);
        }
    }
}

/* Whether windows are large, and each of their pixels counts alike. */
static bool has_wide_windows(const gan_resample *r)
{
    int64_t n = 0;
    if (r->kind == GAN_RESAMPLE_MEAN) {
        n = (r->h.window < r->h.in ? r->h.window : r->h.in) *
            (r->w.window < r->w.in ? r->w.window : r->w.in);
    } else if (r->kind == GAN_RESAMPLE_ADAPTIVE) {
        n = (r->h.in / r->h.out) * (r->w.in / r->w.out);
    }
    return !r->transposed && n >= WIDE_WINDOW;
}

extern "C" gan_status gan_resample_launch(cudaStream_t stream, const void *x, void *y,
                                          gan_dtype type, int64_t samples, int64_t channels,
                                          const gan_resample_attr *attr, gan_error *err)
{
    const gan_map_axis *h = &attr->h, *w = &attr->w;
    resample_args a = {*attr, 0, channels, 0, 0, 0, 0, 0, false};
    a.in_h = attr->transposed ? h->out : h->in;
    a.in_w = attr->transposed ? w->out : w->in;
    a.out_h = attr->transposed ? h->in : h->out;
    a.out_w = attr->transposed ? w->in : w->out;
    a.pixels = samples * a.out_h * a.out_w;
    if (a.pixels * channels == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "resample", err, {
        a.packs = (channels + GAN_PACK(T) - 1) / GAN_PACK(T);
        a.wide = channels % GAN_PACK(T) == 0 && gan_aligned(x, y, NULL);
        if (has_wide_windows(attr)) {
            const gan_tiling t = gan_tile(a.pixels, channels, GAN_PACK(T));
            GAN_LAUNCH(resample_wide_kernel<T>, gan_blocks(a.pixels * t.tiles, 1), GAN_THREADS,
                       stream, (const T *)x, (T *)y, a, t);
        } else {
            GAN_LAUNCH(resample_kernel<T>, gan_blocks(a.pixels * a.packs, GAN_THREADS), GAN_THREADS,
                       stream, (const T *)x, (T *)y, a);
        }
    });
    return gan_launched("resample", err);
}
