/* rules.c — the backward rule of each op of ops.def, as ops of ops.def.
 *
 * The three convolutions are the three partial derivatives of one trilinear form
 * <conv(x, w), dy>, so each one's gradients are the other two; a matrix product's gradients are
 * matrix products; bias_leaky_dropout_bwd is linear in dy with factors that depend on signs alone,
 * so its backward op is the same op. Rules of layers that were added later are in rules_layers.c.
 */
#include <stdlib.h>
#include <string.h>

#include "program/rule_parts.h"

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
gan_status gan_rule_matmul(gan_tape *tape, const gan_op *op)
{
    int a, b, dy;
    GAN_TRY(gan_tape_value(tape, op->in[0], &a));
    GAN_TRY(gan_tape_value(tape, op->in[1], &b));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    gan_matmul_attr f = op->attr.matmul;
    if (tape->rows && gan_tape_is_batch(tape, op->in[0])) { /* a is cut: its rows are M or K */
        *(f.trans_a ? &f.k : &f.m) = tape->rows;
    } else if (tape->rows && gan_tape_is_batch(tape, op->in[1])) {
        *(f.trans_b ? &f.n : &f.k) = tape->rows;
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

/* The three convolutions. Of the trilinear form's arguments (x, w, dy), an op takes two, and g is
 * the gradient of its result, in the place of the third. */
typedef struct conv_operands {
    int first, second, g;
    bool want_first, want_second;
} conv_operands;

static gan_status conv_operands_of(gan_tape *tape, const gan_op *op, conv_operands *o)
{
    GAN_TRY(gan_tape_value(tape, op->in[0], &o->first));
    GAN_TRY(gan_tape_value(tape, op->in[1], &o->second));
    o->want_first = wanted(tape, op->in[0]);
    o->want_second = wanted(tape, op->in[1]);
    return gan_tape_gradient(tape, op->out[0], &o->g);
}

gan_status gan_rule_conv(gan_tape *tape, const gan_op *op) /* (x, w), g in place of dy */
{
    conv_operands o;
    GAN_TRY(conv_operands_of(tape, op, &o));
    if (o.want_second) {
        GAN_TRY(emit_bilinear(tape, op, GAN_OP_conv_dw, o.first, o.g, op->in[1], op->attr));
    }
    return o.want_first
               ? emit_bilinear(tape, op, GAN_OP_conv_dx, o.g, o.second, op->in[0], op->attr)
               : GAN_OK;
}

gan_status gan_rule_conv_dx(gan_tape *tape, const gan_op *op) /* (dy, w), g in place of x */
{
    conv_operands o;
    GAN_TRY(conv_operands_of(tape, op, &o));
    if (o.want_second) {
        GAN_TRY(emit_bilinear(tape, op, GAN_OP_conv_dw, o.g, o.first, op->in[1], op->attr));
    }
    return o.want_first ? emit_bilinear(tape, op, GAN_OP_conv, o.g, o.second, op->in[0], op->attr)
                        : GAN_OK;
}

gan_status gan_rule_conv_dw(gan_tape *tape, const gan_op *op) /* (x, dy), g in place of w */
{
    conv_operands o;
    GAN_TRY(conv_operands_of(tape, op, &o));
    if (o.want_first) {
        GAN_TRY(emit_bilinear(tape, op, GAN_OP_conv_dx, o.second, o.g, op->in[0], op->attr));
    }
    return o.want_second ? emit_bilinear(tape, op, GAN_OP_conv, o.first, o.g, op->in[1], op->attr)
                         : GAN_OK;
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

gan_status gan_rule_bias_leaky_dropout(gan_tape *tape, const gan_op *op)
{
    return bias_leaky_dropout_rule(tape, op);
}

gan_status gan_rule_bias_leaky_dropout_bwd(gan_tape *tape, const gan_op *op)
{
    return bias_leaky_dropout_rule(tape, op);
}

gan_status gan_rule_batch_norm(gan_tape *tape, const gan_op *op)
{
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

/* dx = kind(y, dy). */
static gan_status activation_rule(gan_tape *tape, const gan_op *op, gan_op_kind kind)
{
    int in[2];
    GAN_TRY(gan_tape_value(tape, op->out[0], &in[0]));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &in[1]));
    return emit(tape, op, kind, in, op->in[0], 0, NULL);
}

gan_status gan_rule_tanh(gan_tape *tape, const gan_op *op)
{
    return activation_rule(tape, op, GAN_OP_tanh_bwd);
}

gan_status gan_rule_sigmoid(gan_tape *tape, const gan_op *op)
{
    return activation_rule(tape, op, GAN_OP_sigmoid_bwd);
}

/* What the two rules of an activation's backward pass dx = f'(y) dy share: the values of y and dy,
 * and g, the gradient of dx. Of dy the rule is the same pass on g. */
static gan_status activation_operands(gan_tape *tape, const gan_op *op, int *y, int *dy, int *g)
{
    GAN_TRY(gan_tape_value(tape, op->in[0], y));
    GAN_TRY(gan_tape_value(tape, op->in[1], dy));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], g));
    const int in[] = {*y, *g};
    return wanted(tape, op->in[1]) ? emit(tape, op, op->kind, in, op->in[1], 0, NULL) : GAN_OK;
}

