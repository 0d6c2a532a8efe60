/* dft_kernels.c — which DFT kernels this processor can run. */
#define _GNU_SOURCE /* syscall */
#include "cpu/dft_kernels.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux lets a process use the tiles' data when it has asked for it (arch/x86/xstate.rst of its
 * documentation); once for all threads, and asking again does no harm. */
static bool may_use_tiles(void)
{
    const unsigned long request_permission = 0x1023, tile_data = 18;
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

static bool has_amx(void)
{
    const unsigned amx_bf16 = 1u << 22, amx_tile = 1u << 24;
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & amx_bf16) && (d & amx_tile) &&
           may_use_tiles();
}

#else

static bool has_amx(void)
{
    return false;
}

#endif

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
        if ((isa == GAN_DFT_AUTO || isa == GAN_DFT_AMX) && has_avx512bf16() && has_amx()) {
            *kernels = gan_dft_kernels_amx();
        }
        if (!*kernels && (isa == GAN_DFT_AUTO || isa == GAN_DFT_AVX512) && has_avx512bf16()) {
            *kernels = gan_dft_kernels_avx512bf16();
        }
        return *kernels ? GAN_OK
                        : gan_fail(err, GAN_E_UNSUPPORTED,
                                   "bf16 products need AVX512_BF16 or AMX_BF16, which this "
                                   "processor or this choice of instructions has not; use fp32 "
                                   "products");
    }
    if (isa == GAN_DFT_AMX) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "AMX has no fp32 products; use bf16 products, or another instruction set");
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
