/* device.h — the language of kernels for a host compiler: what kernels/device.h wants of nvcc.
 *
 * Intrinsics have the rounding of the hardware's: the conversions are NVIDIA's own host code in
 * cuda_fp16.h and cuda_bf16.h. Only what kernels use is here. */
#ifndef GAN_SIM_DEVICE_H
#define GAN_SIM_DEVICE_H

#include <math.h>
#include <string.h>

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime_api.h>

#include <tuple>

#include "sim/grid.h"
#include "sim/launch.h"

#define threadIdx (gan_sim_self.thread)
#define blockIdx (gan_sim_self.block)
#define blockDim (gan_sim_self.block_dim)
#define gridDim (gan_sim_self.grid_dim)

#define GAN_INLINE static inline
#define GAN_DEVICE static inline
#define GAN_KERNEL(threads) void
#define GAN_UNROLL
#define GAN_SHARED(T, name, count)                                                                 \
    static const char name##_key = 0;                                                              \
    T *const name = (T *)gan_sim_shared(&name##_key, sizeof(T) * (count), #name)

#define __syncthreads() gan_sim_barrier(__FILE__, __LINE__)
#define gan_grid_sync() gan_sim_grid_barrier(__FILE__, __LINE__)
#define __fmul_rn(a, b) ((float)(a) * (float)(b)) /* nothing is fused on this host */
#define __shfl_down_sync(mask, value, delta)                                                       \
    gan_sim_shuffle_down(mask, value, delta, __FILE__, __LINE__)

template <typename T>
static inline T gan_sim_shuffle_down(unsigned mask, T value, unsigned delta, const char *file,
                                     int line)
{
    static_assert(sizeof(T) <= sizeof(uint64_t), "a shuffle moves at most 8 bytes");
    const int lane =
        (int)((threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % 32);
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value);
    bits =
        gan_sim_shuffle(mask, bits, lane + (int)delta < 32 ? lane + (int)delta : lane, file, line);
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline void sincospif(float x, float *sine, float *cosine)
{
    const double angle = 3.14159265358979323846 * (double)x;
    *sine = (float)sin(angle);
    *cosine = (float)cos(angle);
}

/* A launch takes its arguments at once and runs later. */
template <typename... P> struct gan_sim_call {
    void (*kernel)(P...);
    std::tuple<P...> arguments;
};

template <typename... P> static void gan_sim_call_thread(void *ctx)
{
    const gan_sim_call<P...> *call = (const gan_sim_call<P...> *)ctx;
    std::apply(call->kernel, call->arguments);
}

template <typename... P> static void gan_sim_call_free(void *ctx)
{
    delete (gan_sim_call<P...> *)ctx;
}

template <typename... P, typename... A>
static inline void gan_sim_launch(const char *name, bool together, dim3 blocks, dim3 threads,
                                  cudaStream_t stream, void (*kernel)(P...), A... arguments)
{
    gan_sim_call<P...> *call = new gan_sim_call<P...>{kernel, std::tuple<P...>(arguments...)};
    const gan_sim_kernel k = {name,
                              (const void *)kernel,
                              blocks,
                              threads,
                              together,
                              sizeof call->arguments,
                              gan_sim_call_thread<P...>,
                              gan_sim_call_free<P...>,
                              call};
    gan_sim_launch_kernel(&k, stream);
}

#define GAN_LAUNCH(kernel, blocks, threads, stream, ...)                                           \
    gan_sim_launch(#kernel, false, dim3(blocks), dim3(threads), stream, kernel, __VA_ARGS__)
#define GAN_LAUNCH_TOGETHER(kernel, blocks, threads, stream, ...)                                  \
    gan_sim_launch(#kernel, true, dim3(blocks), dim3(threads), stream, kernel, __VA_ARGS__)

#endif
