/* read_outputs.c — the names that a description gives to results of its network's layers. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/read.h"

static const char last_name[] = "output";

static gan_status make_room(gan_stack *stack, size_t n, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc(n, sizeof(gan_output), &memory, err));
    stack->outputs = memory;
    return GAN_OK;
}

static gan_status add(gan_stack *stack, const char *name, int layer, gan_error *err)
{
    gan_output *output = &stack->outputs[stack->n_outputs];
    GAN_TRY(gan_strdup(name, &output->name, err));
    output->layer = layer;
    stack->n_outputs++;
    return GAN_OK;
}

/* The index of the layer that the node names. */
static gan_status find_layer(gan_yaml_node node, const gan_stack *stack, int *layer, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)stack->n_layers, sizeof(char *), &memory, err));
    const char **names = memory;
    for (int i = 0; i < stack->n_layers; i++) {
        names[i] = stack->layers[i].name;
    }
    const gan_status status = gan_yaml_choice(node, names, (size_t)stack->n_layers, layer, err);
    free(memory);
    return status;
}

/* The last layer's, if nothing was called so, under the name that it has without a section. */
static gan_status add_last(gan_yaml_node section, gan_stack *stack, gan_error *err)
{
    for (int i = 0; i < stack->n_outputs; i++) {
        if (stack->outputs[i].layer == stack->n_layers - 1) {
            return GAN_OK;
        }
    }
    for (int i = 0; i < stack->n_outputs; i++) {
        if (strcmp(stack->outputs[i].name, last_name) == 0) {
            return gan_yaml_fail(section, err,
                                 "'%s' is the name of the last layer's result: take another word, "
                                 "or give the last layer, %s, one",
                                 last_name, stack->layers[stack->n_layers - 1].name);
        }
    }
    return add(stack, last_name, stack->n_layers - 1, err);
}

gan_status gan_net_read_outputs(gan_yaml_node section, gan_stack *stack, gan_error *err)
{
    if (gan_yaml_kind_of(section) == GAN_YAML_NONE) {
        GAN_TRY(make_room(stack, 1, err));
        return add_last(section, stack, err);
    }
    GAN_TRY(gan_yaml_expect_map(section, err));
    const size_t n = gan_yaml_size(section);
    if (n == 0) {
        return gan_yaml_fail(section, err,
                             "names no output: leave it out, or name a layer, such "
                             "as {features: flatten0}");
    }
    GAN_TRY(make_room(stack, n + 1, err));
    for (size_t i = 0; i < n; i++) {
        const char *name = NULL;
        int layer = -1;
        GAN_TRY(gan_yaml_string(gan_yaml_key(section, i), &name, err));
        GAN_TRY(find_layer(gan_yaml_value(section, i), stack, &layer, err));
        GAN_TRY(add(stack, name, layer, err));
    }
    return add_last(section, stack, err);
}
