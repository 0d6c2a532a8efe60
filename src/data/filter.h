/* filter.h — the weights of the scaling filters that are not made in integers. */
#ifndef GAN_DATA_FILTER_H
#define GAN_DATA_FILTER_H

#include "data/scale.h"

enum { GAN_WEIGHT_BITS = 15 }; /* the weights of one output sample sum to 2^15 */

/* Fills taps for n_in samples scaled to n_out by box, bicubic or Lanczos. What taps hold is the
 * caller's to free, after a failure too: GAN_E_MEMORY. */
gan_status gan_filter_taps(gan_filter kind, gan_taps *t, int64_t n_in, int64_t n_out,
                           gan_error *err);

#endif
