/* read_layer.c — one layer of a network description: its kind, then its keys. */
#include "net/read.h"

/* --- keys of each kind; body is what stands after the word, no node or null for a bare word --- */

static bool is_bare(gan_yaml_node body)
{
    gan_yaml_kind kind = gan_yaml_kind_of(body);
    return kind == GAN_YAML_NONE || kind == GAN_YAML_NULL;
}

/* The keys that dense and both convolutions share. */
static gan_status read_weights(gan_yaml_node map, gan_layer_spec *out, gan_error *err)
{
    out->bias = true;
    GAN_TRY(gan_yaml_get_bool(map, "bias", &out->bias, err));
    GAN_TRY(gan_net_read_init_at(map, "init", GAN_INIT_OF_KERNEL, &out->init, err));
    return gan_net_read_init_at(map, "bias_init", GAN_INIT_OF_BIAS, &out->bias_init, err);
}

static gan_status read_dense(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"units", "bias", "init", "bias_init"};
    if (gan_yaml_kind_of(body) == GAN_YAML_SCALAR) {
        out->bias = true;
        return gan_net_read_size(body, 1, &out->u.dense.units, err);
    }
    GAN_TRY(gan_yaml_check_keys(body, keys, sizeof keys / sizeof *keys, err));
    GAN_TRY(gan_net_need_size(body, "units", &out->u.dense.units, err));
    return read_weights(body, out, err);
}

/* A number, or depthwise. */
static gan_status read_groups(gan_yaml_node node, int64_t *out, gan_error *err)
{
    static const char *const words[] = {"depthwise"};
    const char *text = "";
    int word = 0;
    if (gan_yaml_kind_of(node) == GAN_YAML_NONE) {
        return GAN_OK;
    }
    GAN_TRY(gan_yaml_string(node, &text, err));
    if (gan_net_starts_like_number(text)) {
        return gan_net_read_size(node, 1, out, err);
    }
    *out = GAN_DEPTHWISE;
    return gan_yaml_choice(node, words, 1, &word, err);
}

static gan_status read_conv_keys(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    gan_conv_spec *conv = &out->u.conv;
    gan_yaml_node kernel, padding = gan_yaml_find(body, "padding");
    *conv = (gan_conv_spec){
        .stride_h = 1, .stride_w = 1, .padding = {.kind = GAN_PADDING_VALID}, .groups = 1};
    GAN_TRY(gan_net_need_size(body, "channels", &conv->channels, err));
    GAN_TRY(gan_yaml_need(body, "kernel", &kernel, err));
    GAN_TRY(gan_net_read_pair_at(body, "kernel", 1, &conv->kernel_h, &conv->kernel_w, err));
    GAN_TRY(gan_net_read_pair_at(body, "stride", 1, &conv->stride_h, &conv->stride_w, err));
    if (gan_yaml_kind_of(padding) != GAN_YAML_NONE) {
        GAN_TRY(gan_net_read_padding(padding, &conv->padding, err));
    }
    GAN_TRY(read_groups(gan_yaml_find(body, "groups"), &conv->groups, err));
    return read_weights(body, out, err);
}

static gan_status read_conv(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"channels", "kernel", "stride", "padding",
                                       "groups",   "bias",   "init",   "bias_init"};
    GAN_TRY(gan_yaml_check_keys(body, keys, sizeof keys / sizeof *keys, err));
    return read_conv_keys(body, out, err);
}

static gan_status read_conv_transpose(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"channels", "kernel", "stride", "padding",  "output_padding",
                                       "groups",   "bias",   "init",   "bias_init"};
    gan_conv_spec *conv = &out->u.conv;
    GAN_TRY(gan_yaml_check_keys(body, keys, sizeof keys / sizeof *keys, err));
    GAN_TRY(read_conv_keys(body, out, err));
    const gan_yaml_node more = gan_yaml_find(body, "output_padding");
    if (gan_yaml_kind_of(more) != GAN_YAML_NONE && conv->padding.kind != GAN_PADDING_SIZES) {
        return gan_yaml_fail(more, err,
                             "only goes with a padding in numbers: 'same' and 'valid' "
                             "say the output's size themselves");
    }
    return gan_net_read_pair_at(body, "output_padding", 0, &conv->output_padding_h,
                                &conv->output_padding_w, err);
}

static gan_status read_batch_norm(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    if (is_bare(body)) {
        return GAN_OK;
    }
    return gan_net_read_batch_norm(body, &out->u.batch_norm, &out->gamma_init, &out->beta_init,
                                   err);
}

