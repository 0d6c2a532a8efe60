/* apart_but_meeting.cu — blocks of an ordinary launch wait for each other.
 * caught: blocks can meet only in a grid launched together
 * builds: plain */
#include "sim/defects/defect.h"

#include "kernels/together.h"

GAN_KERNEL(32) meet_kernel(float *out)
{
    gan_grid_sync();
    out[threadIdx.x] = 1.0f;
}

static int run(void)
{
    const float want = 1.0f;
    float *out = (float *)device_memory(32 * sizeof want);
    IF_PLANTED(GAN_LAUNCH(meet_kernel, 1, 32, 0, out));
    UNLESS_PLANTED(GAN_LAUNCH_TOGETHER(meet_kernel, 1, 32, 0, out));
    MUST(cudaGetLastError());
    expect(out, &want, 1, 0.0f);
    MUST(cudaFree(out));
    return 0;
}
