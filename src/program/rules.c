/* rules.c — the backward rule of each op of ops.def, as ops of ops.def.
 *
 * The three convolutions are the three partial derivatives of one trilinear form
 * <conv(x, w), dy>, so each one's gradients are the other two; a matrix product's gradients are
 * matrix products; bias_leaky_dropout_bwd is linear in dy with factors that depend on signs alone,
 * so its backward op is the same op. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "program/tape.h"

bool gan_op_input_is_differentiable(const gan_op *op, int k)
{
    switch (op->kind) {
    case GAN_OP_matmul:
    case GAN_OP_conv:
    case GAN_OP_conv_dx:
    case GAN_OP_conv_dw:
    case GAN_OP_add:
    case GAN_OP_scale_rows:
    case GAN_OP_row_dot:
    case GAN_OP_tanh:
    case GAN_OP_sigmoid:
        return true;
    case GAN_OP_bias_leaky_dropout:
        return k < 2;
    case GAN_OP_bias_leaky_dropout_bwd:
        return k == 1; /* y gives signs only: its derivative is 0 wherever it exists */
    case GAN_OP_batch_norm:
        return k < 3;
    case GAN_OP_batch_norm_bwd:
    case GAN_OP_tanh_bwd:
    case GAN_OP_sigmoid_bwd:
        return true; /* asked for, then refused by name */
    default:
        return false;
    }
}

static bool wanted(gan_tape *tape, int buffer)
{
    return buffer >= 0 && gan_tape_at(tape, buffer)->wanted;
}

/* Appends op `kind` whose first output is a part of the gradient of `of`. */
static gan_status emit(gan_tape *tape, const gan_op *op, gan_op_kind kind, const int *in, int of,
                       int64_t rows, const gan_attr *attr)
{
    int out[GAN_OP_MAX_OUT] = {-1, -1, -1, -1, -1, -1, -1, -1};
    char *label = NULL;
    GAN_TRY(gan_tape_target(tape, of, rows, &out[0]));
    GAN_TRY(gan_format(&label, tape->err, "%s bwd", op->label));
    gan_status status = gan_program_op(tape->program, kind, label, in, out, attr, tape->err);
    free(label);
    GAN_TRY(status);
    return gan_tape_put(tape, of, out[0], false);
}

/* Emits a bilinear op on (first, second) as a part of the gradient of `of`. Where only some rows of
 * that gradient are asked for, the operands that have batch rows are cut to them. */
static gan_status emit_bilinear(gan_tape *tape, const gan_op *op, gan_op_kind kind, int first,
                                int second, int of, gan_attr attr)
{
    int in[] = {first, second};
    int64_t row = 0, rows = 0;
    bool cut = kind != GAN_OP_conv_dw && gan_tape_only_rows(tape, of, &row, &rows) &&
               !(kind == GAN_OP_matmul && attr.matmul.trans_a);
    if (cut) {
        GAN_TRY(gan_program_rows(tape->program, first, row, rows, &in[0], tape->err));
        if (kind == GAN_OP_matmul) {
            attr.matmul.m = rows;
        }
    }
    return emit(tape, op, kind, in, of, cut ? rows : 0, &attr);
}

