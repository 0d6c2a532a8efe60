/* parse.c — a whole network description: image, latent size, both stacks, training defaults. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/read.h"
#include "net/stack.h"

/* So that a number in a file cannot fill the memory. */
enum { MOST_LAYERS = 100000 };
enum { NAME_MAX_LENGTH = 64 }; /* it becomes part of a run folder's name */

static gan_status read_name(gan_yaml_node root, char **out, gan_error *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    gan_yaml_node node;
    const char *name = NULL;
    GAN_TRY(gan_yaml_need(root, "name", &node, err));
    GAN_TRY(gan_yaml_string(node, &name, err));
    const size_t length = strlen(name);
    if (length == 0 || length > NAME_MAX_LENGTH || strspn(name, allowed) != length ||
        name[0] == '.') {
        char shown[GAN_TEXT_CLEAN_SIZE];
        return gan_yaml_fail(node, err,
                             "'%s' cannot be a name, which is up to %d letters, digits, "
                             "'-', '_' and '.', the last not at its start",
                             gan_text_clean(name, shown), NAME_MAX_LENGTH);
    }
    return gan_strdup(name, out, err);
}

static gan_status read_image(gan_yaml_node root, gan_dims3 *out, gan_error *err)
{
    static const char *const keys[] = {"height", "width", "channels"};
    gan_yaml_node image;
    GAN_TRY(gan_yaml_need(root, "image", &image, err));
    GAN_TRY(gan_yaml_check_keys(image, keys, sizeof keys / sizeof *keys, err));
    GAN_TRY(gan_net_need_size(image, "height", &out->h, err));
    GAN_TRY(gan_net_need_size(image, "width", &out->w, err));
    GAN_TRY(gan_net_need_size(image, "channels", &out->c, err));
    if (gan_dims3_count(*out) < 0) {
        return gan_yaml_fail(image, err, "%s is too large for an image",
                             gan_dims3_describe(*out).text);
    }
    return GAN_OK;
}

/* Puts the place of a node before a sentence of the stack builder about what is called so. */
static gan_status fail_at(gan_yaml_node node, const char *name, const gan_error *why,
                          gan_status status, gan_error *err)
{
    return status == GAN_E_DATA ? gan_yaml_fail(node, err, "%s: %s", name, why->text)
                                : gan_fail(err, status, "%s", why->text);
}

static const char *newest_name(const gan_stack *stack)
{
    return stack->n_layers > 0 ? stack->layers[stack->n_layers - 1].name : gan_stack_name(stack);
}

static gan_status check_output(const gan_stack_builder *builder, gan_dims3 image, gan_error *err)
{
    switch (builder->stack->network) {
    case GAN_NETWORK_GENERATOR:
        return gan_generator_check_output(builder, image, err);
    case GAN_NETWORK_DISCRIMINATOR:
        return gan_discriminator_check_output(builder, err);
    case GAN_NETWORK_SINGLE:
    case GAN_NETWORK_COUNT:
        break;
    }
    return GAN_OK;
}

static gan_status read_layers(gan_yaml_node list, gan_stack_builder *builder,
                              const gan_layer_defaults *defaults, gan_error *err);

static bool is_absent(gan_yaml_node node)
{
    return gan_yaml_kind_of(node) == GAN_YAML_NONE;
}

/* What a residual block's layers give, times a number. */
static gan_status add_factor(gan_yaml_node scale, gan_stack_builder *builder, gan_error *err)
{
    gan_layer_spec spec = {.kind = GAN_LAYER_activation, .line = gan_yaml_line(scale)};
    spec.u.activation = gan_activation_find("linear");
    GAN_TRY(gan_net_read_real(scale, &gan_range_positive, &spec.u.activation.alpha, err));
    return gan_stack_add(builder, &spec, err);
}

