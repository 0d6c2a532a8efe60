/* dry_run.h — what a run will do, as numbers and as text. */
#ifndef GAN_RUN_DRY_RUN_H
#define GAN_RUN_DRY_RUN_H

#include "gan/data.h"
#include "gan/listener.h"
#include "run/start.h"

/* How the data set is to be opened for a network. GAN_E_USAGE for an unknown fit. */
gan_status gan_plan_data_options(const gan_start *start, gan_data_options *out, gan_error *err);

/* A run before it starts: what it begins with, its data, how many steps it has in all. */
typedef struct gan_outlook {
    gan_start start;
    gan_data *data;
    int64_t steps;
} gan_outlook;

/* Finds and checks what gan_train(), or gan_classify(), does before it opens a device. Errors as
 * there; *out is then empty, otherwise the caller's (gan_outlook_close). */
gan_status gan_outlook_open(gan_net_kind kind, const gan_options *options,
                            const gan_listener *listener, gan_outlook *out, gan_error *err);
void gan_outlook_close(gan_outlook *outlook);

#endif
