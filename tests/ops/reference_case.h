/* reference_case.h — operands of the reference over arrays of a test, and exact comparison. */
#ifndef OPS_REFERENCE_CASE_H
#define OPS_REFERENCE_CASE_H

#include "reference/reference.h"

/* Operands over arrays of the test; channels are the last axis. */
#define LENGTH(array) ((int64_t)(sizeof(array) / sizeof *(array)))
#define REALS(array, channels)                                                                     \
    ((gan_reference_tensor){.dims = {LENGTH(array) / (channels), 1, 1, (channels)},                \
                            .count = LENGTH(array),                                                \
                            .v = (array)})
#define BYTES(array, channels)                                                                     \
    ((gan_reference_tensor){.dims = {LENGTH(array) / (channels), 1, 1, (channels)},                \
                            .count = LENGTH(array),                                                \
                            .bytes = (array)})
#define WORDS(array)                                                                               \
    ((gan_reference_tensor){                                                                       \
        .dims = {1, 1, 1, LENGTH(array)}, .count = LENGTH(array), .words = (array)})
#define COUNTERS(array)                                                                            \
    ((gan_reference_tensor){                                                                       \
        .dims = {1, 1, 1, LENGTH(array)}, .count = LENGTH(array), .counters = (array)})
#define NOTHING ((gan_reference_tensor){.count = 0})

/* Computes the operation; fails the test on an error. */
void reference_compute(gan_op_kind kind, const gan_attr *attr, const gan_reference_tensor *in,
                       const gan_reference_tensor *out);

/* Fails the test unless n numbers are equal, sign of 0 included, NaN to NaN, or within that many
 * times 2^-52 of what is wanted. */
void reference_check(const char *what, const double *got, const double *want, int64_t n,
                     double error);

#endif
