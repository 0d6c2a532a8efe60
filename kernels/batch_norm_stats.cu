/* batch_norm_stats.cu — between a variance and the inverse deviation that cuDNN keeps. */
#include "kernels/device.h"

GAN_KERNEL(GAN_THREADS)
var_from_inv_std_kernel(const float *inv_std, float *var, int64_t n, float epsilon)
{
    for (int64_t i = gan_thread(); i < n; i += gan_threads()) {
        const float v = 1.0f / (inv_std[i] * inv_std[i]) - epsilon;
        var[i] = v < 0.0f ? 0.0f : v; /* NaN stays */
    }
}

GAN_KERNEL(GAN_THREADS)
inv_std_from_var_kernel(const float *var, float *inv_std, int64_t n, float epsilon)
{
    for (int64_t i = gan_thread(); i < n; i += gan_threads()) {
        inv_std[i] = 1.0f / sqrtf(var[i] + epsilon);
    }
}

extern "C" gan_status gan_var_from_inv_std_launch(cudaStream_t stream, const float *inv_std,
                                                  float *var, int64_t n, float epsilon,
                                                  gan_error *err)
{
    if (n == 0) {
        return GAN_OK;
    }
    GAN_LAUNCH(var_from_inv_std_kernel, gan_blocks(n, GAN_THREADS), GAN_THREADS, stream, inv_std,
               var, n, epsilon);
    return gan_launched("var_from_inv_std", err);
}

extern "C" gan_status gan_inv_std_from_var_launch(cudaStream_t stream, const float *var,
                                                  float *inv_std, int64_t n, float epsilon,
                                                  gan_error *err)
{
    if (n == 0) {
        return GAN_OK;
    }
    GAN_LAUNCH(inv_std_from_var_kernel, gan_blocks(n, GAN_THREADS), GAN_THREADS, stream, var,
               inv_std, n, epsilon);
    return gan_launched("inv_std_from_var", err);
}
