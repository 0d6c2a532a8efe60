/* test_net_maps.c — layers that make maps smaller and larger: shapes, what they follow from, and
 * the mistakes that are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/net.h"

/* A discriminator of one layer on a map of 12 x 10 x 3. */
static gan_status parse(const char *layer, gan_net **net, gan_error *err)
{
    char text[512];
    snprintf(text, sizeof text,
             "name: maps\nimage: {height: 12, width: 10, channels: 3}\nlatent: 360\n"
             "generator:\n  - reshape: [12, 10, 3]\ndiscriminator:\n  - %s\n  - flatten\n"
             "  - dense: 1\n",
             layer);
    return gan_net_parse(text, "maps.yaml", net, err);
}

static gan_net *load(const char *layer)
{
    gan_net *net = NULL;
    gan_error err = {0};
    if (parse(layer, &net, &err) != GAN_OK) {
        fail_msg("%s: %s", layer, err.text);
    }
    return net;
}

static void test_shapes(void **state)
{
    static const struct {
        const char *layer, *name;
        int64_t h, w;
    } rows[] = {
        {"max_pool: 2", "max_pool0", 6, 5},
        {"max_pool: [3, 2]", "max_pool0", 4, 5},
        {"max_pool: {kernel: 3, stride: 2}", "max_pool0", 5, 4},
        {"max_pool: {kernel: 3, stride: 2, padding: 1}", "max_pool0", 6, 5},
        {"max_pool: {kernel: 3, stride: 2, ceil: true}", "max_pool0", 6, 5},
        {"max_pool: {kernel: 3, stride: 2, padding: same}", "max_pool0", 6, 5},
        {"max_pool: {kernel: 2, stride: 3, padding: 1, ceil: true}", "max_pool0", 5, 4},
        {"average_pool: {kernel: 3, stride: 1, padding: [0, 1, 2, 1]}", "average_pool0", 12, 10},
        {"adaptive_average_pool: [5, 3]", "adaptive_average_pool0", 5, 3},
        {"adaptive_average_pool: 1", "adaptive_average_pool0", 1, 1},
        {"global_average_pool", "global_average_pool0", 1, 1},
        {"global_sum_pool", "global_sum_pool0", 1, 1},
        {"upsample: 2", "upsample0", 24, 20},
        {"upsample: {factor: [1, 3], filter: [1, 2, 1]}", "upsample0", 12, 30},
        {"downsample: 5", "downsample0", 2, 2},
        {"downsample: {factor: 2, filter: [1, 3, 3, 1]}", "downsample0", 6, 5},
        {"resize: 7", "resize0", 7, 7},
        {"branches: {join: sum, of: [[], [], []]}", "add0", 12, 10},
        {"branches: {join: multiply, of: [[], []]}", "multiply0", 12, 10},
        {"resize: {size: [299, 1], filter: bicubic, antialias: true}", "resize0", 299, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_net *net = load(rows[i].layer);
        const gan_layer *layer = &net->discriminator->layers[0];
        if (strcmp(layer->name, rows[i].name) != 0 || layer->out.h != rows[i].h ||
            layer->out.w != rows[i].w || layer->out.c != 3) {
            fail_msg("%s: %s of %lld x %lld x %lld", rows[i].layer, layer->name,
                     (long long)layer->out.h, (long long)layer->out.w, (long long)layer->out.c);
        }
        gan_net_destroy(net);
    }
}

static bool same_axis(const gan_map_axis *a, const gan_map_axis *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static bool same_layer(const gan_layer *x, const gan_layer *y)
{
    if (x->kind == GAN_LAYER_max_pool) {
        return same_axis(&x->u.max_pool.h, &y->u.max_pool.h) &&
               same_axis(&x->u.max_pool.w, &y->u.max_pool.w);
    }
    const gan_resample *a = &x->u.resample, *b = &y->u.resample;
    return same_axis(&a->h, &b->h) && same_axis(&a->w, &b->w) && a->kind == b->kind &&
           a->divisor == b->divisor && a->half_pixel == b->half_pixel &&
           a->antialias == b->antialias;
}

/* What a bare number leaves to be understood. */
static void test_what_is_not_said(void **state)
{
    static const struct {
        const char *short_form, *long_form;
    } pairs[] = {
        {"max_pool: 2", "max_pool: {kernel: [2, 2], stride: 2, padding: valid, ceil: false}"},
        {"max_pool: {kernel: 3, padding: same}", "max_pool: {kernel: 3, stride: 3, padding: same}"},
        {"average_pool: 3", "average_pool: {kernel: 3, count_padding: false}"},
        {"average_pool: {kernel: 3, stride: 1, padding: 1}",
         "average_pool: {kernel: 3, stride: 1, padding: 1, count_padding: true}"},
        {"average_pool: {kernel: 3, stride: 1, padding: same}",
         "average_pool: {kernel: 3, stride: 1, padding: same, count_padding: false}"},
        {"upsample: 2", "upsample: {factor: [2, 2], filter: nearest}"},
        {"downsample: 2", "downsample: {factor: 2, filter: average}"},
        {"resize: [7, 9]",
         "resize: {size: [7, 9], filter: bilinear, antialias: false, half_pixel: true}"},
        {"adaptive_average_pool: 4", "adaptive_average_pool: {size: [4, 4]}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        gan_net *a = load(pairs[i].short_form), *b = load(pairs[i].long_form);
        const gan_layer *x = &a->discriminator->layers[0], *y = &b->discriminator->layers[0];
        if (!same_layer(x, y)) {
            fail_msg("%s is not %s", pairs[i].short_form, pairs[i].long_form);
        }
        gan_net_destroy(a);
        gan_net_destroy(b);
    }
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *layer, *words[2];
    } rows[] = {
        {"max_pool", {"max_pool alone says too little", "max_pool: 2"}},
        {"max_pol: 2", {"'max_pol'", "'max_pool'"}},
        {"max_pool: {kernal: 2}", {"'kernal'", "'kernel'"}},
        {"max_pool: {stride: 2}", {"'kernel' is missing", ""}},
        {"max_pool: {kernel: 2, count_padding: true}", {"'count_padding'", "known here"}},
        {"max_pool: 13", {"max_pool0:", "kernel height 13 is larger"}},
        {"max_pool: {kernel: 2, padding: 2}", {"padding 2 of the height is not smaller", "2"}},
        {"max_pool: 0", {"0 is too small", ""}},
        {"average_pool: {kernel: 2, count_padding: 1}", {"count_padding", "true or false"}},
        {"global_average_pool: 2", {"takes no keys", ""}},
        {"upsample", {"upsample alone", "upsample: 2"}},
        {"upsample: {factor: 2, filter: bicubic}", {"'bicubic'", "bilinear"}},
        {"upsample: {factor: 2, filter: [1, 2, 2]}", {"Pascal's triangle", "[1, 2, 1]"}},
        {"upsample: {factor: 2, filter: [1, 2, 1, 0]}", {"Pascal's triangle", ""}},
        {"upsample: {factor: 2, filter: [1]}", {"Pascal's triangle", ""}},
        {"upsample: {factor: 200000000}", {"larger than 1073741824", ""}},
        {"downsample: 11", {"factors 11 and 11 are larger than its input of 12 x 10 x 3", ""}},
        {"downsample: {factor: 2, filter: averag}", {"'averag'", "'average'"}},
        {"resize: {size: 4, filter: bilinaer}", {"'bilinaer'", "'bilinear'"}},
        {"resize: {size: 4, filter: nearest, antialias: true}", {"antialias", "bicubic"}},
        {"resize: {size: 4, half_pixel: false, antialias: true}", {"half_pixel: true", ""}},
        {"resize: [1, 2, 3]", {"a list of 3", "[height, width]"}},
        {"branches", {"branches alone", "join: concat"}},
        {"branches: [[tanh], [tanh]]", {"a map", ""}},
        {"branches: {join: concat}", {"'of' is missing", ""}},
        {"branches: {of: [[], []]}", {"'join' is missing", ""}},
        {"branches: {join: concta, of: [[], []]}", {"'concta'", "'concat'"}},
        {"branches: {join: concat, of: [[tanh]]}", {"a list of 1", "two lists of layers"}},
        {"branches: {join: concat, of: [[tanh], [max_pool: 2]]}",
         {"branch 1 gives 12 x 10 x 3 and branch 2 6 x 5 x 3", "one height and width"}},
        {"branches: {join: multiply, of: [[], [], [conv: {channels: 4, kernel: 1}]]}",
         {"branch 3 12 x 10 x 4", "one shape"}},
        {"branches: {join: sum, of: [[tanh], [tahn]]}", {"'tahn'", "'tanh'"}},
        {"flatten\n  - max_pool: 2", {"a vector of 360, and max_pool takes a map", "reshape"}},
        {"flatten\n  - global_sum_pool", {"global_sum_pool takes a map", ""}},
        {"global_sum_pool\n  - resize: 3", {"a vector of 3, and resize takes a map", ""}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_net *net = NULL;
        gan_error err = {0};
        const gan_status status = parse(rows[i].layer, &net, &err);
        if (status != GAN_E_DATA || !strstr(err.text, rows[i].words[0]) ||
            !strstr(err.text, rows[i].words[1])) {
            fail_msg("%s: status %d: %s", rows[i].layer, (int)status, err.text);
        }
        gan_net_destroy(net);
    }
}

/* Channels side by side, of the input too, and of branches within a branch. */
static void test_concat(void **state)
{
    gan_net *net = load("branches: {join: concat, of: [[conv: {channels: 4, kernel: 1}], [], "
                        "[branches: {join: concat, of: [[], [tanh]]}, tanh]]}");
    const gan_stack *d = net->discriminator;
    (void)state;
    assert_int_equal(d->n_layers, 7); /* conv, tanh, concat, tanh, concat, flatten, dense */
    assert_string_equal(d->layers[4].name, "concat1");
    assert_int_equal(d->layers[2].out.c, 6);
    assert_int_equal(d->layers[4].out.c, 4 + 3 + 6);
    assert_int_equal(d->layers[4].n_from, 3);
    assert_int_equal(d->layers[4].from[0], 0);
    assert_int_equal(d->layers[4].from[1], GAN_NET_INPUT);
    assert_int_equal(d->layers[4].from[2], 3);
    gan_net_destroy(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_what_is_not_said),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_concat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
