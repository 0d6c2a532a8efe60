/* stored.h — how the buffers that outlive a step are called: the one place where it is written.
 *
 * Stored buffers of one name are one buffer of a device's store, whatever program asks for it; a
 * session, a checkpoint and a trace find them by these names. */
#ifndef GAN_PROGRAM_STORED_H
#define GAN_PROGRAM_STORED_H

#include <stdbool.h>

#include "net/net.h"

/* Of all programs. Shapes and types: build.h. */
#define GAN_STORED_RATES "rates"
#define GAN_STORED_LR_FACTOR "lr_factor" /* where learning rates move */
#define GAN_STORED_COUNTERS "counters"
#define GAN_STORED_FLAG "flag"
#define GAN_STORED_METRICS "metrics"
#define GAN_STORED_DATA "data"
#define GAN_STORED_LABELS "labels"
#define GAN_STORED_Z "sample.z"
#define GAN_STORED_IMAGES "sample.images"
#define GAN_STORED_ESTIMATE_Z "estimate.z"
#define GAN_STORED_BATCH_STAT "estimate.batch_stat"
#define GAN_STORED_X "forward.x" /* and "forward.<name>" of each output */
/* Where fp16 is trained, by the device itself. */
#define GAN_STORED_LOSS_SCALE "loss_scale"
#define GAN_STORED_LOSS_GROWTH "loss_growth"
#define GAN_STORED_LOSS_FINITE "loss_finite"

/* The flat buffers of one network: what its parameters, moving statistics, Adam's first and second
 * moments and its gradient are called. The gradient is not stored. */
typedef struct gan_flat_names {
    const char *param, *stat, *m, *v, *gradient;
    const char *windows; /* put before the names of its tensors: "", or "ema/" */
} gan_flat_names;

/* Of a network, and of the average of the network that is averaged. */
const gan_flat_names *gan_flat_names_of(gan_network network);
extern const gan_flat_names gan_average_names; /* no moments, no gradient */

/* What images are made of: the generator, plain or averaged, with the statistics that training
 * keeps, or with those that are measured for sampling alone (session/steady.h). */
const gan_flat_names *gan_sampled_names(bool averaged, bool steady);

#endif
