/* cadence.h — when something that happens every so often is due. */
#ifndef GAN_RUN_CADENCE_H
#define GAN_RUN_CADENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "gan/options.h"

typedef struct gan_clockwork {
    gan_cadence every;
    double last; /* seconds, when it was last due: only for cadences in seconds */
} gan_clockwork;

/* True if something due at multiples of the cadence is due after step `step` and was not after
 * step - 1. n_images and batch give the length of an epoch; now is gan_clock_seconds(). */
bool gan_clockwork_is_due(gan_clockwork *clockwork, int64_t step, int64_t n_images, int64_t batch,
                          double now);

#endif
