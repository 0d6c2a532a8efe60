/* dot.h — an inner product in double precision. */
#ifndef GAN_CPU_DOT_H
#define GAN_CPU_DOT_H

#include <stdint.h>

/* Sum of a[i] b[i] over n elements, in an order that depends on n alone. a may be b. */
double gan_dot(const float *a, const float *b, int64_t n);

#endif
