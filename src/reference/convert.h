/* convert.h — doubles to and from the floating-point types of buffers. */
#ifndef GAN_REFERENCE_CONVERT_H
#define GAN_REFERENCE_CONVERT_H

#include "program/program.h"

bool gan_reference_is_real(gan_dtype type); /* f64, f32, bf16 or f16 */

/* The nearest number that the type has, ties to even, infinite beyond its range. */
double gan_reference_round(gan_dtype type, double x);

/* n numbers; to and from need no alignment. Real types only. */
void gan_reference_narrow(gan_dtype type, const double *from, int64_t n, void *to);
void gan_reference_widen(gan_dtype type, const void *from, int64_t n, double *to);

#endif
