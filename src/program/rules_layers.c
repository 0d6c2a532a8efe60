/* rules_layers.c — backward rules of activations, normalizations and what else layers are made of.
 */
#include "program/rule_parts.h"

/* Whether f'' is anywhere other than 0. */
static const bool bends[GAN_ACTIVATION_COUNT] = {
#define GAN_ACTIVATION_ROW(name, alpha, bends, summary) [GAN_ACTIVATION_##name] = (bends),
#include "net/activations.def"
#undef GAN_ACTIVATION_ROW
};

/* y = f^(k)(x) g: dg = f^(k)(x) dy, dx = f^(k+1)(x) g dy. */
gan_status gan_rule_activation(gan_tape *tape, const gan_op *op)
{
    int x, g = -1, dy;
    gan_attr next = op->attr;
    next.activation.order++;
    GAN_TRY(gan_tape_value(tape, op->in[0], &x));
    GAN_TRY(gan_tape_value(tape, op->in[1], &g));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    if (wanted(tape, op->in[1])) {
        const int in[] = {x, dy};
        GAN_TRY(emit(tape, op, GAN_OP_activation, in, op->in[1], 0, &op->attr));
    }
    const bool flat = op->attr.activation.order > 0 && !bends[op->attr.activation.function];
    if (!wanted(tape, op->in[0]) || flat) {
        return GAN_OK;
    }
    if (next.activation.order > 2) {
        return gan_fail(tape->err, GAN_E_UNSUPPORTED, "op %s: no third derivative of an activation",
                        op->label);
    }
    if (g >= 0) {
        GAN_TRY(emit_product(tape, op, 1, g, dy, op->in[0], &dy));
    }
    const int in[] = {x, dy};
    return emit(tape, op, GAN_OP_activation, in, op->in[0], 0, &next);
}

/* y = x_hat: dx = B(x, dy). Of y = B(x, a), which is symmetric in a: da = B(x, dy), and dx is the
 * same operation with dy as its third input. */
gan_status gan_rule_normalize(gan_tape *tape, const gan_op *op)
{
    int x, a, dy;
    GAN_TRY(gan_tape_value(tape, op->in[0], &x));
    GAN_TRY(gan_tape_value(tape, op->in[1], &a));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    if (op->in[2] >= 0) {
        return gan_fail(tape->err, GAN_E_UNSUPPORTED,
                        "op %s: no third derivative of a normalization", op->label);
    }
    if (wanted(tape, op->in[1])) {
        const int in[] = {x, dy, -1};
        GAN_TRY(emit(tape, op, GAN_OP_normalize, in, op->in[1], 0, &op->attr));
    }
    if (!wanted(tape, op->in[0])) {
        return GAN_OK;
    }
    const int in[] = {x, a >= 0 ? a : dy, a >= 0 ? dy : -1};
    return emit(tape, op, GAN_OP_normalize, in, op->in[0], 0, &op->attr);
}

/* y = s x, channel by channel: dx = s dy, ds = <x, dy>. r = <a, b>: da = r' b, db = r' a. */
gan_status gan_rule_scale_channels(gan_tape *tape, const gan_op *op)
{
    int x, s, dy;
    GAN_TRY(gan_tape_value(tape, op->in[0], &x));
    GAN_TRY(gan_tape_value(tape, op->in[1], &s));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dy));
    if (wanted(tape, op->in[0])) {
        const int in[] = {dy, s};
        GAN_TRY(emit(tape, op, GAN_OP_scale_channels, in, op->in[0], 0, NULL));
    }
    const int in[] = {x, dy};
    return wanted(tape, op->in[1]) ? emit(tape, op, GAN_OP_channel_dot, in, op->in[1], 0, NULL)
                                   : GAN_OK;
}

gan_status gan_rule_channel_dot(gan_tape *tape, const gan_op *op)
{
    int values[2], dr;
    GAN_TRY(gan_tape_value(tape, op->in[0], &values[0]));
    GAN_TRY(gan_tape_value(tape, op->in[1], &values[1]));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &dr));
    for (int k = 0; k < 2; k++) {
        if (wanted(tape, op->in[k])) {
            const int in[] = {values[1 - k], dr};
            GAN_TRY(emit(tape, op, GAN_OP_scale_channels, in, op->in[k], 0, NULL));
        }
    }
    return GAN_OK;
}