/* y = op(a) op(b): da = dy op(b)^T, db = op(a)^T dy, each transposed again if its operand was. */
static gan_status matmul_rule(gan_tape *tape, const gan_op *op)
{
    int a, b, dy;
    GAN_TRY(gan_tape_value(tape, op->in[0], &a));
    GAN_TRY(gan_tape_value(tape, op->in[1], &b));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    gan_matmul_attr f = op->attr.matmul;
    if (tape->rows && f.m == tape->batch) {
        f.m = tape->rows;
    } else if (tape->rows && f.k == tape->batch) {
        f.k = tape->rows;
    }
    if (wanted(tape, op->in[0])) {
        gan_attr attr = {.matmul = f.trans_a ? (gan_matmul_attr){f.trans_b, true, f.k, f.m, f.n}
                                             : (gan_matmul_attr){false, !f.trans_b, f.m, f.k, f.n}};
        GAN_TRY(f.trans_a ? emit_bilinear(tape, op, GAN_OP_matmul, b, dy, op->in[0], attr)
                          : emit_bilinear(tape, op, GAN_OP_matmul, dy, b, op->in[0], attr));
    }
    if (wanted(tape, op->in[1])) {
        gan_attr attr = {.matmul = f.trans_b ? (gan_matmul_attr){true, f.trans_a, f.n, f.k, f.m}
                                             : (gan_matmul_attr){!f.trans_a, false, f.k, f.n, f.m}};
        GAN_TRY(f.trans_b ? emit_bilinear(tape, op, GAN_OP_matmul, dy, a, op->in[1], attr)
                          : emit_bilinear(tape, op, GAN_OP_matmul, a, dy, op->in[1], attr));
    }
    return GAN_OK;
}

/* The three convolutions. Of the trilinear form's arguments (x, w, dy), this op takes two and g is
 * the gradient of its result, in the place of the third. */
static gan_status conv_rule(gan_tape *tape, const gan_op *op)
{
    int first, second, g;
    GAN_TRY(gan_tape_value(tape, op->in[0], &first));
    GAN_TRY(gan_tape_value(tape, op->in[1], &second));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &g));
    const gan_attr attr = op->attr;
    bool want_first = wanted(tape, op->in[0]), want_second = wanted(tape, op->in[1]);
    switch (op->kind) {
    case GAN_OP_conv: /* (x, w), g in place of dy */
        if (want_second) {
            GAN_TRY(emit_bilinear(tape, op, GAN_OP_conv_dw, first, g, op->in[1], attr));
        }
        return want_first ? emit_bilinear(tape, op, GAN_OP_conv_dx, g, second, op->in[0], attr)
                          : GAN_OK;
    case GAN_OP_conv_dx: /* (dy, w), g in place of x */
        if (want_second) {
            GAN_TRY(emit_bilinear(tape, op, GAN_OP_conv_dw, g, first, op->in[1], attr));
        }
        return want_first ? emit_bilinear(tape, op, GAN_OP_conv, g, second, op->in[0], attr)
                          : GAN_OK;
    default: /* conv_dw: (x, dy), g in place of w */
        if (want_first) {
            GAN_TRY(emit_bilinear(tape, op, GAN_OP_conv_dx, second, g, op->in[0], attr));
        }
        return want_second ? emit_bilinear(tape, op, GAN_OP_conv, first, g, op->in[1], attr)
                           : GAN_OK;
    }
}

/* Both directions of bias_leaky_dropout: the same op on (y, gradient); the bias gradient beside. */
static gan_status bias_leaky_dropout_rule(gan_tape *tape, const gan_op *op)
{
    bool forward = op->kind == GAN_OP_bias_leaky_dropout;
    if (!forward && op->out[1] >= 0 && gan_tape_at(tape, op->out[1])->gradient >= 0) {
        return gan_fail(tape->err, GAN_E_UNSUPPORTED, "op %s: no gradient through a bias gradient",
                        op->label);
    }
    int of = forward ? op->in[0] : op->in[1];
    int signs = forward ? op->out[0] : op->in[0];
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    GAN_TRY(gan_tape_value(tape, signs, &in[0]));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &in[1]));
    GAN_TRY(gan_tape_target(tape, of, 0, &out[0]));
    bool want_bias = forward && wanted(tape, op->in[1]);
    if (want_bias) {
        GAN_TRY(gan_tape_target(tape, op->in[1], 0, &out[1]));
    }
    gan_attr attr = op->attr;
    attr.bias_leaky_dropout.has_bias = want_bias;
    char *label = NULL;
    GAN_TRY(gan_format(&label, tape->err, "%s bwd", op->label));
    gan_status status = gan_program_op(tape->program, GAN_OP_bias_leaky_dropout_bwd, label, in, out,
                                       &attr, tape->err);
    free(label);
    GAN_TRY(status);
    GAN_TRY(gan_tape_put(tape, of, out[0], false));
    return want_bias ? gan_tape_put(tape, op->in[1], out[1], false) : GAN_OK;
}

