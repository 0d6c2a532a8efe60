/* forward_layers.c — the ops of one layer of a network.
 *
 * A layer becomes its plain ops, each stage by itself: a product, then its bias, then an
 * activation. Which of them are computed together is decided over the whole list afterwards
 * (fuse.c). f->x is the thread through a layer: each op reads it and leaves its result there.
 * f->into is the caller's buffer for the network's result; the ops of the last layer but its last
 * hide it, because they write to buffers of their own. */
#include "program/forward_layers.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "program/streams.h"

static int param(const gan_forward *f, int index)
{
    return index < 0 ? -1 : f->side->params[index];
}

/* The buffer that layer index writes: a new one, or, for the last op, the caller's. */
static gan_status make_output(gan_forward *f, int index, gan_dims3 dims, int *id)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    const int64_t d[4] = {f->rows, dims.h, dims.w, dims.c};
    if (index == f->last && f->into >= 0) {
        return gan_program_reshape(f->program, f->into, d, id, f->err);
    }
    char *name = NULL;
    GAN_TRY(gan_format(&name, f->err, "%s.%s%s%s", f->side->stack->name, layer->name,
                       *f->pass->name ? "." : "", f->pass->name));
    gan_status status = gan_program_batch(f->program, name, GAN_ACTIVATION, GAN_F32, d, id, f->err);
    free(name);
    return status;
}

static gan_status append_list(gan_forward *f, const gan_layer *layer, gan_op_kind kind, int n_in,
                              const int *in, const int *out, const gan_attr *attr)
{
    char *label = NULL;
    GAN_TRY(gan_format(&label, f->err, "%s.%s%s%s", f->side->stack->name, layer->name,
                       *f->pass->name ? "." : "", f->pass->name));
    gan_status status = gan_program_op_list(f->program, kind, label, n_in, in,
                                            gan_op_describe(kind)->n_out, out, attr, f->err);
    free(label);
    return status;
}

/* The mask of the dropout layer at hand as a buffer that is fed. */
static gan_status declare_mask(gan_forward *f, int *id)
{
    gan_program *program = f->program;
    const gan_pass *pass = f->pass;
    const gan_stack *stack = f->side->stack;
    char *name = NULL;
    GAN_TRY(gan_format(&name, f->err, "mask.%s.%d%s%s", stack->name, f->n_dropout,
                       *pass->name ? "." : "", pass->name));
    gan_status status = gan_program_batch(program, name, GAN_INPUT, GAN_U8,
                                          program->buffers[f->x].dims, id, f->err);
    free(name);
    GAN_TRY(status);
    GAN_TRY(gan_grow((void **)&program->masks, (size_t)program->n_masks + 1, sizeof *program->masks,
                     &program->mask_capacity, f->err));
    program->masks[program->n_masks++] =
        (gan_fed_mask){*id, stack->index, f->n_dropout, {pass->fed_as[0], pass->fed_as[1]}};
    return GAN_OK;
}

static gan_status append(gan_forward *f, const gan_layer *layer, gan_op_kind kind, const int *in,
                         const int *out, const gan_attr *attr)
{
    return append_list(f, layer, kind, gan_op_describe(kind)->n_in, in, out, attr);
}

/* One stage of bias, LeakyReLU, dropout: neutral values for the stages that are not meant. */
static gan_status append_stage(gan_forward *f, int index, int bias, double slope, double rate)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    const gan_pass *pass = f->pass;
    gan_attr attr = {.bias_leaky_dropout = {.has_bias = bias >= 0,
                                            .slope = (float)slope,
                                            .drop_rate = (float)rate,
                                            .seed = pass->seed}};
    int in[4] = {f->x, bias, -1, -1}, out = -1;
    if (rate > 0) {
        attr.bias_leaky_dropout.stream =
            gan_stream_dropout(f->side->stack->network, index, pass->number);
        in[3] = pass->counters;
    }
    if (rate > 0 && pass->fed_masks) {
        GAN_TRY(declare_mask(f, &in[2]));
        in[3] = -1;
    }
    GAN_TRY(make_output(f, index, layer->out, &out));
    GAN_TRY(append(f, layer, GAN_OP_bias_leaky_dropout, in, &out, &attr));
    f->x = out;
    return GAN_OK;
}

