/* test_net_r3gan.c — the shipped forms of R3GAN have the sizes, groups and initial values of its
 * authors' code.
 *
 * The counts are those of sum(p.numel() for p in model.parameters()) over R3GAN/Networks.py of
 * github.com/brownvc/R3GAN at 19a7ddf, in PyTorch 2.15.0, with train.py's presets without labels;
 * that of r3gan-small with its own widths and groups. tests/golden/record_r3gan.py counts them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/net.h"

typedef struct row {
    const char *name;
    int64_t generator, discriminator;
    int64_t blocks;            /* of one network, of which the gain follows */
    int64_t groups_at_the_end; /* of the generator's last block, and of D's first */
} row;

static const row rows[] = {
    {"r3gan-cifar10", 20732160, 20683776, 8, 96},
    {"r3gan-ffhq64", 22429824, 22381440, 10, 48},
    {"r3gan-256", 23057952, 23009568, 14, 12},
    {"r3gan-small", 274912, 266848, 4, 4},
};

static gan_net *load(const char *name)
{
    gan_net *net = NULL;
    gan_error err = {0};
    if (gan_net_load(name, &net, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return net;
}

static void test_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_net *net = load(rows[i].name);
        const gan_net_summary sum = gan_net_summarize(net);
        assert_int_equal(sum.generator_trained, rows[i].generator);
        assert_int_equal(sum.discriminator_trained, rows[i].discriminator);
        assert_int_equal(sum.generator_params, rows[i].generator);
        assert_int_equal(sum.discriminator_params, rows[i].discriminator);
        gan_net_destroy(net);
    }
}

static int64_t groups_of(const gan_stack *stack, bool last)
{
    int64_t groups = 0;
    for (int i = 0; i < stack->n_layers; i++) {
        const gan_layer *layer = &stack->layers[i];
        if (layer->kind == GAN_LAYER_conv && layer->u.conv.r == 3 && (last || groups == 0)) {
            groups = layer->u.conv.groups;
        }
    }
    return groups;
}

static void test_groups(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_net *net = load(rows[i].name);
        assert_int_equal(groups_of(net->generator, true), rows[i].groups_at_the_end);
        assert_int_equal(groups_of(net->discriminator, false), rows[i].groups_at_the_end);
        gan_net_destroy(net);
    }
}

/* Its MSRInitializer: deviation gain / sqrt(fan_in), with a fan of what the kernel has; in blocks
 * the gain is LeakyReLU's over the fourth root of the number of blocks, and the last one begins as
 * 0; of everything else it is 1, and the generator's basis is normal(0,1). */
static double wanted_deviation(const gan_stack *stack, const gan_param *p, int64_t blocks)
{
    const gan_layer *layer = &stack->layers[p->layer];
    const int64_t fan_in = p->rank == 2 ? p->dims[0] : p->count / p->dims[0];
    const double fan = (double)fan_in;
    const bool in_block = layer->kind == GAN_LAYER_conv && p->layer + 1 < stack->n_layers &&
                          (layer->bias >= 0 || stack->layers[p->layer + 1].kind == GAN_LAYER_add);
    if (layer->kind == GAN_LAYER_constant) {
        return 1;
    }
    if (in_block && layer->bias < 0) {
        return 0;
    }
    return (in_block ? sqrt(2 / 1.04) * pow((double)blocks, -0.25) : 1) / sqrt(fan);
}

static void check_deviations(const gan_stack *stack, int64_t blocks)
{
    for (int i = 0; i < stack->n_params; i++) {
        const gan_param *p = &stack->params[i];
        const gan_init *init = &p->init;
        const double got = init->kind == GAN_INIT_FAN_NORMAL ? sqrt(init->a / init->fan_in)
                           : init->kind == GAN_INIT_NORMAL   ? init->b
                                                             : init->a;
        const double want = p->role == GAN_PARAM_BIAS ? 0 : wanted_deviation(stack, p, blocks);
        if (!(fabs(got - want) <= 1e-8)) { /* the file's gain has 9 digits */
            fail_msg("%s: deviation %.9g, wanted %.9g", p->name, got, want);
        }
    }
}

static void test_initial_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_net *net = load(rows[i].name);
        check_deviations(net->generator, rows[i].blocks);
        check_deviations(net->discriminator, rows[i].blocks);
        gan_net_destroy(net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_initial_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
