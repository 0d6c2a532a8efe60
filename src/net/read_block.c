/* read_block.c — the words that stand for several layers: residual, repeat, branches.
 *
 * A block is not read to its end here: its lists of layers are handed back as nodes, and parse.c
 * walks them, so that blocks may be nested to any depth that the language allows. */
#include "net/read.h"

/* {join: word, of: [[...], ...]} */
static gan_status read_branches(gan_yaml_node body, gan_layer_spec *out, gan_block *block,
                                gan_error *err)
{
    static const char *const keys[] = {"join", "of"}, *const joins[] = {"concat", "sum",
                                                                        "multiply"};
    static const gan_layer_kind kinds[] = {GAN_LAYER_concat, GAN_LAYER_add, GAN_LAYER_multiply};
    gan_yaml_node join;
    int choice = 0;
    GAN_TRY(gan_yaml_check_keys(body, keys, sizeof keys / sizeof *keys, err));
    GAN_TRY(gan_yaml_need(body, "join", &join, err));
    GAN_TRY(gan_yaml_choice(join, joins, 3, &choice, err));
    GAN_TRY(gan_yaml_need(body, "of", &block->of, err));
    GAN_TRY(gan_yaml_expect_sequence(block->of, err));
    out->kind = kinds[choice];
    if (gan_yaml_size(block->of) < 2) {
        return gan_yaml_fail(block->of, err,
                             "a list of %zu: branches are two lists of layers or more, of which an "
                             "empty one gives what the block is given",
                             gan_yaml_size(block->of));
    }
    return GAN_OK;
}

/* {n: number, layers: [...]} */
static gan_status read_repeat(gan_yaml_node body, gan_block *block, gan_error *err)
{
    static const char *const keys[] = {"n", "layers"};
    GAN_TRY(gan_yaml_check_keys(body, keys, sizeof keys / sizeof *keys, err));
    GAN_TRY(gan_net_need_size(body, "n", &block->times, err));
    return gan_yaml_need(body, "layers", &block->layers, err);
}

/* The lists of a block: of layers alone, or {layers: [...], shortcut: [...], scale: x}. */
gan_status gan_net_read_block(gan_yaml_node body, gan_layer_spec *out, gan_block *block,
                              gan_error *err)
{
    static const char *const keys[] = {"layers", "shortcut", "scale"};
    if (out->kind == GAN_LAYER_COUNT) {
        return read_repeat(body, block, err);
    }
    if (out->kind == GAN_LAYER_concat) {
        return read_branches(body, out, block, err);
    }
    out->is_residual = true;
    if (gan_yaml_kind_of(body) != GAN_YAML_MAP) {
        block->layers = body;
        return GAN_OK;
    }
    GAN_TRY(gan_yaml_check_keys(body, keys, sizeof keys / sizeof *keys, err));
    GAN_TRY(gan_yaml_need(body, "layers", &block->layers, err));
    block->shortcut = gan_yaml_find(body, "shortcut");
    block->scale = gan_yaml_find(body, "scale");
    return GAN_OK;
}
