/* guard.cu — raises the sticky flag on a value that is not finite. */
#include "kernels/guard.h"

GAN_KERNEL(1) guard_kernel(gan_guard_part part)
{
    gan_guard(&part);
}

extern "C" gan_status gan_guard_launch(cudaStream_t stream, const gan_guard_part *guard,
                                       gan_error *err)
{
    GAN_LAUNCH(guard_kernel, 1, 1, stream, *guard);
    return gan_launched("guard", err);
}
