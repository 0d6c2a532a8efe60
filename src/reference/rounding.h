/* rounding.h — errors put into what an operation wrote (reference.h says which and why). */
#ifndef GAN_REFERENCE_ROUNDING_H
#define GAN_REFERENCE_ROUNDING_H

#include "program/backend.h"

typedef struct gan_reference_errors {
    gan_rounding mode;
    gan_dtype type; /* of the buffer in the program */
    uint64_t seed, run;
    uint32_t stream; /* of the operation and its output */
    int threads;
    const double *weight; /* M for each element; NULL = 0 */
    double *x;
    int64_t n;
} gan_reference_errors;

void gan_reference_put_errors(const gan_reference_errors *e);

#endif
