/* ops.c — the table of operations: one row per kind, from the file of the same stem. */
#include "cpu/step.h"

static const gan_cpu_op *const rows[GAN_OP_COUNT] = {
#define GAN_OP(name, attr, n_in, n_out, summary, ...) [GAN_OP_##name] = &gan_cpu_op_##name,
#include "program/ops.def"
#undef GAN_OP
};

const gan_cpu_op *gan_cpu_op_row(gan_op_kind kind)
{
    return rows[kind];
}
