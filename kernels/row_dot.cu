/* row_dot.cu — inner product of each sample's pair: a block per row. Terms may cancel, so products
 * and sums keep twice the digits. */
#include "kernels/pack.h"
#include "kernels/pair.h"
#include "kernels/reduce.h"

/* This thread's terms of a row. */
template <typename T> GAN_DEVICE double own_terms(const T *a, const T *b, int64_t length, bool wide)
{
    const int V = GAN_PACK(T);
    gan_pair sum = {0.0f, 0.0f};
    for (int64_t i = (int64_t)threadIdx.x * V; i < length; i += GAN_THREADS * V) {
        float v[GAN_PACK(T)], w[GAN_PACK(T)];
        gan_load(a, i, length, wide, v);
        gan_load(b, i, length, wide, w);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            gan_pair_add(&sum, gan_exact_product(v[k], w[k]));
        }
    }
    if (gan_pair_is_whole(sum)) {
        return gan_pair_value(sum);
    }
    double total = 0.0;
    GAN_ROLLED
    for (int64_t i = (int64_t)threadIdx.x * V; i < length; i += GAN_THREADS * V) {
        GAN_ROLLED
        for (int64_t k = i; k < i + V && k < length; k++) {
            total += (double)gan_float(a[k]) * (double)gan_float(b[k]);
        }
    }
    return total;
}

template <typename T>
GAN_KERNEL(GAN_THREADS)
row_dot_kernel(const T *a, const T *b, void *r, gan_dtype r_type, int64_t rows, int64_t length,
               bool wide)
{
    GAN_SHARED(double, shared, GAN_THREADS / 32);
    for (int64_t row = blockIdx.x; row < rows; row += gridDim.x) {
        const double total =
            gan_block_sum(own_terms(a + row * length, b + row * length, length, wide), shared);
        if (threadIdx.x == 0) {
            gan_write(r, r_type, row, (float)total);
        }
        __syncthreads();
    }
}

extern "C" gan_status gan_row_dot_launch(cudaStream_t stream, const gan_dot_desc *d, gan_error *err)
{
    if (d->rows == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(d->type, "row_dot", err,
                 GAN_LAUNCH(row_dot_kernel<T>, gan_blocks(d->rows, 1), GAN_THREADS, stream,
                            (const T *)d->a, (const T *)d->b, d->r, d->r_type, d->rows, d->columns,
                            d->columns % GAN_PACK(T) == 0 && gan_aligned(d->a, d->b, NULL)));
    return gan_launched("row_dot", err);
}
