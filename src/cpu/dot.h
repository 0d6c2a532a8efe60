/* dot.h — an inner product in double precision. */
#ifndef GAN_CPU_DOT_H
#define GAN_CPU_DOT_H

#include "cpu/floats.h"

/* Sum of a[i] b[i] over elements [start, start + n) of both, in an order that depends on n alone. a
 * may be b. */
double gan_dot(gan_floats a, gan_floats b, int64_t start, int64_t n);

#endif
