/* grid_too_large.cu — more blocks along y than a grid may have.
 * caught: cudaErrorInvalidConfiguration
 * builds: plain */
#include "sim/defects/defect.h"

GAN_KERNEL(32) mark_kernel(float *out, unsigned n)
{
    for (unsigned y = blockIdx.y; y < n; y += gridDim.y) {
        if (threadIdx.x == 0 && y == n - 1) {
            *out = 1.0f;
        }
    }
}

static int run(void)
{
    const float want = 1.0f;
    const unsigned n = 65536;
    float *out = (float *)device_memory(sizeof want);
    GAN_LAUNCH(mark_kernel, dim3(1, PLANT(n, 64)), 32, 0, out, n);
    MUST(cudaGetLastError());
    expect(out, &want, 1, 0.0f);
    MUST(cudaFree(out));
    return 0;
}
