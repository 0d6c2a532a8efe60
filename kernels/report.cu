/* report.cu — the step's metrics to the ring; advances the step. */
#include "kernels/device.h"

GAN_KERNEL(1)
report_kernel(const float *metrics, const float *norm_g, const float *norm_d, const int32_t *flag,
              const int32_t *finite, int64_t *counters, float *ring, int64_t rows)
{
    float *row = ring + counters[GAN_COUNTER_STEP] % rows * GAN_METRIC_COUNT;
    for (int i = 0; i < GAN_METRIC_NORM_G; i++) {
        row[i] = metrics[i];
    }
    row[GAN_METRIC_NORM_G] = norm_g != NULL ? *norm_g : 0.0f;
    row[GAN_METRIC_NORM_D] = norm_d != NULL ? *norm_d : 0.0f;
    if (flag[0] == 0) {
        counters[GAN_COUNTER_STEP] += 1;
        counters[GAN_COUNTER_T_G] += finite == NULL || finite[GAN_NET_G] != 0;
        counters[GAN_COUNTER_T_D] += finite == NULL || finite[GAN_NET_D] != 0;
    }
}

extern "C" gan_status gan_report_launch(cudaStream_t stream, const float *metrics,
                                        const float *norm_g, const float *norm_d,
                                        const int32_t *flag, const int32_t *finite,
                                        int64_t *counters, float *ring, int64_t rows,
                                        gan_error *err)
{
    GAN_LAUNCH(report_kernel, 1, 1, stream, metrics, norm_g, norm_d, flag, finite, counters, ring,
               rows);
    return gan_launched("report", err);
}
