/* rules_maps.c — backward rules of what makes maps smaller and larger, and of maps side by side. */
#include "program/rule_parts.h"

/* y = A x: dx = A' dy. */
gan_status gan_rule_resample(gan_tape *tape, const gan_op *op)
{
    int dy;
    gan_attr attr = op->attr;
    attr.resample.transposed = !attr.resample.transposed;
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    return emit(tape, op, GAN_OP_resample, &dy, op->in[0], 0, &attr);
}

/* Linear, too. */
gan_status gan_rule_widen_filter(gan_tape *tape, const gan_op *op)
{
    int dv;
    gan_attr attr = op->attr;
    attr.widen_filter.transposed = !attr.widen_filter.transposed;
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dv));
    return emit(tape, op, GAN_OP_widen_filter, &dv, op->in[0], 0, &attr);
}

/* A part of the gradient of `of`, of kind `kind` on (index, the gradient of op's result). */
static gan_status pool_rule(gan_tape *tape, const gan_op *op, gan_op_kind kind, int index, int of)
{
    int in[2];
    GAN_TRY(gan_tape_value(tape, index, &in[0]));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &in[1]));
    return emit(tape, op, kind, in, of, 0, &op->attr);
}

gan_status gan_rule_max_pool(gan_tape *tape, const gan_op *op)
{
    if (op->out[1] < 0) {
        return gan_fail(tape->err, GAN_E_FAILED, "op %s: its index was not kept", op->label);
    }
    return pool_rule(tape, op, GAN_OP_max_pool_bwd, op->out[1], op->in[0]);
}

gan_status gan_rule_max_pool_bwd(gan_tape *tape, const gan_op *op)
{
    return pool_rule(tape, op, GAN_OP_max_pool_pick, op->in[0], op->in[1]);
}

gan_status gan_rule_max_pool_pick(gan_tape *tape, const gan_op *op)
{
    return pool_rule(tape, op, GAN_OP_max_pool_bwd, op->in[0], op->in[1]);
}

/* Each input's gradient is its channels of that of the output. */
gan_status gan_rule_concat(gan_tape *tape, const gan_op *op)
{
    int dy;
    gan_attr attr = {.slice = {.first = op->attr.concat.before}};
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    for (int k = 0; k < op->n_in; k++) {
        if (wanted(tape, op->in[k])) {
            GAN_TRY(emit(tape, op, GAN_OP_slice, &dy, op->in[k], 0, &attr));
        }
        attr.slice.first += tape->program->buffers[op->in[k]].dims[3];
    }
    return GAN_OK;
}

/* The output's gradient at its place, 0 in the other channels. */
gan_status gan_rule_slice(gan_tape *tape, const gan_op *op)
{
    int dy;
    const gan_attr attr = {.concat = {.before = op->attr.slice.first}};
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    return emit(tape, op, GAN_OP_concat, &dy, op->in[0], 0, &attr);
}
