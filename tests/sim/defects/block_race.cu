/* block_race.cu — blocks add to one number instead of one each.
 * caught: data race
 * builds: tsan */
#include "sim/defects/defect.h"

GAN_KERNEL(32) count_kernel(float *out)
{
    if (threadIdx.x == 0) {
        out[PLANT(0, blockIdx.x)] += 1.0f;
    }
}

static int run(void)
{
    const float zeros[4] = {0.0f}, ones[4] = {1.0f, 1.0f, 1.0f, 1.0f};
    float *out = device_floats(zeros, 4);
    GAN_LAUNCH(count_kernel, 4, 32, 0, out);
    MUST(cudaGetLastError());
    MUST(cudaDeviceSynchronize());
    UNLESS_PLANTED(expect(out, ones, 4, 0.0f));
    MUST(cudaFree(out));
    return 0;
}
