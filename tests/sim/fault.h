/* fault.h — a device that fails, on demand.
 *
 * GAN_SIM_FAULT=NAME:N in the environment: the N-th kernel or library call whose name contains NAME
 * reads an illegal address (N is 1 without it), or fails by the error in GAN_SIM_FAULT_CODE. As on
 * hardware, nothing queued runs from then on, and every call of the runtime that can say so does,
 * the first of them at the next wait. */
#ifndef GAN_SIM_FAULT_H
#define GAN_SIM_FAULT_H

#include <cuda_runtime_api.h>

/* True if work of that name must not run: it is the one at fault, or the context is lost. */
bool gan_sim_strikes(const char *name);

/* What a call returns: its own code, unless the context is lost. */
cudaError_t gan_sim_fate(cudaError_t code);

#endif
