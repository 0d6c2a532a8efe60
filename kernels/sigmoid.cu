/* sigmoid.cu — logistic function and its backward pass. */
#include "kernels/pack.h"

GAN_DEVICE float logistic(float x)
{
    const float e = expf(-fabsf(x)); /* never overflows */
    return x >= 0.0f ? 1.0f / (1.0f + e) : e / (1.0f + e);
}

template <typename T> GAN_KERNEL(GAN_THREADS) sigmoid_kernel(const T *x, T *y, int64_t n, bool wide)
{
    const int V = GAN_PACK(T);
    for (int64_t i = gan_thread() * V; i < n; i += gan_threads() * V) {
        float v[GAN_PACK(T)];
        gan_load(x, i, n, wide, v);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] = logistic(v[k]);
        }
        gan_store(y, i, n, wide, v);
    }
}

template <typename T>
GAN_KERNEL(GAN_THREADS)
sigmoid_bwd_kernel(const T *y, const T *dy, T *dx, int64_t n, bool wide)
{
    const int V = GAN_PACK(T);
    for (int64_t i = gan_thread() * V; i < n; i += gan_threads() * V) {
        float v[GAN_PACK(T)], g[GAN_PACK(T)];
        gan_load(y, i, n, wide, v);
        gan_load(dy, i, n, wide, g);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            g[k] *= v[k] * (1.0f - v[k]);
        }
        gan_store(dx, i, n, wide, g);
    }
}

extern "C" gan_status gan_sigmoid_launch(cudaStream_t stream, const void *x, void *y,
                                         gan_dtype type, int64_t n, gan_error *err)
{
    if (n == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "sigmoid", err,
                 GAN_LAUNCH(sigmoid_kernel<T>, gan_blocks(n, GAN_THREADS * GAN_PACK(T)),
                            GAN_THREADS, stream, (const T *)x, (T *)y, n, gan_aligned(x, y, NULL)));
    return gan_launched("sigmoid", err);
}

extern "C" gan_status gan_sigmoid_bwd_launch(cudaStream_t stream, const void *y, const void *dy,
                                             void *dx, gan_dtype type, int64_t n, gan_error *err)
{
    if (n == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "sigmoid_bwd", err,
                 GAN_LAUNCH(sigmoid_bwd_kernel<T>, gan_blocks(n, GAN_THREADS * GAN_PACK(T)),
                            GAN_THREADS, stream, (const T *)y, (const T *)dy, (T *)dx, n,
                            gan_aligned(y, dy, dx)));
    return gan_launched("sigmoid_bwd", err);
}
