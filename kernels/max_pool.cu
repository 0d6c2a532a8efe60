/* max_pool.cu — the largest number of each window, where it stood, and both directions between: a
 * thread makes a pack of channels of one pixel. Backwards a pixel asks each window that holds it
 * whether its place is the window's index, so nothing is added by two threads. */
#include "kernels/pack.h"

typedef struct pool_args {
    gan_max_pool_attr attr;
    int64_t pixels, channels, packs; /* of the result; packs: of a pixel */
    bool wide;                       /* pixels begin at 16-byte addresses */
} pool_args;

typedef struct pool_range {
    int64_t first, end;
} pool_range;

/* The elements of window p. */
GAN_DEVICE pool_range window_of(const gan_map_axis *a, int64_t p)
{
    const int64_t start = p * a->stride - a->before, end = start + a->window;
    const pool_range r = {start > 0 ? start : 0, end < a->in ? end : a->in};
    return r;
}

/* The windows that hold element i. */
GAN_DEVICE pool_range windows_at(const gan_map_axis *a, int64_t i)
{
    const int64_t above = i + a->before - a->window; /* the last window that ends before i */
    const int64_t end = gan_quotient(i + a->before, a->stride) + 1;
    const pool_range r = {above < 0 ? 0 : gan_quotient(above, a->stride) + 1,
                          end < a->out ? end : a->out};
    return r;
}

/* A pixel of a map of `rows` x `columns`: where it stands in its sample. */
typedef struct map_pixel {
    int64_t sample, row, column;
} map_pixel;

GAN_DEVICE map_pixel pixel_of(int64_t pixel, int64_t rows, int64_t columns)
{
    const int64_t line = gan_quotient(pixel, columns), sample = gan_quotient(line, rows);
    const map_pixel at = {sample, line - sample * rows, pixel - line * columns};
    return at;
}

/* The indices of N channels from `channel` on; those beyond the last are -1, no place. */
template <int N>
GAN_DEVICE void load_places(const int32_t *p, int64_t channel, int64_t channels, bool wide,
                            int32_t *out)
{
    if (wide) {
        GAN_UNROLL
        for (int k = 0; k < N; k += 4) {
            const gan_group<int32_t, 4> four = gan_load_word<4>(p + channel + k);
            memcpy(out + k, &four, sizeof four);
        }
        return;
    }
    GAN_UNROLL
    for (int k = 0; k < N; k++) {
        out[k] = channel + k < channels ? p[channel + k] : -1;
    }
}

template <int N>
GAN_DEVICE void store_places(int32_t *p, int64_t channel, int64_t channels, bool wide,
                             const int32_t *in)
{
    if (wide) {
        GAN_UNROLL
        for (int k = 0; k < N; k += 4) {
            gan_group<int32_t, 4> four;
            memcpy(&four, in + k, sizeof four);
            gan_store_word(p + channel + k, four);
        }
        return;
    }
    GAN_UNROLL
    for (int k = 0; k < N; k++) {
        if (channel + k < channels) {
            p[channel + k] = in[k];
        }
    }
}

template <typename T>
GAN_KERNEL(GAN_THREADS)
max_pool_kernel(const T *x, T *y, int32_t *index, pool_args a)
{
    const int V = GAN_PACK(T);
    const gan_map_axis *ah = &a.attr.h, *aw = &a.attr.w;
    for (int64_t item = gan_thread(); item < a.pixels * a.packs; item += gan_threads()) {
        const int64_t pixel = gan_quotient(item, a.packs), channel = (item - pixel * a.packs) * V;
        const map_pixel at = pixel_of(pixel, ah->out, aw->out);
        const pool_range h = window_of(ah, at.row), w = window_of(aw, at.column);
        float best[GAN_PACK(T)];
        int32_t places[GAN_PACK(T)];
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            best[k] = -INFINITY;
            places[k] = (int32_t)(h.first * aw->in + w.first);
        }
        for (int64_t i = h.first; i < h.end; i++) {
            for (int64_t j = w.first; j < w.end; j++) {
                const int64_t place = i * aw->in + j;
                const int64_t from = at.sample * ah->in * aw->in + place;
                float v[GAN_PACK(T)];
                gan_load(x + from * a.channels, channel, a.channels, a.wide, v);
                GAN_UNROLL
                for (int k = 0; k < V; k++) {
                    /* The first of equals wins, as in PyTorch; a NaN beats every number and stays.
                     */
                    const bool better = v[k] > best[k] || (v[k] != v[k] && best[k] == best[k]);
                    best[k] = better ? v[k] : best[k];
                    places[k] = better ? (int32_t)place : places[k];
                }
            }
        }
        gan_store(y + pixel * a.channels, channel, a.channels, a.wide, best);
        if (index != NULL) {
            store_places<GAN_PACK(T)>(index + pixel * a.channels, channel, a.channels, a.wide,
                                      places);
        }
    }
}

/* A pixel of dx gathers from the windows that hold it: no two threads add to one place, and the
 * order is fixed. */
