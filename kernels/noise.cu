/* noise.cu — normal(0,1) draws by themselves; along with a gather they are in its launch. */
#include "kernels/noise.h"

template <typename T> GAN_KERNEL(GAN_THREADS) noise_kernel(gan_noise_part noise, bool wide)
{
    gan_draw_noise<T>(&noise, wide, gan_thread(), gan_threads());
}

extern "C" gan_status gan_noise_launch(cudaStream_t stream, const int64_t *counters, void *z,
                                       gan_dtype type, int64_t n, const gan_noise_attr *attr,
                                       gan_error *err)
{
    const gan_noise_part noise = {counters, z, n, *attr};
    if (n == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "noise", err,
                 GAN_LAUNCH(noise_kernel<T>, gan_blocks(n, GAN_THREADS * GAN_PACK(T)), GAN_THREADS,
                            stream, noise, gan_aligned(z, NULL, NULL)));
    return gan_launched("noise", err);
}
