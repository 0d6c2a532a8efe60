/* onnx_layers.c — a row per layer: its ONNX operators, and the opset that first had them so.
 *
 * Padding is explicit: auto_pad's SAME splits a transposed convolution's total in another way than
 * Keras does. Dropout is left out: it is nothing when a trained network is used. Where a map
 * becomes a vector or comes from one, it is transposed to our order of elements (height, width,
 * channels), so that dense kernels stay as they are. */
#include "exchange/layers.h"
#include "exchange/onnx_row.h"

typedef gan_onnx_call call;
typedef gan_onnx_row onnx_row;

static void transpose(const call *c, const char *x, const char *y, const int64_t order[4])
{
    gan_text attributes = {0};
    gan_onnx_attribute_integers(&attributes, "perm", order, 4);
    gan_onnx_unary(c, "Transpose", x, y, &attributes);
}

/* --- dense and convolutions --- */

static void apply_dense(const call *c)
{
    const char *kernel = gan_onnx_param(c->onnx, c->layer->kernel);
    if (c->layer->bias < 0) {
        const char *inputs[] = {c->x.text, kernel};
        gan_onnx_node(c->onnx, "MatMul", inputs, 2, c->y.text, NULL);
        return;
    }
    const char *inputs[] = {c->x.text, kernel, gan_onnx_param(c->onnx, c->layer->bias)};
    gan_onnx_node(c->onnx, "Gemm", inputs, 3, c->y.text, NULL);
}
static const onnx_row onnx_dense = {9, apply_dense, NULL};

/* An operator of x, the kernel and the bias, if there is one. */
static void convolve(const call *c, const char *op, const int64_t pads[4], gan_text *attributes)
{
    const gan_conv_geometry *g = &c->layer->u.conv;
    const int64_t kernel[] = {g->r, g->s}, strides[] = {g->stride_h, g->stride_w};
    const char *inputs[3] = {c->x.text, gan_onnx_param(c->onnx, c->layer->kernel)};
    const bool bias = c->layer->bias >= 0;
    if (bias) {
        inputs[2] = gan_onnx_param(c->onnx, c->layer->bias);
    }
    gan_onnx_attribute_integers(attributes, "kernel_shape", kernel, 2);
    gan_onnx_attribute_integers(attributes, "pads", pads, 4);
    gan_onnx_attribute_integers(attributes, "strides", strides, 2);
    if (g->groups > 1) {
        gan_onnx_attribute_integer(attributes, "group", g->groups);
    }
    gan_onnx_node(c->onnx, op, inputs, 2 + bias, c->y.text, attributes);
}

static void apply_conv(const call *c)
{
    const gan_conv_geometry *g = &c->layer->u.conv;
    const int64_t pads[] = {g->pad_top, g->pad_left, g->pad_bottom, g->pad_right};
    gan_text attributes = {0};
    convolve(c, "Conv", pads, &attributes);
}
static const onnx_row onnx_conv = {1, apply_conv, NULL};

static int64_t at_least_0(int64_t value)
{
    return value > 0 ? value : 0;
}

static void apply_conv_transpose(const call *c)
{
    const gan_cut y = gan_cut_of_height(&c->layer->u.conv);
    const gan_cut x = gan_cut_of_width(&c->layer->u.conv);
    const int64_t pads[] = {y.before, x.before, at_least_0(y.after), at_least_0(x.after)};
    const int64_t more[] = {at_least_0(-y.after), at_least_0(-x.after)};
    gan_text attributes = {0};
    if (more[0] || more[1]) {
        gan_onnx_attribute_integers(&attributes, "output_padding", more, 2);
    }
    convolve(c, "ConvTranspose", pads, &attributes);
}
static const onnx_row onnx_conv_transpose = {1, apply_conv_transpose, NULL};

/* --- batch_norm --- */

static void apply_batch_norm(const call *c)
{
    const gan_layer *l = c->layer;
    const char *inputs[] = {
        c->x.text, gan_onnx_param(c->onnx, l->gamma), gan_onnx_param(c->onnx, l->beta),
        gan_onnx_stat(c->onnx, l->moving_mean), gan_onnx_stat(c->onnx, l->moving_variance)};
    gan_text attributes = {0};
    gan_onnx_attribute_float(&attributes, "epsilon", l->u.batch_norm.epsilon);
    gan_onnx_attribute_float(&attributes, "momentum", l->u.batch_norm.momentum);
    gan_onnx_node(c->onnx, "BatchNormalization", inputs, 5, c->y.text, &attributes);
}
static const onnx_row onnx_batch_norm = {9, apply_batch_norm, NULL};

/* --- one value at a time --- */

