/* layers.c — what exporters ask of a layer, whatever the format. */
#include "exchange/layers.h"

#include "net/stack.h"

/* What a layer's output is. */
typedef enum given {
    GIVES_SAME, /* a vector where its input is one, else a map */
    GIVES_VECTOR,
    GIVES_MAP
} given;

enum {
    gives_dense = GIVES_VECTOR,
    gives_conv = GIVES_MAP,
    gives_conv_transpose = GIVES_MAP,
    gives_batch_norm = GIVES_SAME,
    gives_leaky_relu = GIVES_SAME,
    gives_dropout = GIVES_SAME,
    gives_reshape = GIVES_MAP,
    gives_flatten = GIVES_VECTOR,
    gives_tanh = GIVES_SAME,
    gives_sigmoid = GIVES_SAME,
    gives_activation = GIVES_SAME,
    gives_max_pool = GIVES_MAP,
    gives_average_pool = GIVES_MAP,
    gives_adaptive_average_pool = GIVES_MAP,
    gives_global_average_pool = GIVES_VECTOR,
    gives_global_sum_pool = GIVES_VECTOR,
    gives_upsample = GIVES_MAP,
    gives_downsample = GIVES_MAP,
    gives_resize = GIVES_MAP,
    gives_normalize = GIVES_SAME,
    gives_scale = GIVES_SAME,
    gives_bias = GIVES_SAME,
    gives_minibatch_stddev = GIVES_SAME,
    gives_constant = GIVES_MAP,
    gives_add = GIVES_SAME,
    gives_concat = GIVES_SAME,
    gives_multiply = GIVES_SAME,
};

static const given rows[GAN_LAYER_COUNT] = {
#define ROW(name) [GAN_LAYER_##name] = (given)gives_##name,
    GAN_LAYER_LIST(ROW)
#undef ROW
};

bool gan_layer_gives_vector(const gan_stack *stack, int index)
{
    while (index != GAN_NET_INPUT && rows[stack->layers[index].kind] == GIVES_SAME) {
        index = stack->layers[index].from[0];
    }
    return index == GAN_NET_INPUT ? stack->network == GAN_NETWORK_GENERATOR
                                  : rows[stack->layers[index].kind] == GIVES_VECTOR;
}

bool gan_layer_reads_vector(const gan_stack *stack, int index)
{
    return gan_layer_gives_vector(stack, stack->layers[index].from[0]);
}

gan_cut gan_cut_of_height(const gan_conv_geometry *g)
{
    return (gan_cut){g->pad_top, (g->p - 1) * g->stride_h + g->r - g->pad_top - g->h};
}

gan_cut gan_cut_of_width(const gan_conv_geometry *g)
{
    return (gan_cut){g->pad_left, (g->q - 1) * g->stride_w + g->s - g->pad_left - g->w};
}

gan_status gan_layer_refuse(const gan_layer *layer, const char *format, const char *why,
                            gan_error *err)
{
    return gan_fail(err, GAN_E_UNSUPPORTED, "%s (line %d of the network): %s cannot say %s%s%s",
                    layer->name, layer->line, format, gan_layer_kind_name(layer->kind),
                    why ? ": " : " layers yet", why ? why : "");
}
