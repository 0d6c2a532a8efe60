/* keras_layers.c — a row per layer: the stock layers of Keras that compute it.
 *
 * Our maps, our order of elements and our 'same' padding are Keras' own, so that shapes need no
 * transposing. Keras' transposed convolution says 'same', or 'valid' with an output that is cut. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exchange/keras_row.h"
#include "exchange/layers.h"

typedef gan_keras_call call;
typedef gan_keras_row keras_row;

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

/* --- dense --- */

static int apply_dense(const call *c)
{
    return gan_keras_shaped(c, gan_keras_add(c->keras, "Dense", "dense", c->layer->name, &c->x, 1,
                                             c->layer, ", \"units\": %" PRId64 ", \"use_bias\": %s",
                                             c->layer->u.dense.units, truth(c->layer->bias >= 0)));
}
static const keras_row keras_dense = {apply_dense, NULL};

/* --- convolutions --- */

/* Whether the pads of a convolution from large to small are those of 'same'. */
static bool is_same(int64_t large, int64_t small, int64_t stride, int64_t kernel, int64_t before,
                    int64_t after)
{
    int64_t total = (small - 1) * stride + kernel - large;
    total = total > 0 ? total : 0;
    return small == (large + stride - 1) / stride && before == total / 2 &&
           after == total - total / 2;
}

static bool both_same(const gan_conv_geometry *g)
{
    return is_same(g->h, g->p, g->stride_h, g->r, g->pad_top, g->pad_bottom) &&
           is_same(g->w, g->q, g->stride_w, g->s, g->pad_left, g->pad_right);
}

/* Keras' config of a convolution; transposed ones add to it. */
static int add_conv(const call *c, int x, const char *class_name, const char *group,
                    int64_t filters, const char *padding, const char *more)
{
    const gan_conv_geometry *g = &c->layer->u.conv;
    return gan_keras_add(
        c->keras, class_name, group, c->layer->name, &x, 1, c->layer,
        ", \"filters\": %" PRId64 ", \"kernel_size\": [%" PRId64 ", %" PRId64
        "], \"strides\": [%" PRId64 ", %" PRId64 "], \"padding\": \"%s\", \"use_bias\": %s%s",
        filters, g->r, g->s, g->stride_h, g->stride_w, padding, truth(c->layer->bias >= 0), more);
}

/* A layer that pads or crops, with a name made of the layer's. */
static int add_frame(const call *c, int x, const char *class_name, const char *group,
                     const char *key, const int64_t rows[2], const int64_t columns[2])
{
    char name[80];
    snprintf(name, sizeof name, "%s_%s", c->layer->name, key);
    return gan_keras_add(c->keras, class_name, group, name, &x, 1, NULL,
                         ", \"%s\": [[%" PRId64 ", %" PRId64 "], [%" PRId64 ", %" PRId64 "]]", key,
                         rows[0], rows[1], columns[0], columns[1]);
}

static int apply_conv(const call *c)
{
    const gan_conv_geometry *g = &c->layer->u.conv;
    const int64_t rows[] = {g->pad_top, g->pad_bottom}, columns[] = {g->pad_left, g->pad_right};
    int x = c->x;
    const bool same = both_same(g);
    if (!same && (rows[0] || rows[1] || columns[0] || columns[1])) {
        x = add_frame(c, x, "ZeroPadding2D", "zero_padding2d", "padding", rows, columns);
        gan_keras_shape(c->keras, x, g->h + rows[0] + rows[1], g->w + columns[0] + columns[1],
                        g->c);
    }
    char groups[40] = "";
    if (g->groups > 1) {
        snprintf(groups, sizeof groups, ", \"groups\": %" PRId64, g->groups);
    }
    return gan_keras_shaped(
        c, add_conv(c, x, "Conv2D", "conv2d", g->k, same ? "same" : "valid", groups));
}
static const keras_row keras_conv = {apply_conv, NULL};

/* Rows that 'valid' makes: (P-1) stride + max(R, stride), or with output_padding + R and that. */
static int64_t made_by(int64_t small, int64_t stride, int64_t kernel, bool padded, int64_t more)
{
    return (small - 1) * stride + (padded ? kernel + more : kernel > stride ? kernel : stride);
}

