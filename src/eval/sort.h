/* sort.h — many floats put in order. */
#ifndef GAN_EVAL_SORT_H
#define GAN_EVAL_SORT_H

#include <stdint.h>

/* Ascending; -0 before 0, NaN at the ends. spare: 2 n words, overwritten. */
void gan_sort_floats(float *x, int64_t n, uint32_t *spare);

#endif