/* dx = dy (1 - y^2): its derivative by y is -2 y dy. */
gan_status gan_rule_tanh_bwd(gan_tape *tape, const gan_op *op)
{
    int y, dy, g, product;
    GAN_TRY(activation_operands(tape, op, &y, &dy, &g));
    if (!wanted(tape, op->in[0])) {
        return GAN_OK;
    }
    GAN_TRY(emit_product(tape, op, 1, dy, g, op->in[0], &product));
    return emit_product(tape, op, -2, product, y, op->in[0], NULL);
}

/* dx = dy (y - y^2): its derivative by y is dy - 2 y dy. */
gan_status gan_rule_sigmoid_bwd(gan_tape *tape, const gan_op *op)
{
    int y, dy, g, product;
    GAN_TRY(activation_operands(tape, op, &y, &dy, &g));
    if (!wanted(tape, op->in[0])) {
        return GAN_OK;
    }
    GAN_TRY(emit_product(tape, op, 1, dy, g, op->in[0], &product));
    GAN_TRY(gan_tape_put(tape, op->in[0], product, true));
    return emit_product(tape, op, -2, product, y, op->in[0], NULL);
}

/* y = factor a b. */
gan_status gan_rule_multiply(gan_tape *tape, const gan_op *op)
{
    int a, b, dy;
    GAN_TRY(gan_tape_value(tape, op->in[0], &a));
    GAN_TRY(gan_tape_value(tape, op->in[1], &b));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    const float factor = op->attr.multiply.factor;
    if (wanted(tape, op->in[0])) {
        GAN_TRY(emit_product(tape, op, factor, dy, b, op->in[0], NULL));
    }
    return wanted(tape, op->in[1]) ? emit_product(tape, op, factor, dy, a, op->in[1], NULL)
                                   : GAN_OK;
}

gan_status gan_rule_add(gan_tape *tape, const gan_op *op)
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

gan_status gan_rule_scale_rows(gan_tape *tape, const gan_op *op)
{
    return row_rule(tape, op);
}

gan_status gan_rule_row_dot(gan_tape *tape, const gan_op *op)
{
    return row_rule(tape, op);
}

/* The gradient of each part is a window of that of the sum. */
gan_status gan_rule_window_sum(gan_tape *tape, const gan_op *op)
{
    const int64_t first[] = {op->attr.window_sum.first_a, op->attr.window_sum.first_b};
    int dy, part;
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    for (int k = 0; k < 2; k++) {
        if (wanted(tape, op->in[k])) {
            int64_t dims[4];
            memcpy(dims, tape->program->buffers[op->in[k]].dims, sizeof dims);
            GAN_TRY(gan_program_window(tape->program, "part of a gradient", dy, first[k], dims,
                                       &part, tape->err));
            GAN_TRY(gan_tape_extend(tape));
            GAN_TRY(gan_tape_put(tape, op->in[k], part, true));
        }
    }
    return GAN_OK;
}

/* Ops that have no gradient, or none that was worked out. */
static gan_status refuse(gan_tape *tape, const gan_op *op)
{
    return gan_fail(tape->err, GAN_E_UNSUPPORTED,
                    "op %s (%s) cannot be differentiated: a gradient penalty does not go "
                    "through it",
                    gan_op_describe(op->kind)->name, op->label);
}

#define REFUSE(name)                                                                               \
    gan_status gan_rule_##name(gan_tape *tape, const gan_op *op)                                   \
    {                                                                                              \
        return refuse(tape, op);                                                                   \
    }
REFUSE(gather)
REFUSE(gather_labels)
REFUSE(noise)
REFUSE(fill)
REFUSE(batch_norm_bwd)
REFUSE(loss)
REFUSE(softmax_cross_entropy)
REFUSE(norm)
REFUSE(guard)
REFUSE(stat_update)
REFUSE(adam)
REFUSE(rates)
REFUSE(ema)
REFUSE(report)

gan_status gan_tape_apply_rule(gan_tape *tape, const gan_op *op)
{
    static gan_status (*const rules[GAN_OP_COUNT])(gan_tape *, const gan_op *) = {
#define GAN_OP(name, attr, n_in, n_out, summary, ...) [GAN_OP_##name] = gan_rule_##name,
#include "program/ops.def"
#undef GAN_OP
    };
    if (tape->rows && gan_op_describe(op->kind)->mixes_samples) {
        return gan_fail(tape->err, GAN_E_UNSUPPORTED,
                        "op %s: %s mixes samples and has no gradient for a part of its batch",
                        op->label, gan_op_describe(op->kind)->name);
    }
    return rules[op->kind](tape, op);
}
