/* data_options.h — how the settings say that a data set is to be opened. */
#ifndef GAN_RUN_DATA_OPTIONS_H
#define GAN_RUN_DATA_OPTIONS_H

#include "gan/data.h"
#include "gan/options.h"

/* All but the shape, which is the network's: 0. GAN_E_USAGE for an unknown fit or filter. */
gan_status gan_options_to_data(const gan_options *options, gan_data_options *out, gan_error *err);

#endif
