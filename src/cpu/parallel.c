/* parallel.c — loops over all threads. */
#include "cpu/parallel.h"

#include <omp.h>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#if defined(__SSE2__)
static const unsigned flush_to_zero = 0x8000u, denormals_are_zero = 0x0040u; /* bits of MXCSR */
#endif

static void run_flushed(gan_cpu_range range, const void *ctx, int64_t begin, int64_t end)
{
#if defined(__SSE2__)
    unsigned control = _mm_getcsr();
    _mm_setcsr(control | flush_to_zero | denormals_are_zero);
    range(ctx, begin, end);
    _mm_setcsr(control);
#else
    range(ctx, begin, end);
#endif
}

/* The first item of part i of n_parts, a multiple of grain. */
static int64_t part_begin(int64_t n, int64_t grain, int64_t i, int64_t n_parts)
{
    int64_t grains = (n + grain - 1) / grain;
    int64_t begin = grains / n_parts * i + grains % n_parts * i / n_parts;
    return begin * grain < n ? begin * grain : n;
}

void gan_cpu_parallel(int threads, int64_t n, int64_t grain, gan_cpu_range range, const void *ctx)
{
    if (n <= 0) {
        return;
    }
    if (threads <= 1 || n <= grain) {
        run_flushed(range, ctx, 0, n);
        return;
    }
#pragma omp parallel num_threads(threads)
    {
        int64_t i = omp_get_thread_num(), n_parts = omp_get_num_threads();
        int64_t begin = part_begin(n, grain, i, n_parts),
                end = part_begin(n, grain, i + 1, n_parts);
        if (begin < end) {
            run_flushed(range, ctx, begin, end);
        }
    }
}

int gan_cpu_threads(void)
{
    return omp_get_max_threads();
}

int gan_cpu_set_threads(int threads)
{
    int former = gan_cpu_threads();
    omp_set_num_threads(threads);
    return former;
}
