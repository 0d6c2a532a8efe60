/* reduce.h — sums and the like over a block, in one order whatever the device. */
#ifndef GAN_KERNELS_REDUCE_H
#define GAN_KERNELS_REDUCE_H

#include "kernels/device.h"

/* The sum of v over the threads of a block of GAN_THREADS; the result is thread 0's alone. shared:
 * 8 doubles of the block, free to be used again after the next __syncthreads(). */
GAN_DEVICE double gan_block_sum(double v, double *shared)
{
    GAN_UNROLL
    for (int step = 16; step > 0; step /= 2) {
        v += __shfl_down_sync(0xFFFFFFFFu, v, (unsigned)step);
    }
    const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    if (lane == 0) {
        shared[warp] = v;
    }
    __syncthreads();
    double sum = 0.0;
    if (threadIdx.x == 0) {
        for (int i = 0; i < GAN_THREADS / 32; i++) {
            sum += shared[i];
        }
    }
    return sum;
}

/* Likewise the largest v, but any NaN counts as none. shared: 8 floats of the block. */
GAN_DEVICE float gan_block_max(float v, float *shared)
{
    GAN_UNROLL
    for (int step = 16; step > 0; step /= 2) {
        v = fmaxf(v, __shfl_down_sync(0xFFFFFFFFu, v, (unsigned)step));
    }
    const int lane = (int)threadIdx.x % 32, warp = (int)threadIdx.x / 32;
    if (lane == 0) {
        shared[warp] = v;
    }
    __syncthreads();
    for (int i = 0; threadIdx.x == 0 && i < GAN_THREADS / 32; i++) {
        v = fmaxf(v, shared[i]);
    }
    return v;
}

#endif
