/* rules_layers.c — backward rules of activations, normalizations and what else layers are made of.
 */
#include "program/rule_parts.h"

/* Whether f'' is anywhere other than 0. */
static const bool bends[GAN_ACTIVATION_COUNT] = {
#define GAN_ACTIVATION_ROW(name, alpha, bends, summary) [GAN_ACTIVATION_##name] = bends,
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
