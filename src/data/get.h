/* get.h — downloading all files of a data set, for any row of the table. */
#ifndef GAN_DATA_GET_H
#define GAN_DATA_GET_H

#include "base/error.h"
#include "data/registry.h"
#include "gan/data.h"

/* gan_data_get for a data set that need not be in the table. options is not NULL. */
gan_status gan_dataset_get(const gan_dataset *set, const gan_data_get_options *options,
                           char **folder, gan_error *err);

#endif
