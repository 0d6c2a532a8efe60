/* read.c — numbers, pairs, initializers and defaults of a network description. */
#include "net/read.h"

#include <inttypes.h>
#include <string.h>

#include "base/rate_setting.h"

const gan_real_range gan_range_share = {0.0, 1.0, true, "at least 0 and below 1"};
/* The least is the smallest normal float: below it a device may see 0. */
const gan_real_range gan_range_positive = {1.1754943508222875e-38, 1e6, false,
                                           "more than 0 and at most a million"};

const gan_real_range gan_range_images = {0.0, 1e15, false, "from 0 to 1e15"};
const gan_real_range gan_range_not_negative = {0.0, 1e6, false, "from 0 to a million"};

static const gan_real_range range_momentum = {0.0, 1.0, false, "from 0 to 1"};
static const gan_real_range range_value = {-1e6, 1e6, false, "at most a million in size"};

static bool in_range(double x, const gan_real_range *range)
{
    return x >= range->least && (range->below_most ? x < range->most : x <= range->most);
}

/* --- numbers --- */

gan_status gan_net_read_size(gan_yaml_node node, int64_t least, int64_t *out, gan_error *err)
{
    int64_t value = 0;
    GAN_TRY(gan_yaml_int64(node, &value, err));
    if (value < least) {
        return gan_yaml_fail(node, err, "%" PRId64 " is too small: at least %" PRId64, value,
                             least);
    }
    if (value > GAN_NET_MAX_SIZE) {
        return gan_yaml_fail(node, err, "%" PRId64 " is too large: at most %d", value,
                             GAN_NET_MAX_SIZE);
    }
    *out = value;
    return GAN_OK;
}

gan_status gan_net_need_size(gan_yaml_node map, const char *key, int64_t *out, gan_error *err)
{
    gan_yaml_node node;
    GAN_TRY(gan_yaml_need(map, key, &node, err));
    return gan_net_read_size(node, 1, out, err);
}

gan_status gan_net_read_size_at(gan_yaml_node map, const char *key, int64_t least, int64_t *out,
                                gan_error *err)
{
    const gan_yaml_node node = gan_yaml_find(map, key);
    if (gan_yaml_kind_of(node) == GAN_YAML_NONE) {
        return GAN_OK;
    }
    return gan_net_read_size(node, least, out, err);
}

gan_status gan_net_read_pair(gan_yaml_node node, int64_t least, int64_t *height, int64_t *width,
                             gan_error *err)
{
    if (gan_yaml_kind_of(node) != GAN_YAML_SEQUENCE) {
        GAN_TRY(gan_net_read_size(node, least, height, err));
        *width = *height;
        return GAN_OK;
    }
    if (gan_yaml_size(node) != 2) {
        return gan_yaml_fail(node, err, "a list of %zu: give one number, or [height, width]",
                             gan_yaml_size(node));
    }
    GAN_TRY(gan_net_read_size(gan_yaml_item(node, 0), least, height, err));
    return gan_net_read_size(gan_yaml_item(node, 1), least, width, err);
}

gan_status gan_net_read_pair_at(gan_yaml_node map, const char *key, int64_t least, int64_t *height,
                                int64_t *width, gan_error *err)
{
    const gan_yaml_node node = gan_yaml_find(map, key);
    return gan_yaml_kind_of(node) == GAN_YAML_NONE
               ? GAN_OK
               : gan_net_read_pair(node, least, height, width, err);
}

gan_status gan_net_read_real(gan_yaml_node node, const gan_real_range *range, double *out,
                             gan_error *err)
{
    double value = 0;
    const char *written = "";
    GAN_TRY(gan_yaml_double(node, &value, err));
    GAN_TRY(gan_yaml_string(node, &written, err));
    if (!in_range(value, range) || !in_range((double)(float)value, range)) {
        char shown[GAN_TEXT_CLEAN_SIZE];
        return gan_yaml_fail(node, err, "%s is out of range: %s", gan_text_clean(written, shown),
                             range->words);
    }
    *out = value;
    return GAN_OK;
}

gan_status gan_net_read_real_at(gan_yaml_node map, const char *key, const gan_real_range *range,
                                double *out, gan_error *err)
{
    const gan_yaml_node node = gan_yaml_find(map, key);
    if (gan_yaml_kind_of(node) == GAN_YAML_NONE) {
        return GAN_OK;
    }
    return gan_net_read_real(node, range, out, err);
}

gan_status gan_net_read_rate_at(gan_yaml_node map, const char *key, const gan_real_range *range,
                                gan_rate_setting *out, gan_error *err)
{
    const gan_yaml_node node = gan_yaml_find(map, key);
    const char *written = NULL;
    gan_rate_setting rate;
    gan_error inner = {0};
    if (gan_yaml_kind_of(node) == GAN_YAML_NONE) {
        return GAN_OK;
    }
    GAN_TRY(gan_yaml_string(node, &written, err));
    if (gan_rate_setting_parse(written, &rate, &inner) != GAN_OK) {
        return gan_yaml_fail(node, err, "%s", inner.text);
    }
    const double numbers[] = {rate.from, rate.to};
    for (int i = 0; i < 2; i++) {
        const bool rests_at_0 = numbers[i] == 0 && gan_rate_setting_most(&rate) > 0;
        if (!rests_at_0 &&
            (!in_range(numbers[i], range) || !in_range((double)(float)numbers[i], range))) {
            char shown[GAN_TEXT_CLEAN_SIZE];
            return gan_yaml_fail(node, err, "%s is out of range: %s",
                                 gan_text_clean(written, shown), range->words);
        }
    }
    *out = rate;
    return GAN_OK;
}

