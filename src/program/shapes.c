/* shapes.c — the shape rule of each row of ops.def, a list of demands (demands.h); those of layers
 * that were added later are in shapes_layers.c and shapes_maps.c.
 *
 * A rule says what ops.def's formula takes for granted, so that no backend checks it again: kernels
 * index by these shapes and nothing else stands between a wrong program and foreign memory. Which
 * operands may be left out is in the row and is looked at first; types that a backend does not have
 * are for the backend to refuse. */
#include "program/shapes.h"

#include <math.h>
#include <string.h>

#include "program/demands.h"
#include "program/loss_terms.h"

/* A variadic row describes its first operands; further ones are as the last of these. */
static void check_presence(gan_shape_check *c)
{
    const gan_op_row *row = gan_op_describe(c->op->kind);
    for (int k = 0; k < c->op->n_in; k++) {
        demand(c, in(c, k) || gan_set_has_of(row->optional_in, row->n_in, k), NULL,
               "an input is missing");
    }
    for (int k = 0; k < c->op->n_out; k++) {
        demand(c, out(c, k) || gan_set_has_of(row->optional_out, row->n_out, k), NULL,
               "an output is missing");
    }
}

/* The three directions of one convolution have the same three tensors: x and w make y; y and w,
 * read as gradients, make x; x and y make w. The window of the last output must lie in the padded
 * map; that it ends before the map does is allowed (a stride that does not divide). */
static void demand_conv(gan_shape_check *c, const gan_buffer *x, const gan_buffer *w,
                        const gan_buffer *y)
{
    const gan_conv_attr *g = &c->op->attr.conv;
    demand(c, g->stride_h > 0 && g->stride_w > 0 && g->r > 0 && g->s > 0, x, "bad geometry");
    demand(c, g->pad_top >= 0 && g->pad_left >= 0 && g->pad_bottom >= 0 && g->pad_right >= 0, x,
           "negative padding");
    demand(c, g->groups > 0 && g->c % g->groups == 0 && g->k % g->groups == 0, w,
           "channels do not make the groups");
    /* What follows divides by these. */
    if (c->failed) {
        return;
    }
    demand(c, (g->p - 1) * g->stride_h + g->r <= g->h + g->pad_top + g->pad_bottom, y,
           "output taller than the padded map allows");
    demand(c, (g->q - 1) * g->stride_w + g->s <= g->w + g->pad_left + g->pad_right, y,
           "output wider than the padded map allows");
    demand_dims(c, x, x->dims[0], g->h, g->w, g->c, "map does not fit the geometry");
    demand_dims(c, w, g->k, g->r, g->s, gan_conv_group_c(g), "filter does not fit the geometry");
    demand_dims(c, y, x->dims[0], g->p, g->q, g->k, "output does not fit the geometry");
}

void gan_shape_conv(gan_shape_check *c)
{
    demand_conv(c, in(c, 0), in(c, 1), out(c, 0));
}

void gan_shape_conv_dx(gan_shape_check *c)
{
    demand_conv(c, out(c, 0), in(c, 1), in(c, 0));
}

void gan_shape_conv_dw(gan_shape_check *c)
{
    demand_conv(c, in(c, 0), out(c, 0), in(c, 1));
}

void gan_shape_matmul(gan_shape_check *c)
{
    const gan_matmul_attr *a = &c->op->attr.matmul;
    demand_dims(c, in(c, 0), a->trans_a ? a->k : a->m, 1, 1, a->trans_a ? a->m : a->k,
                "a is not op(M,K)");
    demand_dims(c, in(c, 1), a->trans_b ? a->n : a->k, 1, 1, a->trans_b ? a->k : a->n,
                "b is not op(K,N)");
    demand_dims(c, out(c, 0), a->m, 1, 1, a->n, "y is not (M,N)");
}

/* The mask is given, or drawn from the counters' step; a mask is 0 where dropped. */
void gan_shape_bias_leaky_dropout(gan_shape_check *c)
{
    const gan_bias_leaky_dropout_attr *a = &c->op->attr.bias_leaky_dropout;
    const gan_buffer *x = in(c, 0), *bias = in(c, 1), *mask = in(c, 2);
    demand(c, a->slope >= 0 && a->drop_rate >= 0 && a->drop_rate < 1, x, "bad slope or rate");
    demand_like(c, out(c, 0), x, "output unlike input");
    demand(c, a->has_bias == (bias != NULL), bias, "bias given and not wanted, or missing");
    if (bias) {
        demand_vector(c, bias, x->dims[3], "bias does not fit the channels");
    }
    if (mask) {
        demand_like(c, mask, x, "mask unlike input");
        demand(c, mask->type == GAN_U8, mask, "mask is not u8");
        demand(c, a->drop_rate > 0, mask, "a mask where nothing is dropped");
    }
    demand(c, a->drop_rate == 0 || mask || in(c, 3), x, "dropout needs a mask or the counters");
}

