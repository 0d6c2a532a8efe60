/* schedule.h — the rates that move in a run, resolved to images. */
#ifndef GAN_SESSION_SCHEDULE_H
#define GAN_SESSION_SCHEDULE_H

#include "gan/listener.h"
#include "gan/options.h"
#include "program/build.h"

/* Steps in all: --steps, or ceil(epochs * n / batch). */
int64_t gan_schedule_total_steps(const gan_options *options, int64_t n_images);

/* Fills the rows of build, whose batch and d_steps are known, for resolved options: shares of the
 * run, steps and epochs become images. */
void gan_schedule_fill(const gan_options *options, int64_t n_images, gan_build_options *build);

/* Says of each rate that moves when it does, in steps. */
void gan_schedule_tell(const gan_build_options *build, const gan_listener *listener);

/* GAN_E_USAGE if a schedule of `now` is a share of the run and the run is to have another length
 * than it had in `saved`, unless options->reschedule says that this is meant. */
gan_status gan_schedule_check_length(const gan_options *now, const gan_options *saved,
                                     int64_t n_images, gan_error *err);

#endif
