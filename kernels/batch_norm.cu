/* batch_norm.cu — batch normalization by the batch's statistics, and LeakyReLU.
 *
 * Three phases of one grid: each slice of rows leaves two sums per channel, these are combined per
 * channel, then everything is normalized. The sums are of x - x[row 0] and of its square, with
 * twice the digits of a float, so that neither a large mean nor an odd first row costs any; where
 * they leave a float's range, they are doubles (pair.h). */
#include "kernels/pair.h"
#include "kernels/tiling.h"
#include "kernels/together.h"

typedef struct batch_norm_args {
    const void *x;
    const float *gamma, *beta;
    void *y;
    float *mean, *var;
    double *sum, *square; /* [slice][channel]: of d = x - shift, of d^2 */
    float *rest, *factor; /* [channel]: mean - (float)mean; gamma / deviation */
    gan_tiling tiling;
    float epsilon, slope;
} batch_norm_args;

/* The sums of this thread's rows, for each channel of its pack. */
template <typename T>
GAN_DEVICE void own_sums(const batch_norm_args *a, const gan_slice *s, gan_pair *sum,
                         gan_pair *square)
{
    const gan_tiling *t = &a->tiling;
    const T *x = (const T *)a->x;
    float shift[GAN_PACK(T)], v[GAN_PACK(T)];
    gan_load(x, s->channel, t->channels, t->wide, shift);
    for (int64_t row = s->first_row; row < s->end_row; row += t->height) {
        gan_load(x + row * t->channels, s->channel, t->channels, t->wide, v);
        GAN_UNROLL
        for (int k = 0; k < GAN_PACK(T); k++) {
            const gan_pair d = gan_exact_sum(v[k], -shift[k]);
            gan_pair d2 = gan_exact_product(d.hi, d.hi);
            d2.lo += 2.0f * d.hi * d.lo;
            gan_pair_add(&sum[k], d);
            gan_pair_add(&square[k], d2);
        }
    }
}

/* The sum of d, or of d^2, over one slice of channel c, where a pair cannot hold it: by one thread,
 * since a step that comes here is a training's last one or nearly so. */
template <typename T>
GAN_DEVICE double slice_sum(const batch_norm_args *a, const gan_slice *s, int64_t c, bool squares)
{
    const gan_tiling *t = &a->tiling;
    const T *x = (const T *)a->x + c;
    const double shift = (double)gan_float(x[0]);
    double sum = 0.0;
    GAN_ROLLED
    for (int64_t row = s->slice * t->slice_rows; row < s->end_row; row++) {
        const double d = (double)gan_float(x[row * t->channels]) - shift;
        sum += squares ? d * d : d;
    }
    return sum;
}

/* Adds the rows of the block; the results are row 0's, written out as doubles. */
template <typename T>
GAN_DEVICE void leave_sums(const batch_norm_args *a, const gan_slice *s, gan_pair *v, bool squares,
                           gan_pair *shared)
{
    const gan_tiling *t = &a->tiling;
    double *out = (squares ? a->square : a->sum) + s->slice * t->channels;
    const int me = (int)threadIdx.x, ty = me / t->width;
    GAN_UNROLL
    for (int k = 0; k < GAN_PACK(T); k++) {
        shared[k * GAN_THREADS + me] = v[k];
    }
    for (int reach = t->height / 2; reach > 0; reach /= 2) {
        __syncthreads();
        if (ty < reach) {
            GAN_UNROLL
            for (int k = 0; k < GAN_PACK(T); k++) {
                const int at = k * GAN_THREADS + me;
                gan_pair_add(&v[k], shared[at + reach * t->width]);
                shared[at] = v[k];
            }
        }
    }
    if (me < t->width) {
        GAN_UNROLL
        for (int k = 0; k < GAN_PACK(T); k++) {
            const int64_t c = s->channel + k;
            if (c < t->channels) {
                out[c] =
                    gan_pair_is_whole(v[k]) ? gan_pair_value(v[k]) : slice_sum<T>(a, s, c, squares);
            }
        }
    }
    __syncthreads(); /* shared may be used again */
}

template <typename T> GAN_DEVICE void sum_phase(const batch_norm_args *a, gan_pair *shared)
{
    const gan_tiling *t = &a->tiling;
    for (int64_t item = blockIdx.x; item < t->tiles * t->slices; item += gridDim.x) {
        const gan_slice s = gan_take_slice(t, item, GAN_PACK(T));
        gan_pair sum[GAN_PACK(T)], square[GAN_PACK(T)];
        GAN_UNROLL
        for (int k = 0; k < GAN_PACK(T); k++) {
            sum[k].hi = sum[k].lo = square[k].hi = square[k].lo = 0.0f;
        }
        own_sums<T>(a, &s, sum, square);
        leave_sums<T>(a, &s, sum, false, shared);
        leave_sums<T>(a, &s, square, true, shared);
    }
}

