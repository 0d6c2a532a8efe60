/* shuffle_as_barrier.cu — a shuffle orders no memory, though all lanes of the warp arrive at it.
 * caught: data race
 * builds: tsan */
#include "sim/defects/defect.h"

GAN_KERNEL(32) turn_kernel(float *out)
{
    GAN_SHARED(float, s, 32);
    const unsigned i = threadIdx.x;
    s[i] = (float)i;
    const float lane = __shfl_down_sync(0xFFFFFFFFu, (float)i, 0);
    UNLESS_PLANTED(__syncthreads());
    out[i] = lane + s[31 - i];
}

static int run(void)
{
    float want[32];
    for (int i = 0; i < 32; i++) {
        want[i] = 31.0f;
    }
    float *out = (float *)device_memory(sizeof want);
    GAN_LAUNCH(turn_kernel, 1, 32, 0, out);
    MUST(cudaGetLastError());
    expect(out, want, 32, 0.0f);
    MUST(cudaFree(out));
    return 0;
}
