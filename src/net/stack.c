/* stack.c — building a list of layers: shapes, parameters and their places.
 *
 * The list is a graph written in the order of computation: each layer names those that it reads,
 * and reads only earlier ones. A builder carries a point, where the next layer takes its input:
 * blocks save it at their beginning, lead each branch from there, and join the ends (parse.c). A
 * layer that is refused may be half in the list: the whole stack is thrown away then. */
#include "net/stack.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/memory.h"
#include "net/geometry.h"
#include "net/layer_maker.h"

void gan_stack_begin(gan_stack_builder *builder, gan_stack *stack, gan_network network,
                     gan_dims3 in, bool flat)
{
    *stack = (gan_stack){.network = network,
                         .name = gan_network_describe(network)->name,
                         .index = stack->index,
                         .in = in,
                         .out = in};
    *builder = (gan_stack_builder){
        .stack = stack, .at = {.layer = GAN_NET_INPUT, .out = in, .flat = flat, .conv_layer = -1}};
}

/* Appends a layer that reads those of the points, which are of one shape. */
static gan_status append(gan_stack_builder *builder, const gan_layer_spec *spec,
                         const gan_stack_point *points, int n, gan_error *err)
{
    gan_stack *stack = builder->stack;
    void *from = NULL;
    GAN_TRY(gan_grow((void **)&stack->layers, (size_t)stack->n_layers + 1, sizeof *stack->layers,
                     &builder->layer_capacity, err));
    GAN_TRY(gan_calloc((size_t)n, sizeof(int), &from, err));
    gan_layer *layer = &stack->layers[stack->n_layers++];
    *layer = (gan_layer){.kind = spec->kind,
                         .from = from,
                         .n_from = n,
                         .line = spec->line,
                         .in = points[0].out,
                         .out = points[0].out,
                         .kernel = -1,
                         .bias = -1,
                         .gamma = -1,
                         .beta = -1,
                         .moving_mean = -1,
                         .moving_variance = -1};
    for (int i = 0; i < n; i++) {
        layer->from[i] = points[i].layer;
    }
    builder->at = points[0];
    /* Layers are numbered by the word they are called: elu0, silu0, elu1. */
    int *number = spec->kind == GAN_LAYER_activation
                      ? &builder->n_of_activation[spec->u.activation.function]
                  : spec->kind == GAN_LAYER_normalize ? &builder->n_of_norm[spec->u.normalize.norm]
                                                      : &builder->n_of_kind[spec->kind];
    GAN_TRY(gan_format(&layer->name, err, "%s%d", gan_layer_spec_name(spec), (*number)++));
    GAN_TRY(gan_layer_make(builder, layer, spec, err));
    if (gan_dims3_count(layer->out) < 0) {
        return gan_fail(err, GAN_E_DATA,
                        "its output of %s has more than %" PRId64 " elements a sample",
                        gan_dims3_describe(layer->out).text, GAN_NET_MAX_COUNT);
    }
    stack->out = layer->out;
    builder->at.out = layer->out;
    builder->at.layer = stack->n_layers - 1;
    return GAN_OK;
}

gan_status gan_stack_add(gan_stack_builder *builder, const gan_layer_spec *spec, gan_error *err)
{
    const gan_stack_point at = builder->at;
    return append(builder, spec, &at, 1, err);
}

static gan_status fail_residual(const gan_stack_point *points, gan_error *err)
{
    return gan_fail(err, GAN_E_DATA,
                    "its layers give %s and its shortcut %s, which cannot be added: give "
                    "it a shortcut of that shape, such as {layers: [...], shortcut: "
                    "[conv: {channels: %" PRId64 ", kernel: 1, stride: ..., bias: false}]}",
                    gan_dims3_describe(points[0].out).text, gan_dims3_describe(points[1].out).text,
                    points[0].out.c);
}

gan_status gan_stack_join(gan_stack_builder *builder, const gan_layer_spec *spec,
                          const gan_stack_point *points, int n, gan_error *err)
{
    const bool beside = spec->kind == GAN_LAYER_concat;
    for (int i = 1; i < n; i++) {
        gan_dims3 other = points[i].out;
        other.c = beside ? points[0].out.c : other.c;
        if (gan_dims3_equal(points[0].out, other)) {
            continue;
        }
        return spec->is_residual
                   ? fail_residual(points, err)
                   : gan_fail(err, GAN_E_DATA, "branch 1 gives %s and branch %d %s: %s",
                              gan_dims3_describe(points[0].out).text, i + 1,
                              gan_dims3_describe(points[i].out).text,
                              beside ? "what is put side by side is of one height and width"
                                     : "what is added or multiplied is of one shape");
    }
    return append(builder, spec, points, n, err);
}

void gan_stack_clear(gan_stack *stack)
{
    for (int i = 0; i < stack->n_layers; i++) {
        free(stack->layers[i].name);
        free(stack->layers[i].from);
    }
    for (int i = 0; i < stack->n_params; i++) {
        free(stack->params[i].name);
    }
    for (int i = 0; i < stack->n_stats; i++) {
        free(stack->stats[i].name);
    }
    for (int i = 0; i < stack->n_outputs; i++) {
        free(stack->outputs[i].name);
    }
    free(stack->layers);
    free(stack->params);
    free(stack->stats);
    free(stack->outputs);
    *stack = (gan_stack){.network = stack->network, .name = stack->name, .index = stack->index};
}
