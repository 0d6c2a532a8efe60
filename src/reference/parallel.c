/* parallel.c — the items of an operation, over threads. */
#include "reference/call.h"

void gan_reference_parallel(int threads, int64_t n, void (*item)(const void *ctx, int64_t i),
                            const void *ctx)
{
#pragma omp parallel for num_threads(threads) schedule(static) if (threads > 1 && n > 1)
    for (int64_t i = 0; i < n; i++) {
        item(ctx, i);
    }
}
