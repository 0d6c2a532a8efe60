/* diagnose.h — driver, devices and libraries of this machine, each with the line that mends it. */
#ifndef GAN_CUDA_DIAGNOSE_H
#define GAN_CUDA_DIAGNOSE_H

#include "program/planner.h"

/* The slot of gan_planner. */
void gan_cuda_diagnose(void (*say)(void *ctx, const gan_finding *finding), void *ctx);

/* Whether device number `index` can be used: GAN_E_NO_DEVICE with the reason and the mend, told by
 * what cudaGetDeviceCount() returns (its count means nothing when it fails: 35 no driver or an old
 * one, 100 no device, 34 the toolkit's stub library), by the device's compute capability, and by
 * loading a kernel. It is the current device then. */
gan_status gan_cuda_check_device(int index, gan_error *err);

/* Whether cuDNN's engines are installed and can plan a small convolution for a device of compute
 * capability sm (90 for 9.0), there or not; 0: for any that cuDNN knows. */
gan_status gan_cuda_check_engines(int sm, gan_error *err);

#endif
