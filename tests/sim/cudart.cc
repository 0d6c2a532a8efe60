/* cudart.cc — the CUDA runtime's other functions, on the simulated device: errors, memory, copies,
 * launches. What the device is: driver.cc; streams, events, graphs: stream.cc. Not instrumented. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memory>
#include <vector>

#include "sim/architecture.h"
#include "sim/counts.h"
#include "sim/fault.h"
#include "sim/fiber.h"
#include "sim/grid.h"
#include "sim/launch.h"
#include "sim/memory.h"
#include "sim/stream.h"

enum { BLOCKS_EACH = 2, MAX_ARGUMENT_BYTES = 4096 };

static cudaError_t last_error = cudaSuccess;
static uint64_t n_launched;

static cudaError_t note(cudaError_t done)
{
    const cudaError_t code = gan_sim_fate(done);
    if (code != cudaSuccess && code != cudaErrorNotReady) {
        last_error = code;
    }
    return code;
}

/* --- launches --- */

static cudaError_t check_launch(const gan_sim_kernel *k)
{
    const uint64_t threads = (uint64_t)k->threads.x * k->threads.y * k->threads.z;
    const uint64_t blocks = (uint64_t)k->blocks.x * k->blocks.y * k->blocks.z;
    if (threads == 0 || blocks == 0 || threads > SIM_MAX_THREADS || k->threads.z > 64 ||
        k->blocks.x > 0x7FFFFFFFu || k->blocks.y > 65535 || k->blocks.z > 65535) {
        return cudaErrorInvalidConfiguration;
    }
    if (k->argument_bytes > MAX_ARGUMENT_BYTES) {
        return cudaErrorInvalidValue;
    }
    if (k->together && blocks > (uint64_t)sim_processors() * BLOCKS_EACH) {
        return cudaErrorCooperativeLaunchTooLarge;
    }
    return cudaSuccess;
}

/* GAN_SIM_SEED in the environment changes the order of blocks and threads. */
static uint64_t launch_seed(void)
{
    const char *asked = getenv("GAN_SIM_SEED");
    n_launched += 1;
    return n_launched * 1000003u + (asked != NULL ? strtoull(asked, NULL, 10) : 0);
}

void gan_sim_launch_kernel(const gan_sim_kernel *kernel, cudaStream_t stream)
{
    const gan_sim_kernel k = *kernel;
    const std::shared_ptr<void> owned(k.ctx, [k](void *ctx) {
        gan_order_take(ctx); /* after every run */
        k.free(ctx);
    });
    if (note(check_launch(&k)) != cudaSuccess) {
        return;
    }
    note(gan_stream_queue(stream, GAN_TASK_KERNEL, k.name, k.address, [k, owned]() {
        const gan_grid grid = {k.name, k.blocks, k.threads,    k.together,
                               k.body, k.ctx,    launch_seed()};
        gan_grid_run(&grid);
        gan_order_give(k.ctx);
    }));
}

/* --- copies --- */

static bool host_range(const void *p, size_t bytes)
{
    return !gan_memory_is_device(p) && !gan_memory_is_device((const char *)p + bytes);
}

/* What a copy is, from its addresses; false if they do not fit `asked`, or leave an allocation. */
static bool kind_of_copy(const void *to, const void *from, size_t bytes, cudaMemcpyKind asked,
                         gan_task_kind *kind)
{
    const bool to_device = gan_memory_is_device(to), from_device = gan_memory_is_device(from);
    if ((to_device && !gan_memory_holds(to, bytes)) || (!to_device && !host_range(to, bytes)) ||
        (from_device && !gan_memory_holds(from, bytes)) ||
        (!from_device && !host_range(from, bytes))) {
        return false;
    }
    if (!to_device && !from_device) {
        return false;
    }
    *kind = to_device && from_device ? GAN_TASK_D2D : to_device ? GAN_TASK_H2D : GAN_TASK_D2H;
    switch (asked) {
    case cudaMemcpyHostToDevice:
        return *kind == GAN_TASK_H2D;
    case cudaMemcpyDeviceToHost:
        return *kind == GAN_TASK_D2H;
    case cudaMemcpyDeviceToDevice:
        return *kind == GAN_TASK_D2D;
    default:
        return asked == cudaMemcpyDefault;
    }
}

