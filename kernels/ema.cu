/* ema.cu — averaged generator. */
#include "kernels/pack.h"
#include "program/ema_decay.h"

GAN_KERNEL(GAN_THREADS)
ema_kernel(const float *source, const double *rates, const int32_t *flag, const int64_t *counters,
           float *average, int64_t n, bool wide)
{
    const int V = GAN_PACK(float);
    if (flag[0] != 0) {
        return;
    }
    float decay = (float)rates[GAN_RATE_EMA];
    if (counters != NULL) {
        decay = gan_ema_decay(decay, counters[gan_counter_of(GAN_NET_G)]);
    }
    for (int64_t i = gan_thread() * V; i < n; i += gan_threads() * V) {
        float s[GAN_PACK(float)], a[GAN_PACK(float)];
        gan_load(source, i, n, wide, s);
        gan_load(average, i, n, wide, a);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            a[k] = decay * a[k] + (1.0f - decay) * s[k];
        }
        gan_store(average, i, n, wide, a);
    }
}

extern "C" gan_status gan_ema_launch(cudaStream_t stream, const float *source, const double *rates,
                                     const int32_t *flag, const int64_t *counters, float *average,
                                     int64_t n, gan_error *err)
{
    if (n == 0) {
        return GAN_OK;
    }
    GAN_LAUNCH(ema_kernel, gan_blocks(n, GAN_THREADS * GAN_PACK(float)), GAN_THREADS, stream,
               source, rates, flag, counters, average, n, gan_aligned(source, average, NULL));
    return gan_launched("ema", err);
}
