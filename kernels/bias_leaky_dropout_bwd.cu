/* bias_leaky_dropout_bwd.cu — gradient of bias + LeakyReLU + dropout, and of the bias.
 *
 * The bias gradient is summed in two stages of fixed order: slices of rows, then, after all blocks
 * have met, the slices of each channel. */
#include "kernels/dropout.h"
#include "kernels/tiling.h"
#include "kernels/together.h"

typedef struct leaky_bwd_args {
    const void *y, *dy;
    void *dx;
    void *dbias;     /* NULL: not wanted */
    double *partial; /* [slice][channel] */
    gan_tiling tiling;
    float above, below; /* factors of dy where y > 0, and elsewhere */
    bool drops;
    gan_dtype dbias_type;
    gan_outer_product outer; /* row is NULL: dy is in memory */
    int64_t outer_rows;      /* of one of its samples */
    bool outer_wide;
} leaky_bwd_args;

/* What the product of a dense layer of one unit would leave in memory, at a row's pack. */
template <typename T>
GAN_DEVICE void load_outer(const leaky_bwd_args *a, int64_t row, int64_t channel, float *g)
{
    const int V = GAN_PACK(T);
    const int64_t sample = gan_quotient(row, a->outer_rows);
    const int64_t at = (row - sample * a->outer_rows) * a->tiling.channels + channel;
    const int64_t end = at - channel + a->tiling.channels;
    const float factor = gan_float(((const T *)a->outer.row)[sample]);
    if (a->outer.w_type == GAN_F32) {
        gan_load_group<4>((const float *)a->outer.w, at, end, a->outer_wide, g);
        if (V > 4) {
            gan_load_group<4>((const float *)a->outer.w, at + 4, end, a->outer_wide, g + V - 4);
        }
    } else {
        gan_load((const T *)a->outer.w, at, end, a->outer_wide, g);
    }
    GAN_UNROLL
    for (int k = 0; k < V; k++) {
        T rounded;
        gan_round(g[k], &rounded);
        gan_round(gan_float(rounded) * factor, &rounded);
        g[k] = gan_float(rounded);
    }
}

/* dx of one thread's rows of a slice; the sums of its columns into sum. */
template <typename T, bool OUTER>
GAN_DEVICE void slice_dx(const leaky_bwd_args *a, const gan_slice *s, float *sum)
{
    const int V = GAN_PACK(T);
    const gan_tiling *t = &a->tiling;
    for (int64_t row = s->first_row; row < s->end_row; row += t->height) {
        const int64_t at = row * t->channels;
        float y[GAN_PACK(T)], g[GAN_PACK(T)];
        gan_load((const T *)a->y + at, s->channel, t->channels, t->wide, y);
        if (OUTER) {
            load_outer<T>(a, row, s->channel, g);
        } else {
            gan_load((const T *)a->dy + at, s->channel, t->channels, t->wide, g);
        }
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            g[k] *= y[k] > 0.0f ? a->above : a->below;
            g[k] = a->drops && gan_is_dropped(y[k]) ? 0.0f : g[k];
        }
        gan_store((T *)a->dx + at, s->channel, t->channels, t->wide, g);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            sum[k] += g[k];
        }
    }
}

/* s_sum: a pack of floats a thread; s_total: a double. */
template <typename T, bool OUTER>
GAN_DEVICE void backward(const leaky_bwd_args *a, float *s_sum, double *s_total)
{
    const int V = GAN_PACK(T);
    const gan_tiling *t = &a->tiling;
    for (int64_t item = blockIdx.x; item < t->tiles * t->slices; item += gridDim.x) {
        const gan_slice s = gan_take_slice(t, item, V);
        float sum[GAN_PACK(T)] = {0.0f};
        if (s.channel < t->channels) {
            slice_dx<T, OUTER>(a, &s, sum);
        }
        if (a->dbias != NULL) {
            gan_sum_rows(t, V, sum, s_sum);
            if (threadIdx.x < (unsigned)t->width) {
                gan_leave_slice<T>(t, &s, sum, a->partial);
            }
        }
    }
    if (a->dbias == NULL) {
        return;
    }
    gan_grid_sync();
    for (int64_t first = (int64_t)blockIdx.x * GAN_COMBINE_WIDTH; first < t->channels;
         first += (int64_t)gridDim.x * GAN_COMBINE_WIDTH) {
        const int64_t c = first + threadIdx.x % GAN_COMBINE_WIDTH;
        const double total = gan_combine_sum(a->partial, t->slices, t->channels, c, s_total);
        if (threadIdx.x < GAN_COMBINE_WIDTH && c < t->channels) {
            gan_write(a->dbias, a->dbias_type, c, (float)total);
        }
    }
}

