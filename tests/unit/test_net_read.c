/* test_net_read.c — what a description says is what the network has: every key, every short form,
 * every default, and who overrides whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/net.h"
#include "unit/net_text.h"

static const gan_layer *layer_of(const gan_stack *stack, const char *name)
{
    for (int i = 0; i < stack->n_layers; i++) {
        if (strcmp(stack->layers[i].name, name) == 0) {
            return &stack->layers[i];
        }
    }
    fail_msg("no layer %s", name);
    return NULL;
}

static const gan_param *param_of(const gan_net *net, const char *name)
{
    bool is_stat = false;
    const gan_param *param = gan_net_find_param(net, name, &is_stat);
    if (!param) {
        fail_msg("no parameter %s", name);
    }
    return param;
}

static void expect_double(double got, double want, const char *what)
{
    if (!(got == want)) {
        fail_msg("%s is %.17g, not %.17g", what, got, want);
    }
}

static void test_activations(void **state)
{
    gan_net *net = net_text_load("  - leaky_relu: 0.2\n", "  - elu\n  - elu: 0.5\n  - relu6\n"
                                                          "  - elu: {alpha: 2}\n  - gelu\n");
    const gan_stack *d = net->discriminator;
    (void)state;
    expect_double(layer_of(d, "elu0")->u.activation.alpha, 1, "alpha");
    expect_double(layer_of(d, "elu1")->u.activation.alpha, 0.5, "alpha");
    expect_double(layer_of(d, "elu2")->u.activation.alpha, 2, "alpha");
    assert_int_equal(layer_of(d, "relu60")->u.activation.function, GAN_ACTIVATION_relu6);
    assert_int_equal(layer_of(d, "gelu0")->u.activation.function, GAN_ACTIVATION_gelu);
    gan_net_destroy(net);
}

static void test_repeat_and_scale(void **state)
{
    gan_net *net =
        net_text_load("  - leaky_relu: 0.2\n",
                      "  - repeat:\n      n: 3\n      layers:\n        - residual: {layers: [conv: "
                      "{channels: 3, kernel: 3, padding: same}, tanh], scale: 0.25}\n");
    const gan_stack *d = net->discriminator;
    (void)state;
    assert_int_equal(layer_of(d, "add2")->n_from, 2);
    assert_int_equal(layer_of(d, "linear2")->u.activation.function, GAN_ACTIVATION_linear);
    expect_double(layer_of(d, "linear2")->u.activation.alpha, 0.25, "scale");
    assert_int_equal(param_of(net, "d.conv3.kernel")->count, 3 * 3 * 3 * 3);
    gan_net_destroy(net);
}

static void test_text_name_and_sizes(void **state)
{
    gan_net *net = net_text_load("", "");
    (void)state;
    assert_string_equal(gan_net_text(net), net_text);
    assert_string_equal(gan_net_name(net), "small");
    assert_string_equal(net->label, "small.yaml");
    const gan_net_summary sum = gan_net_summarize(net);
    assert_int_equal(sum.height, 8);
    assert_int_equal(sum.width, 8);
    assert_int_equal(sum.channels, 1);
    assert_int_equal(sum.latent, 4);
    assert_int_equal(sum.generator_trained, 4 * 32 + 2 * 32 + 25 * 2 + 1);
    assert_int_equal(sum.generator_params, sum.generator_trained + 2 * 32);
    assert_int_equal(sum.discriminator_trained, 25 * 3 + 3 + 48 + 1);
    assert_int_equal(sum.discriminator_params, sum.discriminator_trained);
    gan_net_destroy(net);
    gan_net_destroy(NULL);
}

static void test_layers_know_kind_name_and_line(void **state)
{
    static const struct {
        gan_layer_kind kind;
        const char *name;
        int line;
    } want[] = {
        {GAN_LAYER_dense, "dense0", 9},
        {GAN_LAYER_batch_norm, "batch_norm0", 10},
        {GAN_LAYER_leaky_relu, "leaky_relu0", 11},
        {GAN_LAYER_reshape, "reshape0", 12},
        {GAN_LAYER_conv_transpose, "conv_transpose0", 13},
        {GAN_LAYER_leaky_relu, "leaky_relu1", 14},
        {GAN_LAYER_tanh, "tanh0", 15},
    };
    gan_net *net = net_text_load("  - tanh", "  - relu\n  - tanh");
    (void)state;
    assert_int_equal(net->generator->n_layers, 7);
    for (int i = 0; i < net->generator->n_layers; i++) {
        const gan_layer *layer = &net->generator->layers[i];
        assert_int_equal(layer->kind, want[i].kind);
        assert_string_equal(layer->name, want[i].name);
        assert_int_equal(layer->line, want[i].line);
    }
    expect_double(net->generator->layers[5].u.leaky_relu.slope, 0.0, "relu's slope");
    gan_net_destroy(net);
}

static void test_parameters_belong_to_layers(void **state)
{
    gan_net *net = net_text_load("", "");
    const gan_stack *g = net->generator, *d = net->discriminator;
    bool is_stat = true;
    (void)state;
    const gan_layer *norm = layer_of(g, "batch_norm0");
    assert_ptr_equal(param_of(net, "g.batch_norm0.gamma"), &g->params[norm->gamma]);
    assert_ptr_equal(param_of(net, "g.batch_norm0.beta"), &g->params[norm->beta]);
    assert_ptr_equal(param_of(net, "g.batch_norm0.moving_mean"), &g->stats[norm->moving_mean]);
    assert_ptr_equal(param_of(net, "g.batch_norm0.moving_variance"),
                     &g->stats[norm->moving_variance]);
    assert_int_equal(norm->kernel, -1);
    assert_int_equal(norm->bias, -1);
    assert_int_equal(layer_of(g, "dense0")->bias, -1); /* bias: false */
    assert_int_equal(layer_of(g, "tanh0")->kernel, -1);
    assert_int_equal(layer_of(g, "tanh0")->moving_mean, -1);
    const gan_layer *conv = layer_of(d, "conv0");
    assert_ptr_equal(param_of(net, "d.conv0.kernel"), &d->params[conv->kernel]);
    assert_ptr_equal(param_of(net, "d.conv0.bias"), &d->params[conv->bias]);
    assert_non_null(gan_net_find_param(net, "d.conv0.bias", &is_stat));
    assert_false(is_stat);
    assert_non_null(gan_net_find_param(net, "g.batch_norm0.moving_mean", &is_stat));
    assert_true(is_stat);
    assert_null(gan_net_find_param(net, "g.conv0.bias", &is_stat));
    assert_null(gan_net_find_param(net, "", &is_stat));
    gan_net_destroy(net);
}