template <typename T> GAN_DEVICE void combine_phase(const batch_norm_args *a, double *shared)
{
    const gan_tiling *t = &a->tiling;
    const double rows = (double)t->rows;
    for (int64_t first = (int64_t)blockIdx.x * GAN_COMBINE_WIDTH; first < t->channels;
         first += (int64_t)gridDim.x * GAN_COMBINE_WIDTH) {
        const int64_t c = first + threadIdx.x % GAN_COMBINE_WIDTH;
        const double sum = gan_combine_sum(a->sum, t->slices, t->channels, c, shared);
        const double square = gan_combine_sum(a->square, t->slices, t->channels, c, shared);
        if (threadIdx.x < GAN_COMBINE_WIDTH && c < t->channels) {
            const double mean = (double)gan_float(((const T *)a->x)[c]) + sum / rows;
            double var = (square - sum * sum / rows) / rows;
            var = var < 0.0 ? 0.0 : var; /* NaN stays */
            a->mean[c] = (float)mean;
            a->var[c] = (float)var;
            a->rest[c] = (float)(mean - (double)(float)mean);
            a->factor[c] = (float)((double)a->gamma[c] / sqrt(var + (double)a->epsilon));
        }
    }
}

/* y of one thread's rows of a slice. The mean is taken off in two steps: rounded to a float it
 * would be off by much of a small deviation. */
template <typename T> GAN_DEVICE void normalize(const batch_norm_args *a, const gan_slice *s)
{
    const int V = GAN_PACK(T);
    const gan_tiling *t = &a->tiling;
    float mean[GAN_PACK(T)], rest[GAN_PACK(T)], factor[GAN_PACK(T)], beta[GAN_PACK(T)];
    gan_load_vector<T>(a->mean, s->channel, t->channels, mean);
    gan_load_vector<T>(a->rest, s->channel, t->channels, rest);
    gan_load_vector<T>(a->factor, s->channel, t->channels, factor);
    gan_load_vector<T>(a->beta, s->channel, t->channels, beta);
    for (int64_t row = s->first_row; row < s->end_row; row += t->height) {
        float v[GAN_PACK(T)];
        gan_load((const T *)a->x + row * t->channels, s->channel, t->channels, t->wide, v);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] = ((v[k] - mean[k]) - rest[k]) * factor[k] + beta[k];
            v[k] = v[k] > 0.0f ? v[k] : a->slope * v[k];
        }
        gan_store((T *)a->y + row * t->channels, s->channel, t->channels, t->wide, v);
    }
}

template <typename T> GAN_KERNEL(GAN_THREADS) batch_norm_kernel(batch_norm_args a)
{
    GAN_SHARED(gan_pair, s_pair, GAN_PACK(T) * GAN_THREADS);
    GAN_SHARED(double, s_total, GAN_THREADS);
    sum_phase<T>(&a, s_pair);
    gan_grid_sync();
    combine_phase<T>(&a, s_total);
    gan_grid_sync();
    for (int64_t item = blockIdx.x; item < a.tiling.tiles * a.tiling.slices; item += gridDim.x) {
        const gan_slice s = gan_take_slice(&a.tiling, item, GAN_PACK(T));
        normalize<T>(&a, &s);
    }
}

/* Where things lie in scratch; returns its bytes. */
static int64_t lay_out(batch_norm_args *a, void *scratch)
{
    const gan_tiling *t = &a->tiling;
    a->sum = (double *)scratch;
    a->square = a->sum + t->slices * t->channels;
    a->rest = (float *)(a->square + t->slices * t->channels);
    a->factor = a->rest + t->channels;
    return gan_tile_scratch(t, 2) + 2 * t->channels * (int64_t)sizeof(float);
}

extern "C" gan_status gan_batch_norm_launch(cudaStream_t stream, const gan_batch_norm_desc *d,
                                            gan_error *err)
{
    static const char op[] = "batch_norm";
    if (d->rows * d->channels == 0) {
        return GAN_OK;
    }
    batch_norm_args a = {};
    a.x = d->x;
    a.gamma = d->gamma;
    a.beta = d->beta;
    a.y = d->y;
    a.mean = d->mean;
    a.var = d->var;
    a.epsilon = d->attr->epsilon;
    a.slope = d->attr->slope;
    GAN_FOR_TYPE(d->type, op, err, {
        a.tiling = gan_tile(d->rows, d->channels, GAN_PACK(T));
        a.tiling.wide = d->channels % GAN_PACK(T) == 0 && gan_aligned(d->x, d->y, NULL);
        (void)lay_out(&a, d->scratch);
        unsigned blocks = 0;
        GAN_TRY(gan_resident_blocks(op, (const void *)batch_norm_kernel<T>, GAN_THREADS,
                                    a.tiling.tiles * a.tiling.slices, &blocks, err));
        GAN_LAUNCH_TOGETHER(batch_norm_kernel<T>, blocks, GAN_THREADS, stream, a);
    });
    return gan_launched(op, err);
}

extern "C" int64_t gan_batch_norm_scratch(int64_t rows, int64_t channels)
{
    batch_norm_args f32 = {}, f16 = {};
    f32.tiling = gan_tile(rows, channels, GAN_PACK(float));
    f16.tiling = gan_tile(rows, channels, GAN_PACK(__half));
    const int64_t a = lay_out(&f32, NULL), b = lay_out(&f16, NULL);
    return a > b ? a : b;
}
