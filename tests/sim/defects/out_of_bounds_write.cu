/* out_of_bounds_write.cu — one element past the end is written.
 * caught: wrote beyond the end of device allocation|use-after-poison
 * builds: plain asan */
#include "sim/defects/defect.h"

GAN_KERNEL(64) fill_kernel(float *out, int n)
{
    const int i = (int)gan_thread();
    if (i < n + PLANT(1, 0)) {
        out[i] = 2.0f;
    }
}

static int run(void)
{
    float want[37];
    for (int i = 0; i < 37; i++) {
        want[i] = 2.0f;
    }
    float *out = (float *)device_memory(sizeof want);
    GAN_LAUNCH(fill_kernel, 1, 64, 0, out, 37);
    MUST(cudaGetLastError());
    expect(out, want, 37, 0.0f);
    MUST(cudaFree(out));
    return 0;
}