static void test_built_in_defaults_are_keras(void **state)
{
    gan_net *net = net_text_load("defaults:\n  init: glorot_uniform\n"
                                 "  batch_norm: {epsilon: 1e-3, momentum: 0.9, "
                                 "running_variance: biased}\n  leaky_relu: {slope: 0.3}\n",
                                 "");
    const gan_layer *norm = layer_of(net->generator, "batch_norm0");
    (void)state;
    expect_double(norm->u.batch_norm.epsilon, 1e-3, "epsilon");
    expect_double(norm->u.batch_norm.momentum, 0.99, "momentum");
    assert_false(norm->u.batch_norm.unbiased_variance);
    expect_double(layer_of(net->generator, "leaky_relu0")->u.leaky_relu.slope, 0.3, "slope");
    assert_int_equal(param_of(net, "g.dense0.kernel")->init.kind, GAN_INIT_FAN_UNIFORM);
    gan_net_destroy(net);
}

static void test_defaults_reach_layers_and_layers_override(void **state)
{
    gan_net *net = net_text_load(
        "batch_norm: {epsilon: 1e-3, momentum: 0.9, running_variance: biased}\n"
        "  leaky_relu: {slope: 0.3}\ngenerator:\n",
        "batch_norm: {epsilon: 0.5, momentum: 0.25, running_variance: unbiased, "
        "gamma_init: {normal: [1.0, 0.02]}, beta_init: ones}\n"
        "  leaky_relu: 0.125\ngenerator:\n"
        "  - batch_norm: {momentum: 0.75, running_variance: biased, beta_init: zeros}\n"
        "  - leaky_relu: {slope: 0.625}\n"
        "  - batch_norm: {epsilon: 2}\n");
    const gan_batch_norm_attr *own = &layer_of(net->generator, "batch_norm0")->u.batch_norm;
    const gan_batch_norm_attr *mixed = &layer_of(net->generator, "batch_norm1")->u.batch_norm;
    const gan_batch_norm_attr *other = &layer_of(net->generator, "batch_norm2")->u.batch_norm;
    (void)state;
    expect_double(mixed->epsilon, 2.0, "epsilon of its own");
    assert_true(mixed->unbiased_variance);
    expect_double(own->epsilon, 0.5, "epsilon inherited");
    expect_double(own->momentum, 0.75, "momentum of its own");
    assert_false(own->unbiased_variance);
    expect_double(other->momentum, 0.25, "momentum of the defaults");
    assert_true(other->unbiased_variance);
    const gan_init *gamma = &param_of(net, "g.batch_norm0.gamma")->init;
    assert_int_equal(gamma->kind, GAN_INIT_NORMAL);
    expect_double(gamma->a, 1.0, "gamma's mean");
    expect_double(gamma->b, 0.02, "gamma's deviation");
    expect_double(param_of(net, "g.batch_norm0.beta")->init.a, 0.0, "beta of its own");
    expect_double(param_of(net, "g.batch_norm1.beta")->init.a, 1.0, "beta of the defaults");
    expect_double(layer_of(net->generator, "leaky_relu0")->u.leaky_relu.slope, 0.625, "slope");
    expect_double(layer_of(net->generator, "leaky_relu1")->u.leaky_relu.slope, 0.125, "slope");
    expect_double(layer_of(net->discriminator, "leaky_relu0")->u.leaky_relu.slope, 0.2, "slope");
    gan_net_destroy(net);
}

