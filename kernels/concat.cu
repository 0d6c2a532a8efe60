/* concat.cu — maps side by side, and some channels of one: a thread makes a pack of channels of one
 * pixel. Where every part begins and ends at whole packs a pack is of one part, and every access of
 * 128 bits; elsewhere it goes element by element. */
#include "kernels/pack.h"

/* Channels [first, end) of y are those of x from `from` on; x NULL: 0. */
typedef struct part {
    const void *x;
    int64_t first, end, from, channels; /* channels: of x */
} part;

typedef struct concat_args {
    part parts[GAN_CONCAT_MOST];
    int n_parts;
    int64_t first, end; /* channels of y that this launch writes */
    int64_t pixels, channels, packs;
    bool wide;
} concat_args;

template <typename T>
GAN_DEVICE void take_wide(const concat_args *a, int64_t pixel, int64_t channel, float *v)
{
    for (int k = 0; k < a->n_parts; k++) {
        const part *p = &a->parts[k];
        if (channel >= p->first && channel < p->end && p->x != NULL) {
            gan_load((const T *)p->x + pixel * p->channels, p->from + channel - p->first,
                     p->channels, true, v);
        }
    }
}

template <typename T>
GAN_DEVICE float take_one(const concat_args *a, int64_t pixel, int64_t channel)
{
    float v = 0.0f;
    for (int k = 0; k < a->n_parts; k++) {
        const part *p = &a->parts[k];
        if (channel >= p->first && channel < p->end && p->x != NULL) {
            v = gan_float(((const T *)p->x)[pixel * p->channels + p->from + channel - p->first]);
        }
    }
    return v;
}

template <typename T> GAN_KERNEL(GAN_THREADS) concat_kernel(T *y, concat_args a)
{
    const int V = GAN_PACK(T);
    for (int64_t item = gan_thread(); item < a.pixels * a.packs; item += gan_threads()) {
        const int64_t pixel = gan_quotient(item, a.packs);
        const int64_t channel = a.first + (item - pixel * a.packs) * V;
        float v[GAN_PACK(T)];
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] = 0.0f;
        }
        if (a.wide) {
            take_wide<T>(&a, pixel, channel, v);
        } else {
            GAN_UNROLL
            for (int k = 0; k < V; k++) {
                v[k] = channel + k < a.end ? take_one<T>(&a, pixel, channel + k) : 0.0f;
            }
        }
        gan_store(y + pixel * a.channels, channel, a.end, a.wide, v);
    }
}

static bool is_wide(const concat_args *a, int pack, const void *y)
{
    bool wide = gan_aligned(y, NULL, NULL) && a->channels % pack == 0;
    for (int k = 0; k < a->n_parts; k++) {
        const part *p = &a->parts[k];
        wide = wide && p->first % pack == 0 && p->end % pack == 0 && p->from % pack == 0 &&
               p->channels % pack == 0 && gan_aligned(p->x, NULL, NULL);
    }
    return wide;
}

extern "C" gan_status gan_concat_launch(cudaStream_t stream, const gan_concat_desc *d,
                                        gan_error *err)
{
    concat_args a = {};
    a.pixels = d->pixels;
    a.channels = d->channels;
    a.first = a.end = d->first;
    for (int k = 0; k < d->n_parts; k++) {
        const gan_concat_part *from = &d->parts[k];
        const part p = {from->x, a.end, a.end + from->n, from->from, from->channels};
        a.parts[a.n_parts++] = p;
        a.end = p.end;
    }
    if (a.pixels * (a.end - a.first) == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(d->type, "concat", err, {
        a.packs = (a.end - a.first + GAN_PACK(T) - 1) / GAN_PACK(T);
        a.wide = is_wide(&a, GAN_PACK(T), d->y);
        GAN_LAUNCH(concat_kernel<T>, gan_blocks(a.pixels * a.packs, GAN_THREADS), GAN_THREADS,
                   stream, (T *)d->y, a);
    });
    return gan_launched("concat", err);
}