/* --- initializers --- */

/* The initializers that are words. Those with a fan are for kernels; PyTorch's default is for the
 * biases beside them, too. */
static const struct {
    const char *word;
    bool of_vectors, of_biases;
    gan_init init;
} init_rows[] = {
    {"zeros", true, true, {.kind = GAN_INIT_CONSTANT, .a = 0}},
    {"ones", true, true, {.kind = GAN_INIT_CONSTANT, .a = 1}},
    {"glorot_uniform", false, false, {.kind = GAN_INIT_FAN_UNIFORM, .a = 6, .fan = GAN_FAN_BOTH}},
    {"glorot_normal", false, false, {.kind = GAN_INIT_FAN_NORMAL, .a = 2, .fan = GAN_FAN_BOTH}},
    {"he_uniform", false, false, {.kind = GAN_INIT_FAN_UNIFORM, .a = 6, .fan = GAN_FAN_IN}},
    {"he_normal", false, false, {.kind = GAN_INIT_FAN_NORMAL, .a = 2, .fan = GAN_FAN_IN}},
    {"lecun_uniform", false, false, {.kind = GAN_INIT_FAN_UNIFORM, .a = 3, .fan = GAN_FAN_IN}},
    {"lecun_normal", false, false, {.kind = GAN_INIT_FAN_NORMAL, .a = 1, .fan = GAN_FAN_IN}},
    {"pytorch", false, true, {.kind = GAN_INIT_FAN_UNIFORM, .a = 1, .fan = GAN_FAN_IN}},
    {"orthogonal", false, false, {.kind = GAN_INIT_ORTHOGONAL, .a = 1}},
};

static gan_status read_init_word(gan_yaml_node node, gan_init_use use, gan_init *out,
                                 gan_error *err)
{
    enum { N_INITS = sizeof init_rows / sizeof *init_rows };
    const char *words[N_INITS];
    int i = 0;
    for (int k = 0; k < N_INITS; k++) {
        words[k] = init_rows[k].word;
    }
    GAN_TRY(gan_yaml_choice(node, words, N_INITS, &i, err));
    if ((use == GAN_INIT_OF_VECTOR && !init_rows[i].of_vectors) ||
        (use == GAN_INIT_OF_BIAS && !init_rows[i].of_biases)) {
        return gan_yaml_fail(node, err,
                             "%s needs the fans of a kernel; here use zeros, ones, {constant: x}, "
                             "{uniform: a} or {normal: [mean, deviation]}",
                             words[i]);
    }
    *out = init_rows[i].init;
    return GAN_OK;
}

static gan_status read_normal(gan_yaml_node node, gan_init_kind kind, gan_init *out, gan_error *err)
{
    gan_init init = {.kind = kind};
    gan_yaml_node deviation = node;
    if (gan_yaml_kind_of(node) == GAN_YAML_SEQUENCE) {
        if (gan_yaml_size(node) != 2) {
            return gan_yaml_fail(node, err,
                                 "a list of %zu: give the deviation, or [mean, "
                                 "deviation]",
                                 gan_yaml_size(node));
        }
        GAN_TRY(gan_net_read_real(gan_yaml_item(node, 0), &range_value, &init.a, err));
        deviation = gan_yaml_item(node, 1);
    }
    GAN_TRY(gan_net_read_real(deviation, &gan_range_not_negative, &init.b, err));
    *out = init;
    return GAN_OK;
}

/* A gain of one that has a fan: so many times its deviation, or limit. */
static gan_status read_gain(gan_yaml_node node, const char *word, gan_init *out, gan_error *err)
{
    double gain = 1;
    size_t i = 0;
    while (strcmp(init_rows[i].word, word) != 0) {
        i++;
    }
    GAN_TRY(gan_net_read_real(node, &gan_range_positive, &gain, err));
    *out = init_rows[i].init;
    out->a *= gain * gain;
    return GAN_OK;
}

