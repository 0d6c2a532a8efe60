/* tanh.cu — hyperbolic tangent and its backward pass. */
#include "kernels/pack.h"

template <typename T> GAN_KERNEL(GAN_THREADS) tanh_kernel(const T *x, T *y, int64_t n, bool wide)
{
    const int V = GAN_PACK(T);
    for (int64_t i = gan_thread() * V; i < n; i += gan_threads() * V) {
        float v[GAN_PACK(T)];
        gan_load(x, i, n, wide, v);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] = tanhf(v[k]);
        }
        gan_store(y, i, n, wide, v);
    }
}

template <typename T>
GAN_KERNEL(GAN_THREADS)
tanh_bwd_kernel(const T *y, const T *dy, const float *row_scale, int64_t row_length, T *dx,
                int64_t n, bool wide)
{
    const int V = GAN_PACK(T);
    for (int64_t i = gan_thread() * V; i < n; i += gan_threads() * V) {
        float v[GAN_PACK(T)], g[GAN_PACK(T)];
        gan_load(y, i, n, wide, v);
        gan_load(dy, i, n, wide, g);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            if (row_scale != NULL && i + k < n) {
                g[k] *= row_scale[(i + k) / row_length];
            }
            g[k] *= 1.0f - v[k] * v[k];
        }
        gan_store(dx, i, n, wide, g);
    }
}

extern "C" gan_status gan_tanh_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type,
                                      int64_t n, gan_error *err)
{
    if (n == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "tanh", err,
                 GAN_LAUNCH(tanh_kernel<T>, gan_blocks(n, GAN_THREADS * GAN_PACK(T)), GAN_THREADS,
                            stream, (const T *)x, (T *)y, n, gan_aligned(x, y, NULL)));
    return gan_launched("tanh", err);
}

extern "C" gan_status gan_tanh_bwd_launch(cudaStream_t stream, const gan_tanh_bwd_desc *d,
                                          gan_error *err)
{
    if (d->n == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(d->type, "tanh_bwd", err,
                 GAN_LAUNCH(tanh_bwd_kernel<T>, gan_blocks(d->n, GAN_THREADS * GAN_PACK(T)),
                            GAN_THREADS, stream, (const T *)d->y, (const T *)d->dy, d->row_scale,
                            d->row_length, (T *)d->dx, d->n, gan_aligned(d->y, d->dy, d->dx)));
    return gan_launched("tanh_bwd", err);
}
