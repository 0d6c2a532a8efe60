/* out_of_bounds_read.cu — one element past the end is read.
 * caught: use-after-poison
 * builds: asan */
#include "sim/defects/defect.h"

GAN_KERNEL(32) sum_kernel(const float *in, float *out, int n)
{
    float sum = 0.0f;
    for (int i = 0; i < n + PLANT(1, 0); i++) {
        sum += in[i];
    }
    out[threadIdx.x] = sum;
}

static int run(void)
{
    const float in[3] = {1.0f, 2.0f, 3.0f}, want = 6.0f;
    float *x = device_floats(in, 3), *out = (float *)device_memory(32 * sizeof *out);
    GAN_LAUNCH(sum_kernel, 1, 32, 0, x, out, 3);
    MUST(cudaGetLastError());
    expect(out, &want, 1, 0.0f);
    MUST(cudaFree(x));
    MUST(cudaFree(out));
    return 0;
}
