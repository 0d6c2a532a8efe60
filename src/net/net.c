/* net.c — a network's life, its numbers and the search for a parameter by name. */
#include "net/net.h"

#include <stdlib.h>
#include <string.h>

#include "net/stack.h"

static int64_t count_all(const gan_param *params, int n)
{
    int64_t count = 0;
    for (int i = 0; i < n; i++) {
        count += params[i].count;
    }
    return count;
}

static const gan_param *find(const gan_param *params, int n, const char *name)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(params[i].name, name) == 0) {
            return &params[i];
        }
    }
    return NULL;
}

void gan_net_destroy(gan_net *net)
{
    if (!net) {
        return;
    }
    for (int i = 0; i < net->n_stacks; i++) {
        gan_stack_clear(&net->stacks[i]);
    }
    free(net->stacks);
    free(net->train.loss);
    free(net->name);
    free(net->text);
    free(net->label);
    free(net);
}

const char *gan_net_text(const gan_net *net)
{
    return net->text;
}

const char *gan_net_name(const gan_net *net)
{
    return net->name;
}

/* NULL leaves both as they are. */
static void count_stack(const gan_stack *stack, int64_t *all, int64_t *trained)
{
    if (stack) {
        *trained = count_all(stack->params, stack->n_params);
        *all = *trained + count_all(stack->stats, stack->n_stats);
    }
}

gan_net_summary gan_net_summarize(const gan_net *net)
{
    gan_net_summary summary = {
        .kind = net->kind,
        .height = net->image.h,
        .width = net->image.w,
        .channels = net->image.c,
        .latent = net->latent,
    };
    count_stack(net->generator, &summary.generator_params, &summary.generator_trained);
    count_stack(net->discriminator, &summary.discriminator_params, &summary.discriminator_trained);
    count_stack(net->single, &summary.single_params, &summary.single_trained);
    return summary;
}

const gan_layer *gan_stack_find_lone_norm(const gan_stack *stack, int64_t samples)
{
    for (int i = 0; i < stack->n_layers; i++) {
        const gan_layer *layer = &stack->layers[i];
        if (layer->kind == GAN_LAYER_batch_norm && samples * layer->in.h * layer->in.w == 1) {
            return layer;
        }
    }
    return NULL;
}

const char *gan_stack_last_output(const gan_stack *stack)
{
    int i = 0;
    while (stack->outputs[i].layer != stack->n_layers - 1) {
        i++;
    }
    return stack->outputs[i].name;
}

const gan_param *gan_net_find_param(const gan_net *net, const char *name, bool *is_stat)
{
    const gan_param *param = NULL;
    for (int i = 0; i < net->n_stacks && !param; i++) {
        const gan_stack *stack = &net->stacks[i];
        param = find(stack->params, stack->n_params, name);
        *is_stat = !param;
        param = param ? param : find(stack->stats, stack->n_stats, name);
    }
    return param;
}
