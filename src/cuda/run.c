/* run.c — queued runs of a program, and the copies between the host and the device's buffers. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cuda/device.h"
#include "program/place.h"
#include "program/stored.h"

/* Waits until fewer than GAN_CUDA_IN_FLIGHT runs are queued. */
static gan_status throttle(gan_device *d, gan_error *err)
{
    if (d->n_runs < GAN_CUDA_IN_FLIGHT) {
        return GAN_OK;
    }
    const cudaEvent_t oldest = d->flight[d->n_runs % GAN_CUDA_IN_FLIGHT];
    const cudaError_t code = cudaEventQuery(oldest);
    if (code == cudaErrorNotReady) {
        (void)cudaGetLastError();
        CUDA_TRY(cudaEventSynchronize(oldest));
        return GAN_OK;
    }
    CUDA_TRY(code);
    return GAN_OK;
}

/* Queues every op with an event around each, waits, and reads the clocks. */
static gan_status run_profiled(gan_executable *e, int slot, gan_error *err)
{
    const cudaStream_t stream = e->device->stream;
    const int n = e->program->n_ops;
    for (int i = 0; i < n; i++) {
        CUDA_TRY(cudaEventRecord(e->events[i], stream));
        GAN_TRY(gan_cuda_launch_op(e, i, slot, err));
    }
    CUDA_TRY(cudaEventRecord(e->events[n], stream));
    CUDA_TRY(cudaEventSynchronize(e->events[n]));
    for (int i = 0; i < n; i++) {
        float milliseconds = 0;
        CUDA_TRY(cudaEventElapsedTime(&milliseconds, e->events[i], e->events[i + 1]));
        e->seconds[i] = (double)milliseconds / 1e3;
    }
    return GAN_OK;
}

static gan_status queue_run(gan_executable *e, gan_error *err)
{
    gan_device *d = e->device;
    int slot = 0;
    GAN_TRY(throttle(d, err));
    if (e->feed) {
        GAN_TRY(gan_cuda_feed_next(e, &slot, err));
    }
    if (e->profiling) {
        GAN_TRY(run_profiled(e, slot, err));
    } else if (d->debug_sync) {
        GAN_TRY(gan_cuda_launch_all(e, slot, NULL, err));
    } else {
        CUDA_TRY(cudaGraphLaunch(e->graphs[slot], d->stream));
    }
    if (e->feed) {
        GAN_TRY(gan_cuda_feed_used(e, slot, err));
    }
    CUDA_TRY(cudaEventRecord(d->flight[d->n_runs % GAN_CUDA_IN_FLIGHT], d->stream));
    d->n_runs++;
    return GAN_OK;
}

gan_status gan_cuda_run(gan_executable *e, int64_t n, gan_error *err)
{
    CUDA_TRY(cudaSetDevice(e->device->index));
    GAN_TRY(gan_cuda_refresh_copies(e, err));
    for (int64_t i = 0; i < n; i++) {
        GAN_TRY(queue_run(e, err));
    }
    if (n > 0) {
        gan_cuda_mark_copies(e);
    }
    return GAN_OK;
}

gan_status gan_cuda_wait(gan_device *device, gan_error *err)
{
    CUDA_TRY(cudaSetDevice(device->index));
    CUDA_TRY(cudaStreamSynchronize(device->stream));
    return GAN_OK;
}

gan_status gan_cuda_profile(gan_executable *e, bool on, const double **seconds, gan_error *err)
{
    const size_t n = (size_t)e->program->n_ops;
    void *memory = NULL;
    CUDA_TRY(cudaSetDevice(e->device->index));
    if (on && !e->seconds) {
        GAN_TRY(gan_calloc(n, sizeof *e->seconds, &memory, err));
        e->seconds = memory;
    }
    if (on && !e->events) {
        GAN_TRY(gan_calloc(n + 1, sizeof *e->events, &memory, err));
        e->events = memory;
        for (size_t i = 0; i <= n; i++) {
            CUDA_TRY(cudaEventCreate(&e->events[i]));
        }
    }
    e->profiling = on;
    if (seconds) {
        *seconds = e->seconds;
    }
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
