/* blocks.c — NVIDIA's own count of the blocks that fit a multiprocessor, for test_check.py.
 *
 * A line of input: major minor, threads registers shared reserved of a multiprocessor, then
 * threads registers shared of a kernel. A line of output: the blocks. */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cuda_occupancy.h"

int main(void)
{
    cudaOccDeviceProp device = {.maxThreadsPerBlock = 1024,
                                .regsPerBlock = 65536,
                                .warpSize = 32,
                                .sharedMemPerBlock = 49152,
                                .numSms = 1};
    cudaOccFuncAttributes kernel = {.maxThreadsPerBlock = 1024};
    const cudaOccDeviceState state = {.carveoutConfig = SHAREDMEM_CARVEOUT_DEFAULT};
    int threads = 0;
    while (scanf("%d %d %d %d %zu %zu %d %d %zu", &device.computeMajor, &device.computeMinor,
                 &device.maxThreadsPerMultiprocessor, &device.regsPerMultiprocessor,
                 &device.sharedMemPerMultiprocessor, &device.reservedSharedMemPerBlock, &threads,
                 &kernel.numRegs, &kernel.sharedSizeBytes) == 9) {
        cudaOccResult result;
        if (cudaOccMaxActiveBlocksPerMultiprocessor(&result, &device, &kernel, &state, threads,
                                                    0) != CUDA_OCC_SUCCESS) {
            return 1;
        }
        printf("%d\n", result.activeBlocksPerMultiprocessor);
    }
    return 0;
}
