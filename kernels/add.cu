/* add.cu — sum of two tensors. */
#include "kernels/pack.h"

template <typename T>
GAN_KERNEL(GAN_THREADS)
add_kernel(const T *a, const T *b, T *y, int64_t n, bool wide)
{
    const int V = GAN_PACK(T);
    for (int64_t i = gan_thread() * V; i < n; i += gan_threads() * V) {
        float v[GAN_PACK(T)], w[GAN_PACK(T)];
        gan_load(a, i, n, wide, v);
        gan_load(b, i, n, wide, w);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] += w[k];
        }
        gan_store(y, i, n, wide, v);
    }
}

extern "C" gan_status gan_add_launch(cudaStream_t stream, const void *a, const void *b, void *y,
                                     gan_dtype type, int64_t n, gan_error *err)
{
    if (n == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "add", err,
                 GAN_LAUNCH(add_kernel<T>, gan_blocks(n, GAN_THREADS * GAN_PACK(T)), GAN_THREADS,
                            stream, (const T *)a, (const T *)b, (T *)y, n, gan_aligned(a, b, y)));
    return gan_launched("add", err);
}
