/* together.h — grids whose blocks all run at once, so that they may wait for each other.
 *
 *  GAN_LAUNCH_TOGETHER(kernel, blocks, threads, stream, ...)  queues one (CUDA's cooperative
 * launch); blocks come from gan_resident_blocks() gan_grid_sync()   in the kernel: all threads of
 * all blocks get here before any goes on */
#ifndef GAN_KERNELS_TOGETHER_H
#define GAN_KERNELS_TOGETHER_H

#include "kernels/device.h"

#ifndef GAN_SIM
#include <cooperative_groups.h>

#define GAN_LAUNCH_TOGETHER(kernel, blocks, threads, stream, ...)                                  \
    do {                                                                                           \
        cudaLaunchAttribute together_ = {};                                                        \
        together_.id = cudaLaunchAttributeCooperative;                                             \
        together_.val.cooperative = 1;                                                             \
        cudaLaunchConfig_t config_ = {dim3(blocks), dim3(threads), 0, (stream), &together_, 1};    \
        (void)cudaLaunchKernelEx(&config_, kernel, __VA_ARGS__); /* gan_launched() reports */      \
    } while (0)

GAN_DEVICE void gan_grid_sync(void)
{
    cooperative_groups::this_grid().sync();
}
#endif

/* How many blocks of a kernel can be on the device at once, at most `wanted`. */
static inline gan_status gan_resident_blocks(const char *op, const void *kernel, int threads,
                                             int64_t wanted, unsigned *blocks, gan_error *err)
{
    int device = 0, processors = 0, together = 0, each = 0;
    cudaError_t code = cudaGetDevice(&device);
    if (code == cudaSuccess) {
        code = cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
    }
    if (code == cudaSuccess) {
        code = cudaDeviceGetAttribute(&together, cudaDevAttrCooperativeLaunch, device);
    }
    if (code == cudaSuccess) {
        code = cudaOccupancyMaxActiveBlocksPerMultiprocessor(&each, kernel, threads, 0);
    }
    if (code != cudaSuccess) {
        (void)cudaGetLastError();
        return gan_fail(err, GAN_E_BACKEND, "kernel %s: %s (%s)", op, cudaGetErrorString(code),
                        cudaGetErrorName(code));
    }
    if (!together || each < 1) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "kernel %s: this device cannot run a grid whose blocks wait for each other "
                        "(cooperative launch)",
                        op);
    }
    const int64_t limit = (int64_t)each * processors;
    *blocks = (unsigned)(wanted < 1 ? 1 : wanted < limit ? wanted : limit);
    return GAN_OK;
}

#endif
