/* torch_layers.c — a row per layer: the torch.nn module and the Python that applies it.
 *
 * Maps are (N, C, H, W) and vectors (N, features). Where a map becomes a vector or comes from one,
 * its elements are in our order (height, width, channels), so that dense kernels stay as they are.
 *
 * A convolution of torch.nn pads both sides of an axis alike: other paddings are F.pad before it. A
 * transposed one cuts p rows off both sides and adds less than a stride of them at the end: what
 * that cannot say is cut off afterwards. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/layers.h"
#include "exchange/torch_row.h"

typedef gan_torch_call call;
typedef gan_torch_row torch_row;

static const char *truth(bool value)
{
    return value ? "True" : "False";
}

void gan_torch_apply_module(const call *c)
{
    gan_text_add(c->text, "self.main[%d](%s)", c->place, c->x[0]);
}

/* "4", or "(4, 5)" where height and width differ. */
static void add_pair(gan_text *text, int64_t h, int64_t w)
{
    gan_text_add(text, h == w ? "%" PRId64 : "(%" PRId64 ", %" PRId64 ")", h, w);
}

/* "[:, :, 1:15, 1:15]" */
static void add_crop(gan_text *text, int64_t top, int64_t left, int64_t h, int64_t w)
{
    gan_text_add(text, "[:, :, %" PRId64 ":%" PRId64 ", %" PRId64 ":%" PRId64 "]", top, top + h,
                 left, left + w);
}

/* --- dense --- */

static void module_dense(const gan_stack *stack, int index, gan_text *text)
{
    const gan_layer *layer = &stack->layers[index];
    gan_text_add(text, "nn.Linear(%" PRId64 ", %" PRId64 ", bias=%s)",
                 stack->params[layer->kernel].dims[0], layer->u.dense.units,
                 truth(layer->bias >= 0));
}
static const torch_row torch_dense = {module_dense, gan_torch_apply_module, NULL};

/* --- conv --- */

static void add_groups(gan_text *text, const gan_conv_geometry *g)
{
    if (g->groups > 1) {
        gan_text_add(text, ", groups=%" PRId64, g->groups);
    }
}

static bool pads_alike(const gan_conv_geometry *g)
{
    return g->pad_top == g->pad_bottom && g->pad_left == g->pad_right;
}

static void module_conv(const gan_stack *stack, int index, gan_text *text)
{
    const gan_layer *layer = &stack->layers[index];
    const gan_conv_geometry *g = &layer->u.conv;
    gan_text_add(text, "nn.Conv2d(%" PRId64 ", %" PRId64 ", ", g->c, g->k);
    add_pair(text, g->r, g->s);
    gan_text_add(text, ", stride=");
    add_pair(text, g->stride_h, g->stride_w);
    if (pads_alike(g) && (g->pad_top || g->pad_left)) {
        gan_text_add(text, ", padding=");
        add_pair(text, g->pad_top, g->pad_left);
    }
    add_groups(text, g);
    gan_text_add(text, ", bias=%s)", truth(layer->bias >= 0));
}

static void apply_conv(const call *c)
{
    const gan_conv_geometry *g = &c->layer->u.conv;
    if (pads_alike(g)) {
        gan_torch_apply_module(c);
        return;
    }
    gan_text_add(c->text,
                 "self.main[%d](F.pad(%s, (%" PRId64 ", %" PRId64 ", %" PRId64 ", %" PRId64 ")))",
                 c->place, c->x[0], g->pad_left, g->pad_right, g->pad_top, g->pad_bottom);
}
static const torch_row torch_conv = {module_conv, apply_conv, NULL};

/* --- conv_transpose --- */

/* One axis: what torch.nn cuts and adds, and what is cut off afterwards. */
typedef struct torch_axis {
    int64_t padding, output_padding, crop;
} torch_axis;

static torch_axis solve_axis(gan_cut cut, int64_t stride)
{
    const int64_t more = cut.before - cut.after;
    if (more >= 0 && more < stride) { /* PyTorch's own form */
        return (torch_axis){cut.before, more, 0};
    }
    if (cut.after < 0) {
        return (torch_axis){0, -cut.after, cut.before};
    }
    const int64_t both = cut.before < cut.after ? cut.before : cut.after;
    return (torch_axis){both, 0, cut.before - both};
}

