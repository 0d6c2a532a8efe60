/* fetch.h — one published file from the first mirror that gives it whole. */
#ifndef GAN_DATA_FETCH_H
#define GAN_DATA_FETCH_H

#include <stdint.h>

#include "base/error.h"
#include "data/registry.h"
#include "gan/data.h"

typedef struct gan_fetch {
    const gan_dataset_file *file;
    int64_t index, n_files; /* for progress */
    const char *folder;     /* exists */
    const char *const *mirrors;
    int64_t n_mirrors;
    const gan_data_get_options *options; /* timeouts, callbacks, cancel */
    int patience_seconds; /* a mirror that would take longer gives way to the next; 0: an hour */
} gan_fetch;

/* Brings folder/NAME to be the file with the published sum, as gan_data_get promises:
 *   - NAME is there with that sum: left alone
 *   - otherwise NAME.part is begun or gone on with, from mirror after mirror; a mirror gets another
 *     try while each brings a good part of the file, and gives way to the next one, where there is
 *     one, while it is slow; a part that turns out wrong is begun anew
 *   - whole and right: synced, renamed to NAME, the folder synced. A different NAME that was there
 *     is kept as NAME.old
 * Errors as gan_data_get. NAME.part stays after a failure, to go on with, unless it is wrong. */
gan_status gan_fetch_file(const gan_fetch *fetch, gan_error *err);

#endif