/* Dense and the two convolutions: the product, then the bias as a stage of its own. */
static gan_status append_product(gan_forward *f, int index)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    gan_attr attr = {0};
    gan_op_kind kind = GAN_OP_matmul;
    if (layer->kind == GAN_LAYER_dense) {
        attr.matmul = (gan_matmul_attr){false, false, f->rows, layer->out.c, layer->in.c};
    } else {
        attr.conv = layer->u.conv;
        kind = layer->kind == GAN_LAYER_conv ? GAN_OP_conv : GAN_OP_conv_dx;
    }
    int in[2] = {f->x, param(f, layer->kernel)}, out = -1;
    int bias = param(f, layer->bias);
    int into = f->into;
    f->into = bias >= 0 ? -1 : into; /* the bias stage is the last op, if there is one */
    GAN_TRY(make_output(f, index, layer->out, &out));
    f->into = into;
    GAN_TRY(append(f, layer, kind, in, &out, &attr));
    f->x = out;
    return bias >= 0 ? append_stage(f, index, bias, 1, 0) : GAN_OK;
}

/* A learned map: the transposed convolution of the input, or of ones, as one pixel a sample. */
static gan_status append_constant(gan_forward *f, int index)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    const gan_attr attr = {.conv = layer->u.constant.spread}, one = {.fill = {1, 0}};
    const int into = f->into, none = -1;
    int in[2] = {f->x, param(f, layer->kernel)}, out = -1;
    if (!layer->u.constant.scaled) {
        f->into = -1;
        GAN_TRY(make_output(f, index, (gan_dims3){1, 1, layer->out.c}, &in[0]));
        f->into = into;
        GAN_TRY(append(f, layer, GAN_OP_fill, &none, &in[0], &one));
    }
    GAN_TRY(make_output(f, index, layer->out, &out));
    GAN_TRY(append(f, layer, GAN_OP_conv_dx, in, &out, &attr));
    f->x = out;
    return GAN_OK;
}

static gan_status append_batch_norm(gan_forward *f, int index)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    const gan_attr attr = {.norm = {.epsilon = (float)layer->u.batch_norm.epsilon, .slope = 1}};
    int gamma = param(f, layer->gamma), beta = param(f, layer->beta), y = -1;
    GAN_TRY(make_output(f, index, layer->out, &y));
    if (!f->pass->training) {
        const int in[] = {f->x, gamma, beta, f->side->stats[layer->moving_mean],
                          f->side->stats[layer->moving_variance]};
        GAN_TRY(append(f, layer, GAN_OP_batch_norm_infer, in, &y, &attr));
        f->x = y;
        return GAN_OK;
    }
    const gan_param *stats = f->side->stack->stats;
    const int64_t dims[4] = {1, 1, 1, layer->out.c};
    const int in[] = {f->x, gamma, beta};
    int out[3] = {y, -1, -1};
    GAN_TRY(gan_program_window(f->program, "batch mean", f->pass->batch_stat,
                               stats[layer->moving_mean].offset, dims, &out[1], f->err));
    GAN_TRY(gan_program_window(f->program, "batch variance", f->pass->batch_stat,
                               stats[layer->moving_variance].offset, dims, &out[2], f->err));
    GAN_TRY(append(f, layer, GAN_OP_batch_norm, in, out, &attr));
    f->x = y;
    return GAN_OK;
}

/* tanh and sigmoid, which have an operation each, and those of activations.def. */
static gan_status append_activation(gan_forward *f, int index)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    int out = -1;
    const int in[] = {f->x, -1};
    const gan_op_kind kind = layer->kind == GAN_LAYER_tanh      ? GAN_OP_tanh
                             : layer->kind == GAN_LAYER_sigmoid ? GAN_OP_sigmoid
                                                                : GAN_OP_activation;
    gan_attr attr = {0};
    if (kind == GAN_OP_activation) {
        attr.activation = (gan_activation_attr){(int)layer->u.activation.function, 0,
                                                (float)layer->u.activation.alpha};
    }
    GAN_TRY(make_output(f, index, layer->out, &out));
    GAN_TRY(append(f, layer, kind, in, &out, &attr));
    f->x = out;
    return GAN_OK;
}

