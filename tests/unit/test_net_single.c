/* test_net_single.c — descriptions of one network alone: its names, its outputs, its mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/net.h"
#include "program/build.h"

#define HEAD "name: alone\nimage: {height: 6, width: 5, channels: 2}\n"
#define LAYERS                                                                                     \
    "network:\n"                                                                                   \
    "  - conv: {channels: 3, kernel: 3}\n"                                                         \
    "  - batch_norm\n"                                                                             \
    "  - relu\n"                                                                                   \
    "  - dropout: 0.5\n"                                                                           \
    "  - flatten\n"                                                                                \
    "  - dense: 4\n"
#define GAN                                                                                        \
    "latent: 3\n"                                                                                  \
    "generator:\n  - dense: 60\n  - reshape: [6, 5, 2]\n"                                          \
    "discriminator:\n  - flatten\n  - dropout: 0.25\n  - dense: 1\n"

static gan_net *parse(const char *text)
{
    gan_net *net = NULL;
    gan_error err = {0};
    if (gan_net_parse(text, "alone.yaml", &net, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return net;
}

static void test_names_and_numbers(void **state)
{
    gan_net *net = parse(HEAD LAYERS);
    const gan_net_summary sum = gan_net_summarize(net);
    bool is_stat = false;
    (void)state;
    assert_int_equal(gan_net_kind_of(net), GAN_NET_KIND_SINGLE);
    assert_int_equal(net->n_stacks, 1);
    assert_ptr_equal(net->single, &net->stacks[0]);
    assert_null(net->generator);
    assert_null(net->discriminator);
    assert_ptr_equal(gan_net_averaged(net), net->single);
    assert_int_equal(sum.single_trained, 3 * 3 * 3 * 2 + 3 + 3 + 3 + 36 * 4 + 4);
    assert_int_equal(sum.single_params, sum.single_trained + 3 + 3);
    assert_int_equal(sum.generator_params, 0);
    assert_int_equal(sum.latent, 0);
    assert_ptr_equal(gan_net_find_param(net, "net.conv0.kernel", &is_stat),
                     &net->single->params[0]);
    assert_false(is_stat);
    assert_non_null(gan_net_find_param(net, "net.batch_norm0.moving_mean", &is_stat));
    assert_true(is_stat);
    assert_null(gan_net_find_param(net, "g.conv0.kernel", &is_stat));
    assert_string_equal(net->train.loss, "cross_entropy");
    gan_net_destroy(net);
}

static void test_outputs(void **state)
{
    gan_net *plain = parse(HEAD LAYERS);
    gan_net *net = parse(HEAD LAYERS "outputs: {features: flatten0, logits: dense0, low: conv0}\n");
    (void)state;
    assert_int_equal(plain->single->n_outputs, 1);
    assert_string_equal(plain->single->outputs[0].name, "output");
    assert_int_equal(plain->single->outputs[0].layer, 5);
    assert_int_equal(net->single->n_outputs, 3);
    assert_string_equal(net->single->outputs[0].name, "features");
    assert_int_equal(net->single->outputs[0].layer, 4);
    assert_int_equal(net->single->outputs[1].layer, 5);
    assert_string_equal(net->single->outputs[2].name, "low");
    assert_int_equal(net->single->outputs[2].layer, 0);
    assert_string_equal(gan_stack_last_output(plain->single), "output");
    assert_string_equal(gan_stack_last_output(net->single), "logits");
    gan_net_destroy(net);
    net = parse(HEAD LAYERS "outputs: {low: conv0}\n"); /* the last layer's is there all the same */
    assert_int_equal(net->single->n_outputs, 2);
    assert_string_equal(net->single->outputs[1].name, "output");
    assert_int_equal(net->single->outputs[1].layer, 5);
    gan_net_destroy(plain);
    gan_net_destroy(net);
}

