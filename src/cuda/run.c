/* run.c — queued runs of a program. */
#include <stdlib.h>

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