static void module_conv_transpose(const gan_stack *stack, int index, gan_text *text)
{
    const gan_layer *layer = &stack->layers[index];
    const gan_conv_geometry *g = &layer->u.conv;
    const torch_axis y = solve_axis(gan_cut_of_height(g), g->stride_h);
    const torch_axis x = solve_axis(gan_cut_of_width(g), g->stride_w);
    gan_text_add(text, "nn.ConvTranspose2d(%" PRId64 ", %" PRId64 ", ", g->k, g->c);
    add_pair(text, g->r, g->s);
    gan_text_add(text, ", stride=");
    add_pair(text, g->stride_h, g->stride_w);
    if (y.padding || x.padding) {
        gan_text_add(text, ", padding=");
        add_pair(text, y.padding, x.padding);
    }
    if (y.output_padding || x.output_padding) {
        gan_text_add(text, ", output_padding=");
        add_pair(text, y.output_padding, x.output_padding);
    }
    add_groups(text, g);
    gan_text_add(text, ", bias=%s)", truth(layer->bias >= 0));
}

/* Rows of the module's output. */
static int64_t made_by(torch_axis a, int64_t small, int64_t stride, int64_t kernel)
{
    return (small - 1) * stride - 2 * a.padding + kernel + a.output_padding;
}

static void apply_conv_transpose(const call *c)
{
    const gan_conv_geometry *g = &c->layer->u.conv;
    const torch_axis y = solve_axis(gan_cut_of_height(g), g->stride_h);
    const torch_axis x = solve_axis(gan_cut_of_width(g), g->stride_w);
    gan_torch_apply_module(c);
    if (made_by(y, g->p, g->stride_h, g->r) != g->h ||
        made_by(x, g->q, g->stride_w, g->s) != g->w) {
        add_crop(c->text, y.crop, x.crop, g->h, g->w);
    }
}
static const torch_row torch_conv_transpose = {module_conv_transpose, apply_conv_transpose, NULL};

/* --- batch_norm --- */

static void module_batch_norm(const gan_stack *stack, int index, gan_text *text)
{
    const gan_layer *layer = &stack->layers[index];
    const gan_batch_norm_attr *a = &layer->u.batch_norm;
    const int64_t n = gan_layer_reads_vector(stack, index) ? layer->in.h * layer->in.w * layer->in.c
                                                           : layer->in.c;
    gan_text_add(text, "nn.BatchNorm%s(%" PRId64 ", eps=%.9g, momentum=%.9g)",
                 gan_layer_reads_vector(stack, index) ? "1d" : "2d", n, a->epsilon,
                 1 - a->momentum); /* PyTorch's is the share of the new value */
}
static const torch_row torch_batch_norm = {module_batch_norm, gan_torch_apply_module, NULL};

/* --- one value at a time --- */

static void module_leaky_relu(const gan_stack *stack, int index, gan_text *text)
{
    const double slope = stack->layers[index].u.leaky_relu.slope;
    if (slope == 0) {
        gan_text_add(text, "nn.ReLU()");
    } else {
        gan_text_add(text, "nn.LeakyReLU(%.9g)", slope);
    }
}
static const torch_row torch_leaky_relu = {module_leaky_relu, gan_torch_apply_module, NULL};

static void module_dropout(const gan_stack *stack, int index, gan_text *text)
{
    gan_text_add(text, "nn.Dropout(%.9g)", stack->layers[index].u.dropout.rate);
}
static const torch_row torch_dropout = {module_dropout, gan_torch_apply_module, NULL};

static void module_tanh(const gan_stack *stack, int index, gan_text *text)
{
    (void)stack;
    (void)index;
    gan_text_add(text, "nn.Tanh()");
}
static const torch_row torch_tanh = {module_tanh, gan_torch_apply_module, NULL};

static void module_sigmoid(const gan_stack *stack, int index, gan_text *text)
{
    (void)stack;
    (void)index;
    gan_text_add(text, "nn.Sigmoid()");
}
static const torch_row torch_sigmoid = {module_sigmoid, gan_torch_apply_module, NULL};

