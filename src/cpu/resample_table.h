/* resample_table.h — for every element of a resampled axis, which elements of the map it is made
 * of, side by side, and the number of each. */
#ifndef GAN_CPU_RESAMPLE_TABLE_H
#define GAN_CPU_RESAMPLE_TABLE_H

#include "base/error.h"
#include "net/net.h"

typedef struct gan_span {
    int64_t first, n, numbers; /* elements; where their numbers begin */
} gan_span;

typedef struct gan_axis_table {
    int64_t n_in, n_out; /* of the map as it is read and as it is written */
    gan_span *spans;     /* [n_out] */
    float *numbers;
    size_t capacity, n_numbers;
} gan_axis_table;

/* Fills a zeroed table of one axis of r; cleared by gan_axis_table_clear() either way. */
gan_status gan_axis_table_make(const gan_resample *r, const gan_map_axis *a, gan_axis_table *t,
                               gan_error *err);
void gan_axis_table_clear(gan_axis_table *t);

#endif
