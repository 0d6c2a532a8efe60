/* gather_labels.cu — the classes of the images that gather draws in the same step. Where images are
 * streamed, labels are all on the device none the less: the order is drawn here again. */
#include "kernels/pack.h"

GAN_KERNEL(GAN_THREADS)
gather_labels_kernel(const int32_t *labels, const int64_t *counters, int32_t *y, int64_t batch,
                     gan_gather_attr attr)
{
    const uint64_t n = (uint64_t)attr.n_images;
    for (int64_t i = gan_thread(); i < batch; i += gan_threads()) {
        const uint64_t s = (uint64_t)(counters[GAN_COUNTER_STEP] * attr.batch + attr.first + i);
        y[i] = labels[gan_permute(s % n, n, attr.seed, attr.order_stream, s / n)];
    }
}

extern "C" gan_status gan_gather_labels_launch(cudaStream_t stream, const int32_t *labels,
                                               const int64_t *counters, int32_t *y, int64_t batch,
                                               const gan_gather_attr *attr, gan_error *err)
{
    if (batch == 0) {
        return GAN_OK;
    }
    gan_gather_attr own = *attr;
    own.batch = attr->batch > 0 ? attr->batch : batch;
    GAN_LAUNCH(gather_labels_kernel, gan_blocks(batch, GAN_THREADS), GAN_THREADS, stream, labels,
               counters, y, batch, own);
    return gan_launched("gather_labels", err);
}
