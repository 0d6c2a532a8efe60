/* registry.h — which backends there are: the only file that names them all. */
#ifndef GAN_SESSION_REGISTRY_H
#define GAN_SESSION_REGISTRY_H

#include "program/backend.h"

/* Opens the device that spec names: "cpu", "cuda", "cuda:1", "reference" (double precision, slow),
 * or "auto": the first GPU that works, else the CPU with the reason told through options->listener.
 * The CUDA backend is a plugin (program/plugin.h): the program starts on a machine without driver
 * and CUDA libraries. GAN_E_NO_DEVICE with the reason; GAN_E_USAGE for another word. */
gan_status gan_registry_open(const char *spec, const gan_device_options *options,
                             const gan_backend **backend, gan_device **device, gan_error *err);

#endif
