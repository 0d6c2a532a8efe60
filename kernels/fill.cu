/* fill.cu — one number everywhere. */
#include "kernels/pack.h"

template <typename T>
GAN_KERNEL(GAN_THREADS)
fill_kernel(double factor, const double *rate, T *y, int64_t n, bool wide)
{
    const int V = GAN_PACK(T);
    const float value = (float)(rate ? factor * *rate : factor);
    for (int64_t i = gan_thread() * V; i < n; i += gan_threads() * V) {
        float v[GAN_PACK(T)];
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] = value;
        }
        gan_store(y, i, n, wide, v);
    }
}

extern "C" gan_status gan_fill_launch(cudaStream_t stream, const gan_fill_attr *attr,
                                      const double *rates, void *y, gan_dtype type, int64_t n,
                                      gan_error *err)
{
    const double *rate = rates ? rates + attr->rate : NULL;
    if (n == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "fill", err,
                 GAN_LAUNCH(fill_kernel<T>, gan_blocks(n, GAN_THREADS * GAN_PACK(T)), GAN_THREADS,
                            stream, attr->factor, rate, (T *)y, n, gan_aligned(y, y, y)));
    return gan_launched("fill", err);
}
