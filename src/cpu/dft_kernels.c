/* dft_kernels.c — which DFT kernels this processor can run. */
#include "cpu/dft_kernels.h"

#if defined(__x86_64__)

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

static bool has_avx512bf16(void)
{
    return has_avx512() && __builtin_cpu_supports("avx512bf16");
}

#else

static bool has_avx2(void)
{
    return false;
}

static bool has_avx512(void)
{
    return false;
}

static bool has_avx512bf16(void)
{
    return false;
}

#endif

gan_status gan_dft_kernels_choose(gan_dft_isa isa, gan_dft_type products,
                                  const gan_dft_kernels **kernels, gan_error *err)
{
    *kernels = NULL;
    if (products == GAN_DFT_BF16) {
        if (isa == GAN_DFT_AUTO || isa == GAN_DFT_AVX512) {
            *kernels = has_avx512bf16() ? gan_dft_kernels_avx512bf16() : NULL;
        }
        return *kernels ? GAN_OK
                        : gan_fail(err, GAN_E_UNSUPPORTED,
                                   "bf16 products need AVX512_BF16, which this processor or this "
                                   "choice of instructions has not; use fp32 products");
    }
    if (isa == GAN_DFT_AVX512 || (isa == GAN_DFT_AUTO && has_avx512())) {
        *kernels = has_avx512() ? gan_dft_kernels_avx512() : NULL;
    } else if (isa == GAN_DFT_AVX2 || (isa == GAN_DFT_AUTO && has_avx2())) {
        *kernels = has_avx2() ? gan_dft_kernels_avx2() : NULL;
    } else {
        *kernels = gan_dft_kernels_plain();
    }
    return *kernels ? GAN_OK
                    : gan_fail(err, GAN_E_UNSUPPORTED,
                               "this processor or this build has no %s; choose another instruction "
                               "set, or auto",
                               isa == GAN_DFT_AVX512 ? "AVX-512" : "AVX2 with FMA");
}
