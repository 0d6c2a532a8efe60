/* matvec.cu — a dense layer of one unit: its product, both gradients, its bias; and the losses of
 * what it gives, where they are all that follows. */
#include "kernels/loss.h"
#include "kernels/reduce.h"
#include "kernels/tiling.h"
#include "kernels/together.h"

/* A block per row. shared: one double a warp. */
template <typename T>
GAN_DEVICE void multiply_rows(const T *x, const T *w, const float *bias, T *y, int64_t rows,
                              int64_t n, bool wide, double *shared)
{
    const int V = GAN_PACK(T);
    for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
        float sum = 0.0f;
        for (int64_t i = (int64_t)threadIdx.x * V; i < n; i += GAN_THREADS * V) {
            float a[GAN_PACK(T)], b[GAN_PACK(T)];
            gan_load(x + row * n, i, n, wide, a);
            gan_load(w, i, n, wide, b);
            GAN_UNROLL
            for (int k = 0; k < V; k++) {
                sum += a[k] * b[k];
            }
        }
        /* A thread's part in fp32, the parts of a block in double: rounding does not grow with the
         * width. */
        const double total = gan_block_sum((double)sum, shared);
        if (threadIdx.x == 0) {
            gan_round((float)total + (bias != NULL ? bias[0] : 0.0f), &y[row]);
        }
        __syncthreads();
    }
}

template <typename T>
GAN_KERNEL(GAN_THREADS)
matvec_kernel(const T *x, const T *w, const float *bias, T *y, int64_t rows, int64_t n, bool wide)
{
    GAN_SHARED(double, shared, GAN_THREADS / 32);
    multiply_rows(x, w, bias, y, rows, n, wide, shared);
}

/* The losses when all blocks have met: y is whole then. */
template <typename T>
GAN_KERNEL(GAN_THREADS)
matvec_loss_kernel(const T *x, const T *w, const float *bias, T *y, int64_t rows, int64_t n,
                   bool wide, gan_loss_buffers loss, gan_loss_attr attr)
{
    GAN_SHARED(double, shared, GAN_LOSS_DOUBLES);
    multiply_rows(x, w, bias, y, rows, n, wide, shared);
    gan_grid_sync();
    if (blockIdx.x == 0) {
        gan_loss_block<T>(&loss, &attr, shared);
    }
}

/* dx = dy w^T: a thread makes a pack of one row. */
template <typename T>
GAN_KERNEL(GAN_THREADS)
outer_kernel(const T *dy, const T *w, T *dx, int64_t rows, int64_t n, int64_t packs, bool wide)
{
    const int V = GAN_PACK(T);
    for (int64_t item = gan_thread(); item < rows * packs; item += gan_threads()) {
        const int64_t row = item / packs, i = (item - row * packs) * V;
        const float factor = gan_float(dy[row]);
        float v[GAN_PACK(T)];
        gan_load(w, i, n, wide, v);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] *= factor;
        }
        gan_store(dx + row * n, i, n, wide, v);
    }
}

/* The sum of dy, right in thread 0: in the order and the types of bias_leaky_dropout_bwd, which has
 * dy as a matrix of one channel, so that it is the same number. slices: a double for each slice. */
template <typename T>
GAN_DEVICE double sum_column(const T *dy, const gan_tiling *t, float *s_row, double *slices,
                             double *s_total)
{
    const int V = GAN_PACK(T);
    for (int64_t item = 0; item < t->slices; item++) {
        const gan_slice s = gan_take_slice(t, item, V);
        float sum[GAN_PACK(T)] = {0.0f};
        for (int64_t row = s.first_row; row < s.end_row && s.channel < 1; row += t->height) {
            sum[0] += gan_float(dy[row]);
        }
        gan_sum_rows(t, V, sum, s_row);
        if (threadIdx.x == 0) {
            gan_leave_slice<T>(t, &s, sum, slices);
        }
    }
    __syncthreads();
    return gan_combine_sum(slices, t->slices, 1, threadIdx.x % GAN_COMBINE_WIDTH, s_total);
}

