/* look.h — how many pictures a source has and of which shape, without reading all of them where
 * that can be told otherwise. */
#ifndef GAN_DATA_LOOK_H
#define GAN_DATA_LOOK_H

#include <stdbool.h>

#include "gan/data.h"

typedef struct gan_data_look {
    int64_t n;             /* pictures of the split, after the limit */
    int64_t height, width; /* of pictures of several sizes the medians of each, as they are looked
                              at, over those that were seen */
    int64_t channels;      /* 1: all that were seen are grey; else 3, or what an array has */
    int64_t seen;          /* pictures whose size was looked at; n where all have one */
    bool is_mixed;         /* those that were seen differ in height or width */
} gan_data_look;

/* source and options as gan_data_open() takes them; height, width and channels of options are not
 * looked at. A known data set is told by its row in the registry, whether its files are here or
 * not; of a folder the headers of at most 256 pictures are read, spread evenly over it, of an
 * archive those of 8; anything else is opened whole. A picture that cannot be read is passed over:
 * gan_data_open() tells it. Errors as gan_data_open. */
gan_status gan_data_take_look(const char *source, const gan_data_options *options,
                              gan_data_look *out, gan_error *err);

#endif
