/* cuda_rig.h — a training step on the CUDA plugin: of a GPU, or of the simulated device.
 *
 * The plugin is $GAN_CUDA_PLUGIN, as for `gan` itself. Everything here fails the test on an error.
 */
#ifndef CUDA_CUDA_RIG_H
#define CUDA_CUDA_RIG_H

#include <setjmp.h> /* this one and the next three are what cmocka.h wants before it */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "program/plugin.h"
#include "sim/counts.h"

typedef struct rig_options {
    const char *net; /* a shipped network */
    int64_t batch, n_images;
    gan_dtype type; /* of activations */
    gan_device_options device;
    bool separate_passes, flip, ema;
    bool apart; /* placed without sharing: no ops are launched together */
} rig_options;

typedef struct cuda_rig {
    const gan_backend *backend;
    gan_device *device;
    gan_net *net;
    gan_program *program;
    gan_executable *executable;
    char notes[4096]; /* what the device said */
} cuda_rig;

/* Opens a device, builds the step, writes data, rates and initial values as functions of a fixed
 * seed, compiles. The data are random bytes. */
void rig_open(cuda_rig *rig, const rig_options *options);
void rig_close(cuda_rig *rig);

/* Whether the device computes in a precision that not every GPU has: bf16, tf32. */
bool rig_has(const char *precision);

void rig_run(cuda_rig *rig, int64_t n);
void rig_wait(cuda_rig *rig);
/* Copies of whole stored buffers. */
void rig_read(cuda_rig *rig, const char *name, void *out, int64_t bytes);
void rig_write(cuda_rig *rig, const char *name, const void *in, int64_t bytes);
/* Bytes of a stored buffer of the program. */
int64_t rig_bytes(const cuda_rig *rig, const char *name);
/* A new copy of it (free()). */
void *rig_copy(cuda_rig *rig, const char *name);
/* Losses of the last step: the newest row of the ring. */
void rig_losses(cuda_rig *rig, float *loss_d, float *loss_g);

/* The simulated device's counts; the test is skipped on another device. */
gan_sim_counts rig_counts(void);

#endif
