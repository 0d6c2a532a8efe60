/* batch_norm_around.cu — what cuDNN's batch normalization leaves to do: the LeakyReLU after it and
 * its gradient before the backward pass, and cuDNN's statistics made ours and ours made cuDNN's.
 *
 * cuDNN keeps the mean and 1/sqrt(var + epsilon), gan.c the mean and the variance. These are
 * vectors over the channels, so the first threads of a pass over the map convert them on the way.
 */
#include "kernels/batch_norm.h"

typedef struct after_args {
    const float *inv_std;
    float *var;
    int64_t n, channels;
    float epsilon, slope;
    bool wide;
} after_args;

template <typename T> GAN_KERNEL(GAN_THREADS) batch_norm_after_kernel(after_args a, T *y)
{
    const int V = GAN_PACK(T);
    for (int64_t c = gan_thread(); c < a.channels; c += gan_threads()) {
        const float var = 1.0f / (a.inv_std[c] * a.inv_std[c]) - a.epsilon;
        a.var[c] = var < 0.0f ? 0.0f : var; /* NaN stays */
    }
    for (int64_t i = gan_thread() * V; i < a.n; i += gan_threads() * V) {
        float v[GAN_PACK(T)];
        gan_load(y, i, a.n, a.wide, v);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] = v[k] > 0.0f ? v[k] : a.slope * v[k];
        }
        gan_store(y, i, a.n, a.wide, v);
    }
}

typedef struct before_args {
    const void *x, *dy;
    const float *gamma, *beta, *mean, *var;
    void *dz;
    float *inv_std;
    gan_tiling tiling;
    float epsilon, slope;
} before_args;

/* dz of one thread's rows of a slice. The LeakyReLU's output is not kept: its sign is that of the
 * normalized map, as it was rounded. */
template <typename T> GAN_DEVICE void slice_dz(const before_args *a, const gan_slice *s)
{
    const int V = GAN_PACK(T);
    const gan_tiling *t = &a->tiling;
    gan_affine z[GAN_PACK(T)];
    GAN_UNROLL
    for (int k = 0; k < V; k++) {
        z[k] = gan_affine_at(a->gamma, a->beta, a->mean, a->var, a->epsilon, s->channel + k,
                             t->channels);
    }
    for (int64_t row = s->first_row; row < s->end_row; row += t->height) {
        const int64_t at = row * t->channels;
        float x[GAN_PACK(T)], g[GAN_PACK(T)];
        gan_load((const T *)a->x + at, s->channel, t->channels, t->wide, x);
        gan_load((const T *)a->dy + at, s->channel, t->channels, t->wide, g);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            T rounded;
            gan_round(gan_affine_apply(&z[k], x[k]), &rounded);
            g[k] *= gan_float(rounded) > 0.0f ? 1.0f : a->slope;
        }
        gan_store((T *)a->dz + at, s->channel, t->channels, t->wide, g);
    }
}

template <typename T> GAN_KERNEL(GAN_THREADS) batch_norm_before_bwd_kernel(before_args a)
{
    const gan_tiling *t = &a.tiling;
    for (int64_t c = gan_thread(); c < t->channels; c += gan_threads()) {
        a.inv_std[c] = 1.0f / sqrtf(a.var[c] + a.epsilon);
    }
    for (int64_t item = blockIdx.x; a.dz != NULL && item < t->tiles * t->slices;
         item += gridDim.x) {
        const gan_slice s = gan_take_slice(t, item, GAN_PACK(T));
        slice_dz<T>(&a, &s);
    }
}

extern "C" gan_status
gan_batch_norm_after_launch(cudaStream_t stream, const gan_batch_norm_after_desc *d, gan_error *err)
{
    const bool bends = d->attr->slope != 1.0f;
    const after_args a = {
        d->inv_std,       d->var,         bends ? d->rows * d->channels : 0, d->channels,
        d->attr->epsilon, d->attr->slope, gan_aligned(d->y, NULL, NULL)};
    if (d->rows * d->channels == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(d->type, "batch_norm_after", err, {
        const int64_t packs = (a.n + GAN_PACK(T) - 1) / GAN_PACK(T);
        GAN_LAUNCH(batch_norm_after_kernel<T>,
                   gan_blocks(packs > a.channels ? packs : a.channels, GAN_THREADS), GAN_THREADS,
                   stream, a, (T *)d->y);
    });
    return gan_launched("batch_norm_after", err);
}

extern "C" gan_status gan_batch_norm_before_bwd_launch(cudaStream_t stream,
                                                       const gan_batch_norm_before_bwd_desc *d,
                                                       gan_error *err)
{
    before_args a = {d->x,  d->dy,      d->gamma, d->beta,          d->mean,       d->var,
                     d->dz, d->inv_std, {},       d->attr->epsilon, d->attr->slope};
    if (d->rows * d->channels == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(d->type, "batch_norm_before_bwd", err, {
        a.tiling = gan_tile(d->rows, d->channels, GAN_PACK(T));
        a.tiling.wide = d->channels % GAN_PACK(T) == 0 && gan_aligned(d->x, d->dy, d->dz);
        const int64_t items = a.tiling.tiles * a.tiling.slices;
        GAN_LAUNCH(batch_norm_before_bwd_kernel<T>,
                   d->dz != NULL ? gan_blocks(items, 1) : gan_blocks(d->channels, GAN_THREADS),
                   GAN_THREADS, stream, a);
    });
    return gan_launched("batch_norm_before_bwd", err);
}

GAN_KERNEL(GAN_THREADS)
batch_norm_after_bwd_kernel(const float *from_dgamma, const float *from_dbeta, void *dgamma,
                            void *dbeta, gan_dtype grad_type, int64_t channels, bool adds)
{
    for (int64_t c = gan_thread(); c < channels; c += gan_threads()) {
        gan_write_or_add(dgamma, grad_type, c, from_dgamma[c], adds);
        gan_write_or_add(dbeta, grad_type, c, from_dbeta[c], adds);
    }
}

extern "C" gan_status gan_batch_norm_after_bwd_launch(cudaStream_t stream,
                                                      const gan_batch_norm_after_bwd_desc *d,
                                                      gan_error *err)
{
    if (d->channels == 0) {
        return GAN_OK;
    }
    GAN_LAUNCH(batch_norm_after_bwd_kernel, gan_blocks(d->channels, GAN_THREADS), GAN_THREADS,
               stream, d->from_dgamma, d->from_dbeta, d->dgamma, d->dbeta, d->grad_type,
               d->channels, d->adds);
    return gan_launched("batch_norm_after_bwd", err);
}
