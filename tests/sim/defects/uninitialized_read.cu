/* uninitialized_read.cu — a sum into memory that nobody set to zero.
 * caught: wrong result: element 0 is -?nan
 * builds: plain */
#include "sim/defects/defect.h"

GAN_KERNEL(32) accumulate_kernel(float *sum)
{
    if (threadIdx.x == 0) {
        *sum += 1.0f;
    }
}

static int run(void)
{
    const float zero = 0.0f, one = 1.0f;
    float *sum = PLANT((float *)device_memory(sizeof *sum), device_floats(&zero, 1));
    GAN_LAUNCH(accumulate_kernel, 1, 32, 0, sum);
    MUST(cudaGetLastError());
    expect(sum, &one, 1, 0.0f);
    MUST(cudaFree(sum));
    return 0;
}