static gan_status batch_norm_rule(gan_tape *tape, const gan_op *op)
{
    if (tape->rows) {
        return gan_fail(tape->err, GAN_E_UNSUPPORTED,
                        "op %s: batch norm has no gradient for a part of its batch", op->label);
    }
    int in[6] = {op->in[0], -1, op->in[1], op->in[2], op->out[1], op->out[2]}, out[3];
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &in[1]));
    for (int k = 0; k < 3; k++) {
        GAN_TRY(gan_tape_target(tape, op->in[k], 0, &out[k]));
    }
    char *label = NULL;
    GAN_TRY(gan_format(&label, tape->err, "%s bwd", op->label));
    gan_status status =
        gan_program_op(tape->program, GAN_OP_batch_norm_bwd, label, in, out, &op->attr, tape->err);
    free(label);
    GAN_TRY(status);
    for (int k = 0; k < 3; k++) {
        if (wanted(tape, op->in[k])) {
            GAN_TRY(gan_tape_put(tape, op->in[k], out[k], false));
        }
    }
    return GAN_OK;
}

static gan_status activation_rule(gan_tape *tape, const gan_op *op)
{
    int in[2];
    GAN_TRY(gan_tape_value(tape, op->out[0], &in[0]));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &in[1]));
    return emit(tape, op, op->kind == GAN_OP_tanh ? GAN_OP_tanh_bwd : GAN_OP_sigmoid_bwd, in,
                op->in[0], 0, NULL);
}

static gan_status add_rule(gan_tape *tape, const gan_op *op)
{
    int dy;
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    for (int k = 0; k < 2; k++) {
        if (wanted(tape, op->in[k])) {
            GAN_TRY(gan_tape_put(tape, op->in[k], dy, true));
        }
    }
    return GAN_OK;
}

/* y = s x, row by row: dx = s dy, ds = <x, dy>. r = <a, b>: da = r' b, db = r' a. */
static gan_status row_rule(gan_tape *tape, const gan_op *op)
{
    int a, b, dy;
    GAN_TRY(gan_tape_value(tape, op->in[0], &a));
    GAN_TRY(gan_tape_value(tape, op->in[1], &b));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    bool scale = op->kind == GAN_OP_scale_rows;
    if (wanted(tape, op->in[0])) {
        const int in[] = {scale ? dy : b, scale ? b : dy};
        GAN_TRY(emit(tape, op, GAN_OP_scale_rows, in, op->in[0], 0, NULL));
    }
    if (wanted(tape, op->in[1])) {
        const int in[] = {a, dy};
        GAN_TRY(emit(tape, op, scale ? GAN_OP_row_dot : GAN_OP_scale_rows, in, op->in[1], 0, NULL));
    }
    return GAN_OK;
}

gan_status gan_tape_apply_rule(gan_tape *tape, const gan_op *op)
{
    switch (op->kind) {
    case GAN_OP_matmul:
        return matmul_rule(tape, op);
    case GAN_OP_conv:
    case GAN_OP_conv_dx:
    case GAN_OP_conv_dw:
        return conv_rule(tape, op);
    case GAN_OP_bias_leaky_dropout:
    case GAN_OP_bias_leaky_dropout_bwd:
        return bias_leaky_dropout_rule(tape, op);
    case GAN_OP_batch_norm:
        return batch_norm_rule(tape, op);
    case GAN_OP_tanh:
    case GAN_OP_sigmoid:
        return activation_rule(tape, op);
    case GAN_OP_add:
        return add_rule(tape, op);
    case GAN_OP_scale_rows:
    case GAN_OP_row_dot:
        return row_rule(tape, op);
    default:
        return gan_fail(tape->err, GAN_E_UNSUPPORTED,
                        "op %s (%s) cannot be differentiated: a gradient penalty does not go "
                        "through it",
                        gan_op_describe(op->kind)->name, op->label);
    }
}