/* A block per tile of columns, all rows; the block after the last tile sums dy. */
template <typename T>
GAN_KERNEL(GAN_THREADS)
matvec_dw_kernel(const T *x, const T *dy, void *dw, void *dbias, gan_dtype grad_type, gan_tiling t,
                 gan_tiling column)
{
    const int V = GAN_PACK(T);
    GAN_SHARED(float, s_row, GAN_PACK(T) * GAN_THREADS);
    GAN_SHARED(double, s_slices, GAN_TILE_ITEMS);
    GAN_SHARED(double, s_total, GAN_THREADS);
    for (int64_t tile = blockIdx.x; tile < t.tiles; tile += gridDim.x) {
        const gan_slice s = gan_take_slice(&t, tile, V);
        float sum[GAN_PACK(T)] = {0.0f};
        for (int64_t row = s.first_row; row < s.end_row && s.channel < t.channels;
             row += t.height) {
            const float factor = gan_float(dy[row]);
            float v[GAN_PACK(T)];
            gan_load(x + row * t.channels, s.channel, t.channels, t.wide, v);
            GAN_UNROLL
            for (int k = 0; k < V; k++) {
                sum[k] += factor * v[k];
            }
        }
        gan_sum_rows(&t, V, sum, s_row);
        if (threadIdx.x < (unsigned)t.width) {
            GAN_UNROLL
            for (int k = 0; k < V; k++) {
                if (s.channel + k < t.channels) {
                    gan_write(dw, grad_type, s.channel + k, sum[k]);
                }
            }
        }
    }
    if (dbias != NULL && blockIdx.x == gridDim.x - 1) {
        const double sum = sum_column(dy, &column, s_row, s_slices, s_total);
        if (threadIdx.x == 0) {
            gan_write(dbias, grad_type, 0, (float)sum);
        }
    }
}

extern "C" gan_status gan_matvec_launch(cudaStream_t stream, const gan_matvec_desc *d,
                                        gan_error *err)
{
    if (d->rows == 0) {
        return d->loss != NULL ? gan_loss_launch(stream, d->loss, d->attr, err) : GAN_OK;
    }
    GAN_FOR_TYPE(d->type, "matvec", err, {
        const T *x = (const T *)d->x, *w = (const T *)d->w;
        const bool wide = d->k % GAN_PACK(T) == 0 && gan_aligned(x, w, NULL);
        if (d->loss != NULL) {
            unsigned blocks = 0;
            GAN_TRY(gan_resident_blocks("matvec", (const void *)matvec_loss_kernel<T>, GAN_THREADS,
                                        d->rows, &blocks, err));
            GAN_LAUNCH_TOGETHER(matvec_loss_kernel<T>, blocks, GAN_THREADS, stream, x, w, d->bias,
                                (T *)d->y, d->rows, d->k, wide, *d->loss, *d->attr);
        } else {
            GAN_LAUNCH(matvec_kernel<T>, gan_blocks(d->rows, 1), GAN_THREADS, stream, x, w, d->bias,
                       (T *)d->y, d->rows, d->k, wide);
        }
    });
    return gan_launched("matvec", err);
}

extern "C" gan_status gan_outer_launch(cudaStream_t stream, const void *dy, const void *w, void *dx,
                                       gan_dtype type, int64_t rows, int64_t k, gan_error *err)
{
    if (rows * k == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "outer", err, {
        const int64_t packs = (k + GAN_PACK(T) - 1) / GAN_PACK(T);
        GAN_LAUNCH(outer_kernel<T>, gan_blocks(rows * packs, GAN_THREADS), GAN_THREADS, stream,
                   (const T *)dy, (const T *)w, (T *)dx, rows, k, packs,
                   k % GAN_PACK(T) == 0 && gan_aligned(w, dx, NULL));
    });
    return gan_launched("outer", err);
}

extern "C" gan_status gan_matvec_dw_launch(cudaStream_t stream, const gan_matvec_dw_desc *d,
                                           gan_error *err)
{
    if (d->rows * d->k == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(d->type, "matvec_dw", err, {
        gan_tiling t = gan_tile(d->rows, d->k, GAN_PACK(T));
        /* One slice: a tile sums all of its rows, so no second launch joins parts, and the order
         * is fixed. */
        t.slices = 1;
        t.slice_rows = d->rows;
        t.wide = d->k % GAN_PACK(T) == 0 && gan_aligned(d->x, NULL, NULL);
        GAN_LAUNCH(matvec_dw_kernel<T>, gan_blocks(t.tiles + (d->dbias != NULL), 1), GAN_THREADS,
                   stream, (const T *)d->x, (const T *)d->dy, d->dw, d->dbias, d->grad_type, t,
                   gan_tile(d->rows, 1, GAN_PACK(T)));
    });
    return gan_launched("matvec_dw", err);
}
