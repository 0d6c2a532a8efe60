/* reference.h — every operation of ops.def in double precision, as plainly as its text says it.
 *
 * Written from ops.def alone; the only things shared with the library are the random numbers
 * (philox.h, permute.h) and the declarations of attributes. Every backend is held against it. */
#ifndef OPS_REFERENCE_H
#define OPS_REFERENCE_H

#include "program/program.h"

/* An operand: its elements as doubles, whatever their type in a program. */
typedef struct reference_tensor {
    int64_t dims[4];
    int64_t count;
    double *v; /* NULL = left out */
} reference_tensor;

/* Computes op kind with attr. in is read; out is overwritten, or updated where ops.def says so; an
 * operand that is left out has v == NULL. */
void reference_run(gan_op_kind kind, const gan_attr *attr, const reference_tensor *in,
                   const reference_tensor *out);

#endif