static int apply_conv_transpose(const call *c)
{
    const gan_conv_geometry *g = &c->layer->u.conv;
    const gan_cut y = gan_cut_of_height(g), x = gan_cut_of_width(g);
    const int64_t more_h = y.after < 0 ? -y.after : 0, more_w = x.after < 0 ? -x.after : 0;
    const bool padded = more_h || more_w;
    char more[96] = "";
    if (both_same(g) && g->h == g->p * g->stride_h && g->w == g->q * g->stride_w) {
        return gan_keras_shaped(
            c, add_conv(c, c->x, "Conv2DTranspose", "conv2d_transpose", g->c, "same", ""));
    }
    if (padded) {
        snprintf(more, sizeof more, ", \"output_padding\": [%" PRId64 ", %" PRId64 "]", more_h,
                 more_w);
    }
    const int64_t h = made_by(g->p, g->stride_h, g->r, padded, more_h);
    const int64_t w = made_by(g->q, g->stride_w, g->s, padded, more_w);
    const int64_t rows[] = {y.before, h - y.before - g->h};
    const int64_t columns[] = {x.before, w - x.before - g->w};
    int entry = add_conv(c, c->x, "Conv2DTranspose", "conv2d_transpose", g->c, "valid", more);
    gan_keras_shape(c->keras, entry, h, w, g->c);
    if (rows[0] || rows[1] || columns[0] || columns[1]) {
        entry = add_frame(c, entry, "Cropping2D", "cropping2d", "cropping", rows, columns);
    }
    return gan_keras_shaped(c, entry);
}

static const char *conv_transpose_cannot(const gan_layer *layer)
{
    return layer->u.conv.groups > 1 ? "its Conv2DTranspose has no groups" : NULL;
}
static const keras_row keras_conv_transpose = {apply_conv_transpose, conv_transpose_cannot};

/* --- batch_norm, and one value at a time --- */

static int apply_batch_norm(const call *c)
{
    return gan_keras_shaped(
        c,
        gan_keras_add(c->keras, "BatchNormalization", "batch_normalization", c->layer->name, &c->x,
                      1, c->layer, ", \"axis\": -1, \"momentum\": %.9g, \"epsilon\": %.9g",
                      c->layer->u.batch_norm.momentum, c->layer->u.batch_norm.epsilon));
}
static const keras_row keras_batch_norm = {apply_batch_norm, NULL};

static int apply_leaky_relu(const call *c)
{
    const double slope = c->layer->u.leaky_relu.slope;
    return gan_keras_shaped(
        c, slope == 0
               ? gan_keras_add(c->keras, "ReLU", "re_lu", c->layer->name, &c->x, 1, NULL, "%s", "")
               : gan_keras_add(c->keras, "LeakyReLU", "leaky_re_lu", c->layer->name, &c->x, 1, NULL,
                               ", \"negative_slope\": %.9g", slope));
}
static const keras_row keras_leaky_relu = {apply_leaky_relu, NULL};

static int apply_dropout(const call *c)
{
    return gan_keras_shaped(c,
                            gan_keras_add(c->keras, "Dropout", "dropout", c->layer->name, &c->x, 1,
                                          NULL, ", \"rate\": %.9g", c->layer->u.dropout.rate));
}
static const keras_row keras_dropout = {apply_dropout, NULL};

static int activation(const call *c, const char *word)
{
    return gan_keras_shaped(c, gan_keras_add(c->keras, "Activation", "activation", c->layer->name,
                                             &c->x, 1, NULL, ", \"activation\": \"%s\"", word));
}

static int apply_tanh(const call *c)
{
    return activation(c, "tanh");
}
static const keras_row keras_tanh = {apply_tanh, NULL};

static int apply_sigmoid(const call *c)
{
    return activation(c, "sigmoid");
}
static const keras_row keras_sigmoid = {apply_sigmoid, NULL};

static int apply_activation(const call *c)
{
    static const char *const words[GAN_ACTIVATION_COUNT] = {
#define GAN_ACTIVATION_ROW(name, alpha, bends, summary) [GAN_ACTIVATION_##name] = #name,
#include "net/activations.def" /* the words of keras.activations are the same */
#undef GAN_ACTIVATION_ROW
    };
    const gan_activation_spec *a = &c->layer->u.activation;
    if (a->function == GAN_ACTIVATION_elu) { /* the word's alpha is 1 */
        return gan_keras_shaped(c, gan_keras_add(c->keras, "ELU", "elu", c->layer->name, &c->x, 1,
                                                 NULL, ", \"alpha\": %.9g", a->alpha));
    }
    if (a->function == GAN_ACTIVATION_linear) { /* Keras's word has no factor */
        return gan_keras_shaped(c, gan_keras_add(c->keras, "Rescaling", "rescaling", c->layer->name,
                                                 &c->x, 1, NULL,
                                                 ", \"scale\": %.9g, \"offset\": 0.0", a->alpha));
    }
    return activation(c, words[a->function]);
}
static const keras_row keras_activation = {apply_activation, NULL};

/* --- shapes --- */

static int apply_flatten(const call *c)
{
    return gan_keras_shaped(
        c, gan_keras_add(c->keras, "Flatten", "flatten", c->layer->name, &c->x, 1, NULL, "%s", ""));
}
static const keras_row keras_flatten = {apply_flatten, NULL};