/* Memory that is not pinned is copied through a buffer of the driver's: to the device, that buffer
 * is filled at once; from the device, the call waits. */
static cudaError_t copy(void *to, const void *from, size_t bytes, cudaMemcpyKind asked,
                        cudaStream_t stream)
{
    gan_task_kind kind = GAN_TASK_D2D;
    if (bytes == 0) {
        return cudaSuccess;
    }
    if (!kind_of_copy(to, from, bytes, asked, &kind)) {
        return cudaErrorInvalidValue;
    }
    gan_sim_now.h2d_bytes += kind == GAN_TASK_H2D ? (int64_t)bytes : 0;
    gan_sim_now.d2h_bytes += kind == GAN_TASK_D2H ? (int64_t)bytes : 0;
    const void *host = kind == GAN_TASK_H2D ? from : to;
    const bool pageable = kind != GAN_TASK_D2D && !gan_pinned_holds(host, bytes);
    if (pageable) {
        if (gan_stream_capturing(stream)) {
            return gan_capture_spoil(stream);
        }
        gan_sim_now.pageable_copies += 1;
    }
    if (pageable && kind == GAN_TASK_H2D) {
        const std::shared_ptr<std::vector<char>> staged(
            new std::vector<char>((const char *)from, (const char *)from + bytes));
        return gan_stream_queue(stream, kind, "copy", NULL,
                                [to, staged, bytes]() { memcpy(to, staged->data(), bytes); });
    }
    const cudaError_t code = gan_stream_queue(stream, kind, "copy", NULL,
                                              [to, from, bytes]() { memmove(to, from, bytes); });
    if (code == cudaSuccess && pageable) {
        gan_sim_now.synchronizations += 1;
        gan_stream_finish(stream);
    }
    return code;
}

static cudaError_t fill(void *p, int value, size_t bytes, cudaStream_t stream)
{
    if (bytes > 0 && !gan_memory_holds(p, bytes)) {
        return cudaErrorInvalidValue;
    }
    return gan_stream_queue(stream, GAN_TASK_MEMSET, "memset", NULL,
                            [p, value, bytes]() { memset(p, value, bytes); });
}

extern "C" {

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream)
{
    return note(copy(to, from, bytes, kind, stream));
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind)
{
    const cudaError_t refused = gan_capture_refuses();
    if (refused != cudaSuccess) {
        return note(cudaErrorStreamCaptureImplicit);
    }
    const cudaError_t code = copy(to, from, bytes, kind, NULL);
    if (code == cudaSuccess) {
        gan_sim_now.synchronizations += 1;
        gan_stream_finish(NULL);
    }
    return note(code);
}

cudaError_t cudaMemsetAsync(void *p, int value, size_t bytes, cudaStream_t stream)
{
    return note(fill(p, value, bytes, stream));
}

cudaError_t cudaMemset(void *p, int value, size_t bytes)
{
    return note(fill(p, value, bytes, NULL));
}

/* --- memory --- */

cudaError_t cudaMalloc(void **out, size_t bytes)
{
    const cudaError_t refused = gan_capture_refuses();
    if (refused != cudaSuccess) {
        return note(refused);
    }
    gan_sim_now.device_allocations += 1;
    return note(gan_memory_allocate(out, bytes));
}

cudaError_t cudaFree(void *p)
{
    const cudaError_t refused = p != NULL ? gan_capture_refuses() : cudaSuccess;
    if (refused != cudaSuccess) {
        return note(refused);
    }
    gan_device_finish();
    gan_sim_now.device_frees += p != NULL;
    return note(gan_memory_release(p));
}

cudaError_t cudaMallocHost(void **out, size_t bytes)
{
    const cudaError_t refused = gan_capture_refuses();
    if (refused != cudaSuccess) {
        return note(refused);
    }
    gan_sim_now.pinned_allocations += 1;
    return note(gan_pinned_allocate(out, bytes));
}

cudaError_t cudaHostAlloc(void **out, size_t bytes, unsigned flags)
{
    (void)flags;
    return cudaMallocHost(out, bytes);
}

cudaError_t cudaFreeHost(void *p)
{
    gan_device_finish();
    return note(gan_pinned_release(p));
}

cudaError_t cudaHostRegister(void *p, size_t bytes, unsigned flags)
{
    (void)flags;
    return note(gan_pinned_register(p, bytes));
}

