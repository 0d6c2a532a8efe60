/* processor.c — what this processor can do. */
#define _GNU_SOURCE /* syscall */
#include "base/processor.h"

#if defined(__x86_64__)

#include <cpuid.h>

bool gan_processor_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

bool gan_processor_has_avx512(void)
{
    return gan_processor_has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl");
}

bool gan_processor_has_avx512bf16(void)
{
    return gan_processor_has_avx512() && __builtin_cpu_supports("avx512bf16");
}

bool gan_processor_has_fast_bf16(void)
{
    return gan_processor_has_amx() || (gan_processor_has_avx512bf16() && __builtin_cpu_is("amd"));
}

#else

bool gan_processor_has_avx2(void)
{
    return false;
}

bool gan_processor_has_avx512(void)
{
    return false;
}

bool gan_processor_has_avx512bf16(void)
{
    return false;
}

bool gan_processor_has_fast_bf16(void)
{
    return false;
}

#endif

#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

/* Linux lets a process use the tiles' data when it has asked for it (arch/x86/xstate.rst of its
 * documentation); once for all threads, and asking again does no harm. */
static bool may_use_tiles(void)
{
    const unsigned long request_permission = 0x1023, tile_data = 18;
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

bool gan_processor_has_amx(void)
{
    const unsigned amx_bf16 = 1u << 22, amx_tile = 1u << 24;
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & amx_bf16) && (d & amx_tile) &&
           may_use_tiles();
}

#else

bool gan_processor_has_amx(void)
{
    return false;
}

#endif
