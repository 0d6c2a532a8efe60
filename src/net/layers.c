/* layers.c — what each kind of layer makes of its input: its output's shape and its parameters.
 * Each fills layer->out and layer->u from layer->in and the spec; map_layers.c has those that make
 * maps smaller and larger. */
#include <inttypes.h>

#include "net/geometry.h"
#include "net/layer_maker.h"

static gan_status add_vector(gan_stack_builder *b, gan_param_role role, int64_t n,
                             const gan_init *init, int *index, gan_error *err)
{
    gan_param param = {.role = role, .dims = {n, 1, 1, 1}, .rank = 1, .init = *init};
    return gan_layer_add_param(b, param, index, err);
}

static gan_status add_bias(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                           gan_error *err)
{
    if (!spec->bias) {
        return GAN_OK;
    }
    gan_init init = spec->bias_init;
    init.fan_in = b->stack->params[layer->kernel].init.fan_in;
    return add_vector(b, GAN_PARAM_BIAS, layer->out.c, &init, &layer->bias, err);
}

/* --- layers: each fills layer->out and layer->u from layer->in and the spec --- */

static gan_status add_dense(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                            gan_error *err)
{
    if (layer->in.h != 1 || layer->in.w != 1) {
        return gan_fail(err, GAN_E_DATA,
                        "its input is a map of %s, and dense takes a vector: add flatten before it",
                        gan_dims3_describe(layer->in).text);
    }
    int64_t n = layer->in.c, units = spec->u.dense.units;
    layer->u.dense.units = units;
    layer->out = (gan_dims3){1, 1, units};
    gan_param kernel = {
        .role = GAN_PARAM_KERNEL, .dims = {n, units, 1, 1}, .rank = 2, .init = spec->init};
    kernel.init.fan_in = (double)n;
    kernel.init.fan_out = (double)units;
    GAN_TRY(gan_layer_add_param(b, kernel, &layer->kernel, err));
    b->at.flat = true;
    b->at.conv_layer = -1;
    return add_bias(b, layer, spec, err);
}

/* The filter and bias of either kind of convolution. Keras and PyTorch keep a transposed one's
 * kernel with its output channels where an ordinary one has its input's, and count fans by place;
 * so for both kinds fan_in is of the C side and fan_out of the K side of the geometry. In groups
 * they count what the kernel has, as PyTorch and Keras' Conv2D do: a group's part of C, all of K.
 */
static gan_status add_filter(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                             gan_error *err)
{
    const gan_conv_geometry *g = &layer->u.conv;
    b->at.conv_layer = b->stack->n_layers - 1;
    b->at.conv = spec->u.conv;
    gan_param kernel = {.role = GAN_PARAM_KERNEL,
                        .dims = {g->k, g->r, g->s, gan_conv_group_c(g)},
                        .rank = 4,
                        .init = spec->init};
    double field = (double)g->r * (double)g->s;
    kernel.init.fan_in = field * (double)gan_conv_group_c(g);
    kernel.init.fan_out = field * (double)g->k;
    GAN_TRY(gan_layer_add_param(b, kernel, &layer->kernel, err));
    return add_bias(b, layer, spec, err);
}

static gan_status add_conv(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                           gan_error *err)
{
    gan_conv_geometry *g = &layer->u.conv;
    GAN_TRY(gan_layer_refuse_vector(b, layer, err));
    GAN_TRY(gan_conv_geometry_make(layer->in, &spec->u.conv, g, err));
    layer->out = (gan_dims3){g->p, g->q, g->k};
    return add_filter(b, layer, spec, err);
}

static gan_status add_conv_transpose(gan_stack_builder *b, gan_layer *layer,
                                     const gan_layer_spec *spec, gan_error *err)
{
    gan_conv_geometry *g = &layer->u.conv;
    GAN_TRY(gan_layer_refuse_vector(b, layer, err));
    GAN_TRY(gan_conv_geometry_make_transposed(layer->in, &spec->u.conv, g, err));
    layer->out = (gan_dims3){g->h, g->w, g->c};
    return add_filter(b, layer, spec, err);
}

