/* batch_norm_bwd.cu — gradients of batch normalization and the LeakyReLU after it.
 *
 * With d = x - mean and g = dy where z > 0, slope dy elsewhere (z = gamma d / std + beta):
 * dbeta = sum g, dgamma = sum g d / std, dx = gamma / std (g - dbeta / rows - d sum g d / (rows
 * std^2)). Three phases of one grid, as in batch_norm.cu. */
#include "kernels/batch_norm.h"
#include "kernels/together.h"

typedef struct batch_norm_bwd_args {
    const void *x, *dy;
    const float *gamma, *beta, *mean, *var;
    void *dx, *dgamma, *dbeta;
    double *partial; /* [2][slice][channel]: sums of g and of g d */
    float *mean_g;   /* [2][channel]: those over rows, and over rows std^2 */
    gan_tiling tiling;
    gan_dtype grad_type;
    float epsilon, slope;
    bool adds; /* dgamma and dbeta are added to what is there */
} batch_norm_bwd_args;

/* g and d of one pack of one row. */
template <typename T>
GAN_DEVICE void load_pack(const batch_norm_bwd_args *a, const gan_affine *z, int64_t row,
                          int64_t channel, float *g, float *d)
{
    const gan_tiling *t = &a->tiling;
    const int64_t at = row * t->channels;
    gan_load((const T *)a->x + at, channel, t->channels, t->wide, d);
    gan_load((const T *)a->dy + at, channel, t->channels, t->wide, g);
    GAN_UNROLL
    for (int k = 0; k < GAN_PACK(T); k++) {
        g[k] *= gan_affine_apply(&z[k], d[k]) > 0.0f ? 1.0f : a->slope;
        d[k] -= z[k].mean;
    }
}

template <typename T>
GAN_DEVICE void load_affine(const batch_norm_bwd_args *a, int64_t channel, gan_affine *z)
{
    GAN_UNROLL
    for (int k = 0; k < GAN_PACK(T); k++) {
        z[k] = gan_affine_at(a->gamma, a->beta, a->mean, a->var, a->epsilon, channel + k,
                             a->tiling.channels);
    }
}

template <typename T> GAN_DEVICE void slice_phase(const batch_norm_bwd_args *a, float *shared)
{
    const int V = GAN_PACK(T);
    const gan_tiling *t = &a->tiling;
    for (int64_t item = blockIdx.x; item < t->tiles * t->slices; item += gridDim.x) {
        const gan_slice s = gan_take_slice(t, item, V);
        float sum[GAN_PACK(T)] = {0.0f}, dot[GAN_PACK(T)] = {0.0f};
        gan_affine z[GAN_PACK(T)];
        load_affine<T>(a, s.channel, z);
        for (int64_t row = s.first_row; row < s.end_row; row += t->height) {
            float g[GAN_PACK(T)], d[GAN_PACK(T)];
            load_pack<T>(a, z, row, s.channel, g, d);
            GAN_UNROLL
            for (int k = 0; k < V; k++) {
                sum[k] += g[k];
                dot[k] += g[k] * d[k];
            }
        }
        gan_sum_rows(t, V, sum, shared);
        gan_sum_rows(t, V, dot, shared);
        if (threadIdx.x < (unsigned)t->width) {
            gan_leave_slice<T>(t, &s, sum, a->partial);
            gan_leave_slice<T>(t, &s, dot, a->partial + t->slices * t->channels);
        }
    }
}

GAN_DEVICE void combine_phase(const batch_norm_bwd_args *a, double *shared)
{
    const gan_tiling *t = &a->tiling;
    const double rows = (double)t->rows;
    for (int64_t first = (int64_t)blockIdx.x * GAN_COMBINE_WIDTH; first < t->channels;
         first += (int64_t)gridDim.x * GAN_COMBINE_WIDTH) {
        const int64_t c = first + threadIdx.x % GAN_COMBINE_WIDTH;
        const double sum = gan_combine_sum(a->partial, t->slices, t->channels, c, shared);
        const double dot = gan_combine_sum(a->partial + t->slices * t->channels, t->slices,
                                           t->channels, c, shared);
        if (threadIdx.x < GAN_COMBINE_WIDTH && c < t->channels) {
            const double spread = (double)a->var[c] + (double)a->epsilon;
            a->mean_g[c] = (float)(sum / rows);
            a->mean_g[t->channels + c] = (float)(dot / rows / spread);
            gan_write_or_add(a->dbeta, a->grad_type, c, (float)sum, a->adds);
            gan_write_or_add(a->dgamma, a->grad_type, c, (float)(dot / sqrt(spread)), a->adds);
        }
    }
}

