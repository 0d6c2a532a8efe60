/* loss.cu — the losses by themselves; after a layer of one unit they are in its launch. */
#include "kernels/loss.h"

template <typename T> GAN_KERNEL(GAN_THREADS) loss_kernel(gan_loss_buffers b, gan_loss_attr attr)
{
    GAN_SHARED(double, shared, GAN_LOSS_DOUBLES);
    gan_loss_block<T>(&b, &attr, shared);
}

extern "C" gan_status gan_loss_launch(cudaStream_t stream, const gan_loss_buffers *buffers,
                                      const gan_loss_attr *attr, gan_error *err)
{
    GAN_FOR_TYPE(buffers->type, "loss", err,
                 GAN_LAUNCH(loss_kernel<T>, 1, GAN_THREADS, stream, *buffers, *attr));
    return gan_launched("loss", err);
}
