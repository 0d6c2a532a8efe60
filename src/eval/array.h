/* array.h — arrays of real numbers in NumPy's .npy: features, z, and what `gan sample -o x.npy`
 * writes. */
#ifndef GAN_EVAL_ARRAY_H
#define GAN_EVAL_ARRAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { GAN_ARRAY_DIMS = 4 };

/* Floats or doubles in C order; missing dims are 1. */
typedef struct gan_array {
    void *x;
    bool doubles;
    int n_dims;
    int64_t dims[GAN_ARRAY_DIMS];
} gan_array;

/* Whether path is a .npy file of floats or doubles: the others are for gan_data_open. A file that
 * cannot be read is not. */
bool gan_array_is_real(const char *path);

/* *out is the caller's (gan_array_free). GAN_E_NO_INPUT, GAN_E_IO; GAN_E_DATA: not .npy, not floats
 * or doubles of this machine's byte order, in Fortran's order, of more than four dims, truncated or
 * longer than it says; GAN_E_MEMORY. */
gan_status gan_array_read(const char *path, gan_array *out, gan_error *err);
void gan_array_free(gan_array *array); /* a zeroed one is fine */

#endif
