/* layers.c — what each layer of a network is: its output, its parameters, its arithmetic.
 *
 * The arithmetic is counted where it is done, in the program of a forward pass of one image: an
 * operation bears the name of the layer that it computes, which is the first of those that were
 * fused into it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/net.h"
#include "program/build.h"
#include "program/cost.h"
#include "report/report.h"

enum { INPUTS_SIZE = 256, NAME_SIZE = 128 };

/* Everything that the network gives, so that no layer is left out. */
static gan_status build(const gan_stack *stack, gan_program **out, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)stack->n_outputs + 1, sizeof(char *), &memory, err));
    const char **names = memory;
    for (int i = 0; i < stack->n_outputs; i++) {
        names[i] = stack->outputs[i].name;
    }
    const gan_status status =
        gan_build_forward(stack, 1, false, names, stack->n_outputs, out, NULL, err);
    free(names);
    return status;
}

static double flops_of(const gan_program *program, const gan_stack *stack, const gan_layer *layer)
{
    char label[NAME_SIZE];
    double flops = 0;
    snprintf(label, sizeof label, "%s.%s", stack->name, layer->name);
    for (int i = 0; i < program->n_ops; i++) {
        const gan_op *op = &program->ops[i];
        flops += strcmp(op->label, label) == 0 ? gan_op_cost(program, op).flops : 0;
    }
    return flops;
}

static int64_t count_of(const gan_param *params, int n, int layer)
{
    int64_t count = 0;
    for (int i = 0; i < n; i++) {
        count += params[i].layer == layer ? params[i].count : 0;
    }
    return count;
}

/* "conv1 + input" of a layer that does not read the one before it alone, else "". */
static void describe_inputs(const gan_stack *stack, int index, char text[INPUTS_SIZE])
{
    const gan_layer *layer = &stack->layers[index];
    const char *sign = layer->kind == GAN_LAYER_add        ? " + "
                       : layer->kind == GAN_LAYER_multiply ? " * "
                                                           : ", ";
    size_t used = 0;
    text[0] = '\0';
    for (int k = 0; k < layer->n_from && used < INPUTS_SIZE; k++) {
        const int from = layer->from[k];
        if (layer->n_from == 1 && from == index - 1) {
            return;
        }
        const int n = snprintf(text + used, INPUTS_SIZE - used, "%s%s", k ? sign : "",
                               from == GAN_NET_INPUT ? "input" : stack->layers[from].name);
        used += n > 0 ? (size_t)n : INPUTS_SIZE;
    }
}

static gan_status tell_stack(const gan_stack *stack,
                             void (*tell)(void *ctx, const gan_layer_facts *facts), void *ctx,
                             gan_error *err)
{
    const char *network = gan_network_describe(stack->network)->key;
    gan_program *program = NULL;
    gan_layer_facts sum = {.network = network,
                           .inputs = "",
                           .height = stack->out.h,
                           .width = stack->out.w,
                           .channels = stack->out.c};
    GAN_TRY(build(stack, &program, err));
    for (int i = 0; i < stack->n_layers; i++) {
        const gan_layer *layer = &stack->layers[i];
        char inputs[INPUTS_SIZE];
        describe_inputs(stack, i, inputs);
        const gan_layer_facts facts = {.network = network,
                                       .name = layer->name,
                                       .inputs = inputs,
                                       .height = layer->out.h,
                                       .width = layer->out.w,
                                       .channels = layer->out.c,
                                       .parameters = count_of(stack->params, stack->n_params, i) +
                                                     count_of(stack->stats, stack->n_stats, i),
                                       .flops = flops_of(program, stack, layer),
                                       .bytes = layer->out.h * layer->out.w * layer->out.c *
                                                (int64_t)sizeof(float)};
        sum.parameters += facts.parameters;
        sum.flops += facts.flops;
        sum.bytes += facts.bytes;
        tell(ctx, &facts);
    }
    tell(ctx, &sum);
    gan_program_destroy(program);
    return GAN_OK;
}

gan_status gan_net_layers(const gan_net *net, void (*tell)(void *ctx, const gan_layer_facts *facts),
                          void *ctx, gan_error *err)
{
    for (int i = 0; i < net->n_stacks; i++) {
        GAN_TRY(tell_stack(&net->stacks[i], tell, ctx, err));
    }
    return GAN_OK;
}