template <typename T> GAN_DEVICE void dx_phase(const batch_norm_bwd_args *a)
{
    const int V = GAN_PACK(T);
    const gan_tiling *t = &a->tiling;
    for (int64_t item = blockIdx.x; item < t->tiles * t->slices; item += gridDim.x) {
        const gan_slice s = gan_take_slice(t, item, V);
        float sum[GAN_PACK(T)], dot[GAN_PACK(T)];
        gan_affine z[GAN_PACK(T)];
        load_affine<T>(a, s.channel, z);
        gan_load_vector<T>(a->mean_g, s.channel, t->channels, sum);
        gan_load_vector<T>(a->mean_g + t->channels, s.channel, t->channels, dot);
        for (int64_t row = s.first_row; row < s.end_row; row += t->height) {
            float g[GAN_PACK(T)], d[GAN_PACK(T)];
            load_pack<T>(a, z, row, s.channel, g, d);
            GAN_UNROLL
            for (int k = 0; k < V; k++) {
                g[k] = z[k].factor * (g[k] - sum[k] - d[k] * dot[k]);
            }
            gan_store((T *)a->dx + row * t->channels, s.channel, t->channels, t->wide, g);
        }
    }
}

template <typename T> GAN_KERNEL(GAN_THREADS) batch_norm_bwd_kernel(batch_norm_bwd_args a)
{
    GAN_SHARED(float, s_row, GAN_PACK(T) * GAN_THREADS);
    GAN_SHARED(double, s_total, GAN_THREADS);
    slice_phase<T>(&a, s_row);
    gan_grid_sync();
    combine_phase(&a, s_total);
    gan_grid_sync();
    dx_phase<T>(&a);
}

extern "C" gan_status gan_batch_norm_bwd_launch(cudaStream_t stream,
                                                const gan_batch_norm_bwd_desc *d, gan_error *err)
{
    static const char op[] = "batch_norm_bwd";
    if (d->rows * d->channels == 0) {
        return GAN_OK;
    }
    batch_norm_bwd_args a = {};
    a.x = d->x;
    a.dy = d->dy;
    a.gamma = d->gamma;
    a.beta = d->beta;
    a.mean = d->mean;
    a.var = d->var;
    a.dx = d->dx;
    a.dgamma = d->dgamma;
    a.dbeta = d->dbeta;
    a.grad_type = d->grad_type;
    a.epsilon = d->attr->epsilon;
    a.slope = d->attr->slope;
    a.adds = d->adds;
    GAN_FOR_TYPE(d->type, op, err, {
        a.tiling = gan_tile(d->rows, d->channels, GAN_PACK(T));
        a.tiling.wide = d->channels % GAN_PACK(T) == 0 && gan_aligned(d->x, d->dy, d->dx);
        a.partial = (double *)d->scratch;
        a.mean_g = (float *)(a.partial + 2 * a.tiling.slices * d->channels);
        unsigned blocks = 0;
        GAN_TRY(gan_resident_blocks(op, (const void *)batch_norm_bwd_kernel<T>, GAN_THREADS,
                                    a.tiling.tiles * a.tiling.slices, &blocks, err));
        GAN_LAUNCH_TOGETHER(batch_norm_bwd_kernel<T>, blocks, GAN_THREADS, stream, a);
    });
    return gan_launched(op, err);
}

extern "C" int64_t gan_batch_norm_bwd_scratch(int64_t rows, int64_t channels)
{
    return gan_batch_norm_scratch(rows, channels); /* two sums a slice, two floats a channel */
}
