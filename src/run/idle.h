/* idle.h — settings of a run that change nothing in it. */
#ifndef GAN_RUN_IDLE_H
#define GAN_RUN_IDLE_H

#include "gan/listener.h"
#include "run/start.h"

/* A line for each flag that makes no difference beside the others, and one where a run of `total`
 * steps never updates its generator. Settings of files and the environment, which are for many
 * runs, are passed over. */
void gan_idle_tell(const gan_start *start, int64_t total, const gan_listener *listener);

#endif
