/* guard.cu — raises the sticky flag on a value that is not finite; counts Adam's updates, where no
 * norm's launch does both. */
#include "kernels/guard.h"

GAN_KERNEL(1) guard_kernel(gan_guard_part part)
{
    gan_guard(&part);
}

GAN_KERNEL(1) adam_count_kernel(gan_count_part part)
{
    gan_count(&part);
}

extern "C" gan_status gan_adam_count_launch(cudaStream_t stream, const gan_count_part *part,
                                            gan_error *err)
{
    GAN_LAUNCH(adam_count_kernel, 1, 1, stream, *part);
    return gan_launched("adam_count", err);
}

extern "C" gan_status gan_guard_launch(cudaStream_t stream, const gan_guard_part *guard,
                                       gan_error *err)
{
    GAN_LAUNCH(guard_kernel, 1, 1, stream, *guard);
    return gan_launched("guard", err);
}