static void test_initializers(void **state)
{
    static const struct {
        const char *text;
        gan_init want;
    } rows[] = {
        {"zeros", {.kind = GAN_INIT_CONSTANT, .a = 0}},
        {"ones", {.kind = GAN_INIT_CONSTANT, .a = 1}},
        {"{constant: -0.5}", {.kind = GAN_INIT_CONSTANT, .a = -0.5}},
        {"{uniform: 0.05}", {.kind = GAN_INIT_UNIFORM, .a = 0.05}},
        {"{normal: 0.02}", {.kind = GAN_INIT_NORMAL, .a = 0, .b = 0.02}},
        {"{normal: [1.5, 0]}", {.kind = GAN_INIT_NORMAL, .a = 1.5, .b = 0}},
        {"glorot_uniform", {.kind = GAN_INIT_FAN_UNIFORM, .a = 6, .fan = GAN_FAN_BOTH}},
        {"he_normal", {.kind = GAN_INIT_FAN_NORMAL, .a = 2, .fan = GAN_FAN_IN}},
        {"{truncated_normal: [1, 2]}", {.kind = GAN_INIT_TRUNCATED_NORMAL, .a = 1, .b = 2}},
        {"orthogonal", {.kind = GAN_INIT_ORTHOGONAL, .a = 1}},
        {"{orthogonal: 1.4}", {.kind = GAN_INIT_ORTHOGONAL, .a = 1.4}},
        {"{he_normal: 3}", {.kind = GAN_INIT_FAN_NORMAL, .a = 2 * 9, .fan = GAN_FAN_IN}},
        {"{glorot_uniform: 0.5}",
         {.kind = GAN_INIT_FAN_UNIFORM, .a = 6 * 0.25, .fan = GAN_FAN_BOTH}},
        {"pytorch", {.kind = GAN_INIT_FAN_UNIFORM, .a = 1, .fan = GAN_FAN_IN}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char to[128];
        snprintf(to, sizeof to, "channels: 3, init: %s", rows[i].text);
        gan_net *net = net_text_load("channels: 3", to);
        const gan_init *got = &param_of(net, "d.conv0.kernel")->init;
        assert_int_equal(got->kind, rows[i].want.kind);
        expect_double(got->a, rows[i].want.a, rows[i].text);
        expect_double(got->b, rows[i].want.b, rows[i].text);
        assert_int_equal(got->fan, rows[i].want.fan);
        assert_int_equal(param_of(net, "d.dense0.kernel")->init.kind, GAN_INIT_FAN_UNIFORM);
        gan_net_destroy(net);
    }
    gan_net *net = net_text_load("channels: 3", "channels: 3, bias_init: {constant: 0.25}");
    expect_double(param_of(net, "d.conv0.bias")->init.a, 0.25, "bias_init");
    expect_double(param_of(net, "d.dense0.bias")->init.a, 0.0, "bias without bias_init");
    gan_net_destroy(net);
}

static void test_fans_are_counted_as_keras_counts_them(void **state)
{
    gan_net *net = net_text_load("kernel: 5, stride: 2, padding: same}\n  - tanh",
                                 "kernel: [5, 3], stride: 2, padding: same}\n  - tanh");
    (void)state;
    const gan_init *dense = &param_of(net, "g.dense0.kernel")->init;
    expect_double(dense->fan_in, 4, "dense fan_in");
    expect_double(dense->fan_out, 32, "dense fan_out");
    const gan_init *conv = &param_of(net, "d.conv0.kernel")->init;
    expect_double(conv->fan_in, 25 * 1, "conv fan_in");
    expect_double(conv->fan_out, 25 * 3, "conv fan_out");
    /* Keras' kernel is (kh, kw, out, in), and it takes the third for the input. */
    const gan_init *transposed = &param_of(net, "g.conv_transpose0.kernel")->init;
    expect_double(transposed->fan_in, 15 * 1, "conv_transpose fan_in");
    expect_double(transposed->fan_out, 15 * 2, "conv_transpose fan_out");
    gan_net_destroy(net);
}

static void expect_like(const gan_net_summary *a, const gan_net_summary *b)
{
    const int64_t want[] = {a->height,           a->width,
                            a->channels,         a->latent,
                            a->generator_params, a->generator_trained,
                            a->single_params,    a->discriminator_params,
                            a->single_trained,   a->discriminator_trained};
    const int64_t got[] = {b->height,           b->width,
                           b->channels,         b->latent,
                           b->generator_params, b->generator_trained,
                           b->single_params,    b->discriminator_params,
                           b->single_trained,   b->discriminator_trained};
    assert_int_equal(a->kind, b->kind);
    assert_memory_equal(got, want, sizeof want);
}

static void test_short_and_long_forms_are_one(void **state)
{
    static const char *const pairs[][2] = {
        {"- dense: 1\n", "- dense: {units: 1, bias: yes}\n"},
        {"- dropout: 0.25\n", "- dropout: {rate: 0.25}\n"},
        {"- leaky_relu: 0.2\n", "- leaky_relu: {slope: 0.2}\n"},
        {"- reshape: [4, 4, 2]\n", "- reshape: {shape: [4, 4, 2]}\n"},
        {"- flatten\n", "- flatten:\n"},
        {"- batch_norm\n", "- batch_norm:\n"},
        {"- batch_norm\n", "- batch_norm: {}\n"},
        {"kernel: 5, stride: 2, padding: same", "kernel: [5, 5], stride: [2, 2], padding: same"},
        {"kernel: 5, stride: 2, padding: same", "kernel: 5, stride: 2, padding: [1, 1, 2, 2]"},
        {"kernel: 5, stride: 2, padding: same",
         "kernel: 5, stride: 2, padding: 2, output_padding: 1"},
    };
    gan_net *plain = net_text_load("", "");
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        gan_net *net = net_text_load(pairs[i][0], pairs[i][1]);
        const gan_net_summary a = gan_net_summarize(plain), b = gan_net_summarize(net);
        expect_like(&a, &b);
        assert_int_equal(net->generator->n_layers, plain->generator->n_layers);
        assert_int_equal(net->discriminator->n_layers, plain->discriminator->n_layers);
        const gan_layer *dropout = layer_of(net->discriminator, "dropout0");
        expect_double(dropout->u.dropout.rate, 0.25, pairs[i][1]);
        expect_double(layer_of(net->discriminator, "leaky_relu0")->u.leaky_relu.slope, 0.2,
                      pairs[i][1]);
        assert_int_equal(layer_of(net->discriminator, "dense0")->u.dense.units, 1);
        gan_net_destroy(net);
    }
    gan_net_destroy(plain);
}