static gan_status append_resample(gan_forward *f, int index)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    const gan_attr attr = {.resample = layer->u.resample};
    int out = -1;
    GAN_TRY(make_output(f, index, layer->out, &out));
    GAN_TRY(append(f, layer, GAN_OP_resample, &f->x, &out, &attr));
    f->x = out;
    return GAN_OK;
}

/* A factor per channel; is_last: no op of the layer comes after it. */
static gan_status append_factor(gan_forward *f, int index, int factor, bool is_last)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    const int in[] = {f->x, factor}, into = f->into;
    int out = -1;
    f->into = is_last ? into : -1;
    GAN_TRY(make_output(f, index, layer->out, &out));
    f->into = into;
    GAN_TRY(append(f, layer, GAN_OP_scale_channels, in, &out, NULL));
    f->x = out;
    return GAN_OK;
}

/* A pass that is differentiated keeps where the largest numbers stood. */
static gan_status append_max_pool(gan_forward *f, int index)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    const gan_attr attr = {.max_pool = layer->u.max_pool};
    int out[] = {-1, -1};
    char *name = NULL;
    GAN_TRY(make_output(f, index, layer->out, &out[0]));
    if (f->pass->training) {
        GAN_TRY(gan_format(&name, f->err, "%s index", f->program->buffers[out[0]].name));
        const gan_status status =
            gan_program_batch(f->program, name, GAN_ACTIVATION, GAN_I32,
                              f->program->buffers[out[0]].dims, &out[1], f->err);
        free(name);
        GAN_TRY(status);
    }
    GAN_TRY(append(f, layer, GAN_OP_max_pool, &f->x, out, &attr));
    f->x = out[0];
    return GAN_OK;
}

/* The normalization, then its factor and its bias as stages of their own. */
static gan_status append_normalize(gan_forward *f, int index)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    const gan_normalize_spec *a = &layer->u.normalize;
    const bool pixel = a->norm == GAN_NORM_pixel_norm;
    const gan_attr attr = {.normalize = {a->groups, pixel, !pixel, (float)a->epsilon}};
    const int in[] = {f->x, -1, -1}, into = f->into;
    int out = -1;
    f->into = a->affine ? -1 : into;
    GAN_TRY(make_output(f, index, layer->out, &out));
    f->into = into;
    GAN_TRY(append(f, layer, GAN_OP_normalize, in, &out, &attr));
    f->x = out;
    if (!a->affine) {
        return GAN_OK;
    }
    GAN_TRY(append_factor(f, index, param(f, layer->gamma), false));
    return append_stage(f, index, param(f, layer->beta), 1, 0);
}

static gan_status append_stddev(gan_forward *f, int index)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    const gan_stddev_spec *a = &layer->u.stddev;
    const int64_t group = a->group < f->rows ? a->group : f->rows;
    const gan_attr attr = {.minibatch_stddev = {group, a->features, 1e-8f}};
    int out = -1;
    if (f->rows % group != 0) {
        return gan_fail(f->err, GAN_E_USAGE,
                        "a batch of %lld does not make groups of %lld samples: use a multiple of "
                        "that, or another group",
                        (long long)f->rows, (long long)group);
    }
    GAN_TRY(make_output(f, index, layer->out, &out));
    GAN_TRY(append(f, layer, GAN_OP_minibatch_stddev, &f->x, &out, &attr));
    f->x = out;
    return GAN_OK;
}

/* What input k of a layer is, in the layer's own dims. */
static gan_status find_input(const gan_forward *f, const gan_layer *layer, int k, int *id)
{
    const int from = layer->from[k];
    const int64_t channels =
        layer->kind == GAN_LAYER_concat ? gan_stack_gives(f->side->stack, from).c : layer->in.c;
    const int64_t dims[4] = {f->rows, layer->in.h, layer->in.w, channels};
    return gan_program_reshape(f->program, from == GAN_NET_INPUT ? f->input : f->outputs[from],
                               dims, id, f->err);
}

