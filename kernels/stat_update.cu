/* stat_update.cu — moving statistics of all layers; along with Adam they are in its launch. */
#include "kernels/stat.h"

enum { MAX_SEGMENTS = 64 }; /* that fit a kernel's arguments at once */

typedef struct stat_update_args {
    const int32_t *flag;
    gan_stat_task tasks[MAX_SEGMENTS];
} stat_update_args;

/* blockIdx.y is the segment. */
GAN_KERNEL(GAN_THREADS) stat_update_kernel(stat_update_args a)
{
    if (a.flag[0] == 0) {
        gan_update_stat(&a.tasks[blockIdx.y], gan_thread(), gan_threads());
    }
}

extern "C" gan_status gan_stat_update_launch(cudaStream_t stream, const gan_stat_part *part,
                                             const int32_t *flag, gan_error *err)
{
    for (int first = 0; first < part->n_segments; first += MAX_SEGMENTS) {
        stat_update_args a = {flag, {}};
        const int left = part->n_segments - first, n = left < MAX_SEGMENTS ? left : MAX_SEGMENTS;
        int64_t longest = 1;
        for (int i = 0; i < n; i++) {
            const gan_stat_segment *s = &part->segments[first + i];
            a.tasks[i] = {part->batch, part->running, part->finite, *s};
            longest = s->count > longest ? s->count : longest;
        }
        const dim3 blocks(gan_blocks(longest, GAN_THREADS), (unsigned)n);
        GAN_LAUNCH(stat_update_kernel, blocks, GAN_THREADS, stream, a);
        GAN_TRY(gan_launched("stat_update", err));
    }
    return GAN_OK;
}
