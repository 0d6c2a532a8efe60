/* nearest.h — a picture of samples beside the real pictures that are nearest to them. */
#ifndef GAN_EVAL_NEAREST_H
#define GAN_EVAL_NEAREST_H

#include "eval/set.h"

typedef struct gan_nearest_job {
    const gan_source *samples;
    const gan_data *real;
    gan_extractor *extractor;
    const gan_feature_set *of_real; /* rows are pictures, in their order */
} gan_nearest_job;

/* Writes a PNG: a row for each of the first samples (at most 16), the sample first and its nearest
 * real pictures after it, the nearest first. GAN_E_USAGE where there are no pictures. */
gan_status gan_nearest_write(const gan_tools *tools, const gan_nearest_job *job, const char *path,
                             gan_error *err);

#endif
