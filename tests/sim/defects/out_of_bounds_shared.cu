/* out_of_bounds_shared.cu — one element past the end of shared memory is written.
 * caught: wrote outside its shared array|use-after-poison
 * builds: plain asan */
#include "sim/defects/defect.h"

GAN_KERNEL(32) shared_kernel(float *out)
{
    GAN_SHARED(float, s, 32);
    s[threadIdx.x + PLANT(1, 0)] = 1.0f;
    __syncthreads();
    out[threadIdx.x] = s[31 - threadIdx.x];
}

static int run(void)
{
    const float want = 1.0f;
    float *out = (float *)device_memory(32 * sizeof *out);
    GAN_LAUNCH(shared_kernel, 1, 32, 0, out);
    MUST(cudaGetLastError());
    expect(out, &want, 1, 0.0f);
    MUST(cudaFree(out));
    return 0;
}
