/* generator.h — what the library itself asks of an open generator, beside gan/sample.h. */
#ifndef GAN_SESSION_GENERATOR_H
#define GAN_SESSION_GENERATOR_H

#include "gan/sample.h"

/* How its statistics were measured; batches 0 where they are the moving ones. */
gan_statistics gan_generator_statistics_of(const gan_generator *generator);

/* The statistics that it is sampled by, in the layout of its stack: stat (stat_floats),
 * overwritten. Errors of the device. */
gan_status gan_generator_statistics(gan_generator *generator, float *stat, gan_error *err);

#endif