cudaError_t cudaHostUnregister(void *p)
{
    gan_device_finish();
    return note(gan_pinned_unregister(p));
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes)
{
    *free_bytes = gan_memory_free();
    *total_bytes = gan_memory_total();
    return note(cudaSuccess);
}

/* --- device --- */

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, const void *kernel,
                                                          int threads, size_t shared)
{
    (void)kernel;
    (void)shared;
    if (threads < 1 || threads > SIM_MAX_THREADS) {
        return note(cudaErrorInvalidValue);
    }
    *blocks = BLOCKS_EACH;
    return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize(void)
{
    const cudaError_t refused = gan_capture_refuses();
    if (refused != cudaSuccess) {
        return note(refused);
    }
    gan_sim_now.synchronizations += 1;
    gan_device_finish();
    return note(cudaSuccess);
}

cudaError_t cudaDeviceReset(void)
{
    gan_device_finish();
    return cudaSuccess;
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void *ctx)
{
    return note(gan_stream_queue(stream, GAN_TASK_HOST, "host function", NULL,
                                 [function, ctx]() { function(ctx); }));
}

/* --- errors --- */

cudaError_t cudaGetLastError(void)
{
    const cudaError_t code = gan_sim_fate(last_error);
    last_error = cudaSuccess; /* a lost context stays lost */
    return code;
}

cudaError_t cudaPeekAtLastError(void)
{
    return gan_sim_fate(last_error);
}

static const struct {
    cudaError_t code;
    const char *name, *text;
} errors[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration",
     "invalid configuration argument"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorStubLibrary, "cudaErrorStubLibrary", "CUDA driver is a stub library"},
    {cudaErrorInsufficientDriver, "cudaErrorInsufficientDriver",
     "CUDA driver version is insufficient for CUDA runtime version"},
    {cudaErrorNoDevice, "cudaErrorNoDevice", "no CUDA-capable device is detected"},
    {cudaErrorIllegalAddress, "cudaErrorIllegalAddress",
     "an illegal memory access was encountered"},
    {cudaErrorNotReady, "cudaErrorNotReady", "device not ready"},
    {cudaErrorIllegalState, "cudaErrorIllegalState",
     "the operation cannot be performed in the present state"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorCooperativeLaunchTooLarge, "cudaErrorCooperativeLaunchTooLarge",
     "too many blocks in cooperative launch"},
    {cudaErrorHostMemoryAlreadyRegistered, "cudaErrorHostMemoryAlreadyRegistered",
     "part or all of the requested memory range is already mapped"},
    {cudaErrorHostMemoryNotRegistered, "cudaErrorHostMemoryNotRegistered",
     "pointer does not correspond to a registered memory region"},
    {cudaErrorStreamCaptureUnsupported, "cudaErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {cudaErrorStreamCaptureInvalidated, "cudaErrorStreamCaptureInvalidated",
     "operation failed due to a previous error during capture"},
    {cudaErrorStreamCaptureMerge, "cudaErrorStreamCaptureMerge",
     "operation would result in a merge of separate capture sequences"},
    {cudaErrorStreamCaptureUnmatched, "cudaErrorStreamCaptureUnmatched",
     "capture was not ended in the same stream as it began"},
    {cudaErrorStreamCaptureUnjoined, "cudaErrorStreamCaptureUnjoined",
     "capturing stream has unjoined work"},
    {cudaErrorStreamCaptureIsolation, "cudaErrorStreamCaptureIsolation",
     "dependency created on uncaptured work in another stream"},
    {cudaErrorStreamCaptureImplicit, "cudaErrorStreamCaptureImplicit",
     "operation would make the legacy stream depend on a capturing blocking stream"},
    {cudaErrorCapturedEvent, "cudaErrorCapturedEvent",
     "operation not permitted on an event last recorded in a capturing stream"},
};

const char *cudaGetErrorName(cudaError_t code)
{
    for (const auto &e : errors) {
        if (e.code == code) {
            return e.name;
        }
    }
    return "cudaErrorUnknown";
}

const char *cudaGetErrorString(cudaError_t code)
{
    for (const auto &e : errors) {
        if (e.code == code) {
            return e.text;
        }
    }
    return "unrecognized error code";
}

} /* extern "C" */
