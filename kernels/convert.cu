/* convert.cu — between fp32 and the 16-bit types. */
#include "kernels/pack.h"

/* Four elements a thread, so that the wider side moves 128 bits at a time. */
enum { GROUP = 4 };

template <typename From, typename To>
GAN_KERNEL(GAN_THREADS)
convert_kernel(const From *x, To *y, int64_t n, bool wide)
{
    for (int64_t i = gan_thread() * GROUP; i < n; i += gan_threads() * GROUP) {
        float v[GROUP];
        gan_load_group<GROUP>(x, i, n, wide, v);
        gan_store_group<GROUP>(y, i, n, wide, v);
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
