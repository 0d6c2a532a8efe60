/* step_rig.h — one fed training step on a backend, for tests of the program. */
#ifndef TESTS_UNIT_STEP_RIG_H
#define TESTS_UNIT_STEP_RIG_H

#include "program/backend.h"
#include "program/build.h"

typedef struct step_rig {
    const gan_backend *backend;
    gan_net *net;
    gan_program *program;
    gan_train_ids ids;
    gan_device *device;
    gan_executable *executable;
    gan_build_options options;
} step_rig;

/* Builds and compiles a fed step of the network that the YAML describes, with random inputs, masks
 * and initial values that are functions of seed. Learning rates are 0. Fails the test on an error.
 */
void step_rig_open(step_rig *rig, const gan_backend *backend, const char *yaml, uint64_t seed,
                   const gan_build_options *options, bool share);
/* The same, with options of the device and activations and gradients of another type. */
void step_rig_open_as(step_rig *rig, const gan_backend *backend,
                      const gan_device_options *device_options, gan_dtype type, const char *yaml,
                      uint64_t seed, const gan_build_options *options, bool share);
void step_rig_close(step_rig *rig);
void step_rig_run(step_rig *rig);

/* Copies of stored buffers and of any of the program's; n numbers, from floats where the backend
 * has no others. */
void step_rig_read(step_rig *rig, const char *name, double *out, int64_t n);
void step_rig_write(step_rig *rig, const char *name, const double *in, int64_t n);
void step_rig_peek(step_rig *rig, const char *name, double *out, int64_t n);

/* The losses of the last run. */
void step_rig_losses(step_rig *rig, double *loss_d, double *loss_g);

#endif
