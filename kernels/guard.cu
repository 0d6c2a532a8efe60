/* guard.cu — raises the sticky flag on a value that is not finite. */
#include "kernels/device.h"

GAN_KERNEL(1)
guard_kernel(const float *metrics, const float *norm_g, const float *norm_d,
             const int64_t *counters, const int32_t *finite, int32_t *flag)
{
    bool good = true;
    for (int i = 0; i < GAN_METRIC_NORM_G; i++) {
        good = good && isfinite(metrics[i]);
    }
    if (norm_g != NULL && (finite == NULL || finite[GAN_NET_G] != 0)) {
        good = good && isfinite(*norm_g);
    }
    if (norm_d != NULL && (finite == NULL || finite[GAN_NET_D] != 0)) {
        good = good && isfinite(*norm_d);
    }
    if (flag[0] == 0 && !good) {
        flag[0] = 1;
        flag[1] = (int32_t)(counters[GAN_COUNTER_STEP] & 0x7FFFFFFF);
    }
}

extern "C" gan_status gan_guard_launch(cudaStream_t stream, const float *metrics,
                                       const float *norm_g, const float *norm_d,
                                       const int64_t *counters, const int32_t *finite,
                                       int32_t *flag, gan_error *err)
{
    GAN_LAUNCH(guard_kernel, 1, 1, stream, metrics, norm_g, norm_d, counters, finite, flag);
    return gan_launched("guard", err);
}
