/* shapes.c — the shape rules of ops.def.
 *
 * A rule is a list of demands on named operands; the first that does not hold is the error. */
#include "program/shapes.h"

#include <math.h>
#include <string.h>

typedef struct checker {
    const gan_program *program;
    const gan_op *op;
    gan_error *err;
    bool failed;
} checker;

static const gan_buffer *buffer_at(const checker *c, int id)
{
    return id >= 0 ? &c->program->buffers[id] : NULL;
}

static const gan_buffer *in(const checker *c, int i)
{
    return buffer_at(c, c->op->in[i]);
}

static const gan_buffer *out(const checker *c, int i)
{
    return buffer_at(c, c->op->out[i]);
}

static void demand(checker *c, bool holds, const gan_buffer *b, const char *what)
{
    if (holds || c->failed) {
        return;
    }
    c->failed = true;
    const int64_t none[4] = {0};
    const int64_t *d = b ? b->dims : none;
    gan_fail(c->err, GAN_E_FAILED, "op %s (%s): %s; buffer %s is %lld x %lld x %lld x %lld",
             gan_op_describe(c->op->kind)->name, c->op->label, what, b ? b->name : "(none)",
             (long long)d[0], (long long)d[1], (long long)d[2], (long long)d[3]);
}

static void demand_dims(checker *c, const gan_buffer *b, int64_t n, int64_t h, int64_t w, int64_t k,
                        const char *what)
{
    demand(c, b && b->dims[0] == n && b->dims[1] == h && b->dims[2] == w && b->dims[3] == k, b,
           what);
}

static void demand_like(checker *c, const gan_buffer *b, const gan_buffer *model, const char *what)
{
    demand(c, b && model && memcmp(b->dims, model->dims, sizeof b->dims) == 0, b, what);
}

static void demand_vector(checker *c, const gan_buffer *b, int64_t n, const char *what)
{
    demand(c, b && b->count == n && b->dims[3] == n, b, what);
}

/* Operands that a row lets be left out, as a bit each. */
static bool is_optional(const gan_op *op, bool is_input, int i)
{
    switch (op->kind) {
    case GAN_OP_bias_leaky_dropout:
        return is_input && i >= 1;
    case GAN_OP_bias_leaky_dropout_bwd:
        return !is_input && i == 1;
    case GAN_OP_loss:
        return is_input || i < 3;
    case GAN_OP_guard:
    case GAN_OP_report:
        return is_input && (i == 1 || i == 2);
    case GAN_OP_adam:
        return is_input ? i == 1 : i >= 3;
    case GAN_OP_ema:
        return is_input && i == 3;
    default:
        return false;
    }
}

static void check_presence(checker *c)
{
    const gan_op_row *row = gan_op_describe(c->op->kind);
    for (int i = 0; i < row->n_in; i++) {
        demand(c, in(c, i) || is_optional(c->op, true, i), NULL, "an input is missing");
    }
    for (int i = 0; i < row->n_out; i++) {
        demand(c, out(c, i) || is_optional(c->op, false, i), NULL, "an output is missing");
    }
}

static void check_conv(checker *c, const gan_buffer *x, const gan_buffer *w, const gan_buffer *y)
{
    const gan_conv_attr *g = &c->op->attr.conv;
    demand(c, g->stride_h > 0 && g->stride_w > 0 && g->r > 0 && g->s > 0, x, "bad geometry");
    demand(c, g->pad_top >= 0 && g->pad_left >= 0 && g->pad_bottom >= 0 && g->pad_right >= 0, x,
           "negative padding");
    if (c->failed) {
        return;
    }
    demand(c, (g->p - 1) * g->stride_h + g->r <= g->h + g->pad_top + g->pad_bottom, y,
           "output taller than the padded map allows");
    demand(c, (g->q - 1) * g->stride_w + g->s <= g->w + g->pad_left + g->pad_right, y,
           "output wider than the padded map allows");
    demand_dims(c, x, x->dims[0], g->h, g->w, g->c, "map does not fit the geometry");
    demand_dims(c, w, g->k, g->r, g->s, g->c, "filter does not fit the geometry");
    demand_dims(c, y, x->dims[0], g->p, g->q, g->k, "output does not fit the geometry");
}

