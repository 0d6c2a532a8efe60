/* missing_barrier.cu — threads read what their neighbours put in shared memory, without a barrier.
 * caught: data race
 * builds: tsan */
#include "sim/defects/defect.h"

GAN_KERNEL(64) rotate_kernel(float *out)
{
    GAN_SHARED(float, s, 64);
    const unsigned i = threadIdx.x;
    s[i] = (float)i;
    UNLESS_PLANTED(__syncthreads());
    out[i] = s[(i + 1) % 64];
}

static int run(void)
{
    float want[64];
    for (int i = 0; i < 64; i++) {
        want[i] = (float)((i + 1) % 64);
    }
    float *out = (float *)device_memory(sizeof want);
    GAN_LAUNCH(rotate_kernel, 1, 64, 0, out);
    MUST(cudaGetLastError());
    expect(out, want, 64, 0.0f);
    MUST(cudaFree(out));
    return 0;
}