static gan_status read_init_map(gan_yaml_node node, gan_init_use use, gan_init *out, gan_error *err)
{
    static const char *const words[] = {"constant",         "uniform",     "normal",
                                        "truncated_normal", "orthogonal",  "glorot_uniform",
                                        "glorot_normal",    "he_uniform",  "he_normal",
                                        "lecun_uniform",    "lecun_normal"};
    const size_t n_words = use == GAN_INIT_OF_KERNEL ? sizeof words / sizeof *words : 4;
    GAN_TRY(gan_yaml_check_keys(node, words, n_words, err));
    if (gan_yaml_size(node) != 1) {
        return gan_yaml_fail(node, err,
                             "an initializer is one of constant, uniform, normal, "
                             "truncated_normal, orthogonal and glorot_normal and its like; here "
                             "are %zu",
                             gan_yaml_size(node));
    }
    const gan_yaml_node value = gan_yaml_value(node, 0);
    int word = 0;
    GAN_TRY(gan_yaml_choice(gan_yaml_key(node, 0), words, n_words, &word, err));
    switch (word) {
    case 0:
        *out = (gan_init){.kind = GAN_INIT_CONSTANT};
        return gan_net_read_real(value, &range_value, &out->a, err);
    case 1:
        *out = (gan_init){.kind = GAN_INIT_UNIFORM};
        return gan_net_read_real(value, &gan_range_positive, &out->a, err);
    case 2:
    case 3:
        return read_normal(value, word == 2 ? GAN_INIT_NORMAL : GAN_INIT_TRUNCATED_NORMAL, out,
                           err);
    case 4:
        *out = (gan_init){.kind = GAN_INIT_ORTHOGONAL};
        return gan_net_read_real(value, &gan_range_positive, &out->a, err);
    default:
        return read_gain(value, words[word], out, err);
    }
}

gan_status gan_net_read_init_at(gan_yaml_node map, const char *key, gan_init_use use, gan_init *out,
                                gan_error *err)
{
    const gan_yaml_node node = gan_yaml_find(map, key);
    switch (gan_yaml_kind_of(node)) {
    case GAN_YAML_NONE:
        return GAN_OK;
    case GAN_YAML_MAP:
        return read_init_map(node, use, out, err);
    default:
        return read_init_word(node, use, out, err);
    }
}

/* --- what defaults: and layers share --- */

gan_status gan_net_read_batch_norm(gan_yaml_node map, gan_batch_norm_attr *attr,
                                   gan_init *gamma_init, gan_init *beta_init, gan_error *err)
{
    static const char *const keys[] = {"epsilon", "momentum", "running_variance", "gamma_init",
                                       "beta_init"};
    static const char *const variances[] = {"biased", "unbiased"};
    int unbiased = attr->unbiased_variance;
    GAN_TRY(gan_yaml_check_keys(map, keys, sizeof keys / sizeof *keys, err));
    GAN_TRY(gan_net_read_real_at(map, "epsilon", &gan_range_positive, &attr->epsilon, err));
    GAN_TRY(gan_net_read_real_at(map, "momentum", &range_momentum, &attr->momentum, err));
    GAN_TRY(gan_yaml_get_choice(map, "running_variance", variances, 2, &unbiased, err));
    attr->unbiased_variance = unbiased != 0;
    GAN_TRY(gan_net_read_init_at(map, "gamma_init", GAN_INIT_OF_VECTOR, gamma_init, err));
    return gan_net_read_init_at(map, "beta_init", GAN_INIT_OF_VECTOR, beta_init, err);
}

gan_status gan_net_read_slope(gan_yaml_node node, double *slope, gan_error *err)
{
    static const char *const keys[] = {"slope"};
    if (gan_yaml_kind_of(node) == GAN_YAML_SCALAR) {
        return gan_net_read_real(node, &gan_range_not_negative, slope, err);
    }
    GAN_TRY(gan_yaml_check_keys(node, keys, 1, err));
    return gan_net_read_real_at(node, "slope", &gan_range_not_negative, slope, err);
}

gan_status gan_net_read_defaults(gan_yaml_node section, gan_layer_defaults *out, gan_error *err)
{
    static const char *const keys[] = {"init", "batch_norm", "leaky_relu"};
    *out = (gan_layer_defaults){
        .init = {.kind = GAN_INIT_FAN_UNIFORM, .a = 6, .fan = GAN_FAN_BOTH},
        .batch_norm = {.epsilon = 1e-3, .momentum = 0.99},
        .gamma_init = {.kind = GAN_INIT_CONSTANT, .a = 1},
        .beta_init = {.kind = GAN_INIT_CONSTANT, .a = 0},
        .slope = 0.3,
    };
    if (gan_yaml_kind_of(section) == GAN_YAML_NONE) {
        return GAN_OK;
    }
    GAN_TRY(gan_yaml_check_keys(section, keys, sizeof keys / sizeof *keys, err));
    GAN_TRY(gan_net_read_init_at(section, "init", GAN_INIT_OF_KERNEL, &out->init, err));
    const gan_yaml_node batch_norm = gan_yaml_find(section, "batch_norm");
    if (gan_yaml_kind_of(batch_norm) != GAN_YAML_NONE) {
        GAN_TRY(gan_net_read_batch_norm(batch_norm, &out->batch_norm, &out->gamma_init,
                                        &out->beta_init, err));
    }
    const gan_yaml_node leaky_relu = gan_yaml_find(section, "leaky_relu");
    if (gan_yaml_kind_of(leaky_relu) == GAN_YAML_NONE) {
        return GAN_OK;
    }
    return gan_net_read_slope(leaky_relu, &out->slope, err);
}
