/* together_too_large.cu — more blocks that wait for each other than the device holds.
 * caught: cudaErrorCooperativeLaunchTooLarge
 * builds: plain */
#include "sim/defects/defect.h"

#include "kernels/together.h"

GAN_KERNEL(32) meet_kernel(float *out)
{
    if (threadIdx.x == 0) {
        out[blockIdx.x] = 1.0f;
    }
    gan_grid_sync();
    if (threadIdx.x == 0 && blockIdx.x == 0) {
        float sum = 0.0f;
        for (unsigned i = 0; i < gridDim.x; i++) {
            sum += out[i];
        }
        out[0] = sum / (float)gridDim.x;
    }
}

static int run(void)
{
    const float want = 1.0f;
    unsigned blocks = 0;
    gan_error err = {};
    float *out = (float *)device_memory(4096 * sizeof want);
    if (gan_resident_blocks("meet", (const void *)meet_kernel, 32, 4096, &blocks, &err) != GAN_OK) {
        return 1;
    }
    GAN_LAUNCH_TOGETHER(meet_kernel, blocks + PLANT(1, 0), 32, 0, out);
    MUST(cudaGetLastError());
    expect(out, &want, 1, 0.0f);
    MUST(cudaFree(out));
    return 0;
}
