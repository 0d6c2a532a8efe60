/* fuzz_net.c — any bytes as a network description: refused with a sentence, or a network whose
 * parts agree. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"

enum { MAX_FLOATS = 1 << 16 }; /* initial values are drawn up to this size */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_net: %s\n", what);
        abort();
    }
}

static void take_line(void *ctx, const char *text)
{
    *(size_t *)ctx += strlen(text);
}

static void check_stack(const gan_net *net, const gan_stack *stack)
{
    int64_t end = 0;
    for (int i = 0; i < stack->n_params; i++) {
        require(stack->params[i].offset >= end && stack->params[i].offset % 4 == 0, "an offset");
        require(stack->params[i].count > 0, "an empty parameter");
        end = stack->params[i].offset + stack->params[i].count;
    }
    require(end <= stack->param_floats, "parameters past their buffer");
    for (int i = 0; i < stack->n_layers; i++) {
        const gan_dims3 out = stack->layers[i].out;
        require(out.h > 0 && out.w > 0 && out.c > 0, "an empty output");
    }
    if (stack->n_params > 0) {
        bool is_stat = true;
        const gan_param *last = &stack->params[stack->n_params - 1];
        require(gan_net_find_param(net, last->name, &is_stat) == last && !is_stat, "a lost name");
    }
    if (stack->param_floats <= MAX_FLOATS && stack->stat_floats <= MAX_FLOATS) {
        float *params = malloc((size_t)stack->param_floats * sizeof *params + 1);
        float *stats = malloc((size_t)stack->stat_floats * sizeof *stats + 1);
        if (params && stats) {
            gan_stack_init_params(stack, 1, params, stats);
        }
        free(params);
        free(stats);
    }
}

static void check_outputs(const gan_stack *stack)
{
    require(stack->n_outputs > 0, "no output");
    for (int i = 0; i < stack->n_outputs; i++) {
        const gan_output *output = &stack->outputs[i];
        require(output->name[0] && output->layer >= 0 && output->layer < stack->n_layers,
                "an output of no layer");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gan_net *net = NULL;
    gan_error err = {0};
    size_t printed = 0;
    char *text = malloc(size + 1);
    if (!text) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    const gan_status status = gan_net_parse(text, "fuzz.yaml", &net, &err);
    require((status == GAN_OK) == (net != NULL), "status and network disagree");
    require(status == GAN_OK || (err.status == status && err.text[0]), "no sentence");
    if (net) {
        require(strcmp(gan_net_text(net), text) == 0, "another text");
        require(net->n_stacks == (net->kind == GAN_NET_KIND_GAN ? 2 : 1), "another number of nets");
        for (int i = 0; i < net->n_stacks; i++) {
            check_stack(net, &net->stacks[i]);
            check_outputs(&net->stacks[i]);
        }
        require(!net->generator ||
                    memcmp(&net->generator->out, &net->image, sizeof net->image) == 0,
                "another image");
        gan_net_print(net, &(gan_listener){take_line, &printed});
        require(printed > 0, "nothing printed");
    }
    gan_net_destroy(net);
    free(text);
    return 0;
}