static gan_status add_batch_norm(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                                 gan_error *err)
{
    static const gan_init zero = {.kind = GAN_INIT_CONSTANT, .a = 0};
    static const gan_init one = {.kind = GAN_INIT_CONSTANT, .a = 1};
    int64_t n = layer->in.c;
    layer->u.batch_norm = spec->u.batch_norm;
    GAN_TRY(add_vector(b, GAN_PARAM_GAMMA, n, &spec->gamma_init, &layer->gamma, err));
    GAN_TRY(add_vector(b, GAN_PARAM_BETA, n, &spec->beta_init, &layer->beta, err));
    GAN_TRY(add_vector(b, GAN_PARAM_MOVING_MEAN, n, &zero, &layer->moving_mean, err));
    return add_vector(b, GAN_PARAM_MOVING_VARIANCE, n, &one, &layer->moving_variance, err);
}

static gan_status add_leaky_relu(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                                 gan_error *err)
{
    (void)b;
    (void)err;
    layer->u.leaky_relu.slope = spec->u.leaky_relu.slope;
    return GAN_OK;
}

static gan_status add_activation(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                                 gan_error *err)
{
    (void)b;
    (void)err;
    layer->u.activation = spec->u.activation;
    return GAN_OK;
}

/* A set of one value would be 0, whatever the value. */
static gan_status check_sets(const gan_layer *layer, gan_error *err)
{
    const gan_normalize_spec *a = &layer->u.normalize;
    const gan_dims3 in = layer->in;
    if (in.c % a->groups != 0) {
        return gan_fail(err, GAN_E_DATA, "%" PRId64 " channels do not make %" PRId64 " groups",
                        in.c, a->groups);
    }
    if (in.c / a->groups * (a->norm == GAN_NORM_pixel_norm ? 1 : in.h * in.w) == 1) {
        return gan_fail(err, GAN_E_DATA,
                        "it would normalize single values, which makes all of them %s",
                        a->norm == GAN_NORM_pixel_norm ? "1 or -1" : "0");
    }
    return GAN_OK;
}

static gan_status add_normalize(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                                gan_error *err)
{
    layer->u.normalize = spec->u.normalize;
    if (spec->u.normalize.norm == GAN_NORM_instance_norm) {
        layer->u.normalize.groups = layer->in.c;
    }
    GAN_TRY(check_sets(layer, err));
    if (!spec->u.normalize.affine) {
        return GAN_OK;
    }
    GAN_TRY(add_vector(b, GAN_PARAM_GAMMA, layer->in.c, &spec->gamma_init, &layer->gamma, err));
    return add_vector(b, GAN_PARAM_BETA, layer->in.c, &spec->beta_init, &layer->beta, err);
}

static gan_status add_scale(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                            gan_error *err)
{
    return add_vector(b, GAN_PARAM_GAMMA, layer->in.c, &spec->init, &layer->gamma, err);
}

static gan_status add_lone_bias(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                                gan_error *err)
{
    return add_vector(b, GAN_PARAM_BETA, layer->in.c, &spec->init, &layer->beta, err);
}

static gan_status add_stddev(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                             gan_error *err)
{
    const gan_stddev_spec *a = &spec->u.stddev;
    if (layer->in.c % a->features != 0) {
        return gan_fail(err, GAN_E_DATA, "%" PRId64 " channels do not make %" PRId64 " features",
                        layer->in.c, a->features);
    }
    layer->u.stddev = *a;
    layer->out.c += a->features;
    b->at.conv_layer = -1;
    return GAN_OK;
}

static gan_status add_dropout(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                              gan_error *err)
{
    (void)b;
    (void)err;
    layer->u.dropout.rate = spec->u.dropout.rate;
    return GAN_OK;
}