static int apply_reshape(const call *c)
{
    const gan_dims3 out = c->layer->out;
    return gan_keras_shaped(
        c, gan_keras_add(c->keras, "Reshape", "reshape", c->layer->name, &c->x, 1, NULL,
                         ", \"target_shape\": [%" PRId64 ", %" PRId64 ", %" PRId64 "]", out.h,
                         out.w, out.c));
}
static const keras_row keras_reshape = {apply_reshape, NULL};

/* The inputs joined in pairs, which all have the output's shape. */
static int join(const call *c, const char *class_name, const char *group)
{
    int entry = c->x;
    for (int i = 1; i < c->layer->n_from; i++) { /* Add takes any number, one at a time here */
        const int from = c->layer->from[i];
        const int both[] = {entry, from == GAN_NET_INPUT ? 0 : c->keras->value[from]};
        char name[80];
        snprintf(name, sizeof name, i == 1 ? "%s%.0d" : "%s_%d", c->layer->name, i == 1 ? 0 : i);
        entry = gan_keras_shaped(
            c, gan_keras_add(c->keras, class_name, group, name, both, 2, NULL, "%s", ""));
    }
    return entry;
}

static int apply_add(const call *c)
{
    return join(c, "Add", "add");
}
static const keras_row keras_add = {apply_add, NULL};

static int apply_multiply(const call *c)
{
    return join(c, "Multiply", "multiply");
}
static const keras_row keras_multiply = {apply_multiply, NULL};

/* Channels beside channels, in pairs. */
static int apply_concat(const call *c)
{
    const gan_stack *stack = c->keras->stack;
    const bool vector = gan_layer_gives_vector(stack, c->index);
    int entry = c->x;
    int64_t channels =
        c->layer->from[0] == GAN_NET_INPUT ? stack->in.c : stack->layers[c->layer->from[0]].out.c;
    for (int i = 1; i < c->layer->n_from; i++) {
        const int from = c->layer->from[i];
        const gan_dims3 next = from == GAN_NET_INPUT ? stack->in : stack->layers[from].out;
        const int both[] = {entry, from == GAN_NET_INPUT ? 0 : c->keras->value[from]};
        char name[80];
        snprintf(name, sizeof name, i == 1 ? "%s%.0d" : "%s_%d", c->layer->name, i == 1 ? 0 : i);
        entry = gan_keras_add(c->keras, "Concatenate", "concatenate", name, both, 2, NULL,
                              ", \"axis\": -1");
        channels += next.c;
        gan_keras_shape(c->keras, entry, vector ? 0 : next.h, vector ? 0 : next.w, channels);
    }
    return entry;
}
static const keras_row keras_concat = {apply_concat, NULL};

/* --- pools and normalizations --- */

static int apply_global_average_pool(const call *c)
{
    return gan_keras_shaped(c, gan_keras_add(c->keras, "GlobalAveragePooling2D",
                                             "global_average_pooling2d", c->layer->name, &c->x, 1,
                                             NULL, "%s", ""));
}
static const keras_row keras_global_average_pool = {apply_global_average_pool, NULL};

/* --- the table --- */

/* Of keras_map_layers.c. */
#define keras_max_pool gan_keras_max_pool
#define keras_average_pool gan_keras_average_pool
#define keras_upsample gan_keras_upsample
#define keras_normalize gan_keras_normalize

static const keras_row keras_adaptive_average_pool = {NULL, NULL};
static const keras_row keras_global_sum_pool = {NULL, NULL};
static const keras_row keras_downsample = {NULL, NULL};
static const keras_row keras_resize = {NULL, NULL};
static const keras_row keras_scale = {NULL, NULL};
static const keras_row keras_bias = {NULL, NULL};
static const keras_row keras_minibatch_stddev = {NULL, NULL};
static const keras_row keras_constant = {NULL, NULL};

/* A layer that stock layers cannot say: static const keras_row keras_<kind> = {NULL, NULL}; */

static const keras_row *const rows[GAN_LAYER_COUNT] = {
#define ROW(name) [GAN_LAYER_##name] = &keras_##name,
    GAN_LAYER_LIST(ROW)
#undef ROW
};

gan_status gan_keras_layer_add(gan_keras *keras, int index, gan_error *err)
{
    const gan_layer *layer = &keras->stack->layers[index];
    const int from = layer->from[0];
    const call c = {.keras = keras,
                    .layer = layer,
                    .index = index,
                    .x = from == GAN_NET_INPUT ? 0 : keras->value[from]};
    const keras_row *row = rows[layer->kind];
    const char *why = row->cannot ? row->cannot(layer) : NULL;
    if (!row->apply || why) {
        return gan_layer_refuse(layer, "the keras format", why, err);
    }
    keras->value[index] = row->apply(&c);
    return keras->status;
}
