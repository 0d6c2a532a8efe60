/* memory.h — device memory and pinned host memory of the simulated device.
 *
 * Device memory is one reserved range of addresses. Outside gan_memory_open() it cannot be read or
 * written: a touch by the host ends the process with the address, the allocation and its call.
 * A new allocation holds 0xFF bytes, NaN in every floating type; red zones lie between allocations,
 * watched by AddressSanitizer where it is built in, and compared when memory is freed or checked.
 */
#ifndef GAN_SIM_MEMORY_H
#define GAN_SIM_MEMORY_H

#include <stddef.h>

#include <cuda_runtime_api.h>

/* GAN_SIM_MEMORY in the environment, bytes; 4 GiB without it. */
size_t gan_memory_total(void);
size_t gan_memory_free(void);

cudaError_t gan_memory_allocate(void **out, size_t bytes);
cudaError_t gan_memory_release(void *p); /* NULL is fine */

/* Nested calls count; the host's own touches are faults again after the last close. */
void gan_memory_open(void);
void gan_memory_close(void);

/* True if all of [p, p + bytes) lies in one live allocation of the device. */
bool gan_memory_holds(const void *p, size_t bytes);
/* True for any address of the device's range, allocated or not. */
bool gan_memory_is_device(const void *p);

/* Ends the process if a red zone was written. what: the operation that just ran, for the report. */
void gan_memory_check(const char *what);

/* --- pinned host memory --- */

cudaError_t gan_pinned_allocate(void **out, size_t bytes);
cudaError_t gan_pinned_release(void *p);
cudaError_t gan_pinned_register(void *p, size_t bytes);
cudaError_t gan_pinned_unregister(void *p);
bool gan_pinned_holds(const void *p, size_t bytes);

#endif
