/* launch.h — what a kernel launch hands to the simulated device. */
#ifndef GAN_SIM_LAUNCH_H
#define GAN_SIM_LAUNCH_H

#include <stddef.h>

#include <cuda_runtime_api.h>

typedef struct gan_sim_kernel {
    const char *name;
    const void *address; /* which kernel it is */
    dim3 blocks, threads;
    bool together; /* a cooperative launch */
    size_t argument_bytes;
    void (*body)(void *ctx); /* one thread */
    void (*free)(void *ctx);
    void *ctx; /* owned by the launch from here on */
} gan_sim_kernel;

/* Checks the launch as CUDA does and queues or captures it; the outcome is cudaGetLastError()'s. */
void gan_sim_launch_kernel(const gan_sim_kernel *kernel, cudaStream_t stream);

#endif
