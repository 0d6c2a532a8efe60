/* call.h — one operation with its operands, and the row that computes it: what the files of this
 * room share. */
#ifndef GAN_REFERENCE_CALL_H
#define GAN_REFERENCE_CALL_H

#include "reference/reference.h"

typedef struct gan_reference_call {
    const gan_attr *attr;
    int n_in, n_out;
    const gan_reference_tensor *in, *out;
    int threads;
    double *scratch; /* as many as the row's scratch() asked for */
    double **weight; /* M of reference.h for each element of each output, wanted when not NULL;
                      * 0 before the run */
} gan_reference_call;

/* How one kind of operation is computed. */
typedef struct gan_reference_row {
    void (*run)(const gan_reference_call *call);
    int64_t (*scratch)(const gan_reference_call *call); /* doubles; looks at no data; NULL = none */
    unsigned weighted; /* bit i: output i is made of sums, and weight[i] can be asked for; of a
                        * variadic row's further ones as of the last described */
    bool exact;        /* outputs are draws or copies: no rounding errors are put in */
    bool product;      /* of inputs 0 and 1: where one has 16 bits, the other is read so, too */
} gan_reference_row;

/* The row of a kind; a kind without one does not link. */
const gan_reference_row *gan_reference_row_of(gan_op_kind kind);

#define GAN_OP(name, attr, n_in, n_out, summary, ...)                                              \
    extern const gan_reference_row gan_reference_##name;
#include "program/ops.def"
#undef GAN_OP

/* Does items 0..n-1 of ctx, each on one thread: their order must not matter. */
void gan_reference_parallel(int threads, int64_t n, void (*item)(const void *ctx, int64_t i),
                            const void *ctx);

#endif
