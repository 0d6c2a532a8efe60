/* open.h — what a person's word for a data set stands for. */
#ifndef GAN_DATA_OPEN_H
#define GAN_DATA_OPEN_H

#include "base/error.h"
#include "data/store.h"

/* The format that reads source, and the file or folder in *path, a new string: "" for what the
 * program draws. GAN_E_NO_INPUT when there is none, as gan_data_open tells it. */
gan_status gan_data_resolve(const char *source, const gan_data_format **format, char **path,
                            gan_error *err);

/* GAN_E_USAGE for what no data set can be opened with; a split is named. */
gan_status gan_data_options_check(const gan_data_options *options, gan_error *err);

#endif