/* The initial values of one network do not depend on which others its description holds. */
static void test_initial_values_are_of_a_stream_of_their_own(void **state)
{
    gan_net *net = parse(HEAD LAYERS), *gan = parse(HEAD GAN);
    const size_t n = (size_t)net->single->param_floats;
    float *a = malloc(n * sizeof *a), *b = malloc((size_t)gan->discriminator->param_floats * 4);
    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    gan_stack_init_params(net->single, 7, a, NULL);
    gan_stack_init_params(gan->discriminator, 7, b, NULL);
    assert_true(a[0] != 0 && b[0] != 0 && a[0] != b[0]);
    free(a);
    free(b);
    gan_net_destroy(net);
    gan_net_destroy(gan);
}

static void expect_refused(const char *text, const char *words)
{
    gan_net *net = NULL;
    gan_error err = {0};
    if (gan_net_parse(text, "alone.yaml", &net, &err) != GAN_E_DATA || !strstr(err.text, words)) {
        fail_msg("'%s' is wanted and the message is '%s'", words, err.text);
    }
    assert_null(net);
}

static void test_mistakes(void **state)
{
    (void)state;
    expect_refused(HEAD "latent: 3\n" LAYERS, "unknown key 'latent'");
    expect_refused(HEAD GAN "outputs: {logits: dense0}\n", "unknown key 'outputs'");
    expect_refused(HEAD LAYERS "outputs: {features: flaten0}\n", "flatten0");
    expect_refused(HEAD LAYERS "outputs: {}\n", "names no output");
    expect_refused(HEAD LAYERS "outputs: {output: conv0}\n", "dense0, one");
    expect_refused(HEAD LAYERS "outputs: [flatten0]\n", "map");
    expect_refused(HEAD LAYERS "train: {schedule: simultaneous}\n", "unknown key 'schedule'");
    expect_refused(HEAD LAYERS "train: {adam: {lr_d: 0.1}}\n", "unknown key 'lr_d'");
    expect_refused(HEAD "network:\n  - dense: 3\n", "network layer 1");
}

static void test_a_gan_is_asked_for(void **state)
{
    gan_net *net = parse(HEAD LAYERS);
    const gan_build_options options = {.batch = 2, .loss = "bce", .n_images = 4, .metric_rows = 1};
    gan_program *program = NULL;
    gan_error err = {0};
    (void)state;
    assert_int_equal(gan_build_train(net, &options, true, &program, NULL, &err), GAN_E_USAGE);
    assert_non_null(strstr(err.text, "gan classify"));
    assert_int_equal(gan_build_sample(net, 2, false, false, &program, &err), GAN_E_USAGE);
    gan_net_destroy(net);
}

/* What a program says of its networks: whose a flat buffer is, what a fed mask is the mask of. */
static void test_a_program_tells_its_networks(void **state)
{
    gan_net *net = parse(HEAD GAN);
    const gan_build_options options = {.batch = 2, .loss = "bce", .metric_rows = 1, .fed = true};
    gan_program *p = NULL;
    gan_error err = {0};
    (void)state;
    assert_int_equal(gan_build_train(net, &options, true, &p, NULL, &err), GAN_OK);
    assert_int_equal(p->buffers[gan_program_find(p, "g.param")].net, GAN_NET_G);
    assert_int_equal(p->buffers[gan_program_find(p, "d.grad")].net, GAN_NET_D);
    assert_int_equal(p->buffers[gan_program_find(p, "d.v")].net, GAN_NET_D);
    assert_int_equal(p->buffers[gan_program_find(p, "rates")].net, -1);
    assert_int_equal(p->n_masks, 1);
    assert_int_equal(p->masks[0].net, GAN_NET_D);
    assert_int_equal(p->masks[0].number, 0);
    assert_string_equal(p->masks[0].passes[0], "real");
    assert_string_equal(p->masks[0].passes[1], "fake");
    assert_int_equal(p->buffers[p->masks[0].buffer].dims[0], 4);
    gan_program_destroy(p);
    gan_net_destroy(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_numbers),
        cmocka_unit_test(test_outputs),
        cmocka_unit_test(test_initial_values_are_of_a_stream_of_their_own),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_a_gan_is_asked_for),
        cmocka_unit_test(test_a_program_tells_its_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
