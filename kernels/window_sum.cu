/* window_sum.cu — tensors put at their places in a larger one, and added.
 *
 * A pack of y meets a window whole, in part, or not at all. Where the windows begin and end at
 * whole packs, as rows of images and of hidden layers do, the second case does not occur and every
 * access is of 128 bits. */
#include "kernels/pack.h"

template <typename T> struct window {
    const T *x;       /* NULL: there is none */
    int64_t first, n; /* elements of y where it lies */
    bool wide;        /* x is aligned, and first is a multiple of a pack */
};

/* Adds what of the window lies in elements [i, i + V) of y to v. */
template <typename T> GAN_DEVICE void add_window(const window<T> &w, int64_t i, float *v)
{
    const int V = GAN_PACK(T);
    if (i + V <= w.first || i >= w.first + w.n) {
        return;
    }
    if (w.wide) {
        float x[GAN_PACK(T)];
        gan_load(w.x, i - w.first, w.n, true, x);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] += x[k]; /* beyond the window it is 0 */
        }
        return;
    }
    for (int k = 0; k < V; k++) {
        const int64_t at = i + k - w.first;
        v[k] += at >= 0 && at < w.n ? gan_float(w.x[at]) : 0.0f;
    }
}

template <typename T>
GAN_KERNEL(GAN_THREADS)
window_sum_kernel(window<T> a, window<T> b, T *y, int64_t n, bool wide)
{
    const int V = GAN_PACK(T);
    for (int64_t i = gan_thread() * V; i < n; i += gan_threads() * V) {
        float v[GAN_PACK(T)];
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] = 0.0f;
        }
        add_window(a, i, v);
        if (b.x) {
            add_window(b, i, v);
        }
        gan_store(y, i, n, wide, v);
    }
}

template <typename T> static window<T> window_of(const gan_window *w)
{
    const window<T> made = {(const T *)w->x, w->first, w->n,
                            gan_aligned(w->x, w->x, w->x) && w->first % GAN_PACK(T) == 0};
    return made;
}

extern "C" gan_status gan_window_sum_launch(cudaStream_t stream, const gan_window *a,
                                            const gan_window *b, void *y, gan_dtype type, int64_t n,
                                            gan_error *err)
{
    if (n == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "window_sum", err,
                 GAN_LAUNCH(window_sum_kernel<T>, gan_blocks(n, GAN_THREADS * GAN_PACK(T)),
                            GAN_THREADS, stream, window_of<T>(a), window_of<T>(b), (T *)y, n,
                            gan_aligned(y, y, y)));
    return gan_launched("window_sum", err);
}