static gan_status read_leaky_relu(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    return is_bare(body) ? GAN_OK : gan_net_read_slope(body, &out->u.leaky_relu.slope, err);
}

static gan_status read_dropout(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"rate"};
    gan_yaml_node rate = body;
    if (gan_yaml_kind_of(body) != GAN_YAML_SCALAR) {
        GAN_TRY(gan_yaml_check_keys(body, keys, 1, err));
        GAN_TRY(gan_yaml_need(body, "rate", &rate, err));
    }
    return gan_net_read_real(rate, &gan_range_share, &out->u.dropout.rate, err);
}

/* [height, width, channels] */
static gan_status read_shape(gan_yaml_node shape, gan_dims3 *out, gan_error *err)
{
    int64_t sizes[3] = {1, 1, 1};
    GAN_TRY(gan_yaml_expect_sequence(shape, err));
    if (gan_yaml_size(shape) != 3) {
        return gan_yaml_fail(shape, err,
                             "a list of %zu: give [height, width, channels]; flatten "
                             "makes a vector",
                             gan_yaml_size(shape));
    }
    for (size_t i = 0; i < 3; i++) {
        GAN_TRY(gan_net_read_size(gan_yaml_item(shape, i), 1, &sizes[i], err));
    }
    *out = (gan_dims3){sizes[0], sizes[1], sizes[2]};
    return GAN_OK;
}

static gan_status read_reshape(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"shape"};
    gan_yaml_node shape = body;
    if (gan_yaml_kind_of(body) == GAN_YAML_MAP) {
        GAN_TRY(gan_yaml_check_keys(body, keys, 1, err));
        GAN_TRY(gan_yaml_need(body, "shape", &shape, err));
    }
    return read_shape(shape, &out->u.reshape, err);
}

/* StyleGAN's and R3GAN's begin as draws of normal(0,1). */
static gan_status read_constant(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"shape", "scaled", "init"};
    gan_yaml_node shape = body;
    out->init = (gan_init){.kind = GAN_INIT_NORMAL, .a = 0, .b = 1};
    if (gan_yaml_kind_of(body) == GAN_YAML_MAP) {
        GAN_TRY(gan_yaml_check_keys(body, keys, 3, err));
        GAN_TRY(gan_yaml_need(body, "shape", &shape, err));
        GAN_TRY(gan_yaml_get_bool(body, "scaled", &out->u.constant.scaled, err));
        GAN_TRY(gan_net_read_init_at(body, "init", GAN_INIT_OF_KERNEL, &out->init, err));
    }
    return read_shape(shape, &out->u.constant.shape, err);
}

static gan_status read_nothing(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    (void)out;
    if (!is_bare(body)) {
        return gan_yaml_fail(body, err, "takes no keys and no value: write the word alone");
    }
    return GAN_OK;
}

static gan_status read_relu(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    out->u.leaky_relu.slope = 0;
    return read_nothing(body, out, err);
}

/* The keys of a per-sample normalization; a number alone is group_norm's groups. PyTorch's
 * defaults: instance_norm has no factors unless asked. */
static gan_status read_normalize(gan_yaml_node body, gan_norm_kind norm, gan_layer_spec *out,
                                 gan_error *err)
{
    static const char *const all[] = {"epsilon", "affine", "gamma_init", "beta_init", "groups"};
    const bool grouped = norm == GAN_NORM_group_norm, pixel = norm == GAN_NORM_pixel_norm;
    gan_normalize_spec *a = &out->u.normalize;
    *a = (gan_normalize_spec){norm, 1, pixel ? 1e-8 : 1e-5, grouped || norm == GAN_NORM_layer_norm};
    if (is_bare(body)) {
        return GAN_OK;
    }
    if (grouped && gan_yaml_kind_of(body) == GAN_YAML_SCALAR) {
        return gan_net_read_size(body, 1, &a->groups, err);
    }
    GAN_TRY(gan_yaml_check_keys(body, all, grouped ? 5 : pixel ? 1 : 4, err));
    GAN_TRY(grouped ? gan_net_need_size(body, "groups", &a->groups, err) : GAN_OK);
    GAN_TRY(gan_net_read_real_at(body, "epsilon", &gan_range_positive, &a->epsilon, err));
    GAN_TRY(gan_yaml_get_bool(body, "affine", &a->affine, err));
    GAN_TRY(gan_net_read_init_at(body, "gamma_init", GAN_INIT_OF_VECTOR, &out->gamma_init, err));
    return gan_net_read_init_at(body, "beta_init", GAN_INIT_OF_VECTOR, &out->beta_init, err);
}

