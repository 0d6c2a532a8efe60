/* normal.h — normal draws from philox words (Box and Muller 1958). */
#ifndef GAN_BASE_NORMAL_H
#define GAN_BASE_NORMAL_H

#include <stdint.h>

/* z[i], i = 0..n-1: independent normal(0,1) draws, each a function of (seed, stream, step, first+i)
 * alone, so any window of a longer vector can be made by itself. Finite, |z| < 6. */
void gan_normal_fill(uint64_t seed, uint32_t stream, uint64_t step, int64_t first, int64_t n,
                     float *z);

/* u[i] uniform in (lo, hi), same indexing. */
void gan_uniform_fill(uint64_t seed, uint32_t stream, uint64_t step, int64_t first, int64_t n,
                      float lo, float hi, float *u);

#endif