template <typename T>
GAN_KERNEL(GAN_THREADS)
max_pool_bwd_kernel(const int32_t *index, const T *dy, T *dx, pool_args a)
{
    const int V = GAN_PACK(T);
    const gan_map_axis *ah = &a.attr.h, *aw = &a.attr.w;
    for (int64_t item = gan_thread(); item < a.pixels * a.packs; item += gan_threads()) {
        const int64_t pixel = gan_quotient(item, a.packs), channel = (item - pixel * a.packs) * V;
        const map_pixel at = pixel_of(pixel, ah->in, aw->in);
        const pool_range h = windows_at(ah, at.row), w = windows_at(aw, at.column);
        const int32_t place = (int32_t)(at.row * aw->in + at.column);
        float sum[GAN_PACK(T)];
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            sum[k] = 0.0f;
        }
        for (int64_t p = h.first; p < h.end; p++) {
            for (int64_t q = w.first; q < w.end; q++) {
                const int64_t from = ((at.sample * ah->out + p) * aw->out + q) * a.channels;
                float v[GAN_PACK(T)];
                int32_t places[GAN_PACK(T)];
                gan_load(dy + from, channel, a.channels, a.wide, v);
                load_places<GAN_PACK(T)>(index + from, channel, a.channels, a.wide, places);
                GAN_UNROLL
                for (int k = 0; k < V; k++) {
                    sum[k] += places[k] == place ? v[k] : 0.0f;
                }
            }
        }
        gan_store(dx + pixel * a.channels, channel, a.channels, a.wide, sum);
    }
}

/* The forward pass of a tangent: g where x was largest. */
template <typename T>
GAN_KERNEL(GAN_THREADS)
max_pool_pick_kernel(const int32_t *index, const T *g, T *y, pool_args a)
{
    const int V = GAN_PACK(T);
    const int64_t map = a.attr.h.in * a.attr.w.in, windows = a.attr.h.out * a.attr.w.out;
    for (int64_t item = gan_thread(); item < a.pixels * a.packs; item += gan_threads()) {
        const int64_t pixel = gan_quotient(item, a.packs), channel = (item - pixel * a.packs) * V;
        const T *from = g + gan_quotient(pixel, windows) * map * a.channels;
        float v[GAN_PACK(T)];
        int32_t places[GAN_PACK(T)];
        load_places<GAN_PACK(T)>(index + pixel * a.channels, channel, a.channels, a.wide, places);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            const bool exists = channel + k < a.channels;
            v[k] = exists ? gan_float(from[places[k] * a.channels + channel + k]) : 0.0f;
        }
        gan_store(y + pixel * a.channels, channel, a.channels, a.wide, v);
    }
}

static pool_args args_of(const gan_max_pool_desc *d, const void *index, int64_t pixels, int pack)
{
    const pool_args a = {*d->attr, pixels, d->channels, (d->channels + pack - 1) / pack,
                         d->channels % pack == 0 && gan_aligned(d->from, d->to, index)};
    return a;
}

extern "C" gan_status gan_max_pool_launch(cudaStream_t stream, const gan_max_pool_desc *d,
                                          int32_t *index, gan_error *err)
{
    const int64_t pixels = d->samples * d->attr->h.out * d->attr->w.out;
    if (pixels * d->channels == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(d->type, "max_pool", err, {
        const pool_args a = args_of(d, index, pixels, GAN_PACK(T));
        GAN_LAUNCH(max_pool_kernel<T>, gan_blocks(pixels * a.packs, GAN_THREADS), GAN_THREADS,
                   stream, (const T *)d->from, (T *)d->to, index, a);
    });
    return gan_launched("max_pool", err);
}

extern "C" gan_status gan_max_pool_bwd_launch(cudaStream_t stream, const gan_max_pool_desc *d,
                                              const int32_t *index, gan_error *err)
{
    const int64_t pixels = d->samples * d->attr->h.in * d->attr->w.in;
    if (pixels * d->channels == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(d->type, "max_pool_bwd", err, {
        const pool_args a = args_of(d, index, pixels, GAN_PACK(T));
        GAN_LAUNCH(max_pool_bwd_kernel<T>, gan_blocks(pixels * a.packs, GAN_THREADS), GAN_THREADS,
                   stream, index, (const T *)d->from, (T *)d->to, a);
    });
    return gan_launched("max_pool_bwd", err);
}

extern "C" gan_status gan_max_pool_pick_launch(cudaStream_t stream, const gan_max_pool_desc *d,
                                               const int32_t *index, gan_error *err)
{
    const int64_t pixels = d->samples * d->attr->h.out * d->attr->w.out;
    if (pixels * d->channels == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(d->type, "max_pool_pick", err, {
        const pool_args a = args_of(d, index, pixels, GAN_PACK(T));
        GAN_LAUNCH(max_pool_pick_kernel<T>, gan_blocks(pixels * a.packs, GAN_THREADS), GAN_THREADS,
                   stream, index, (const T *)d->from, (T *)d->to, a);
    });
    return gan_launched("max_pool_pick", err);
}