/* Neither mask nor counters: y itself says what was dropped and which slope was taken (ops.def). */
void gan_shape_bias_leaky_dropout_bwd(gan_shape_check *c)
{
    const gan_bias_leaky_dropout_attr *a = &c->op->attr.bias_leaky_dropout;
    const gan_buffer *y = in(c, 0), *dbias = out(c, 1);
    demand(c, a->slope >= 0 && a->drop_rate >= 0 && a->drop_rate < 1, y, "bad slope or rate");
    demand_like(c, out(c, 0), y, "output unlike input");
    demand_like(c, in(c, 1), y, "dy unlike y");
    if (dbias) {
        demand_vector(c, dbias, y->dims[3], "bias does not fit the channels");
    }
}

/* x first, y first; the vectors are inputs from `first` on and all outputs but the first. */
static void demand_batch_norm(gan_shape_check *c, int first)
{
    const gan_op_row *row = gan_op_describe(c->op->kind);
    const gan_buffer *x = in(c, 0);
    int64_t channels = x->dims[3];
    demand(c, c->op->attr.norm.epsilon > 0 && c->op->attr.norm.slope >= 0, x, "bad attribute");
    demand_like(c, out(c, 0), x, "output unlike input");
    for (int i = first; i < row->n_in; i++) {
        demand_vector(c, in(c, i), channels, "vector does not fit the channels");
    }
    for (int i = 1; i < row->n_out; i++) {
        demand_vector(c, out(c, i), channels, "vector does not fit the channels");
    }
}

void gan_shape_batch_norm(gan_shape_check *c)
{
    demand_batch_norm(c, 1);
}

void gan_shape_batch_norm_bwd(gan_shape_check *c)
{
    demand_like(c, in(c, 1), in(c, 0), "dy unlike x");
    demand_batch_norm(c, 2);
}

void gan_shape_batch_norm_infer(gan_shape_check *c)
{
    demand_batch_norm(c, 1);
}

/* What a loss must be given follows from its coupling: a separate one takes each logit alone, a
 * paired one needs real and fake in pairs, the others the real logits at least. */
void gan_shape_loss(gan_shape_check *c)
{
    const gan_loss_attr *a = &c->op->attr.loss;
    const gan_buffer *real = in(c, 0), *fake = in(c, 1);
    demand(c, a->for_d || a->for_g, fake, "neither network's loss is asked for");
    demand(c, !a->for_d || (real && fake && out(c, 0) && out(c, 1)), real,
           "D's loss needs both logits");
    const enum gan_loss_coupling coupling = gan_loss_coupling_of(a->loss);
    demand(c, !a->for_g || (fake && out(c, 2)), fake, "G's loss needs the fake logits");
    demand(c, coupling == GAN_LOSS_SEPARATE || real, real, "this loss needs the real logits");
    if (coupling == GAN_LOSS_PAIRED) {
        demand_like(c, real, fake, "a pair needs as many real logits as fake ones");
    }
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

void gan_shape_softmax_cross_entropy(gan_shape_check *c)
{
    const gan_softmax_cross_entropy_attr *a = &c->op->attr.softmax_cross_entropy;
    const gan_buffer *logits = in(c, 0), *labels = in(c, 1);
    demand(c, a->label_smoothing >= 0 && a->label_smoothing < 1, logits, "bad label smoothing");
    demand_dims(c, logits, logits->dims[0], 1, 1, logits->dims[3], "logits are a vector a sample");
    demand_dims(c, labels, logits->dims[0], 1, 1, 1, "one label per sample");
    demand(c, labels->type == GAN_I32, labels, "labels are not i32");
    if (out(c, 0)) {
        demand_like(c, out(c, 0), logits, "gradient unlike the logits");
    }
    demand_vector(c, out(c, 1), 1, "a loss is one number");
    demand_vector(c, out(c, 2), 1, "a count is one number");
}

static void demand_rates(gan_shape_check *c, const gan_buffer *b)
{
    demand_vector(c, b, GAN_RATE_COUNT, "rates");
    demand(c, b->type == GAN_F64, b, "rates are f64");
}

/* Operands: gradients of both networks, rates, flag; then parameters, m and v of each, counters. */
void gan_shape_adam(gan_shape_check *c)
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
    demand_rates(c, in(c, 2));
    demand_vector(c, out(c, 6), GAN_COUNTER_COUNT, "counters");
}

void gan_shape_ema(gan_shape_check *c)
{
    demand_like(c, out(c, 0), in(c, 0), "average unlike its source");
    demand_rates(c, in(c, 1));
    if (in(c, 3)) {
        demand_vector(c, in(c, 3), GAN_COUNTER_COUNT, "counters");
    }
}

void gan_shape_rates(gan_shape_check *c)
{
    const gan_rates_attr *a = &c->op->attr.rates;
    demand_vector(c, in(c, 0), GAN_COUNTER_COUNT, "counters");
    demand_rates(c, out(c, 0));
    if (in(c, 1)) {
        demand_vector(c, in(c, 1), 1, "a factor is one number");
        demand(c, in(c, 1)->type == GAN_F64, in(c, 1), "a factor is f64");
    }
    for (int i = 0; i < a->n_rows; i++) {
        const gan_rate_row *row = &a->rows[i];
        demand(c, row->rate >= 0 && row->rate < GAN_RATE_COUNT, out(c, 0), "no such rate");
        demand(c, !row->has_factor || in(c, 1), out(c, 0), "no factor is given");
        demand(c, row->halved_per >= 0 && row->ramp >= 0 && row->ramp <= 1, out(c, 0), "bad ramp");
        demand(c, row->curve == GAN_CURVE_CONSTANT || (row->begin >= 0 && row->begin < row->end),
               out(c, 0), "a curve that ends before it begins");
    }
}