static void module_activation(const gan_stack *stack, int index, gan_text *text)
{
    static const char *const modules[GAN_ACTIVATION_COUNT] = {
        [GAN_ACTIVATION_elu] = "ELU",           [GAN_ACTIVATION_selu] = "SELU",
        [GAN_ACTIVATION_silu] = "SiLU",         [GAN_ACTIVATION_gelu] = "GELU",
        [GAN_ACTIVATION_softplus] = "Softplus", [GAN_ACTIVATION_relu6] = "ReLU6",
        [GAN_ACTIVATION_linear] = "Identity"};
    const gan_activation_spec *a = &stack->layers[index].u.activation;
    gan_text_add(text, "nn.%s(", modules[a->function]);
    if (a->function == GAN_ACTIVATION_elu) {
        gan_text_add(text, "alpha=%.9g", a->alpha);
    }
    gan_text_add(text, ")");
}
/* torch.nn has no factor that is not learned: its module does nothing. */
static void apply_activation(const call *c)
{
    gan_torch_apply_module(c);
    if (c->layer->u.activation.function == GAN_ACTIVATION_linear) {
        gan_text_add(c->text, " * %.9g", c->layer->u.activation.alpha);
    }
}
static const torch_row torch_activation = {module_activation, apply_activation, NULL};

static void module_normalize(const gan_stack *stack, int index, gan_text *text)
{
    const gan_layer *layer = &stack->layers[index];
    const gan_normalize_spec *a = &layer->u.normalize;
    if (a->norm == GAN_NORM_pixel_norm) {
        gan_text_add(text, "nn.Identity()");
    } else if (a->norm == GAN_NORM_instance_norm) {
        gan_text_add(text, "nn.InstanceNorm2d(%" PRId64 ", eps=%.9g, affine=%s)", layer->in.c,
                     a->epsilon, truth(a->affine));
    } else {
        gan_text_add(text, "nn.GroupNorm(%" PRId64 ", %" PRId64 ", eps=%.9g, affine=%s)", a->groups,
                     layer->in.c, a->epsilon, truth(a->affine));
    }
}

/* torch.nn has no pixel norm: its module does nothing. */
static void apply_normalize(const call *c)
{
    const gan_normalize_spec *a = &c->layer->u.normalize;
    gan_torch_apply_module(c);
    if (a->norm == GAN_NORM_pixel_norm) {
        gan_text_add(c->text, " * torch.rsqrt(%s.square().mean(1, keepdim=True) + %.9g)", c->x[0],
                     a->epsilon);
    }
}
static const torch_row torch_normalize = {module_normalize, apply_normalize, NULL};

/* Classes of the generated code (torch.c), not of torch.nn. */
static void module_scale(const gan_stack *stack, int index, gan_text *text)
{
    gan_text_add(text, "Scale(%" PRId64 ")", stack->layers[index].in.c);
}
static const torch_row torch_scale = {module_scale, gan_torch_apply_module, NULL};

static void module_bias(const gan_stack *stack, int index, gan_text *text)
{
    gan_text_add(text, "Bias(%" PRId64 ")", stack->layers[index].in.c);
}
static const torch_row torch_bias = {module_bias, gan_torch_apply_module, NULL};
static const torch_row torch_minibatch_stddev = {NULL, NULL, NULL};

/* What a transposed convolution makes of one pixel, each channel by itself. */
static void module_constant(const gan_stack *stack, int index, gan_text *text)
{
    const gan_conv_geometry *g = &stack->layers[index].u.constant.spread;
    gan_text_add(text, "nn.ConvTranspose2d(%" PRId64 ", %" PRId64 ", ", g->k, g->c);
    add_pair(text, g->r, g->s);
    add_groups(text, g);
    gan_text_add(text, ", bias=False)");
}

static void apply_constant(const call *c)
{
    if (c->layer->u.constant.scaled) {
        gan_text_add(c->text, "self.main[%d](%s[:, :, None, None])", c->place, c->x[0]);
    } else {
        gan_text_add(c->text, "self.main[%d](%s.new_ones(%s.shape[0], %" PRId64 ", 1, 1))",
                     c->place, c->x[0], c->x[0], c->layer->out.c);
    }
}
static const torch_row torch_constant = {module_constant, apply_constant, NULL};

/* --- shapes --- */

/* Appends x as a vector in our order of elements. */
static void add_vector(const call *c)
{
    const gan_dims3 in = c->layer->in;
    const bool moves = !gan_layer_reads_vector(c->stack, c->index) && in.c > 1 && in.h * in.w > 1;
    gan_text_add(c->text, "%s%s.flatten(1)", c->x[0], moves ? ".permute(0, 2, 3, 1)" : "");
}