#define READ_NORM(name)                                                                            \
    static gan_status read_##name(gan_yaml_node body, gan_layer_spec *out, gan_error *err)         \
    {                                                                                              \
        return read_normalize(body, GAN_NORM_##name, out, err);                                    \
    }
GAN_NORM_LIST(READ_NORM)

/* StyleGAN2's groups of 4 and one feature, unless said. */
static gan_status read_stddev(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"group", "features"};
    gan_stddev_spec *a = &out->u.stddev;
    *a = (gan_stddev_spec){4, 1};
    if (is_bare(body)) {
        return GAN_OK;
    }
    GAN_TRY(gan_yaml_check_keys(body, keys, sizeof keys / sizeof *keys, err));
    GAN_TRY(gan_net_read_size_at(body, "group", 1, &a->group, err));
    return gan_net_read_size_at(body, "features", 1, &a->features, err);
}

/* A learned number per channel: 1 as a factor, 0 as a summand, unless init says otherwise. */
static gan_status read_learned(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"init"};
    out->init = (gan_init){.kind = GAN_INIT_CONSTANT, .a = out->kind == GAN_LAYER_scale ? 1 : 0};
    if (is_bare(body)) {
        return GAN_OK;
    }
    GAN_TRY(gan_yaml_check_keys(body, keys, 1, err));
    return gan_net_read_init_at(body, "init", GAN_INIT_OF_VECTOR, &out->init, err);
}

/* A number, or {alpha: x}, of one that has it. */
static gan_status read_activation(gan_yaml_node body, gan_layer_spec *out, gan_error *err)
{
    static const char *const keys[] = {"alpha"};
    const bool has_alpha = out->u.activation.alpha != 0;
    if (!has_alpha || is_bare(body)) {
        return read_nothing(body, out, err);
    }
    if (gan_yaml_kind_of(body) == GAN_YAML_SCALAR) {
        return gan_net_read_real(body, &gan_range_positive, &out->u.activation.alpha, err);
    }
    GAN_TRY(gan_yaml_check_keys(body, keys, 1, err));
    return gan_net_read_real_at(body, "alpha", &gan_range_positive, &out->u.activation.alpha, err);
}

/* --- the layer --- */

/* A word of the language. relu is leaky_relu of slope 0. */
typedef struct layer_row {
    const char *word;
    gan_layer_kind kind;
    gan_status (*read)(gan_yaml_node body, gan_layer_spec *out, gan_error *err); /* NULL: a block */
    const char *example; /* of a kind that cannot be a bare word, else NULL */
} layer_row;