static void check_matmul(checker *c)
{
    const gan_matmul_attr *a = &c->op->attr.matmul;
    demand_dims(c, in(c, 0), a->trans_a ? a->k : a->m, 1, 1, a->trans_a ? a->m : a->k,
                "a is not op(M,K)");
    demand_dims(c, in(c, 1), a->trans_b ? a->n : a->k, 1, 1, a->trans_b ? a->k : a->n,
                "b is not op(K,N)");
    demand_dims(c, out(c, 0), a->m, 1, 1, a->n, "y is not (M,N)");
}

static void check_bias_leaky_dropout(checker *c)
{
    const gan_bias_leaky_dropout_attr *a = &c->op->attr.bias_leaky_dropout;
    bool backward = c->op->kind == GAN_OP_bias_leaky_dropout_bwd;
    const gan_buffer *x = in(c, 0);
    const gan_buffer *bias = backward ? out(c, 1) : in(c, 1);
    demand(c, a->slope >= 0 && a->drop_rate >= 0 && a->drop_rate < 1, x, "bad slope or rate");
    demand_like(c, out(c, 0), x, "output unlike input");
    if (backward) {
        demand_like(c, in(c, 1), x, "dy unlike y");
    } else {
        demand(c, a->has_bias == (bias != NULL), bias, "bias given and not wanted, or missing");
    }
    if (bias) {
        demand_vector(c, bias, x->dims[3], "bias does not fit the channels");
    }
    if (!backward && in(c, 2)) {
        demand_like(c, in(c, 2), x, "mask unlike input");
        demand(c, in(c, 2)->type == GAN_U8, in(c, 2), "mask is not u8");
        demand(c, a->drop_rate > 0, in(c, 2), "a mask where nothing is dropped");
    }
    demand(c, backward || a->drop_rate == 0 || in(c, 2) || in(c, 3), x,
           "dropout needs a mask or the counters");
}

static void check_batch_norm(checker *c)
{
    const gan_buffer *x = in(c, 0);
    int64_t channels = x->dims[3];
    demand(c, c->op->attr.norm.epsilon > 0 && c->op->attr.norm.slope >= 0, x, "bad attribute");
    demand_like(c, out(c, 0), x, "output unlike input");
    if (c->op->kind == GAN_OP_batch_norm_bwd) {
        demand_like(c, in(c, 1), x, "dy unlike x");
        for (int i = 2; i < 6; i++) {
            demand_vector(c, in(c, i), channels, "vector does not fit the channels");
        }
    } else {
        for (int i = 1; i < (c->op->kind == GAN_OP_batch_norm ? 3 : 5); i++) {
            demand_vector(c, in(c, i), channels, "vector does not fit the channels");
        }
    }
    for (int i = 1; i < gan_op_describe(c->op->kind)->n_out; i++) {
        demand_vector(c, out(c, i), channels, "vector does not fit the channels");
    }
}

static void check_loss(checker *c)
{
    const gan_loss_attr *a = &c->op->attr.loss;
    const gan_buffer *real = in(c, 0), *fake = in(c, 1);
    demand(c, a->for_d || a->for_g, fake, "neither network's loss is asked for");
    demand(c, !a->for_d || (real && fake && out(c, 0) && out(c, 1)), real,
           "D's loss needs both logits");
    demand(c, !a->for_g || (fake && out(c, 2)), fake, "G's loss needs the fake logits");
    demand(c, !a->shared || (a->for_d && a->for_g), fake, "a shared pass needs both losses");
    if (out(c, 0)) {
        demand_like(c, out(c, 0), real, "gradient unlike the real logits");
    }
    for (int i = 1; i < 3; i++) {
        if (out(c, i)) {
            demand_like(c, out(c, i), fake, "gradient unlike the fake logits");
        }
    }
    demand_vector(c, out(c, 3), 4, "metrics are four numbers");
}

static void check_adam(checker *c)
{
    const gan_adam_attr *a = &c->op->attr.adam;
    demand(c, a->n_segments == 1 || a->n_segments == 2, NULL, "one or two networks");
    for (int i = 0; i < a->n_segments && !c->failed; i++) {
        demand(c, in(c, i) && in(c, i)->count == a->segments[i].count, in(c, i), "gradient size");
        for (int k = 0; k < 3; k++) {
            const gan_buffer *b = out(c, 3 * i + k);
            demand(c, b && b->count == a->segments[i].count, b, "parameter or moment size");
        }
    }
    demand_vector(c, in(c, 2), GAN_RATE_COUNT, "rates");
    demand_vector(c, in(c, 3), GAN_COUNTER_COUNT, "counters");
}