static void apply_leaky_relu(const call *c)
{
    const double slope = c->layer->u.leaky_relu.slope;
    gan_text attributes = {0};
    if (slope == 0) {
        gan_onnx_unary(c, "Relu", c->x.text, c->y.text, NULL);
        return;
    }
    gan_onnx_attribute_float(&attributes, "alpha", slope);
    gan_onnx_unary(c, "LeakyRelu", c->x.text, c->y.text, &attributes);
}
static const onnx_row onnx_leaky_relu = {6, apply_leaky_relu, NULL};

static void apply_dropout(const call *c)
{
    gan_onnx_unary(c, "Identity", c->x.text, c->y.text, NULL);
}
static const onnx_row onnx_dropout = {1, apply_dropout, NULL};

static void apply_tanh(const call *c)
{
    gan_onnx_unary(c, "Tanh", c->x.text, c->y.text, NULL);
}
static const onnx_row onnx_tanh = {6, apply_tanh, NULL};

static void apply_sigmoid(const call *c)
{
    gan_onnx_unary(c, "Sigmoid", c->x.text, c->y.text, NULL);
}
static const onnx_row onnx_sigmoid = {6, apply_sigmoid, NULL};

static const onnx_row onnx_minibatch_stddev = {0, NULL, NULL};

/* The map, which is (C, 1, H, W) as a kernel, times the input's numbers. */
static void apply_constant(const call *c)
{
    const gan_dims3 out = c->layer->out;
    const int64_t map[] = {1, out.c, out.h, out.w}, pixel[] = {0, out.c, 1, 1};
    const char *kernel = gan_onnx_param(c->onnx, c->layer->kernel);
    const gan_onnx_name learned = gan_onnx_reshaped(c, kernel, map, 4, NULL);
    const gan_onnx_name factors = gan_onnx_reshaped(c, c->x.text, pixel, 4, NULL);
    gan_onnx_binary(c, "Mul", learned.text, factors.text, &c->y);
}

static const char *constant_cannot(const gan_layer *layer)
{
    return layer->u.constant.scaled ? NULL : "one that is alike for all samples";
}
static const onnx_row onnx_constant = {7, apply_constant, constant_cannot};

static void activation_elu(const call *c)
{
    gan_text attributes = {0};
    gan_onnx_attribute_float(&attributes, "alpha", c->layer->u.activation.alpha);
    gan_onnx_unary(c, "Elu", c->x.text, c->y.text, &attributes);
}

static void activation_selu(const call *c)
{
    gan_onnx_unary(c, "Selu", c->x.text, c->y.text, NULL);
}

static void activation_silu(const call *c)
{
    const gan_onnx_name s = gan_onnx_fresh(c->onnx);
    gan_onnx_unary(c, "Sigmoid", c->x.text, s.text, NULL);
    (void)gan_onnx_binary(c, "Mul", c->x.text, s.text, &c->y);
}

/* x (1 + erf(x / sqrt 2)) / 2: the operator Gelu is of opset 20. */
static void activation_gelu(const call *c)
{
    const gan_onnx_name root = gan_onnx_constant(c, 0.70710678118654752),
                        one = gan_onnx_constant(c, 1);
    const gan_onnx_name half = gan_onnx_constant(c, 0.5), erf = gan_onnx_fresh(c->onnx);
    gan_onnx_name y = gan_onnx_binary(c, "Mul", c->x.text, root.text, NULL);
    gan_onnx_unary(c, "Erf", y.text, erf.text, NULL);
    y = gan_onnx_binary(c, "Add", erf.text, one.text, NULL);
    y = gan_onnx_binary(c, "Mul", y.text, c->x.text, NULL);
    (void)gan_onnx_binary(c, "Mul", y.text, half.text, &c->y);
}

static void activation_softplus(const call *c)
{
    gan_onnx_unary(c, "Softplus", c->x.text, c->y.text, NULL);
}

static void activation_relu6(const call *c)
{
    const gan_onnx_name zero = gan_onnx_constant(c, 0), six = gan_onnx_constant(c, 6);
    const gan_onnx_name y = gan_onnx_binary(c, "Max", c->x.text, zero.text, NULL);
    (void)gan_onnx_binary(c, "Min", y.text, six.text, &c->y);
}

static void activation_linear(const call *c)
{
    const gan_onnx_name factor = gan_onnx_constant(c, c->layer->u.activation.alpha);
    (void)gan_onnx_binary(c, "Mul", c->x.text, factor.text, &c->y);
}

static void apply_activation(const call *c)
{
    static void (*const activations[GAN_ACTIVATION_COUNT])(const call *c) = {
#define GAN_ACTIVATION_ROW(name, alpha, bends, summary) [GAN_ACTIVATION_##name] = activation_##name,
#include "net/activations.def"
#undef GAN_ACTIVATION_ROW
    };
    activations[c->layer->u.activation.function](c);
}
static const onnx_row onnx_activation = {9, apply_activation, NULL};

/* --- shapes --- */