static gan_status add_reshape(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                              gan_error *err)
{
    int64_t have = gan_dims3_count(layer->in), asked = gan_dims3_count(spec->u.reshape);
    if (asked < 0) {
        return gan_fail(err, GAN_E_DATA, "%s has more than %" PRId64 " elements",
                        gan_dims3_describe(spec->u.reshape).text, GAN_NET_MAX_COUNT);
    }
    if (asked != have) {
        return gan_fail(err, GAN_E_DATA,
                        "%s has %" PRId64 " elements, but its input has %" PRId64 " (%s)",
                        gan_dims3_describe(spec->u.reshape).text, asked, have,
                        gan_dims3_describe(layer->in).text);
    }
    layer->out = spec->u.reshape;
    b->at.flat = false;
    b->at.conv_layer = -1;
    return GAN_OK;
}

static gan_status add_flatten(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                              gan_error *err)
{
    (void)spec;
    (void)err;
    layer->out = (gan_dims3){1, 1, gan_dims3_count(layer->in)};
    b->at.flat = true;
    b->at.conv_layer = -1;
    return GAN_OK;
}

static gan_status add_pointwise(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                                gan_error *err)
{
    (void)b;
    (void)layer;
    (void)spec;
    (void)err;
    return GAN_OK;
}

/* The channels of all that it reads, side by side. */
static gan_status add_concat(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                             gan_error *err)
{
    (void)spec;
    layer->out.c = 0;
    for (int i = 0; i < layer->n_from; i++) {
        layer->out.c += gan_stack_gives(b->stack, layer->from[i]).c;
    }
    if (layer->out.c > GAN_NET_MAX_SIZE) {
        return gan_fail(err, GAN_E_DATA, "its %" PRId64 " channels are more than %d", layer->out.c,
                        GAN_NET_MAX_SIZE);
    }
    b->at.conv_layer = -1;
    return GAN_OK;
}

/* gan_stack_join() has compared the shapes; no convolution is the last one any more. */
static gan_status add_sum(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                          gan_error *err)
{
    (void)layer;
    (void)spec;
    (void)err;
    b->at.conv_layer = -1;
    return GAN_OK;
}

static gan_layer_maker *const add_fns[GAN_LAYER_COUNT] = {
    [GAN_LAYER_dense] = add_dense,
    [GAN_LAYER_conv] = add_conv,
    [GAN_LAYER_conv_transpose] = add_conv_transpose,
    [GAN_LAYER_batch_norm] = add_batch_norm,
    [GAN_LAYER_leaky_relu] = add_leaky_relu,
    [GAN_LAYER_dropout] = add_dropout,
    [GAN_LAYER_reshape] = add_reshape,
    [GAN_LAYER_flatten] = add_flatten,
    [GAN_LAYER_tanh] = add_pointwise,
    [GAN_LAYER_sigmoid] = add_pointwise,
    [GAN_LAYER_activation] = add_activation,
    [GAN_LAYER_max_pool] = gan_layer_add_max_pool,
    [GAN_LAYER_average_pool] = gan_layer_add_average_pool,
    [GAN_LAYER_adaptive_average_pool] = gan_layer_add_adaptive_pool,
    [GAN_LAYER_global_average_pool] = gan_layer_add_global_pool,
    [GAN_LAYER_global_sum_pool] = gan_layer_add_global_pool,
    [GAN_LAYER_upsample] = gan_layer_add_upsample,
    [GAN_LAYER_downsample] = gan_layer_add_downsample,
    [GAN_LAYER_resize] = gan_layer_add_resize,
    [GAN_LAYER_normalize] = add_normalize,
    [GAN_LAYER_scale] = add_scale,
    [GAN_LAYER_bias] = add_lone_bias,
    [GAN_LAYER_minibatch_stddev] = add_stddev,
    [GAN_LAYER_constant] = gan_layer_add_constant,
    [GAN_LAYER_add] = add_sum,
    [GAN_LAYER_concat] = add_concat,
    [GAN_LAYER_multiply] = add_sum,
};

gan_status gan_layer_make(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                          gan_error *err)
{
    return add_fns[spec->kind](b, layer, spec, err);
}
