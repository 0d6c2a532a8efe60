/* plugin.h — what gan-cuda.so exports: the two tables of this room. */
#ifndef GAN_CUDA_PLUGIN_H
#define GAN_CUDA_PLUGIN_H

#include "program/backend.h"
#include "program/planner.h"

extern const gan_backend gan_cuda_backend;
extern const gan_planner gan_cuda_planner;

#define GAN_EXPORTED __attribute__((visibility("default")))

/* By the names of program/plugin.h. */
GAN_EXPORTED const gan_backend *gan_plugin_backend(void);
GAN_EXPORTED const gan_planner *gan_plugin_planner(void);
GAN_EXPORTED uint64_t gan_plugin_layout(void);

#endif
