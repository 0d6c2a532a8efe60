/* convert.cu — between fp32 and the 16-bit types. */
#include "kernels/pack.h"

/* Four elements a thread, so that the wider side moves 128 bits at a time. */
enum { GROUP = 4 };

template <typename T> struct alignas(sizeof(T) * GROUP) group_of {
    T v[GROUP];
};

template <typename T>
GAN_DEVICE void load_group(const T *p, int64_t i, int64_t n, bool wide, float *out)
{
    if (wide && i + GROUP <= n) {
        const group_of<T> group = *(const group_of<T> *)(p + i);
        GAN_UNROLL
        for (int k = 0; k < GROUP; k++) {
            out[k] = gan_float(group.v[k]);
        }
        return;
    }
    GAN_UNROLL
    for (int k = 0; k < GROUP; k++) {
        out[k] = i + k < n ? gan_float(p[i + k]) : 0.0f;
    }
}

template <typename From, typename To>
GAN_KERNEL(GAN_THREADS) convert_kernel(const From *x, To *y, int64_t n, bool wide)
{
    for (int64_t i = gan_thread() * GROUP; i < n; i += gan_threads() * GROUP) {
        float v[GROUP];
        load_group(x, i, n, wide, v);
        if (wide && i + GROUP <= n) {
            group_of<To> group;
            GAN_UNROLL
            for (int k = 0; k < GROUP; k++) {
                gan_round(v[k], &group.v[k]);
            }
            *(group_of<To> *)(y + i) = group;
        } else {
            for (int k = 0; k < GROUP && i + k < n; k++) {
                gan_round(v[k], &y[i + k]);
            }
        }
    }
}

template <typename From>
static gan_status convert_from(cudaStream_t stream, const From *x, void *y, gan_dtype to, int64_t n,
                               gan_error *err)
{
    GAN_FOR_TYPE(to, "convert", err,
                 GAN_LAUNCH((convert_kernel<From, T>), gan_blocks(n, GAN_THREADS * GROUP),
                            GAN_THREADS, stream, x, (T *)y, n, gan_aligned(x, y, NULL)));
    return gan_launched("convert", err);
}

extern "C" gan_status gan_convert_launch(cudaStream_t stream, const void *x, gan_dtype from,
                                         void *y, gan_dtype to, int64_t n, gan_error *err)
{
    if (n == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(from, "convert", err, return convert_from(stream, (const T *)x, y, to, n, err));
    return GAN_OK;
}
