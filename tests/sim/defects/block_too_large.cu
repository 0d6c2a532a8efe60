/* block_too_large.cu — more threads than a block may have.
 * caught: cudaErrorInvalidConfiguration
 * builds: plain */
#include "sim/defects/defect.h"

GAN_KERNEL(1024) mark_kernel(float *out)
{
    out[threadIdx.x] = 1.0f;
}

static int run(void)
{
    const float want = 1.0f;
    float *out = (float *)device_memory(2048 * sizeof want);
    GAN_LAUNCH(mark_kernel, 1, PLANT(1025, 1024), 0, out);
    MUST(cudaGetLastError());
    expect(out, &want, 1, 0.0f);
    MUST(cudaFree(out));
    return 0;
}
