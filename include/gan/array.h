/* array.h — arrays of real numbers out of NumPy's .npy: features, z, and what `gan sample -o x.npy`
 * writes. */
#ifndef GAN_ARRAY_H
#define GAN_ARRAY_H

#include <stdbool.h>
#include <stdint.h>

#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

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

/* gan_latents_read() — latent vectors from a .npy of (n,nz), or what else has n rows of nz numbers,
 * such as (n,1,1,nz), of floats or doubles.
 *
 *  nz   numbers of one
 *  *z   (n,nz) floats, the caller's (free()); NULL after a failure
 *
 * GAN_E_DATA also where the rows are of another length, there is none, or a number is not finite.
 */
gan_status gan_latents_read(const char *path, int64_t nz, float **z, int64_t *n, gan_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
