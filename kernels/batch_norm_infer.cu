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

extern "C" gan_status
gan_batch_norm_infer_launch(cudaStream_t stream, const gan_batch_norm_infer_desc *d, gan_error *err)
{
    if (d->rows * d->channels == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(d->type, "batch_norm_infer", err, {
        gan_tiling t = gan_tile(d->rows, d->channels, GAN_PACK(T));
        t.wide = d->channels % GAN_PACK(T) == 0 && gan_aligned(d->x, d->y, NULL);
        GAN_LAUNCH(batch_norm_infer_kernel<T>, gan_blocks(t.tiles * t.slices, 1), GAN_THREADS,
                   stream, (const T *)d->x, d->gamma, d->beta, d->mean, d->var, (T *)d->y, t,
                   *d->attr);
    });
    return gan_launched("batch_norm_infer", err);
}