template <typename T> GAN_KERNEL(GAN_THREADS) bias_leaky_dropout_bwd_kernel(leaky_bwd_args a)
{
    GAN_SHARED(float, s_sum, GAN_PACK(T) * GAN_THREADS);
    GAN_SHARED(double, s_total, GAN_THREADS);
    backward<T, false>(&a, s_sum, s_total);
}

template <typename T> GAN_KERNEL(GAN_THREADS) bias_leaky_dropout_bwd_outer_kernel(leaky_bwd_args a)
{
    GAN_SHARED(float, s_sum, GAN_PACK(T) * GAN_THREADS);
    GAN_SHARED(double, s_total, GAN_THREADS);
    backward<T, true>(&a, s_sum, s_total);
}

static leaky_bwd_args args_of(const gan_bias_leaky_dropout_bwd_desc *d)
{
    const float scale = gan_keep_scale(d->attr);
    leaky_bwd_args a = {};
    a.y = d->y;
    a.dy = d->dy;
    a.dx = d->dx;
    a.dbias = d->dbias;
    a.dbias_type = d->dbias_type;
    a.partial = (double *)d->scratch;
    a.above = scale;
    a.below = d->attr->slope * scale;
    a.drops = d->attr->drop_rate > 0.0f;
    if (d->outer != NULL) {
        a.dy = NULL;
        a.outer = *d->outer;
        a.outer_rows = d->outer->n / d->channels;
    }
    return a;
}

extern "C" gan_status gan_bias_leaky_dropout_bwd_launch(cudaStream_t stream,
                                                        const gan_bias_leaky_dropout_bwd_desc *d,
                                                        gan_error *err)
{
    static const char op[] = "bias_leaky_dropout_bwd";
    if (d->rows * d->channels == 0) {
        return GAN_OK;
    }
    leaky_bwd_args a = args_of(d);
    GAN_FOR_TYPE(d->type, op, err, {
        const bool whole = d->channels % GAN_PACK(T) == 0;
        a.tiling = gan_tile(d->rows, d->channels, GAN_PACK(T));
        a.tiling.wide = whole && gan_aligned(a.y, a.dy, a.dx);
        a.outer_wide = whole && gan_aligned(a.outer.w, NULL, NULL);
        void (*kernel)(leaky_bwd_args) = d->outer != NULL ? bias_leaky_dropout_bwd_outer_kernel<T>
                                                          : bias_leaky_dropout_bwd_kernel<T>;
        unsigned blocks = 0;
        GAN_TRY(gan_resident_blocks(op, (const void *)kernel, GAN_THREADS,
                                    a.tiling.tiles * a.tiling.slices, &blocks, err));
        GAN_LAUNCH_TOGETHER(kernel, blocks, GAN_THREADS, stream, a);
    });
    return gan_launched(op, err);
}

extern "C" int64_t gan_bias_leaky_dropout_bwd_scratch(int64_t rows, int64_t channels)
{
    const gan_tiling f32 = gan_tile(rows, channels, GAN_PACK(float));
    const gan_tiling f16 = gan_tile(rows, channels, GAN_PACK(__half));
    const int64_t a = gan_tile_scratch(&f32, 1), b = gan_tile_scratch(&f16, 1);
    return a > b ? a : b;
}