static void test_output_padding_may_be_none(void **state)
{
    gan_net *net = net_text_load("kernel: 5, stride: 2, padding: same}\n  - tanh",
                                 "kernel: [4, 5], stride: 2, padding: [1, 2], "
                                 "output_padding: [0, 1]}\n  - tanh");
    (void)state;
    assert_int_equal(net->generator->out.h, 8); /* 3 * 2 - 2 + 4 + 0 */
    assert_int_equal(net->generator->out.w, 8); /* 3 * 2 - 4 + 5 + 1 */
    gan_net_destroy(net);
}

static void test_training_defaults(void **state)
{
    static const char train[] =
        "  schedule: simultaneous\n  loss: bce\n  label_smoothing: 0\n  batch_size: 4\n"
        "  epochs: 1\n  adam: {lr: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, "
        "epsilon_form: keras}\n  ema: 0\n";
    gan_net *net =
        net_text_load(train, "  schedule: alternating\n  loss: hinge\n  label_smoothing: 0.1\n"
                             "  batch_size: 7\n  epochs: 3\n  ema: 0.999\n  ema_warmup: false\n"
                             "  adam: {lr_g: 1e-3, lr: 2e-4, beta1: 0.5, beta2: 0.9, "
                             "epsilon: 1e-8, epsilon_form: pytorch}\n");
    const gan_train_defaults *t = &net->train;
    (void)state;
    assert_int_equal(t->schedule, GAN_ALTERNATING);
    assert_string_equal(t->loss, "hinge");
    expect_double(t->label_smoothing, 0.1, "label_smoothing");
    assert_int_equal(t->batch_size, 7);
    assert_int_equal(t->epochs, 3);
    expect_double(t->ema, 0.999, "ema");
    assert_false(t->ema_warmup);
    expect_double(t->adam_g.lr, 1e-3, "lr_g");
    expect_double(t->adam_d.lr, 2e-4, "lr of d");
    expect_double(t->adam_g.beta1, 0.5, "beta1 of g");
    expect_double(t->adam_d.beta1, 0.5, "beta1 of d");
    expect_double(t->adam_d.beta2, 0.9, "beta2");
    expect_double(t->adam_d.epsilon, 1e-8, "epsilon");
    assert_true(t->adam_g.epsilon_inside && t->adam_d.epsilon_inside);
    gan_net_destroy(net);
}

