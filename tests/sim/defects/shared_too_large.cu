/* shared_too_large.cu — more shared memory than a block may have.
 * caught: bytes of shared memory; a block has
 * builds: plain */
#include "sim/defects/defect.h"

GAN_KERNEL(32) mark_kernel(float *out)
{
    GAN_SHARED(double, s, PLANT(6145, 6144));
    s[threadIdx.x] = 1.0;
    out[threadIdx.x] = (float)s[threadIdx.x];
}

static int run(void)
{
    const float want = 1.0f;
    float *out = (float *)device_memory(32 * sizeof want);
    GAN_LAUNCH(mark_kernel, 1, 32, 0, out);
    MUST(cudaGetLastError());
    expect(out, &want, 1, 0.0f);
    MUST(cudaFree(out));
    return 0;
}