/* Mean and variance are segments of one flat buffer, moved with a momentum each. The factor is
 * n/(n-1) where the moving variance is the unbiased one. */
void gan_shape_stat_update(gan_shape_check *c)
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

void gan_shape_gather(gan_shape_check *c)
{
    const gan_buffer *data = in(c, 0), *x = out(c, 0);
    demand(c, data->type == GAN_U8 && data->dims[0] == c->op->attr.gather.n_images, data,
           "images are (n,H,W,C) u8");
    demand_dims(c, x, x->dims[0], data->dims[1], data->dims[2], data->dims[3],
                "batch unlike the images");
}

void gan_shape_gather_labels(gan_shape_check *c)
{
    const gan_buffer *labels = in(c, 0), *y = out(c, 0);
    demand(c, labels->type == GAN_I32, labels, "labels are (n,1,1,1) i32");
    demand_dims(c, labels, c->op->attr.gather.n_images, 1, 1, 1, "one label per image");
    demand(c, y->type == GAN_I32, y, "drawn labels are (B,1,1,1) i32");
    demand_dims(c, y, y->dims[0], 1, 1, 1, "one label per drawn image");
}

void gan_shape_noise(gan_shape_check *c)
{
    (void)c; /* any tensor can be filled */
}

void gan_shape_tanh(gan_shape_check *c)
{
    demand_alike(c);
}

void gan_shape_tanh_bwd(gan_shape_check *c)
{
    demand_alike(c);
}

void gan_shape_sigmoid(gan_shape_check *c)
{
    demand_alike(c);
}

void gan_shape_sigmoid_bwd(gan_shape_check *c)
{
    demand_alike(c);
}

void gan_shape_add(gan_shape_check *c)
{
    demand_alike(c);
}

void gan_shape_multiply(gan_shape_check *c)
{
    demand(c, isfinite(c->op->attr.multiply.factor), in(c, 0), "bad factor");
    demand_alike(c);
}

void gan_shape_fill(gan_shape_check *c)
{
    const gan_fill_attr *a = &c->op->attr.fill;
    demand(c, isfinite(a->factor), out(c, 0), "bad factor");
    if (in(c, 0)) {
        demand_rates(c, in(c, 0));
        demand(c, a->rate >= 0 && a->rate < GAN_RATE_COUNT, out(c, 0), "no such rate");
    }
}

void gan_shape_scale_rows(gan_shape_check *c)
{
    demand_dims(c, in(c, 1), in(c, 0)->dims[0], 1, 1, 1, "one factor per sample");
    demand_like(c, out(c, 0), in(c, 0), "output unlike input");
}

void gan_shape_row_dot(gan_shape_check *c)
{
    demand_like(c, in(c, 1), in(c, 0), "inputs of two shapes");
    demand_dims(c, out(c, 0), in(c, 0)->dims[0], 1, 1, 1, "one product per sample");
}

/* a and b may overlap in y, and need not cover it: the rest is 0. */
void gan_shape_window_sum(gan_shape_check *c)
{
    const gan_window_sum_attr *a = &c->op->attr.window_sum;
    const gan_buffer *y = out(c, 0), *second = in(c, 1);
    demand(c, a->first_a >= 0 && a->first_a + in(c, 0)->count <= y->count, in(c, 0),
           "does not lie in the output");
    demand(c, !second || (a->first_b >= 0 && a->first_b + second->count <= y->count), second,
           "does not lie in the output");
}

void gan_shape_norm(gan_shape_check *c)
{
    demand_vector(c, out(c, 0), 1, "a norm is one number");
}

/* The flag's words: whether it is raised, and at which step. */
void gan_shape_guard(gan_shape_check *c)
{
    demand_vector(c, in(c, 0), 4, "metrics are four numbers");
    demand_vector(c, out(c, 0), 2, "the flag is two words");
}

void gan_shape_report(gan_shape_check *c)
{
    demand_dims(c, out(c, 1), c->op->attr.report.rows, 1, 1, GAN_METRIC_COUNT, "ring");
}

gan_status gan_op_check(const gan_program *program, const gan_op *op, gan_error *err)
{
    /* One entry for each row, by the row's name: a rule that is missing does not link. */
    static void (*const rules[GAN_OP_COUNT])(gan_shape_check *) = {
#define GAN_OP(name, attr, n_in, n_out, summary, ...) [GAN_OP_##name] = gan_shape_##name,
#include "program/ops.def"
#undef GAN_OP
    };
    gan_shape_check c = {program, op, err, false};
    check_presence(&c);
    if (!c.failed) {
        rules[op->kind](&c);
    }
    return c.failed ? GAN_E_FAILED : GAN_OK;
}