/* A vector of channels that holds one number. */
static gan_status fill_vector(gan_tape *tape, const gan_op *op, double number, int *id)
{
    const gan_attr attr = {.fill = {number, -1}};
    const int rates = -1;
    GAN_TRY(gan_tape_room(tape, op->in[1], id));
    return gan_program_op(tape->program, GAN_OP_fill, op->label, &rates, id, &attr, tape->err);
}

/* dz of what came before the activation, and of the summand, where it is wanted. */
static gan_status bend_back(gan_tape *tape, const gan_op *op, int *dz)
{
    const gan_attr attr = {.bias_leaky_dropout = {.slope = op->attr.norm.slope}};
    const bool of_beta = wanted(tape, op->in[2]);
    int in[2], out[2] = {-1, -1};
    GAN_TRY(gan_tape_value(tape, op->out[0], &in[0]));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &in[1]));
    *dz = in[1];
    if (op->attr.norm.slope == 1 && !of_beta) {
        return GAN_OK;
    }
    GAN_TRY(gan_tape_room(tape, op->out[0], &out[0]));
    if (of_beta) {
        GAN_TRY(gan_tape_target(tape, op->in[2], 0, &out[1]));
    }
    *dz = out[0];
    GAN_TRY(gan_program_op(tape->program, GAN_OP_bias_leaky_dropout_bwd, op->label, in, out, &attr,
                           tape->err));
    return of_beta ? gan_tape_put(tape, op->in[2], out[1], false) : GAN_OK;
}

/* y = leaky(z), z = gamma (x - mean) / sqrt(var + e) + beta, mean and var constant: z is linear in
 * x, so its gradient is the same op of dz with no mean and no summand, which may be differentiated
 * again. dgamma = <dz, (x - mean) / sqrt(var + e)>, dbeta = sum of dz. */
gan_status gan_rule_batch_norm_infer(gan_tape *tape, const gan_op *op)
{
    const gan_attr attr = {.norm = {.epsilon = op->attr.norm.epsilon, .slope = 1}};
    int dz, zeros, ones, x, normal;
    GAN_TRY(bend_back(tape, op, &dz));
    GAN_TRY(fill_vector(tape, op, 0, &zeros));
    if (wanted(tape, op->in[0])) {
        const int in[] = {dz, op->in[1], zeros, zeros, op->in[4]};
        GAN_TRY(emit(tape, op, GAN_OP_batch_norm_infer, in, op->in[0], 0, &attr));
    }
    if (!wanted(tape, op->in[1])) {
        return GAN_OK;
    }
    GAN_TRY(fill_vector(tape, op, 1, &ones));
    GAN_TRY(gan_tape_value(tape, op->in[0], &x));
    GAN_TRY(gan_tape_room(tape, op->in[0], &normal));
    const int in[] = {x, ones, zeros, op->in[3], op->in[4]}, of_gamma[] = {normal, dz};
    GAN_TRY(gan_program_op(tape->program, GAN_OP_batch_norm_infer, op->label, in, &normal, &attr,
                           tape->err));
    return emit(tape, op, GAN_OP_channel_dot, of_gamma, op->in[1], 0, NULL);
}

gan_status gan_rule_minibatch_stddev(gan_tape *tape, const gan_op *op)
{
    int in[2];
    GAN_TRY(gan_tape_value(tape, op->in[0], &in[0]));
    GAN_TRY(gan_tape_gradient(tape, op->out[0], &in[1]));
    return emit(tape, op, GAN_OP_minibatch_stddev_bwd, in, op->in[0], 0, &op->attr);
}

gan_status gan_rule_minibatch_stddev_bwd(gan_tape *tape, const gan_op *op)
{
    return gan_fail(tape->err, GAN_E_UNSUPPORTED,
                    "op %s (%s) cannot be differentiated: a gradient penalty does not go through "
                    "it",
                    gan_op_describe(op->kind)->name, op->label);
}