static void check_stat_update(checker *c)
{
    const gan_stat_update_attr *a = &c->op->attr.stat_update;
    demand(c, in(c, 0)->count == out(c, 0)->count, out(c, 0), "statistics of another size");
    for (int i = 0; i < a->n_segments; i++) {
        const gan_stat_segment *s = &a->segments[i];
        demand(c, s->offset >= 0 && s->count > 0 && s->offset + s->count <= in(c, 0)->count,
               in(c, 0), "a segment lies outside");
        demand(c, isfinite(s->factor) && s->momentum >= 0 && s->momentum <= 1, in(c, 0),
               "bad momentum or factor");
    }
}

static void check_rest(checker *c)
{
    switch (c->op->kind) {
    case GAN_OP_gather:
        demand(c, in(c, 0)->type == GAN_U8 && in(c, 0)->dims[0] == c->op->attr.gather.n_images,
               in(c, 0), "images are (n,H,W,C) u8");
        demand_dims(c, out(c, 0), out(c, 0)->dims[0], in(c, 0)->dims[1], in(c, 0)->dims[2],
                    in(c, 0)->dims[3], "batch unlike the images");
        break;
    case GAN_OP_tanh_bwd:
    case GAN_OP_sigmoid_bwd:
    case GAN_OP_add:
        demand_like(c, in(c, 1), in(c, 0), "inputs of two shapes");
        demand_like(c, out(c, 0), in(c, 0), "output unlike input");
        break;
    case GAN_OP_tanh:
    case GAN_OP_sigmoid:
        demand_like(c, out(c, 0), in(c, 0), "output unlike input");
        break;
    case GAN_OP_scale_rows:
        demand_dims(c, in(c, 1), in(c, 0)->dims[0], 1, 1, 1, "one factor per sample");
        demand_like(c, out(c, 0), in(c, 0), "output unlike input");
        break;
    case GAN_OP_row_dot:
        demand_like(c, in(c, 1), in(c, 0), "inputs of two shapes");
        demand_dims(c, out(c, 0), in(c, 0)->dims[0], 1, 1, 1, "one product per sample");
        break;
    case GAN_OP_norm:
        demand_vector(c, out(c, 0), 1, "a norm is one number");
        break;
    case GAN_OP_guard:
        demand_vector(c, in(c, 0), 4, "metrics are four numbers");
        demand_vector(c, out(c, 0), 2, "the flag is two words");
        break;
    case GAN_OP_ema:
        demand_like(c, out(c, 0), in(c, 0), "average unlike its source");
        break;
    case GAN_OP_report:
        demand_dims(c, out(c, 1), c->op->attr.report.rows, 1, 1, GAN_METRIC_COUNT, "ring");
        break;
    default:
        break;
    }
}

gan_status gan_op_check(const gan_program *program, const gan_op *op, gan_error *err)
{
    checker c = {program, op, err, false};
    check_presence(&c);
    if (c.failed) {
        return GAN_E_FAILED;
    }
    switch (op->kind) {
    case GAN_OP_matmul:
        check_matmul(&c);
        break;
    case GAN_OP_conv:
        check_conv(&c, in(&c, 0), in(&c, 1), out(&c, 0));
        break;
    case GAN_OP_conv_dx:
        check_conv(&c, out(&c, 0), in(&c, 1), in(&c, 0));
        break;
    case GAN_OP_conv_dw:
        check_conv(&c, in(&c, 0), out(&c, 0), in(&c, 1));
        break;
    case GAN_OP_bias_leaky_dropout:
    case GAN_OP_bias_leaky_dropout_bwd:
        check_bias_leaky_dropout(&c);
        break;
    case GAN_OP_batch_norm:
    case GAN_OP_batch_norm_bwd:
    case GAN_OP_batch_norm_infer:
        check_batch_norm(&c);
        break;
    case GAN_OP_loss:
        check_loss(&c);
        break;
    case GAN_OP_adam:
        check_adam(&c);
        break;
    case GAN_OP_stat_update:
        check_stat_update(&c);
        break;
    default:
        check_rest(&c);
    }
    return c.failed ? GAN_E_FAILED : GAN_OK;
}
