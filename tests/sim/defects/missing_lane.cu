/* missing_lane.cu — a warp of 31 threads takes part in a shuffle of 32.
 * caught: of the mask 0xffffffff does not exist or has ended
 * builds: plain */
#include "sim/defects/defect.h"

GAN_KERNEL(32) sum_kernel(float *out)
{
    double v = 1.0;
    for (unsigned step = 16; step > 0; step /= 2) {
        v += __shfl_down_sync(0xFFFFFFFFu, v, step);
    }
    if (threadIdx.x == 0) {
        *out = (float)v;
    }
}

static int run(void)
{
    const float want = 32.0f;
    float *out = (float *)device_memory(sizeof want);
    GAN_LAUNCH(sum_kernel, 1, PLANT(31, 32), 0, out);
    MUST(cudaGetLastError());
    expect(out, &want, 1, 0.0f);
    MUST(cudaFree(out));
    return 0;
}
