/* sum_all.cu — a tensor put where a sum is, or added to it. */
#include "kernels/pack.h"

template <typename T> GAN_KERNEL(GAN_THREADS) sum_all_kernel(const T *x, bool adds, T *y, int64_t n)
{
    for (int64_t i = gan_thread(); i < n; i += gan_threads()) {
        gan_round(gan_float(x[i]) + (adds ? gan_float(y[i]) : 0.0f), y + i);
    }
}

extern "C" gan_status gan_sum_all_launch(cudaStream_t stream, const void *x, bool adds, void *y,
                                         gan_dtype type, int64_t n, gan_error *err)
{
    GAN_FOR_TYPE(type, "sum_all", err,
                 GAN_LAUNCH(sum_all_kernel<T>, gan_blocks(n, GAN_THREADS), GAN_THREADS, stream,
                            (const T *)x, adds, (T *)y, n));
    return gan_launched("sum_all", err);
}
