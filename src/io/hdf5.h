/* hdf5.h — arrays of floats in an HDF5 file, through libhdf5.
 *
 * A build without it (io/absent/hdf5.c) has these functions too: they fail with GAN_E_UNSUPPORTED
 * and say what to install. Files are in memory: what is written goes where the caller likes. */
#ifndef GAN_IO_HDF5_H
#define GAN_IO_HDF5_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* An array in a file. */
typedef struct gan_hdf5_array {
    const char *path; /* "layers/dense/vars/0": groups, and the array's name */
    const int64_t *dims;
    int rank;
    const float *x;
} gan_hdf5_array;

/* The bytes of a file that holds the n arrays as float32, owned by the caller (free()): the same
 * bytes for the same arrays, with the same library. GAN_E_UNSUPPORTED, GAN_E_MEMORY, GAN_E_BACKEND.
 */
gan_status gan_hdf5_write(const gan_hdf5_array *arrays, size_t n, void **bytes, size_t *size,
                          gan_error *err);

/* Looks at one array: its path, shape and numbers, converted to float32; all of it lives during the
 * call. A failure ends the reading and is returned from it. */
typedef gan_status gan_hdf5_visitor(void *user, const gan_hdf5_array *array, gan_error *err);

/* Calls visit for every array of floating-point numbers of a file of n bytes, in the order of their
 * paths. label stands for the file in messages. GAN_E_DATA: no HDF5 file, or damaged.
 * GAN_E_UNSUPPORTED, GAN_E_MEMORY. */
gan_status gan_hdf5_read(const char *label, const void *bytes, size_t n, gan_hdf5_visitor *visit,
                         void *user, gan_error *err);

#endif
