/* misaligned_access.cu — 128 bits at an address that is a multiple of 4 only.
 * caught: misaligned address
 * builds: asan */
#include "sim/defects/defect.h"

#include "kernels/pack.h"

GAN_KERNEL(32) copy_kernel(const float *x, float *y, bool wide)
{
    float v[GAN_PACK(float)];
    gan_load(x, 0, GAN_PACK(float), wide, v);
    gan_store(y, 0, GAN_PACK(float), wide, v);
}

static int run(void)
{
    const float values[5] = {0.0f, 1.0f, 2.0f, 3.0f, 4.0f};
    float *x = device_floats(values, 5), *y = (float *)device_memory(4 * sizeof *y);
    GAN_LAUNCH(copy_kernel, 1, 1, 0, x + 1, y, PLANT(true, gan_aligned(x + 1, y, NULL)));
    MUST(cudaGetLastError());
    expect(y, values + 1, 4, 0.0f);
    MUST(cudaFree(x));
    MUST(cudaFree(y));
    return 0;
}
