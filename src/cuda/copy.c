/* copy.c — stored buffers to and from the host, beside the steps that are queued.
 *
 * A write waits for all steps, for they may read what it changes. A read only waits for those that
 * are queued before it: a second stream copies behind an event of the first, through pinned memory
 * where it fits, and steps that are queued later run meanwhile. */
#include <string.h>

#include "cuda/device.h"
#include "program/place.h"
#include "program/stored.h"

gan_status gan_cuda_wait(gan_device *device, gan_error *err)
{
    CUDA_TRY(cudaSetDevice(device->index));
    CUDA_TRY(cudaStreamSynchronize(device->stream));
    return GAN_OK;
}

/* True for a buffer that says where the run of steps stands. */
static bool is_position(const char *name)
{
    return strcmp(name, GAN_STORED_COUNTERS) == 0 || strcmp(name, GAN_STORED_FLAG) == 0;
}

gan_status gan_cuda_write(gan_device *device, const char *name, int64_t offset, const void *from,
                          int64_t bytes, gan_error *err)
{
    gan_cuda_stored *item = NULL;
    GAN_TRY(gan_cuda_store_span(&device->store, name, offset, bytes, &item, err));
    if (bytes == 0) {
        return GAN_OK;
    }
    device->step_changed |= is_position(name);
    item->copy_stale = item->copy != NULL;
    GAN_TRY(gan_cuda_wait(device, err));
    if (item->host) {
        memcpy((char *)item->host + offset, from, (size_t)bytes);
        return GAN_OK;
    }
    CUDA_TRY(cudaMemcpyAsync((char *)item->device + offset, from, (size_t)bytes,
                             cudaMemcpyHostToDevice, device->stream));
    CUDA_TRY(cudaStreamSynchronize(device->stream)); /* the caller may reuse its memory */
    return GAN_OK;
}

/* Copies device memory to the host on the second stream, after what the first has queued so far. */
static gan_status copy_out(gan_device *device, const void *from, void *to, int64_t bytes,
                           gan_error *err)
{
    CUDA_TRY(cudaEventRecord(device->marker, device->stream));
    CUDA_TRY(cudaStreamWaitEvent(device->reader, device->marker, 0));
    void *target = bytes <= GAN_CUDA_BOUNCE ? device->bounce : to;
    CUDA_TRY(cudaMemcpyAsync(target, from, (size_t)bytes, cudaMemcpyDeviceToHost, device->reader));
    CUDA_TRY(cudaStreamSynchronize(device->reader));
    if (target != to) {
        memcpy(to, target, (size_t)bytes);
    }
    return GAN_OK;
}

gan_status gan_cuda_read(gan_device *device, const char *name, int64_t offset, void *to,
                         int64_t bytes, gan_error *err)
{
    gan_cuda_stored *item = NULL;
    GAN_TRY(gan_cuda_store_span(&device->store, name, offset, bytes, &item, err));
    if (bytes == 0) {
        return GAN_OK;
    }
    if (item->host) {
        memcpy(to, (const char *)item->host + offset, (size_t)bytes);
        return GAN_OK;
    }
    CUDA_TRY(cudaSetDevice(device->index));
    return copy_out(device, (const char *)item->device + offset, to, bytes, err);
}

gan_status gan_cuda_peek(gan_executable *e, int buffer, void *to, int64_t bytes, gan_error *err)
{
    if (buffer < 0 || buffer >= e->program->n_buffers) {
        return gan_fail(err, GAN_E_FAILED, "the program has no buffer %d", buffer);
    }
    const gan_buffer *b = &e->program->buffers[buffer];
    const void *from = gan_cuda_address(e, buffer);
    if (!from || bytes < 0 || bytes > gan_buffer_bytes(b)) {
        return gan_fail(err, GAN_E_FAILED, "%lld bytes cannot be read from \"%s\" of %lld bytes%s",
                        (long long)bytes, b->name, (long long)gan_buffer_bytes(b),
                        from ? "" : ", which nothing uses");
    }
    CUDA_TRY(cudaSetDevice(e->device->index));
    return bytes == 0 ? GAN_OK : copy_out(e->device, from, to, bytes, err);
}
