/* batch_norm.cu — batch normalization by the batch's statistics, and LeakyReLU.
 *
 * Three phases of one grid: each slice of rows leaves mean and squared deviation per channel, these
 * are combined per channel, then everything is normalized. Welford's recurrence runs on
 * x - x[row 0], so that neither a large mean nor an odd first row costs digits. */
#include "kernels/batch_norm.h"
#include "kernels/together.h"

typedef struct batch_norm_args {
    const void *x;
    const float *gamma, *beta;
    void *y;
    float *mean, *var;
    float *slice_mean, *slice_m2; /* [slice][channel]; the means are of x - x[row 0] */
    gan_tiling tiling;
    float epsilon, slope;
} batch_norm_args;

/* Mean and sum of squared deviations of n numbers. */
typedef struct moments {
    float n, mean, m2;
} moments;

/* a = statistics of a's numbers and b's (Chan, Golub, LeVeque 1983). */
GAN_DEVICE void merge(moments *a, float n, float mean, float m2)
{
    if (n > 0.0f) {
        const float total = a->n + n, share = n / total, d = mean - a->mean;
        a->mean += d * share;
        a->m2 += m2 + d * d * a->n * share;
        a->n = total;
    }
}

/* The moments of this thread's rows, one set per channel of its pack; returns how many rows. */
template <typename T>
GAN_DEVICE float own_moments(const batch_norm_args *a, const gan_slice *s, float *mean, float *m2)
{
    const int V = GAN_PACK(T);
    const gan_tiling *t = &a->tiling;
    const T *x = (const T *)a->x;
    float shift[GAN_PACK(T)], v[GAN_PACK(T)], n = 0.0f;
    GAN_UNROLL
    for (int k = 0; k < V; k++) {
        mean[k] = m2[k] = 0.0f;
    }
    gan_load(x, s->channel, t->channels, t->wide, shift);
    for (int64_t row = s->first_row; row < s->end_row; row += t->height) {
        gan_load(x + row * t->channels, s->channel, t->channels, t->wide, v);
        n += 1.0f;
        const float share = 1.0f / n;
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            const float d = (v[k] - shift[k]) - mean[k];
            mean[k] += d * share;
            m2[k] += d * ((v[k] - shift[k]) - mean[k]);
        }
    }
    return n;
}

/* Merges the rows of the block, in place in shared memory: [k][thread]. */
template <typename T>
GAN_DEVICE void merge_rows(const gan_tiling *t, float *s_n, float *s_mean, float *s_m2)
{
    const int me = (int)threadIdx.x, ty = me / t->width;
    for (int reach = t->height / 2; reach > 0; reach /= 2) {
        __syncthreads();
        if (ty < reach) {
            const int other = me + reach * t->width;
            const float n = s_n[me], n_other = s_n[other];
            GAN_UNROLL
            for (int k = 0; k < GAN_PACK(T); k++) {
                const int at = k * GAN_THREADS + me, from = k * GAN_THREADS + other;
                moments m = {n, s_mean[at], s_m2[at]};
                merge(&m, n_other, s_mean[from], s_m2[from]);
                s_mean[at] = m.mean;
                s_m2[at] = m.m2;
            }
            s_n[me] = n + n_other;
        }
    }
    __syncthreads();
}

template <typename T>
GAN_DEVICE void slice_phase(const batch_norm_args *a, float *s_n, float *s_mean, float *s_m2)
{
    const int V = GAN_PACK(T), me = (int)threadIdx.x;
    const gan_tiling *t = &a->tiling;
    for (int64_t item = blockIdx.x; item < t->tiles * t->slices; item += gridDim.x) {
        const gan_slice s = gan_take_slice(t, item, V);
        float mean[GAN_PACK(T)] = {0.0f}, m2[GAN_PACK(T)] = {0.0f}, n = 0.0f;
        if (s.channel < t->channels) {
            n = own_moments<T>(a, &s, mean, m2);
        }
        s_n[me] = n;
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            s_mean[k * GAN_THREADS + me] = mean[k];
            s_m2[k * GAN_THREADS + me] = m2[k];
        }
        merge_rows<T>(t, s_n, s_mean, s_m2);
        if (me < t->width) {
            GAN_UNROLL
            for (int k = 0; k < V; k++) {
                mean[k] = s_mean[k * GAN_THREADS + me];
                m2[k] = s_m2[k * GAN_THREADS + me];
            }
            gan_store(a->slice_mean + s.slice * t->channels, s.channel, t->channels, false, mean);
            gan_store(a->slice_m2 + s.slice * t->channels, s.channel, t->channels, false, m2);
        }
        __syncthreads();
    }
}

