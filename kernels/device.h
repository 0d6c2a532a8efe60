/* device.h — what every kernel file begins with: the language of kernels, for nvcc and for a host.
 *
 * Kernel files are C that compiles as C++17. They name the machine only by the GAN_ macros below and
 * by threadIdx and its like, so that the simulated device (tests/sim) can run the same files: with
 * GAN_SIM defined, its device.h gives all of this for a host compiler.
 *
 *  GAN_KERNEL(threads)   opens a kernel whose blocks have at most that many threads
 *  GAN_DEVICE            a function of kernels
 *  GAN_SHARED(T, s, n)   an array of the block: T s[n]
 *  GAN_LAUNCH(kernel, blocks, threads, stream, ...)           queues a grid
 *  GAN_LAUNCH_TOGETHER(kernel, blocks, threads, stream, ...)  one whose blocks all run at once and
 *                        may meet at gan_grid_sync(); blocks come from gan_resident_blocks() */
#ifndef GAN_KERNELS_DEVICE_H
#define GAN_KERNELS_DEVICE_H

#ifdef GAN_SIM
#include "sim/device.h"
#else
#include <cooperative_groups.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#define GAN_DEVICE static __device__ __forceinline__
#define GAN_KERNEL(threads) __global__ void __launch_bounds__(threads, 2)
#define GAN_SHARED(T, name, count) __shared__ T name[count]
#define GAN_UNROLL _Pragma("unroll")
#define GAN_LAUNCH(kernel, blocks, threads, stream, ...) \
    kernel<<<(blocks), (threads), 0, (stream)>>>(__VA_ARGS__)
#define GAN_LAUNCH_TOGETHER(kernel, blocks, threads, stream, ...)                             \
    do {                                                                                      \
        cudaLaunchAttribute together_ = {};                                                   \
        together_.id = cudaLaunchAttributeCooperative;                                        \
        together_.val.cooperative = 1;                                                        \
        cudaLaunchConfig_t config_ = {dim3(blocks), dim3(threads), 0, (stream), &together_, 1}; \
        (void)cudaLaunchKernelEx(&config_, kernel, __VA_ARGS__); /* gan_launched() reports */ \
    } while (0)

GAN_DEVICE void gan_grid_sync(void)
{
    cooperative_groups::this_grid().sync();
}
#endif

#ifndef GAN_INLINE
#define GAN_INLINE static __host__ __device__ inline
#endif

#include "base/permute.h"
#include "base/philox.h"
extern "C" {
#include "base/error.h"
}
#include "kernels/kernels.h"

enum { GAN_THREADS = 256, GAN_MAX_BLOCKS = 2048 }; /* of most kernels; more work is looped over */

/* This thread's number in the grid, and how many there are. */
GAN_DEVICE int64_t gan_thread(void)
{
    return (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
}

GAN_DEVICE int64_t gan_threads(void)
{
    return (int64_t)gridDim.x * blockDim.x;
}

/* Blocks that give each of `items` a thread, within the limit; at least 1. */
static inline unsigned gan_blocks(int64_t items, int threads)
{
    const int64_t blocks = items / threads + (items % threads != 0);
    const int64_t most = GAN_MAX_BLOCKS;
    return (unsigned)(blocks < 1 ? 1 : blocks < most ? blocks : most);
}

/* What became of the launch just made. */
static inline gan_status gan_launched(const char *op, gan_error *err)
{
    const cudaError_t code = cudaGetLastError();
    if (code != cudaSuccess) {
        return gan_fail(err, GAN_E_BACKEND, "kernel %s: %s (%s)", op, cudaGetErrorString(code),
                        cudaGetErrorName(code));
    }
    return GAN_OK;
}

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
                        "(cooperative launch)", op);
    }
    const int64_t limit = (int64_t)each * processors;
    *blocks = (unsigned)(wanted < 1 ? 1 : wanted < limit ? wanted : limit);
    return GAN_OK;
}

/* Runs the statement with T as the C++ type of `type`; anything else is refused in op's name. */
#define GAN_FOR_TYPE(type, op, err, ...)                                                      \
    switch (type) {                                                                           \
    case GAN_F32: {                                                                           \
        typedef float T;                                                                      \
        __VA_ARGS__;                                                                          \
        break;                                                                                \
    }                                                                                         \
    case GAN_BF16: {                                                                          \
        typedef __nv_bfloat16 T;                                                              \
        __VA_ARGS__;                                                                          \
        break;                                                                                \
    }                                                                                         \
    case GAN_F16: {                                                                           \
        typedef __half T;                                                                     \
        __VA_ARGS__;                                                                          \
        break;                                                                                \
    }                                                                                         \
    default:                                                                                  \
        return gan_fail(err, GAN_E_UNSUPPORTED, "kernel %s: no version for type number %d", op, \
                        (int)(type));                                                         \
    }

#endif
