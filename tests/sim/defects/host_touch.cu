/* host_touch.cu — the host reads device memory.
 * caught: the host touches device memory
 * builds: plain */
#include "sim/defects/defect.h"

static int run(void)
{
    const float values[2] = {3.0f, 4.0f};
    float *x = device_floats(values, 2), got = 0.0f;
    IF_PLANTED(got = x[1]);
    UNLESS_PLANTED(MUST(cudaMemcpy(&got, x + 1, sizeof got, cudaMemcpyDeviceToHost)));
    MUST(cudaFree(x));
    return got == 4.0f ? 0 : 1;
}
