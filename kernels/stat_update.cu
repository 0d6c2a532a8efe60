/* stat_update.cu — moving statistics of all layers. */
#include "kernels/device.h"

enum { MAX_SEGMENTS = 64 }; /* that fit a kernel's arguments at once */

typedef struct stat_update_args {
    const float *batch;
    float *running;
    const int32_t *flag, *finite;
    gan_stat_segment segments[MAX_SEGMENTS];
} stat_update_args;

/* blockIdx.y is the segment. */
GAN_KERNEL(GAN_THREADS) stat_update_kernel(stat_update_args a)
{
    if (a.flag[0] != 0 || (a.finite != NULL && *a.finite == 0)) {
        return;
    }
    const gan_stat_segment s = a.segments[blockIdx.y];
    for (int64_t i = s.offset + gan_thread(); i < s.offset + s.count; i += gan_threads()) {
        a.running[i] = s.momentum * a.running[i] + (1.0f - s.momentum) * (s.factor * a.batch[i]);
    }
}

extern "C" gan_status gan_stat_update_launch(cudaStream_t stream, const float *batch,
                                             float *running, const int32_t *flag,
                                             const int32_t *finite,
                                             const gan_stat_segment *segments, int n_segments,
                                             gan_error *err)
{
    for (int first = 0; first < n_segments; first += MAX_SEGMENTS) {
        stat_update_args a = {batch, running, flag, finite, {}};
        const int n = n_segments - first < MAX_SEGMENTS ? n_segments - first : MAX_SEGMENTS;
        int64_t longest = 1;
        for (int i = 0; i < n; i++) {
            a.segments[i] = segments[first + i];
            longest = a.segments[i].count > longest ? a.segments[i].count : longest;
        }
        const dim3 blocks(gan_blocks(longest, GAN_THREADS), (unsigned)n);
        GAN_LAUNCH(stat_update_kernel, blocks, GAN_THREADS, stream, a);
        GAN_TRY(gan_launched("stat_update", err));
    }
    return GAN_OK;
}
