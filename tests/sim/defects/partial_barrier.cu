/* partial_barrier.cu — one thread of a block does not come to the barrier.
 * caught: a barrier that not all threads of the block reach
 * builds: plain */
#include "sim/defects/defect.h"

GAN_KERNEL(64) half_kernel(float *out)
{
    GAN_SHARED(float, s, 64);
    const unsigned i = threadIdx.x;
    s[i] = 1.0f;
    if (i < PLANT(63u, 64u)) {
        __syncthreads();
    }
    out[i] = s[63 - i];
}

static int run(void)
{
    float want[64];
    for (int i = 0; i < 64; i++) {
        want[i] = 1.0f;
    }
    float *out = (float *)device_memory(sizeof want);
    GAN_LAUNCH(half_kernel, 1, 64, 0, out);
    MUST(cudaGetLastError());
    expect(out, want, 64, 0.0f);
    MUST(cudaFree(out));
    return 0;
}
