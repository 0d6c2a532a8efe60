/* reference_rig.h — what tests of the reference share: programs and steps on it. */
#ifndef TESTS_UNIT_REFERENCE_RIG_H
#define TESTS_UNIT_REFERENCE_RIG_H

#include "program/backend.h"

enum { REFERENCE_YAML_SIZE = 8192 };

/* Fails the test with the error's text unless status is GAN_OK. */
void reference_must(gan_status status, const gan_error *err);

/* Every floating-point number of the program of a step of random_net(seed), after two runs, with
 * separate passes and activations and gradients of that type; the caller's (free()). */
double *reference_numbers(uint64_t seed, const gan_device_options *device, gan_dtype type,
                          int64_t *n);

/* Fails the test unless two such steps are the same to the bit, or differ. */
void reference_check_same(uint64_t seed, const gan_device_options *one, gan_dtype type_one,
                          const gan_device_options *other, gan_dtype type_other, bool same);

#endif