/* The layers of `repeat`, as often as it says, each time with parameters of their own. */
static gan_status read_repeated(gan_yaml_node item, const gan_block *block,
                                gan_stack_builder *builder, const gan_layer_defaults *defaults,
                                gan_error *err)
{
    for (int64_t i = 0; i < block->times; i++) {
        if (builder->stack->n_layers > MOST_LAYERS) {
            return gan_yaml_fail(item, err, "repeat makes more than %d layers", MOST_LAYERS);
        }
        GAN_TRY(read_layers(block->layers, builder, defaults, err));
    }
    return GAN_OK;
}

/* Branch k of a block, from the point where the block began to where it ends: a list of no layers,
 * or none, ends there. */
static gan_status read_branch(const gan_block *block, size_t k, const gan_stack_point *start,
                              gan_stack_builder *builder, const gan_layer_defaults *defaults,
                              gan_error *err)
{
    const bool listed = !is_absent(block->of);
    const gan_yaml_node list = listed   ? gan_yaml_item(block->of, k)
                               : k == 0 ? block->layers
                                        : block->shortcut;
    const bool empty =
        listed && gan_yaml_kind_of(list) == GAN_YAML_SEQUENCE && gan_yaml_size(list) == 0;
    builder->at = *start;
    if (empty || is_absent(list)) {
        return GAN_OK;
    }
    GAN_TRY(read_layers(list, builder, defaults, err));
    return k == 0 && !is_absent(block->scale) ? add_factor(block->scale, builder, err) : GAN_OK;
}

/* The branches of a block one after the other; then the layer where they meet. */
static gan_status read_block(gan_yaml_node item, const gan_layer_spec *spec, const gan_block *block,
                             gan_stack_builder *builder, const gan_layer_defaults *defaults,
                             gan_error *err)
{
    const gan_stack_point start = builder->at;
    const size_t n = is_absent(block->of) ? 2 : gan_yaml_size(block->of);
    void *memory = NULL;
    gan_error why = {0};
    gan_status status = GAN_OK;
    GAN_TRY(gan_calloc(n, sizeof start, &memory, err));
    gan_stack_point *ends = memory;
    for (size_t k = 0; k < n; k++) {
        GAN_TRY_DONE(read_branch(block, k, &start, builder, defaults, err));
        ends[k] = builder->at;
    }
    status = gan_stack_join(builder, spec, ends, (int)n, &why);
    if (status != GAN_OK) {
        status = fail_at(item, spec->is_residual ? "residual" : "branches", &why, status, err);
    }
done:
    free(memory);
    return status;
}

static gan_status read_layers(gan_yaml_node list, gan_stack_builder *builder,
                              const gan_layer_defaults *defaults, gan_error *err)
{
    GAN_TRY(gan_yaml_expect_sequence(list, err));
    const size_t n = gan_yaml_size(list);
    if (n == 0) {
        return gan_yaml_fail(list, err, "has no layers");
    }
    for (size_t i = 0; i < n; i++) {
        const gan_yaml_node item = gan_yaml_item(list, i);
        gan_error why = {0};
        gan_layer_spec spec;
        gan_block block;
        GAN_TRY(gan_net_read_layer(item, defaults, &spec, &block, err));
        if (block.times > 0) {
            GAN_TRY(read_repeated(item, &block, builder, defaults, err));
            continue;
        }
        if (!is_absent(block.layers) || !is_absent(block.of)) {
            GAN_TRY(read_block(item, &spec, &block, builder, defaults, err));
            continue;
        }
        const gan_status status = gan_stack_add(builder, &spec, &why);
        if (status != GAN_OK) {
            return fail_at(item, newest_name(builder->stack), &why, status, err);
        }
    }
    return GAN_OK;
}

static gan_status read_stack(gan_yaml_node root, gan_stack_builder *builder,
                             const gan_layer_defaults *defaults, gan_dims3 image, gan_error *err)
{
    gan_yaml_node list;
    gan_error why = {0};
    GAN_TRY(gan_yaml_need(root, gan_stack_name(builder->stack), &list, err));
    GAN_TRY(read_layers(list, builder, defaults, err));
    const gan_status status = check_output(builder, image, &why);
    return status == GAN_OK ? GAN_OK
                            : fail_at(gan_yaml_item(list, gan_yaml_size(list) - 1),
                                      newest_name(builder->stack), &why, status, err);
}

