/* ops.c — the table of operations, and one of them by itself. */
#include <stdlib.h>

#include "base/memory.h"
#include "reference/call.h"

static const gan_reference_row *const rows[GAN_OP_COUNT] = {
#define GAN_OP(name, attr, n_in, n_out, summary, ...) [GAN_OP_##name] = &gan_reference_##name,
#include "program/ops.def"
#undef GAN_OP
};

const gan_reference_row *gan_reference_row_of(gan_op_kind kind)
{
    return rows[kind];
}

gan_status gan_reference_compute_list(gan_op_kind kind, const gan_attr *attr, int n_in,
                                      const gan_reference_tensor *in, int n_out,
                                      const gan_reference_tensor *out, gan_error *err)
{
    const gan_reference_row *row = rows[kind];
    gan_reference_call call = {
        .attr = attr, .n_in = n_in, .n_out = n_out, .in = in, .out = out, .threads = 1};
    void *scratch = NULL, *weight = NULL;
    GAN_TRY(
        gan_calloc(row->scratch ? (size_t)row->scratch(&call) : 0, sizeof(double), &scratch, err));
    gan_status status = gan_calloc((size_t)n_out, sizeof *call.weight, &weight, err);
    if (status == GAN_OK) {
        call.scratch = scratch;
        call.weight = weight;
        row->run(&call);
    }
    free(scratch);
    free(weight);
    return status;
}

gan_status gan_reference_compute(gan_op_kind kind, const gan_attr *attr,
                                 const gan_reference_tensor *in, const gan_reference_tensor *out,
                                 gan_error *err)
{
    const gan_op_row *facts = gan_op_describe(kind);
    return gan_reference_compute_list(kind, attr, facts->n_in, in, facts->n_out, out, err);
}
