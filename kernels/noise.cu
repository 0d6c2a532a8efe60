/* noise.cu — normal(0,1) draws by index (base/normal.h), four of each philox block. */
#include "kernels/pack.h"

/* The pair of draws of two words, by Box and Muller. sincospi has no slow path for large angles. */
GAN_DEVICE void normal_pair(uint32_t a, uint32_t b, float *even, float *odd)
{
    const float radius = sqrtf(-2.0f * logf(gan_unit_float(a)));
    float sine, cosine;
    sincospif(2.0f * gan_unit_float(b), &sine, &cosine);
    *even = radius * cosine;
    *odd = radius * sine;
}

template <typename T>
GAN_KERNEL(GAN_THREADS)
noise_kernel(const int64_t *counters, T *z, int64_t n, gan_noise_attr attr, bool wide)
{
    const int V = GAN_PACK(T);
    const uint64_t step = (uint64_t)counters[GAN_COUNTER_STEP];
    for (int64_t i = gan_thread() * V; i < n; i += gan_threads() * V) {
        float v[GAN_PACK(T)];
        GAN_UNROLL
        for (int k = 0; k < V; k += 4) {
            const gan_philox4 words =
                gan_philox(attr.seed, attr.stream, step, (uint32_t)((i + k) / 4));
            normal_pair(words.v[0], words.v[1], &v[k], &v[k + 1]);
            normal_pair(words.v[2], words.v[3], &v[k + 2], &v[k + 3]);
        }
        gan_store(z, i, n, wide, v);
    }
}

extern "C" gan_status gan_noise_launch(cudaStream_t stream, const int64_t *counters, void *z,
                                       gan_dtype type, int64_t n, const gan_noise_attr *attr,
                                       gan_error *err)
{
    if (n == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "noise", err,
                 GAN_LAUNCH(noise_kernel<T>, gan_blocks(n, GAN_THREADS * GAN_PACK(T)), GAN_THREADS,
                            stream, counters, (T *)z, n, *attr, gan_aligned(z, NULL, NULL)));
    return gan_launched("noise", err);
}