/* One group of GAN_COMBINE_WIDTH channels; shared arrays of GAN_THREADS. */
template <typename T>
GAN_DEVICE void combine_channels(const batch_norm_args *a, int64_t first, float *s_n,
                                 float *s_mean, float *s_m2)
{
    const gan_tiling *t = &a->tiling;
    const int me = (int)threadIdx.x, row = me / GAN_COMBINE_WIDTH;
    const int64_t c = first + me % GAN_COMBINE_WIDTH;
    moments m = {0.0f, 0.0f, 0.0f};
    for (int64_t s = row; s < t->slices && c < t->channels; s += GAN_COMBINE_HEIGHT) {
        const int64_t end = (s + 1) * t->slice_rows;
        const int64_t rows = (end < t->rows ? end : t->rows) - s * t->slice_rows;
        merge(&m, (float)rows, a->slice_mean[s * t->channels + c], a->slice_m2[s * t->channels + c]);
    }
    s_n[me] = m.n;
    s_mean[me] = m.mean;
    s_m2[me] = m.m2;
    for (int reach = GAN_COMBINE_HEIGHT / 2; reach > 0; reach /= 2) {
        __syncthreads();
        if (row < reach) {
            const int other = me + reach * GAN_COMBINE_WIDTH;
            merge(&m, s_n[other], s_mean[other], s_m2[other]);
            s_n[me] = m.n;
            s_mean[me] = m.mean;
            s_m2[me] = m.m2;
        }
    }
    if (row == 0 && c < t->channels) {
        a->mean[c] = gan_float(((const T *)a->x)[c]) + m.mean;
        a->var[c] = m.m2 / (float)t->rows;
    }
    __syncthreads();
}

template <typename T> GAN_DEVICE void normalize_phase(const batch_norm_args *a)
{
    const int V = GAN_PACK(T);
    const gan_tiling *t = &a->tiling;
    for (int64_t item = blockIdx.x; item < t->tiles * t->slices; item += gridDim.x) {
        const gan_slice s = gan_take_slice(t, item, V);
        gan_affine z[GAN_PACK(T)];
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            z[k] = gan_affine_at(a->gamma, a->beta, a->mean, a->var, a->epsilon, s.channel + k,
                                 t->channels);
        }
        for (int64_t row = s.first_row; row < s.end_row; row += t->height) {
            float v[GAN_PACK(T)];
            gan_load((const T *)a->x + row * t->channels, s.channel, t->channels, t->wide, v);
            GAN_UNROLL
            for (int k = 0; k < V; k++) {
                v[k] = gan_affine_apply(&z[k], v[k]);
                v[k] = v[k] > 0.0f ? v[k] : a->slope * v[k];
            }
            gan_store((T *)a->y + row * t->channels, s.channel, t->channels, t->wide, v);
        }
    }
}

template <typename T> GAN_KERNEL(GAN_THREADS) batch_norm_kernel(batch_norm_args a)
{
    GAN_SHARED(float, s_n, GAN_THREADS);
    GAN_SHARED(float, s_mean, GAN_PACK(T) * GAN_THREADS);
    GAN_SHARED(float, s_m2, GAN_PACK(T) * GAN_THREADS);
    slice_phase<T>(&a, s_n, s_mean, s_m2);
    gan_grid_sync();
    for (int64_t first = (int64_t)blockIdx.x * GAN_COMBINE_WIDTH; first < a.tiling.channels;
         first += (int64_t)gridDim.x * GAN_COMBINE_WIDTH) {
        combine_channels<T>(&a, first, s_n, s_mean, s_m2);
    }
    gan_grid_sync();
    normalize_phase<T>(&a);
}

extern "C" gan_status gan_batch_norm_launch(cudaStream_t stream, const void *x, const float *gamma,
                                            const float *beta, void *y, float *mean, float *var,
                                            gan_dtype type, int64_t rows, int64_t channels,
                                            const gan_norm_attr *attr, void *scratch,
                                            gan_error *err)
{
    static const char op[] = "batch_norm";
    if (rows * channels == 0) {
        return GAN_OK;
    }
    batch_norm_args a = {x, gamma, beta, y, mean, var, NULL, NULL, {}, attr->epsilon, attr->slope};
    GAN_FOR_TYPE(type, op, err, {
        a.tiling = gan_tile(rows, channels, GAN_PACK(T));
        a.tiling.wide = channels % GAN_PACK(T) == 0 && gan_aligned(x, y, NULL);
        a.slice_mean = (float *)scratch;
        a.slice_m2 = a.slice_mean + a.tiling.slices * channels;
        unsigned blocks = 0;
        GAN_TRY(gan_resident_blocks(op, (const void *)batch_norm_kernel<T>, GAN_THREADS,
                                    a.tiling.tiles * a.tiling.slices, &blocks, err));
        GAN_LAUNCH_TOGETHER(batch_norm_kernel<T>, blocks, GAN_THREADS, stream, a);
    });
    return gan_launched(op, err);
}

extern "C" int64_t gan_batch_norm_scratch(int64_t rows, int64_t channels)
{
    const gan_tiling f32 = gan_tile(rows, channels, GAN_PACK(float));
    const gan_tiling f16 = gan_tile(rows, channels, GAN_PACK(__half));
    const int64_t a = gan_tile_scratch(&f32, 2), b = gan_tile_scratch(&f16, 2);
    return a > b ? a : b;
}
