/* registry.h — which backends there are: the only file that names them all. */
#ifndef GAN_TRAIN_REGISTRY_H
#define GAN_TRAIN_REGISTRY_H

#include "program/backend.h"

/* Opens the device that spec names: "cpu", "cuda", "cuda:1", or "auto": the first GPU that works, else
 * the CPU with the reason told through options->note. The CUDA backend is a plugin, looked for as
 * $GAN_CUDA_PLUGIN, gan-cuda.so beside the program, and ../lib/gan/gan-cuda.so: the program itself
 * starts on a machine that has no driver and no CUDA library.
 * GAN_E_NO_DEVICE with the reason; GAN_E_USAGE for another word. */
gan_status gan_registry_open(const char *spec, const gan_device_options *options,
                             const gan_backend **backend, gan_device **device, gan_error *err);

/* The CUDA plugin's handle for dlsym(), loaded once and kept; GAN_E_NO_DEVICE with the reason. */
gan_status gan_registry_load_cuda(void **plugin, gan_error *err);

#endif
