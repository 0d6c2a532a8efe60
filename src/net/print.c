/* print.c — networks as a table, in the manner of Keras' summary. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/say.h"
#include "net/stack.h"

enum { LINE_SIZE = 256, NUMBER_SIZE = 32 };

typedef struct printer {
    const gan_listener *listener;
    int name_width, shape_width; /* columns of the table */
} printer;

typedef struct number_words {
    char text[NUMBER_SIZE];
} number_words;

/* 2330944 as "2,330,944". value >= 0. */
static number_words group_digits(int64_t value)
{
    char digits[NUMBER_SIZE];
    int n = snprintf(digits, sizeof digits, "%" PRId64, value);
    number_words words = {""};
    char *to = words.text;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            *to++ = ',';
        }
        *to++ = digits[i];
    }
    *to = '\0';
    return words;
}

static gan_dims3_words describe_output(gan_dims3 dims)
{
    gan_dims3_words words = gan_dims3_describe(dims);
    if (dims.h == 1 && dims.w == 1) {
        snprintf(words.text, sizeof words.text, "%" PRId64, dims.c);
    }
    return words;
}

/* Parameters of one layer. They come in the order of the layers: *next moves on. */
static int64_t count_of_layer(const gan_param *params, int n, int layer, int *next)
{
    int64_t count = 0;
    while (*next < n && params[*next].layer == layer) {
        count += params[(*next)++].count;
    }
    return count;
}

static void measure(const gan_stack *stack, printer *p)
{
    for (int i = 0; i < stack->n_layers; i++) {
        int name = (int)strlen(stack->layers[i].name);
        int shape = (int)strlen(describe_output(stack->layers[i].out).text);
        p->name_width = name > p->name_width ? name : p->name_width;
        p->shape_width = shape > p->shape_width ? shape : p->shape_width;
    }
}

/* "conv1 + input" of a layer that does not read the one before it alone, else "". */
static void describe_inputs(const gan_stack *stack, int index, char *text, size_t size)
{
    const gan_layer *layer = &stack->layers[index];
    size_t used = 0;
    text[0] = '\0';
    if (layer->n_from == 1 && layer->from[0] == index - 1) {
        return;
    }
    for (int k = 0; k < layer->n_from && used < size; k++) {
        const int from = layer->from[k];
        const char *sign = layer->kind == GAN_LAYER_add        ? " + "
                           : layer->kind == GAN_LAYER_multiply ? " * "
                                                               : ", ";
        const int n = snprintf(text + used, size - used, "%s%s", k ? sign : "  of ",
                               from == GAN_NET_INPUT ? "input" : stack->layers[from].name);
        used += n > 0 ? (size_t)n : size;
    }
}

static void print_row(const printer *p, const char *name, const char *shape, const char *count,
                      const char *inputs)
{
    char text[LINE_SIZE];
    snprintf(text, sizeof text, "  %-*s  %-*s  %13s%s", p->name_width, name, p->shape_width, shape,
             count, inputs);
    gan_say(p->listener, "%s", text);
}

static void print_stack(const printer *p, const gan_stack *stack)
{
    char text[LINE_SIZE];
    int next_param = 0, next_stat = 0;
    int64_t stats = 0, total = 0;
    gan_say(p->listener, "%s", "");
    gan_say(p->listener, "%s", gan_stack_name(stack));
    print_row(p, "layer", "output", "parameters", "");
    for (int i = 0; i < stack->n_layers; i++) {
        int64_t count = count_of_layer(stack->stats, stack->n_stats, i, &next_stat);
        stats += count;
        count += count_of_layer(stack->params, stack->n_params, i, &next_param);
        total += count;
        char inputs[LINE_SIZE / 2];
        describe_inputs(stack, i, inputs, sizeof inputs);
        print_row(p, stack->layers[i].name, describe_output(stack->layers[i].out).text,
                  group_digits(count).text, inputs);
    }
    print_row(p, "total", "", group_digits(total).text, "");
    snprintf(text, sizeof text, "  %s trained, %s moving statistics",
             group_digits(total - stats).text, group_digits(stats).text);
    gan_say(p->listener, "%s", text);
}

void gan_net_print(const gan_net *net, const gan_listener *listener)
{
    printer p = {.listener = listener,
                 .name_width = (int)strlen("layer"),
                 .shape_width = (int)strlen("output")};
    char text[LINE_SIZE];
    for (int i = 0; i < net->n_stacks; i++) {
        measure(&net->stacks[i], &p);
    }
    int n = snprintf(text, sizeof text, "%s: images %s", net->name,
                     gan_dims3_describe(net->image).text);
    if (net->generator && n > 0 && n < LINE_SIZE) {
        snprintf(text + n, sizeof text - (size_t)n, ", latent %" PRId64, net->latent);
    }
    gan_say(listener, "%s", text);
    for (int i = 0; i < net->n_stacks; i++) {
        print_stack(&p, &net->stacks[i]);
    }
}