static void apply_flatten(const call *c)
{
    add_vector(c);
}
static const torch_row torch_flatten = {NULL, apply_flatten, NULL};

static void apply_reshape(const call *c)
{
    const gan_dims3 out = c->layer->out;
    add_vector(c);
    if (out.c > 1 && out.h * out.w > 1) {
        gan_text_add(c->text,
                     ".reshape(-1, %" PRId64 ", %" PRId64 ", %" PRId64 ").permute(0, 3, 1, 2)",
                     out.h, out.w, out.c);
    } else {
        gan_text_add(c->text, ".reshape(-1, %" PRId64 ", %" PRId64 ", %" PRId64 ")", out.c, out.h,
                     out.w);
    }
}
static const torch_row torch_reshape = {NULL, apply_reshape, NULL};

static void apply_add(const call *c)
{
    for (int i = 0; i < c->layer->n_from; i++) {
        gan_text_add(c->text, "%s%s", i ? " + " : "", c->x[i]);
    }
}
static const torch_row torch_add = {NULL, apply_add, NULL};

static void apply_multiply(const call *c)
{
    for (int i = 0; i < c->layer->n_from; i++) {
        gan_text_add(c->text, "%s%s", i ? " * " : "", c->x[i]);
    }
}
static const torch_row torch_multiply = {NULL, apply_multiply, NULL};

static void apply_concat(const call *c)
{
    gan_text_add(c->text, "torch.cat((");
    for (int i = 0; i < c->layer->n_from; i++) {
        gan_text_add(c->text, "%s%s", i ? ", " : "", c->x[i]);
    }
    gan_text_add(c->text, "), 1)");
}
static const torch_row torch_concat = {NULL, apply_concat, NULL};

/* --- the table --- */

/* A layer that PyTorch cannot be told yet: static const torch_row torch_<kind> = {NULL, NULL,
 * NULL}; */
/* Of torch_map_layers.c. */
#define torch_max_pool gan_torch_max_pool
#define torch_average_pool gan_torch_resample
#define torch_adaptive_average_pool gan_torch_resample
#define torch_global_average_pool gan_torch_global_pool
#define torch_global_sum_pool gan_torch_global_pool
#define torch_upsample gan_torch_resample
#define torch_downsample gan_torch_resample
#define torch_resize gan_torch_resample

static const torch_row *const rows[GAN_LAYER_COUNT] = {
#define ROW(name) [GAN_LAYER_##name] = &torch_##name,
    GAN_LAYER_LIST(ROW)
#undef ROW
};

int gan_torch_place(const gan_stack *stack, int index)
{
    int place = 0;
    for (int i = 0; i < index; i++) {
        place += rows[stack->layers[i].kind]->module != NULL;
    }
    return rows[stack->layers[index].kind]->module ? place : -1;
}

const char *gan_torch_role(gan_param_role role)
{
    switch (role) {
    case GAN_PARAM_KERNEL:
    case GAN_PARAM_GAMMA:
        return "weight";
    case GAN_PARAM_BIAS:
    case GAN_PARAM_BETA:
        return "bias";
    case GAN_PARAM_MOVING_MEAN:
        return "running_mean";
    case GAN_PARAM_MOVING_VARIANCE:
        return "running_var";
    }
    return "";
}

gan_status gan_torch_check(const gan_stack *stack, gan_error *err)
{
    for (int i = 0; i < stack->n_layers; i++) {
        const gan_layer *layer = &stack->layers[i];
        const torch_row *row = rows[layer->kind];
        const char *why = row->apply && row->cannot ? row->cannot(layer) : NULL;
        if (!row->apply || why) {
            return gan_layer_refuse(layer, "the pytorch format", why, err);
        }
    }
    return GAN_OK;
}

void gan_torch_add_module(const gan_stack *stack, int index, gan_text *text)
{
    rows[stack->layers[index].kind]->module(stack, index, text);
}

void gan_torch_add_call(const gan_stack *stack, int index, const char *const *x, gan_text *text)
{
    const call c = {.stack = stack,
                    .layer = &stack->layers[index],
                    .index = index,
                    .place = gan_torch_place(stack, index),
                    .x = x,
                    .text = text};
    rows[stack->layers[index].kind]->apply(&c);
}
