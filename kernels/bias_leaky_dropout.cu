/* bias_leaky_dropout.cu — bias, LeakyReLU and dropout in one pass. */
#include "kernels/dropout.h"

/* Element j of a pack that starts at channel c: its bias. */
GAN_DEVICE float bias_at(const float *bias, int64_t c, int64_t channels)
{
    return bias[c < channels ? c : gan_modulo(c, channels)];
}

template <typename T>
GAN_KERNEL(GAN_THREADS)
bias_leaky_dropout_kernel(const T *x, const float *bias, gan_dropout dropout, T *y, int64_t n,
                          int64_t channels, float slope, bool wide)
{
    const int V = GAN_PACK(T);
    const uint64_t step =
        dropout.counters != NULL ? (uint64_t)dropout.counters[GAN_COUNTER_STEP] : 0;
    for (int64_t i = gan_thread() * V; i < n; i += gan_threads() * V) {
        float v[GAN_PACK(T)];
        gan_load(x, i, n, wide, v);
        if (bias != NULL) {
            const int64_t c = gan_modulo(i, channels);
            GAN_UNROLL
            for (int k = 0; k < V; k++) {
                v[k] += bias_at(bias, c + k, channels);
            }
        }
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] = v[k] > 0.0f ? v[k] : slope * v[k];
        }
        if (dropout.active) {
            gan_drop(&dropout, step, i, n, V, gan_rounded_away(x), v);
        }
        gan_store(y, i, n, wide, v);
    }
}

extern "C" gan_status gan_bias_leaky_dropout_launch(cudaStream_t stream,
                                                    const gan_bias_leaky_dropout_desc *d,
                                                    gan_error *err)
{
    const int64_t n = d->rows * d->channels;
    if (n == 0) {
        return GAN_OK;
    }
    const gan_dropout dropout = gan_dropout_of(d->attr, d->mask, d->counters);
    const bool wide = gan_aligned(d->x, d->y, NULL);
    GAN_FOR_TYPE(d->type, "bias_leaky_dropout", err,
                 GAN_LAUNCH(bias_leaky_dropout_kernel<T>, gan_blocks(n, GAN_THREADS * GAN_PACK(T)),
                            GAN_THREADS, stream, (const T *)d->x, d->bias, dropout, (T *)d->y, n,
                            d->channels, d->attr->slope, wide));
    return gan_launched("bias_leaky_dropout", err);
}