static void test_no_train_section_means_the_tutorial(void **state)
{
    char *text = net_text_edit("", "");
    gan_net *net = NULL;
    gan_error err = {0};
    (void)state;
    *strstr(text, "train:") = '\0';
    assert_int_equal(gan_net_parse(text, "x", &net, &err), GAN_OK);
    assert_int_equal(net->train.schedule, GAN_SIMULTANEOUS);
    assert_string_equal(net->train.loss, "bce");
    assert_int_equal(net->train.batch_size, 256);
    assert_int_equal(net->train.epochs, 50);
    expect_double(net->train.adam_d.lr, 1e-4, "lr");
    expect_double(net->train.adam_g.beta1, 0.9, "beta1");
    expect_double(net->train.adam_g.epsilon, 1e-7, "epsilon");
    assert_false(net->train.adam_g.epsilon_inside);
    expect_double(net->train.ema, 0.0, "ema");
    assert_true(net->train.ema_warmup);
    gan_net_destroy(net);
    free(text);
}

static void test_logits_may_be_many(void **state)
{
    gan_net *vector = net_text_load("dense: 1\n", "dense: 5\n");
    gan_net *map =
        net_text_load("  - flatten\n  - dense: 1\n", "  - conv: {channels: 1, kernel: 3}\n");
    (void)state;
    assert_int_equal(vector->discriminator->out.c, 5);
    assert_int_equal(map->discriminator->out.h, 2);
    assert_int_equal(map->discriminator->out.w, 2);
    assert_int_equal(map->discriminator->out.c, 1);
    gan_net_destroy(vector);
    gan_net_destroy(map);
}

static void test_aliases_repeat_layers(void **state)
{
    gan_net *net = net_text_load("  - batch_norm\n  - leaky_relu\n",
                                 "  - &norm {batch_norm: {momentum: 0.5}}\n  - leaky_relu\n"
                                 "  - *norm\n");
    (void)state;
    expect_double(layer_of(net->generator, "batch_norm1")->u.batch_norm.momentum, 0.5, "momentum");
    gan_net_destroy(net);
}

