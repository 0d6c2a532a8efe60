/* device.h — what every kernel file begins with: the language of kernels, for nvcc and for a host.
 *
 * Kernel files are C that compiles as C++17. They name the machine only by the GAN_ macros below
 * and by threadIdx and its like, so that the simulated device (tests/sim) can run the same files:
 * with GAN_SIM defined, its device.h gives all of this for a host compiler.
 *
 *  GAN_KERNEL(threads)   opens a kernel whose blocks have at most that many threads
 *  GAN_DEVICE            a function of kernels
 *  GAN_SHARED(T, s, n)   an array of the block: T s[n]
 *  GAN_LAUNCH(kernel, blocks, threads, stream, ...)   queues a grid; blocks may be a dim3 */
#ifndef GAN_KERNELS_DEVICE_H
#define GAN_KERNELS_DEVICE_H

#ifdef GAN_SIM
#include "sim/device.h"
#else
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#define GAN_DEVICE static __device__ __forceinline__
#define GAN_KERNEL(threads) __global__ void __launch_bounds__(threads, 2)
#define GAN_SHARED(T, name, count) __shared__ T name[count]
#define GAN_UNROLL _Pragma("unroll")
#define GAN_LAUNCH(kernel, blocks, threads, stream, ...)                                           \
    kernel<<<(blocks), (threads), 0, (stream)>>>(__VA_ARGS__)
#endif

#ifndef GAN_SIM
#define GAN_COS_PI(x) cospi(x) /* cos has a slow path for large angles */
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

/* Runs the statement with T as the C++ type of `type`; anything else is refused in op's name. */
#define GAN_FOR_TYPE(type, op, err, ...)                                                           \
    switch (type) {                                                                                \
    case GAN_F32: {                                                                                \
        typedef float T;                                                                           \
        __VA_ARGS__;                                                                               \
        break;                                                                                     \
    }                                                                                              \
    case GAN_BF16: {                                                                               \
        typedef __nv_bfloat16 T;                                                                   \
        __VA_ARGS__;                                                                               \
        break;                                                                                     \
    }                                                                                              \
    case GAN_F16: {                                                                                \
        typedef __half T;                                                                          \
        __VA_ARGS__;                                                                               \
        break;                                                                                     \
    }                                                                                              \
    default:                                                                                       \
        return gan_fail(err, GAN_E_UNSUPPORTED, "kernel %s: no version for type number %d", op,    \
                        (int)(type));                                                              \
    }

#endif
