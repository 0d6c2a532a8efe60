/* norm.cu — Euclidean norm, and whether every element is finite. */
#include "kernels/pack.h"
#include "kernels/reduce.h"
#include "kernels/together.h"

enum { SLICES = 512, MIN_SLICE = 2048 };

typedef struct norm_args {
    const void *g;
    const float *scale;
    float *r;
    int32_t *finite;
    double *partial; /* one per slice */
    int64_t n, slices, slice_length;
    bool wide;
} norm_args;

static int64_t slice_length_of(int64_t n)
{
    const int64_t even = (n + SLICES - 1) / SLICES;
    const int64_t least = MIN_SLICE, length = even > least ? even : least;
    return (length + 7) / 8 * 8; /* slices begin at 16-byte addresses, whatever the type */
}

template <typename T> GAN_KERNEL(GAN_THREADS) norm_kernel(norm_args a)
{
    const int V = GAN_PACK(T);
    GAN_SHARED(double, shared, GAN_THREADS / 32);
    const T *g = (const T *)a.g;
    for (int64_t slice = blockIdx.x; slice < a.slices; slice += gridDim.x) {
        const int64_t first = slice * a.slice_length;
        const int64_t end = first + a.slice_length < a.n ? first + a.slice_length : a.n;
        double sum = 0.0;
        for (int64_t i = first + (int64_t)threadIdx.x * V; i < end; i += GAN_THREADS * V) {
            float v[GAN_PACK(T)];
            gan_load(g, i, end, a.wide, v);
            GAN_UNROLL
            for (int k = 0; k < V; k++) {
                sum += (double)v[k] * (double)v[k];
            }
        }
        sum = gan_block_sum(sum, shared);
        if (threadIdx.x == 0) {
            a.partial[slice] = sum;
        }
        __syncthreads();
    }
    gan_grid_sync();
    if (blockIdx.x != 0) {
        return;
    }
    double total = 0.0;
    for (int64_t i = threadIdx.x; i < a.slices; i += GAN_THREADS) {
        total += a.partial[i];
    }
    total = gan_block_sum(total, shared);
    if (threadIdx.x == 0) {
        /* squares of floats do not overflow a double: the sum is finite if the elements are */
        const bool finite = isfinite(total);
        const double scale = a.scale != NULL ? (double)*a.scale : 1.0;
        *a.r = (float)(sqrt(total) / scale);
        if (a.finite != NULL && !finite) {
            *a.finite = 0;
        }
    }
}

extern "C" gan_status gan_norm_launch(cudaStream_t stream, const void *g, gan_dtype type, int64_t n,
                                      const float *scale, float *r, int32_t *finite, void *scratch,
                                      gan_error *err)
{
    if (n == 0) {
        return GAN_OK;
    }
    norm_args a = {g, scale, r, finite, (double *)scratch, n, 0, slice_length_of(n),
                   gan_aligned(g, NULL, NULL)};
    a.slices = (n + a.slice_length - 1) / a.slice_length;
    GAN_FOR_TYPE(type, "norm", err, {
        unsigned blocks = 0;
        GAN_TRY(gan_resident_blocks("norm", (const void *)norm_kernel<T>, GAN_THREADS, a.slices,
                                    &blocks, err));
        GAN_LAUNCH_TOGETHER(norm_kernel<T>, blocks, GAN_THREADS, stream, a);
    });
    return gan_launched("norm", err);
}

extern "C" int64_t gan_norm_scratch(int64_t n)
{
    const int64_t length = slice_length_of(n);
    return (int64_t)sizeof(double) * ((n + length - 1) / length);
}
