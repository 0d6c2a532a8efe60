/* batch_norm_infer.cu — batch normalization by the moving statistics, and LeakyReLU. */
#include "kernels/batch_norm.h"

template <typename T>
GAN_KERNEL(GAN_THREADS)
batch_norm_infer_kernel(const T *x, const float *gamma, const float *beta, const float *mean,
                        const float *var, T *y, gan_tiling t, gan_norm_attr attr)
{
    const int V = GAN_PACK(T);
    for (int64_t item = blockIdx.x; item < t.tiles * t.slices; item += gridDim.x) {
        const gan_slice s = gan_take_slice(&t, item, V);
        gan_affine z[GAN_PACK(T)];
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            z[k] = gan_affine_at(gamma, beta, mean, var, attr.epsilon, s.channel + k, t.channels);
        }
        for (int64_t row = s.first_row; row < s.end_row; row += t.height) {
            float v[GAN_PACK(T)];
            gan_load(x + row * t.channels, s.channel, t.channels, t.wide, v);
            GAN_UNROLL
            for (int k = 0; k < V; k++) {
                v[k] = gan_affine_apply(&z[k], v[k]);
                v[k] = v[k] > 0.0f ? v[k] : attr.slope * v[k];
            }
            gan_store(y + row * t.channels, s.channel, t.channels, t.wide, v);
        }
    }
}

extern "C" gan_status gan_batch_norm_infer_launch(cudaStream_t stream, const void *x,
                                                  const float *gamma, const float *beta,
                                                  const float *mean, const float *var, void *y,
                                                  gan_dtype type, int64_t rows, int64_t channels,
                                                  const gan_norm_attr *attr, gan_error *err)
{
    if (rows * channels == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "batch_norm_infer", err, {
        gan_tiling t = gan_tile(rows, channels, GAN_PACK(T));
        t.wide = channels % GAN_PACK(T) == 0 && gan_aligned(x, y, NULL);
        GAN_LAUNCH(batch_norm_infer_kernel<T>, gan_blocks(t.tiles * t.slices, 1), GAN_THREADS,
                   stream, (const T *)x, gamma, beta, mean, var, (T *)y, t, *attr);
    });
    return gan_launched("batch_norm_infer", err);
}