static void test_thousands_of_layers(void **state)
{
    enum { N = 20000 };
    static const char line[] = "  - batch_norm\n";
    char *layers = malloc(N * strlen(line) + 1);
    (void)state;
    assert_non_null(layers);
    for (size_t i = 0; i < N; i++) {
        memcpy(layers + i * strlen(line), line, strlen(line) + 1);
    }
    gan_net *net = net_text_load("  - batch_norm\n", layers);
    assert_int_equal(net->generator->n_layers, N + 5);
    assert_int_equal(net->generator->n_stats, 2 * N);
    assert_string_equal(net->generator->stats[2 * N - 1].name, "g.batch_norm19999.moving_variance");
    gan_net_destroy(net);
    free(layers);
}

static void expect_inputs(const gan_stack *stack, const char *name, const int *from, int n)
{
    const gan_layer *layer = layer_of(stack, name);
    assert_int_equal(layer->n_from, n);
    assert_memory_equal(layer->from, from, (size_t)n * sizeof *from);
}

/* A block within a block becomes one list: layers, then the shortcut, then the sum. */
static void test_blocks_are_flattened(void **state)
{
    gan_net *net = net_text_load("  - leaky_relu: 0.2\n  - dropout: 0.25\n",
                                 "  - residual:\n"
                                 "      layers:\n"
                                 "        - relu\n"
                                 "        - residual: [conv: {channels: 3, kernel: 1}, tanh]\n"
                                 "        - conv: {channels: 5, kernel: 3, padding: same}\n"
                                 "      shortcut: [conv: {channels: 5, kernel: 1, bias: false}]\n"
                                 "  - relu\n");
    const gan_stack *d = net->discriminator;
    static const char *const names[] = {"conv0",       "leaky_relu0", "conv1", "tanh0",
                                        "add0",        "conv2",       "conv3", "add1",
                                        "leaky_relu1", "flatten0",    "dense0"};
    (void)state;
    assert_int_equal(d->n_layers, sizeof names / sizeof *names);
    for (int i = 0; i < d->n_layers; i++) {
        assert_string_equal(d->layers[i].name, names[i]);
    }
    expect_inputs(d, "conv0", (int[]){GAN_NET_INPUT}, 1);
    expect_inputs(d, "conv1", (int[]){1}, 1);
    expect_inputs(d, "add0", (int[]){3, 1}, 2); /* the inner block: tanh0 and its input */
    expect_inputs(d, "conv2", (int[]){4}, 1);
    expect_inputs(d, "conv3", (int[]){0}, 1); /* the shortcut begins where the block does */
    expect_inputs(d, "add1", (int[]){5, 6}, 2);
    expect_inputs(d, "leaky_relu1", (int[]){7}, 1);
    assert_int_equal(layer_of(d, "add1")->out.c, 5);
    assert_int_equal(layer_of(d, "add1")->kernel, -1);
    assert_ptr_equal(param_of(net, "d.conv3.kernel"), &d->params[layer_of(d, "conv3")->kernel]);
    gan_net_destroy(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_name_and_sizes),
        cmocka_unit_test(test_repeat_and_scale),
        cmocka_unit_test(test_activations),
        cmocka_unit_test(test_layers_know_kind_name_and_line),
        cmocka_unit_test(test_parameters_belong_to_layers),
        cmocka_unit_test(test_built_in_defaults_are_keras),
        cmocka_unit_test(test_defaults_reach_layers_and_layers_override),
        cmocka_unit_test(test_initializers),
        cmocka_unit_test(test_fans_are_counted_as_keras_counts_them),
        cmocka_unit_test(test_short_and_long_forms_are_one),
        cmocka_unit_test(test_output_padding_may_be_none),
        cmocka_unit_test(test_training_defaults),
        cmocka_unit_test(test_no_train_section_means_the_tutorial),
        cmocka_unit_test(test_logits_may_be_many),
        cmocka_unit_test(test_aliases_repeat_layers),
        cmocka_unit_test(test_thousands_of_layers),
        cmocka_unit_test(test_blocks_are_flattened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
