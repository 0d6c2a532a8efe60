/* scale_channels.cu — each channel times its own number. */
#include "kernels/pack.h"

template <typename T>
GAN_KERNEL(GAN_THREADS)
scale_channels_kernel(const T *x, const void *s, gan_dtype s_type, T *y, int64_t n,
                      int64_t channels, bool wide)
{
    const int V = GAN_PACK(T);
    for (int64_t i = gan_thread() * V; i < n; i += gan_threads() * V) {
        float v[GAN_PACK(T)];
        gan_load(x, i, n, wide, v);
        int64_t c = i % channels;
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] *= gan_read(s, s_type, c);
            c = c + 1 == channels ? 0 : c + 1;
        }
        gan_store(y, i, n, wide, v);
    }
}

extern "C" gan_status gan_scale_channels_launch(cudaStream_t stream, const gan_scale_desc *d,
                                                gan_error *err)
{
    const int64_t n = d->rows * d->columns;
    if (n == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(d->type, "scale_channels", err,
                 GAN_LAUNCH(scale_channels_kernel<T>, gan_blocks(n, GAN_THREADS * GAN_PACK(T)),
                            GAN_THREADS, stream, (const T *)d->x, d->s, d->s_type, (T *)d->y, n,
                            d->columns, gan_aligned(d->x, d->y, NULL)));
    return gan_launched("scale_channels", err);
}
