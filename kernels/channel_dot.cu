/* channel_dot.cu — the sum over rows of the products of each channel's pairs, in two stages of
 * fixed order: slices of rows, then, after all blocks have met, the slices of each channel. */
#include "kernels/tiling.h"
#include "kernels/together.h"

typedef struct channel_dot_args {
    const void *a, *b;
    void *r;
    gan_dtype r_type;
    double *partial; /* [slice][channel] */
    gan_tiling tiling;
} channel_dot_args;

/* Products of one thread's rows of a slice. */
template <typename T>
GAN_DEVICE void slice_products(const channel_dot_args *p, const gan_slice *s, float *sum)
{
    const gan_tiling *t = &p->tiling;
    for (int64_t row = s->first_row; row < s->end_row; row += t->height) {
        const int64_t at = row * t->channels;
        float v[GAN_PACK(T)], w[GAN_PACK(T)];
        gan_load((const T *)p->a + at, s->channel, t->channels, t->wide, v);
        gan_load((const T *)p->b + at, s->channel, t->channels, t->wide, w);
        GAN_UNROLL
        for (int k = 0; k < GAN_PACK(T); k++) {
            sum[k] += v[k] * w[k];
        }
    }
}

template <typename T> GAN_KERNEL(GAN_THREADS) channel_dot_kernel(channel_dot_args p)
{
    GAN_SHARED(float, s_sum, GAN_PACK(T) * GAN_THREADS);
    GAN_SHARED(double, s_total, GAN_THREADS);
    const gan_tiling *t = &p.tiling;
    for (int64_t item = blockIdx.x; item < t->tiles * t->slices; item += gridDim.x) {
        const gan_slice s = gan_take_slice(t, item, GAN_PACK(T));
        float sum[GAN_PACK(T)] = {0.0f};
        if (s.channel < t->channels) {
            slice_products<T>(&p, &s, sum);
        }
        gan_sum_rows(t, GAN_PACK(T), sum, s_sum);
        if (threadIdx.x < (unsigned)t->width) {
            gan_leave_slice<T>(t, &s, sum, p.partial);
        }
    }
    gan_grid_sync();
    for (int64_t first = (int64_t)blockIdx.x * GAN_COMBINE_WIDTH; first < t->channels;
         first += (int64_t)gridDim.x * GAN_COMBINE_WIDTH) {
        const int64_t c = first + threadIdx.x % GAN_COMBINE_WIDTH;
        const double total = gan_combine_sum(p.partial, t->slices, t->channels, c, s_total);
        if (threadIdx.x < GAN_COMBINE_WIDTH && c < t->channels) {
            gan_write(p.r, p.r_type, c, (float)total);
        }
    }
}

extern "C" gan_status gan_channel_dot_launch(cudaStream_t stream, const gan_dot_desc *d,
                                             gan_error *err)
{
    static const char op[] = "channel_dot";
    channel_dot_args p = {d->a, d->b, d->r, d->r_type, (double *)d->scratch, {}};
    GAN_FOR_TYPE(d->type, op, err, {
        p.tiling = gan_tile(d->rows, d->columns, GAN_PACK(T));
        p.tiling.wide = d->columns % GAN_PACK(T) == 0 && gan_aligned(d->a, d->b, NULL);
        unsigned blocks = 0;
        GAN_TRY(gan_resident_blocks(op, (const void *)channel_dot_kernel<T>, GAN_THREADS,
                                    p.tiling.tiles * p.tiling.slices, &blocks, err));
        GAN_LAUNCH_TOGETHER(channel_dot_kernel<T>, blocks, GAN_THREADS, stream, p);
    });
    return gan_launched(op, err);
}

extern "C" int64_t gan_channel_dot_scratch(int64_t rows, int64_t channels)
{
    const gan_tiling f32 = gan_tile(rows, channels, GAN_PACK(float));
    const gan_tiling f16 = gan_tile(rows, channels, GAN_PACK(__half));
    const int64_t a = gan_tile_scratch(&f32, 1), b = gan_tile_scratch(&f16, 1);
    return a > b ? a : b;
}
