/* grid.h — runs one grid of a kernel, thread by thread, as strictly as CUDA is specified.
 *
 * Threads of a block run one at a time, each until it waits or ends, in an order drawn from a seed;
 * a few blocks are under way at once (all of them, in a grid whose blocks may meet). Reported, with
 * the kernel's name and place, and the process ended: a barrier that some threads of a block do not
 * reach, or reach at another place; a shuffle whose lanes do not all arrive; a wait that never
 * ends; a write just outside an array in shared memory. Shared memory begins as NaN. */
#ifndef GAN_SIM_GRID_H
#define GAN_SIM_GRID_H

#include <stddef.h>
#include <stdint.h>

#include <cuda_runtime_api.h>

/* What a kernel asks of its thread: threadIdx and its like. */
typedef struct gan_sim_thread {
    uint3 thread, block;
    dim3 block_dim, grid_dim;
} gan_sim_thread;

extern gan_sim_thread gan_sim_self; /* of the thread that runs; for kernels to read */

typedef struct gan_grid {
    const char *kernel; /* its name, for reports */
    dim3 blocks, threads;
    bool together;           /* the blocks may meet at gan_sim_grid_barrier() */
    void (*body)(void *ctx); /* one thread */
    void *ctx;
    uint64_t seed; /* of the order of blocks and threads */
} gan_grid;

void gan_grid_run(const gan_grid *grid);

/* --- called by kernels --- */

void gan_sim_barrier(const char *file, int line);
void gan_sim_grid_barrier(const char *file, int line);

/* The value that lane `from` of this warp gives; mask: the lanes that take part. Memory is not
 * ordered by it: CUDA says that a shuffle is no barrier. */
uint64_t gan_sim_shuffle(unsigned mask, uint64_t value, int from, const char *file, int line);

/* The block's array of that key: the same memory for every thread of one block. */
void *gan_sim_shared(const void *key, size_t bytes, const char *name);

/* Prints "simulated device: ..." and ends the process: something that real hardware may or may not
 * let pass, and no correct program does. */
void gan_sim_violation(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