/* The name of x with its channels last. */
static gan_onnx_name channels_last(const call *c)
{
    static const int64_t order[] = {0, 2, 3, 1};
    if (gan_layer_reads_vector(c->onnx->weights->stack, c->index)) {
        return c->x;
    }
    const gan_onnx_name name = gan_onnx_fresh(c->onnx);
    transpose(c, c->x.text, name.text, order);
    return name;
}

static void apply_flatten(const call *c)
{
    const gan_onnx_name from = channels_last(c);
    gan_onnx_unary(c, "Flatten", from.text, c->y.text, NULL);
}
static const onnx_row onnx_flatten = {9, apply_flatten, NULL};

static void apply_reshape(const call *c)
{
    static const int64_t order[] = {0, 3, 1, 2};
    const gan_dims3 out = c->layer->out;
    const int64_t dims[] = {-1, out.h, out.w, out.c};
    const gan_onnx_name from = channels_last(c), shape = gan_onnx_fresh(c->onnx);
    const gan_onnx_name last = gan_onnx_fresh(c->onnx);
    const char *inputs[] = {from.text, shape.text};
    gan_onnx_integers(c->onnx, shape.text, dims, 4);
    gan_onnx_node(c->onnx, "Reshape", inputs, 2, last.text, NULL);
    transpose(c, last.text, c->y.text, order);
}
static const onnx_row onnx_reshape = {5, apply_reshape, NULL};

/* An operator of two on all that the layer reads, one after the other. */
static void apply_pairs(const call *c, const char *op)
{
    gan_onnx_name sum = c->x;
    for (int i = 1; i < c->layer->n_from; i++) {
        const bool is_last = i + 1 == c->layer->n_from;
        const gan_onnx_name next = gan_onnx_value(c->onnx, c->layer->from[i]);
        const gan_onnx_name y = is_last ? c->y : gan_onnx_fresh(c->onnx);
        const char *inputs[] = {sum.text, next.text};
        gan_onnx_node(c->onnx, op, inputs, 2, y.text, NULL);
        sum = y;
    }
}
static void apply_add(const call *c)
{
    apply_pairs(c, "Add");
}
static const onnx_row onnx_add = {7, apply_add, NULL};

static void apply_multiply(const call *c)
{
    apply_pairs(c, "Mul");
}
static const onnx_row onnx_multiply = {7, apply_multiply, NULL};

/* Pairs, for any number of inputs. */
static void apply_concat(const call *c)
{
    gan_onnx_name all = c->x;
    for (int i = 1; i < c->layer->n_from; i++) {
        const gan_onnx_name next = gan_onnx_value(c->onnx, c->layer->from[i]);
        const gan_onnx_name y = i + 1 == c->layer->n_from ? c->y : gan_onnx_fresh(c->onnx);
        const char *inputs[] = {all.text, next.text};
        gan_text attributes = {0};
        gan_onnx_attribute_integer(&attributes, "axis", 1);
        gan_onnx_node(c->onnx, "Concat", inputs, 2, y.text, &attributes);
        all = y;
    }
}
static const onnx_row onnx_concat = {4, apply_concat, NULL};

/* --- the table --- */

/* A layer that ONNX cannot be told yet: static const onnx_row onnx_<kind> = {0, NULL}; */

/* Of onnx_map_layers.c. */
#define onnx_max_pool gan_onnx_max_pool
#define onnx_average_pool gan_onnx_resample
#define onnx_adaptive_average_pool gan_onnx_resample
#define onnx_global_average_pool gan_onnx_global_pool
#define onnx_global_sum_pool gan_onnx_global_pool
#define onnx_upsample gan_onnx_resample
#define onnx_downsample gan_onnx_resample
#define onnx_resize gan_onnx_resample
#define onnx_normalize gan_onnx_normalize
#define onnx_scale gan_onnx_scale
#define onnx_bias gan_onnx_bias

static const onnx_row *const rows[GAN_LAYER_COUNT] = {
#define ROW(name) [GAN_LAYER_##name] = &onnx_##name,
    GAN_LAYER_LIST(ROW)
#undef ROW
};

gan_status gan_onnx_oldest(const gan_stack *stack, int *opset, gan_error *err)
{
    *opset = 9; /* the first whose BatchNormalization and casts are those of today */
    for (int i = 0; i < stack->n_layers; i++) {
        const onnx_row *row = rows[stack->layers[i].kind];
        const char *why = row->cannot ? row->cannot(&stack->layers[i]) : NULL;
        if (row->since == 0 || why) {
            return gan_layer_refuse(&stack->layers[i], "ONNX", why, err);
        }
        *opset = row->since > *opset ? row->since : *opset;
    }
    return GAN_OK;
}

void gan_onnx_layer(gan_onnx *onnx, int index)
{
    const gan_layer *layer = &onnx->weights->stack->layers[index];
    const call c = {.onnx = onnx,
                    .layer = layer,
                    .index = index,
                    .x = gan_onnx_value(onnx, layer->from[0]),
                    .y = gan_onnx_value(onnx, index)};
    rows[layer->kind]->apply(&c);
}