static const layer_row rows[] = {
    {"dense", GAN_LAYER_dense, read_dense, "dense: {units: 1}"},
    {"conv", GAN_LAYER_conv, read_conv,
     "conv: {channels: 64, kernel: 5, stride: 2, padding: same}"},
    {"conv_transpose", GAN_LAYER_conv_transpose, read_conv_transpose,
     "conv_transpose: {channels: 64, kernel: 5, stride: 2, padding: same}"},
    {"batch_norm", GAN_LAYER_batch_norm, read_batch_norm, NULL},
    {"leaky_relu", GAN_LAYER_leaky_relu, read_leaky_relu, NULL},
    {"dropout", GAN_LAYER_dropout, read_dropout, "dropout: 0.3"},
    {"reshape", GAN_LAYER_reshape, read_reshape, "reshape: [7, 7, 256]"},
    {"constant", GAN_LAYER_constant, read_constant, "constant: [4, 4, 512]"},
    {"flatten", GAN_LAYER_flatten, read_nothing, NULL},
    {"tanh", GAN_LAYER_tanh, read_nothing, NULL},
    {"sigmoid", GAN_LAYER_sigmoid, read_nothing, NULL},
    {"relu", GAN_LAYER_leaky_relu, read_relu, NULL},
    {"layer_norm", GAN_LAYER_normalize, read_layer_norm, NULL},
    {"instance_norm", GAN_LAYER_normalize, read_instance_norm, NULL},
    {"group_norm", GAN_LAYER_normalize, read_group_norm, "group_norm: 8"},
    {"pixel_norm", GAN_LAYER_normalize, read_pixel_norm, NULL},
    {"scale", GAN_LAYER_scale, read_learned, NULL},
    {"bias", GAN_LAYER_bias, read_learned, NULL},
    {"minibatch_stddev", GAN_LAYER_minibatch_stddev, read_stddev, NULL},
#define GAN_ACTIVATION_ROW(name, alpha, bends, summary)                                            \
    {#name, GAN_LAYER_activation, read_activation, NULL},
#include "net/activations.def"
#undef GAN_ACTIVATION_ROW
    {"max_pool", GAN_LAYER_max_pool, gan_net_read_max_pool, "max_pool: 2"},
    {"average_pool", GAN_LAYER_average_pool, gan_net_read_average_pool, "average_pool: 2"},
    {"adaptive_average_pool", GAN_LAYER_adaptive_average_pool, gan_net_read_adaptive_pool,
     "adaptive_average_pool: [4, 4]"},
    {"global_average_pool", GAN_LAYER_global_average_pool, read_nothing, NULL},
    {"global_sum_pool", GAN_LAYER_global_sum_pool, read_nothing, NULL},
    {"upsample", GAN_LAYER_upsample, gan_net_read_upsample, "upsample: 2"},
    {"downsample", GAN_LAYER_downsample, gan_net_read_downsample, "downsample: 2"},
    {"resize", GAN_LAYER_resize, gan_net_read_resize, "resize: {size: [32, 32], filter: bilinear}"},
    {"residual", GAN_LAYER_add, NULL,
     "residual: [conv: {channels: 64, kernel: 3, padding: same}, relu]"},
    {"repeat", GAN_LAYER_COUNT, NULL, "repeat: {n: 3, layers: [dense: 64, relu]}"},
    {"branches", GAN_LAYER_concat, NULL,
     "branches: {join: concat, of: [[conv: {channels: 8, kernel: 1}], [max_pool: {kernel: 3, "
     "stride: 1, padding: 1}]]}"},
};

enum { N_ROWS = sizeof rows / sizeof *rows };

/* Splits an item into its word and what follows it. */
static gan_status split(gan_yaml_node item, gan_yaml_node *word, gan_yaml_node *body,
                        gan_error *err)
{
    *word = item;
    *body = (gan_yaml_node){item.document, 0};
    switch (gan_yaml_kind_of(item)) {
    case GAN_YAML_SCALAR:
        return GAN_OK;
    case GAN_YAML_MAP:
        break;
    default:
        return gan_yaml_fail(item, err,
                             "a layer is a word, or a map of one key such as "
                             "conv: {channels: 64, kernel: 5}");
    }
    if (gan_yaml_size(item) != 1) {
        return gan_yaml_fail(item, err,
                             "a layer is a map of one key, and this one has %zu: put "
                             "the layer's own keys in braces, as in conv: {channels: 64, "
                             "kernel: 5}, or indent them further",
                             gan_yaml_size(item));
    }
    *word = gan_yaml_key(item, 0);
    *body = gan_yaml_value(item, 0);
    return GAN_OK;
}

gan_status gan_net_read_layer(gan_yaml_node item, const gan_layer_defaults *defaults,
                              gan_layer_spec *out, gan_block *block, gan_error *err)
{
    gan_yaml_node word, body;
    const char *words[N_ROWS];
    int choice = 0;
    for (int i = 0; i < N_ROWS; i++) {
        words[i] = rows[i].word;
    }
    GAN_TRY(split(item, &word, &body, err));
    GAN_TRY(gan_yaml_choice(word, words, N_ROWS, &choice, err));
    const layer_row *row = &rows[choice];
    *out = (gan_layer_spec){
        .kind = row->kind,
        .line = gan_yaml_line(item),
        .init = defaults->init,
        .bias_init = {.kind = GAN_INIT_CONSTANT, .a = 0},
        .gamma_init = defaults->gamma_init,
        .beta_init = defaults->beta_init,
    };
    const gan_yaml_node none = {item.document, 0};
    *block = (gan_block){none, none, none, 0, none};
    if (row->kind == GAN_LAYER_batch_norm) {
        out->u.batch_norm = defaults->batch_norm;
    } else if (row->kind == GAN_LAYER_leaky_relu) {
        out->u.leaky_relu.slope = defaults->slope;
    } else if (row->kind == GAN_LAYER_activation) {
        out->u.activation = gan_activation_find(row->word);
    }
    if (row->example && is_bare(body)) {
        return gan_yaml_fail(item, err, "%s alone says too little: write, for example, %s",
                             row->word, row->example);
    }
    return row->read ? row->read(body, out, err) : gan_net_read_block(body, out, block, err);
}
