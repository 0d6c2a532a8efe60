/* loss_scale.cu — dynamic loss scaling for fp16 (Micikevicius et al., "Mixed precision training",
 * 2018), one scale for each of G and D. */
#include "kernels/device.h"

#define MAX_SCALE 16777216.0f

GAN_KERNEL(GAN_NET_COUNT)
scale_init_kernel(float *scale, int32_t *growth, int32_t *finite, float value)
{
    const int net = (int)threadIdx.x;
    scale[net] = value;
    growth[net] = 0;
    finite[net] = 1;
}

GAN_KERNEL(GAN_NET_COUNT) scale_update_kernel(float *scale, int32_t *growth, int32_t *finite)
{
    const int net = (int)threadIdx.x;
    if (finite[net] == 0) {
        scale[net] = fmaxf(scale[net] * 0.5f, 1.0f);
        growth[net] = 0;
        finite[net] = 1;
        return;
    }
    growth[net] += 1;
    if (growth[net] >= GAN_SCALE_GROWTH_STEPS) {
        scale[net] = fminf(scale[net] * 2.0f, MAX_SCALE);
        growth[net] = 0;
    }
}

extern "C" gan_status gan_scale_init_launch(cudaStream_t stream, float *scale, int32_t *growth,
                                            int32_t *finite, float value, gan_error *err)
{
    GAN_LAUNCH(scale_init_kernel, 1, GAN_NET_COUNT, stream, scale, growth, finite, value);
    return gan_launched("scale_init", err);
}

extern "C" gan_status gan_scale_update_launch(cudaStream_t stream, float *scale, int32_t *growth,
                                              int32_t *finite, gan_error *err)
{
    GAN_LAUNCH(scale_update_kernel, 1, GAN_NET_COUNT, stream, scale, growth, finite);
    return gan_launched("scale_update", err);
}
