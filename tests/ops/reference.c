/* reference.c — every operation of ops.def in double precision: the table. */
#include "ops/reference.h"

#include "ops/reference_rows.h"

static reference_row *const rows[GAN_OP_COUNT] = {
#define GAN_OP(name, attr, n_in, n_out, summary) [GAN_OP_##name] = reference_##name,
#include "program/ops.def"
#undef GAN_OP
};

void reference_run(gan_op_kind kind, const gan_attr *attr, const reference_tensor *in,
                   const reference_tensor *out)
{
    rows[kind](attr, in, out);
}