static gan_status append_concat(gan_forward *f, int index)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    const gan_attr attr = {.concat = {0}};
    void *memory = NULL;
    int out = -1;
    gan_status status = GAN_OK;
    GAN_TRY(gan_calloc((size_t)layer->n_from, sizeof(int), &memory, f->err));
    int *in = memory;
    for (int k = 0; k < layer->n_from; k++) {
        GAN_TRY_DONE(find_input(f, layer, k, &in[k]));
    }
    GAN_TRY_DONE(make_output(f, index, layer->out, &out));
    GAN_TRY_DONE(append_list(f, layer, GAN_OP_concat, layer->n_from, in, &out, &attr));
    f->x = out;
done:
    free(memory);
    return status;
}

/* The sum or the product of all inputs, two at a time. */
static gan_status append_sum(gan_forward *f, int index)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    const gan_op_kind kind = layer->kind == GAN_LAYER_add ? GAN_OP_add : GAN_OP_multiply;
    const gan_attr attr = {.multiply = {1}};
    const int into = f->into;
    for (int k = 1; k < layer->n_from; k++) {
        int in[2] = {f->x, -1}, out = -1;
        GAN_TRY(find_input(f, layer, k, &in[1]));
        f->into = k + 1 == layer->n_from ? into : -1;
        GAN_TRY(make_output(f, index, layer->out, &out));
        GAN_TRY(append(f, layer, kind, in, &out, kind == GAN_OP_add ? NULL : &attr));
        f->x = out;
    }
    return GAN_OK;
}

gan_status gan_forward_layer(gan_forward *f, int index)
{
    const gan_layer *layer = &f->side->stack->layers[index];
    GAN_TRY(find_input(f, layer, 0, &f->x));
    switch (layer->kind) {
    case GAN_LAYER_dense:
    case GAN_LAYER_conv:
    case GAN_LAYER_conv_transpose:
        return append_product(f, index);
    case GAN_LAYER_constant:
        return append_constant(f, index);
    case GAN_LAYER_batch_norm:
        return append_batch_norm(f, index);
    case GAN_LAYER_leaky_relu:
        return append_stage(f, index, -1, layer->u.leaky_relu.slope, 0);
    case GAN_LAYER_dropout: {
        double rate = f->pass->training && !f->pass->no_dropout ? layer->u.dropout.rate : 0;
        GAN_TRY(rate > 0 || index == f->last ? append_stage(f, index, -1, 1, rate) : GAN_OK);
        f->n_dropout++;
        return GAN_OK;
    }
    case GAN_LAYER_tanh:
    case GAN_LAYER_sigmoid:
    case GAN_LAYER_activation:
        return append_activation(f, index);
    case GAN_LAYER_max_pool:
        return append_max_pool(f, index);
    case GAN_LAYER_average_pool:
    case GAN_LAYER_adaptive_average_pool:
    case GAN_LAYER_global_average_pool:
    case GAN_LAYER_global_sum_pool:
    case GAN_LAYER_upsample:
    case GAN_LAYER_downsample:
    case GAN_LAYER_resize:
        return append_resample(f, index);
    case GAN_LAYER_normalize:
        return append_normalize(f, index);
    case GAN_LAYER_minibatch_stddev:
        return append_stddev(f, index);
    case GAN_LAYER_scale:
        return append_factor(f, index, param(f, layer->gamma), true);
    case GAN_LAYER_bias:
        return append_stage(f, index, param(f, layer->beta), 1, 0);
    case GAN_LAYER_concat:
        return append_concat(f, index);
    case GAN_LAYER_add:
    case GAN_LAYER_multiply:
        return append_sum(f, index);
    case GAN_LAYER_reshape:
    case GAN_LAYER_flatten: /* dims alone change, and the next layer has its own */
    case GAN_LAYER_COUNT:
        break;
    }
    return GAN_OK;
}