/* Room for the networks of the description, which are not counted before they are begun. */
static gan_status make_stacks(gan_net *net, int n, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)n, sizeof(gan_stack), &memory, err));
    net->stacks = memory;
    return GAN_OK;
}

/* The next network of the description, from its list of layers. */
static gan_status read_network(gan_yaml_node root, gan_net *net, gan_network network, gan_dims3 in,
                               bool flat, const gan_layer_defaults *defaults, const gan_stack **out,
                               gan_error *err)
{
    gan_stack_builder builder;
    gan_stack *stack = &net->stacks[net->n_stacks];
    stack->index = net->n_stacks++;
    gan_stack_begin(&builder, stack, network, in, flat);
    *out = stack;
    GAN_TRY(read_stack(root, &builder, defaults, net->image, err));
    return gan_net_read_outputs(gan_yaml_find(root, "outputs"), stack, err);
}

static gan_status read_gan(gan_yaml_node root, gan_net *net, const gan_layer_defaults *defaults,
                           gan_error *err)
{
    static const char *const keys[] = {"name",      "image",         "latent", "defaults",
                                       "generator", "discriminator", "train"};
    GAN_TRY(gan_yaml_check_keys(root, keys, sizeof keys / sizeof *keys, err));
    GAN_TRY(gan_net_need_size(root, "latent", &net->latent, err));
    GAN_TRY(make_stacks(net, 2, err));
    GAN_TRY(read_network(root, net, GAN_NETWORK_GENERATOR, (gan_dims3){1, 1, net->latent}, true,
                         defaults, &net->generator, err));
    return read_network(root, net, GAN_NETWORK_DISCRIMINATOR, net->image, false, defaults,
                        &net->discriminator, err);
}

static gan_status read_single(gan_yaml_node root, gan_net *net, const gan_layer_defaults *defaults,
                              gan_error *err)
{
    static const char *const keys[] = {"name", "image", "defaults", "network", "outputs", "train"};
    GAN_TRY(gan_yaml_check_keys(root, keys, sizeof keys / sizeof *keys, err));
    GAN_TRY(make_stacks(net, 1, err));
    return read_network(root, net, GAN_NETWORK_SINGLE, net->image, false, defaults, &net->single,
                        err);
}

static gan_status read_net(gan_yaml_node root, gan_net *net, gan_error *err)
{
    static const char *const keys[] = {"name",     "image",     "latent",
                                       "defaults", "generator", "discriminator",
                                       "network",  "outputs",   "train"};
    gan_layer_defaults defaults;
    GAN_TRY(gan_yaml_check_keys(root, keys, sizeof keys / sizeof *keys, err));
    const bool alone = gan_yaml_kind_of(gan_yaml_find(root, "network")) != GAN_YAML_NONE;
    net->kind = alone ? GAN_NET_KIND_SINGLE : GAN_NET_KIND_GAN;
    GAN_TRY(read_name(root, &net->name, err));
    GAN_TRY(read_image(root, &net->image, err));
    GAN_TRY(gan_net_read_defaults(gan_yaml_find(root, "defaults"), &defaults, err));
    GAN_TRY(alone ? read_single(root, net, &defaults, err) : read_gan(root, net, &defaults, err));
    return gan_net_read_train(gan_yaml_find(root, "train"), net->kind, &net->train, err);
}

gan_status gan_net_parse(const char *yaml, const char *label, gan_net **out, gan_error *err)
{
    gan_yaml *document = NULL;
    void *block = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_net), &block, err));
    gan_net *net = block;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_strdup(yaml, &net->text, err));
    GAN_TRY_DONE(gan_strdup(label, &net->label, err));
    GAN_TRY_DONE(gan_yaml_parse(label, yaml, strlen(yaml), &document, err));
    gan_yaml_name_items(document, "layer");
    GAN_TRY_DONE(read_net(gan_yaml_root(document), net, err));
    *out = net;
    net = NULL;
done:
    gan_yaml_destroy(document);
    gan_net_destroy(net);
    return status;
}
