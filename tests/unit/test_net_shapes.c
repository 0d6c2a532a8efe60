/* test_net_shapes.c — geometry of convolutions against numbers worked out by hand and against its
 * own definition; shapes, parameters and printout of every shipped network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/geometry.h"
#include "net/net.h"
#include "unit/net_text.h"

/* --- geometry --- */

static gan_conv_spec square(int64_t kernel, int64_t stride, gan_padding padding, int64_t more)
{
    return (gan_conv_spec){.channels = 3,
                           .kernel_h = kernel,
                           .kernel_w = kernel,
                           .stride_h = stride,
                           .stride_w = stride,
                           .padding = padding,
                           .output_padding_h = more,
                           .output_padding_w = more,
                           .groups = 1};
}

#define SAME                                                                                       \
    {                                                                                              \
        .kind = GAN_PADDING_SAME                                                                   \
    }
#define VALID                                                                                      \
    {                                                                                              \
        .kind = GAN_PADDING_VALID                                                                  \
    }
#define PAD(n)                                                                                     \
    {                                                                                              \
        GAN_PADDING_SIZES, n, n, n, n                                                              \
    }

typedef struct known {
    int64_t in, kernel, stride;
    gan_padding padding;
    int64_t more;
    int64_t out, before, after;
} known;

static void check_known(const known *row, bool transposed)
{
    const gan_dims3 in = {row->in, row->in, 2};
    const gan_conv_spec spec = square(row->kernel, row->stride, row->padding, row->more);
    gan_conv_geometry g = {0};
    gan_error err = {0};
    const gan_status status = transposed ? gan_conv_geometry_make_transposed(in, &spec, &g, &err)
                                         : gan_conv_geometry_make(in, &spec, &g, &err);
    const int64_t out = transposed ? g.h : g.p, width = transposed ? g.w : g.q;
    if (status != GAN_OK || out != row->out || width != row->out || g.pad_top != row->before ||
        g.pad_left != row->before || g.pad_bottom != row->after || g.pad_right != row->after) {
        fail_msg("in %d kernel %d stride %d gives %d x %d, pads %d and %d (%s); want %d, %d, %d",
                 (int)row->in, (int)row->kernel, (int)row->stride, (int)out, (int)width,
                 (int)g.pad_top, (int)g.pad_bottom, err.text, (int)row->out, (int)row->before,
                 (int)row->after);
    }
    assert_int_equal(transposed ? g.p : g.h, row->in);
    assert_int_equal(transposed ? g.k : g.c, 2);
    assert_int_equal(transposed ? g.c : g.k, 3);
}

static void test_conv_known(void **state)
{
    static const known rows[] = {
        /* in k s  padding  out before after */
        {28, 5, 2, SAME, 0, 14, 1, 2},   {14, 5, 2, SAME, 0, 7, 1, 2},
        {7, 5, 2, SAME, 0, 4, 2, 2},     {7, 5, 1, SAME, 0, 7, 2, 2},
        {5, 3, 2, SAME, 0, 3, 1, 1},     {6, 3, 2, SAME, 0, 3, 0, 1},
        {4, 4, 1, SAME, 0, 4, 1, 2},     {4, 1, 3, SAME, 0, 2, 0, 0},
        {1, 7, 1, SAME, 0, 1, 3, 3},     {28, 5, 2, VALID, 0, 12, 0, 0},
        {7, 7, 3, VALID, 0, 1, 0, 0},    {8, 2, 3, VALID, 0, 3, 0, 0},
        {64, 4, 2, PAD(1), 0, 32, 1, 1}, {4, 4, 1, PAD(0), 0, 1, 0, 0},
        {5, 3, 2, PAD(1), 0, 3, 1, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_known(&rows[i], false);
    }
}

static void test_conv_transpose_known(void **state)
{
    static const known rows[] = {
        {7, 5, 1, SAME, 0, 7, 2, 2},    {7, 5, 2, SAME, 0, 14, 1, 2},
        {14, 5, 2, SAME, 0, 28, 1, 2},  {4, 4, 2, SAME, 0, 8, 1, 1},
        {3, 2, 3, SAME, 0, 9, 0, 0},    {1, 5, 1, SAME, 0, 1, 2, 2},
        {4, 5, 2, VALID, 0, 11, 0, 0},  {4, 2, 3, VALID, 0, 12, 0, 0},
        {1, 1, 1, VALID, 0, 1, 0, 0},   {1, 4, 1, PAD(0), 0, 4, 0, 0},
        {4, 4, 2, PAD(1), 0, 8, 1, 1},  {7, 3, 2, PAD(1), 1, 14, 1, 1},
        {7, 5, 2, PAD(2), 1, 14, 2, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_known(&rows[i], true);
    }
}

/* The promise of gan_conv_geometry, that its two sides belong to one ordinary convolution. */
static void check_definition(const gan_conv_geometry *g)
{
    const int64_t rows = g->h + g->pad_top + g->pad_bottom - g->r;
    const int64_t columns = g->w + g->pad_left + g->pad_right - g->s;
    if (rows < 0 || columns < 0 || rows / g->stride_h + 1 != g->p ||
        columns / g->stride_w + 1 != g->q || g->pad_top < 0 || g->pad_left < 0 ||
        g->pad_bottom < 0 || g->pad_right < 0) {
        fail_msg("h %d w %d p %d q %d kernel %d x %d stride %d x %d pads %d %d %d %d", (int)g->h,
                 (int)g->w, (int)g->p, (int)g->q, (int)g->r, (int)g->s, (int)g->stride_h,
                 (int)g->stride_w, (int)g->pad_top, (int)g->pad_left, (int)g->pad_bottom,
                 (int)g->pad_right);
    }
}

/* Every small size: the definition holds, and 'same' and 'valid' give Keras' output sizes. */
static void check_small(int64_t in, int64_t kernel, int64_t stride, gan_padding padding, int *n)
{
    const gan_dims3 dims = {in, in + 3, 1};
    gan_conv_spec spec = square(kernel, stride, padding, 0);
    gan_conv_geometry g;
    spec.stride_w = stride + 1;
    if (gan_conv_geometry_make(dims, &spec, &g, NULL) == GAN_OK) {
        check_definition(&g);
        *n += 1;
        if (padding.kind == GAN_PADDING_SAME) {
            assert_int_equal(g.p, (in + stride - 1) / stride);
        }
    } else {
        assert_true(padding.kind != GAN_PADDING_SAME);
    }
    for (int64_t more = 0; more < stride; more++) {
        spec.output_padding_h = spec.output_padding_w = more;
        if (gan_conv_geometry_make_transposed(dims, &spec, &g, NULL) != GAN_OK) {
            continue;
        }
        check_definition(&g);
        *n += 1;
        if (padding.kind == GAN_PADDING_SAME) {
            assert_int_equal(g.h, in * stride);
        } else if (padding.kind == GAN_PADDING_VALID) {
            assert_int_equal(g.h, in * stride + (kernel > stride ? kernel - stride : 0));
        } else {
            assert_int_equal(g.h, (in - 1) * stride - padding.top - padding.bottom + kernel + more);
        }
    }
}

static void test_geometry_keeps_its_definition(void **state)
{
    int n = 0;
    (void)state;
    for (int64_t in = 1; in <= 9; in++) {
        for (int64_t kernel = 1; kernel <= 7; kernel++) {
            for (int64_t stride = 1; stride <= 4; stride++) {
                check_small(in, kernel, stride, (gan_padding)SAME, &n);
                check_small(in, kernel, stride, (gan_padding)VALID, &n);
                check_small(in, kernel, stride, (gan_padding)PAD(1), &n);
                check_small(in, kernel, stride, (gan_padding){GAN_PADDING_SIZES, 0, 1, 2, 3}, &n);
            }
        }
    }
    assert_in_range(n, 2000, 5000); /* most of them exist */
}

static void test_axes_are_apart(void **state)
{
    const gan_conv_spec spec = {.channels = 2,
                                .kernel_h = 5,
                                .kernel_w = 3,
                                .stride_h = 2,
                                .stride_w = 1,
                                .padding = {GAN_PADDING_SIZES, 1, 0, 2, 2},
                                .groups = 1};
    gan_conv_geometry g;
    (void)state;
    assert_int_equal(gan_conv_geometry_make((gan_dims3){28, 11, 1}, &spec, &g, NULL), GAN_OK);
    assert_int_equal(g.p, 14); /* (28 + 1 + 2 - 5) / 2 + 1 */
    assert_int_equal(g.q, 11); /* 11 + 0 + 2 - 3 + 1 */
    assert_int_equal(g.pad_top, 1);
    assert_int_equal(g.pad_left, 0);
    assert_int_equal(g.pad_bottom, 2);
    assert_int_equal(g.pad_right, 2);
    assert_int_equal(g.stride_h, 2);
    assert_int_equal(g.stride_w, 1);
    assert_int_equal(g.r, 5);
    assert_int_equal(g.s, 3);
}

/* --- networks --- */

static gan_net *load(const char *name)
{
    gan_net *net = NULL;
    gan_error err = {0};
    if (gan_net_load(name, &net, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    assert_string_equal(gan_net_name(net), name);
    return net;
}

/* Sizes do not overlap, are aligned, fill the flat buffer; layers join; names are found again. */
static void check_places(const gan_net *net, const gan_param *params, int n, int64_t floats)
{
    int64_t end = 0;
    bool is_stat = false;
    for (int i = 0; i < n; i++) {
        const gan_param *p = &params[i];
        assert_int_equal(p->offset % 4, 0);
        assert_true(p->offset >= end && p->offset < end + 4);
        assert_int_equal(p->count, p->dims[0] * p->dims[1] * p->dims[2] * p->dims[3]);
        assert_true(p->rank == 1 || p->rank == 2 || p->rank == 4);
        for (int d = p->rank; d < 4; d++) {
            assert_int_equal(p->dims[d], 1);
        }
        end = p->offset + p->count;
        if (gan_net_find_param(net, p->name, &is_stat) != p) { /* so names are unique */
            fail_msg("%s is not found, or twice there", p->name);
        }
        assert_int_equal(is_stat, p->role >= GAN_PARAM_MOVING_MEAN);
    }
    assert_true(floats >= end && floats < end + 4 && floats % 4 == 0);
}

static void check_stack(const gan_net *net, const gan_stack *stack)
{
    check_places(net, stack->params, stack->n_params, stack->param_floats);
    check_places(net, stack->stats, stack->n_stats, stack->stat_floats);
    gan_dims3 dims = stack->in;
    for (int i = 0; i < stack->n_layers; i++) {
        const gan_layer *layer = &stack->layers[i];
        assert_memory_equal(&layer->in, &dims, sizeof dims);
        if (layer->kind == GAN_LAYER_conv || layer->kind == GAN_LAYER_conv_transpose) {
            const gan_param *kernel = &stack->params[layer->kernel];
            const int64_t krsc[4] = {layer->u.conv.k, layer->u.conv.r, layer->u.conv.s,
                                     layer->u.conv.c / layer->u.conv.groups};
            check_definition(&layer->u.conv);
            assert_memory_equal(kernel->dims, krsc, sizeof krsc);
            assert_int_equal(kernel->layer, i);
        }
        dims = layer->out;
    }
    assert_memory_equal(&stack->out, &dims, sizeof dims);
}

static void test_shipped_networks(void **state)
{
    static const struct {
        const char *name;
        gan_net_summary want;
    } rows[] = {
        {"dcgan-mnist", {GAN_NET_KIND_GAN, 28, 28, 1, 100, 2330944, 2305472, 212865, 212865, 0, 0}},
        {"mnist-quick", {GAN_NET_KIND_GAN, 28, 28, 1, 100, 2330944, 2305472, 212865, 212865, 0, 0}},
        {"dcgan-64", {GAN_NET_KIND_GAN, 64, 64, 3, 100, 3578624, 3576704, 2767360, 2765568, 0, 0}},
        {"dcgan-cifar10",
         {GAN_NET_KIND_GAN, 32, 32, 3, 100, 3450371, 3448579, 662977, 662977, 0, 0}},
        {"mnist", {GAN_NET_KIND_GAN, 28, 28, 1, 64, 256929, 256609, 94721, 94721, 0, 0}},
        {"fashion", {GAN_NET_KIND_GAN, 28, 28, 1, 64, 256929, 256609, 94721, 94721, 0, 0}},
        {"stacked-mnist", {GAN_NET_KIND_GAN, 28, 28, 3, 64, 257507, 257187, 95297, 95297, 0, 0}},
        {"grey-32", {GAN_NET_KIND_GAN, 32, 32, 1, 128, 913569, 912609, 373761, 373761, 0, 0}},
        {"rgb-32", {GAN_NET_KIND_GAN, 32, 32, 3, 128, 914147, 913187, 374913, 374913, 0, 0}},
        {"grey-64", {GAN_NET_KIND_GAN, 64, 64, 1, 128, 918097, 917105, 391937, 391937, 0, 0}},
        {"rgb-64", {GAN_NET_KIND_GAN, 64, 64, 3, 128, 918387, 917395, 392513, 392513, 0, 0}},
        {"tiny", {GAN_NET_KIND_GAN, 28, 28, 1, 16, 10388, 9580, 4209, 4209, 0, 0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_net *net = load(rows[i].name);
        const gan_net_summary got = gan_net_summarize(net);
        const size_t numbers = sizeof got - offsetof(gan_net_summary, height);
        if (got.kind != rows[i].want.kind ||
            memcmp(&got.height, &rows[i].want.height, numbers) != 0) {
            fail_msg("%s: generator %lld (%lld trained), discriminator %lld (%lld)", rows[i].name,
                     (long long)got.generator_params, (long long)got.generator_trained,
                     (long long)got.discriminator_params, (long long)got.discriminator_trained);
        }
        check_stack(net, net->generator);
        check_stack(net, net->discriminator);
        gan_net_destroy(net);
    }
}

/* The blocks' maps as Szegedy et al. (2015) list them, and those within the last two; 94
 * convolutions without biases, the gammas and betas of 17,216 channels, and as many statistics. */
static void test_inception_is_the_published_one(void **state)
{
    static const gan_dims3 joined[] = {{35, 35, 256}, {35, 35, 288}, {35, 35, 288}, {17, 17, 768},
                                       {17, 17, 768}, {17, 17, 768}, {17, 17, 768}, {17, 17, 768},
                                       {8, 8, 1280},  {8, 8, 768},   {8, 8, 768},   {8, 8, 2048},
                                       {8, 8, 768},   {8, 8, 768},   {8, 8, 2048}};
    gan_net *net = load("inception-fid");
    const gan_net_summary sum = gan_net_summarize(net);
    size_t n = 0;
    (void)state;
    for (int i = 0; i < net->single->n_layers; i++) {
        if (net->single->layers[i].kind == GAN_LAYER_concat) {
            assert_true(n < sizeof joined / sizeof *joined);
            assert_memory_equal(&net->single->layers[i].out, &joined[n++], sizeof *joined);
        }
    }
    assert_int_equal(n, sizeof joined / sizeof *joined);
    assert_int_equal(net->single->n_params, 94 * 3);
    assert_int_equal(sum.single_trained, 21785568);
    assert_int_equal(sum.single_params - sum.single_trained, 2 * 17216);
    assert_int_equal(net->single->out.c, 2048);
    gan_net_destroy(net);
}

static void test_dcgan_mnist_is_the_tutorial(void **state)
{
    static const gan_dims3 g_out[] = {{1, 1, 12544}, {1, 1, 12544}, {1, 1, 12544}, {7, 7, 256},
                                      {7, 7, 128},   {7, 7, 128},   {7, 7, 128},   {14, 14, 64},
                                      {14, 14, 64},  {14, 14, 64},  {28, 28, 1},   {28, 28, 1}};
    static const gan_dims3 d_out[] = {{14, 14, 64}, {14, 14, 64}, {14, 14, 64}, {7, 7, 128},
                                      {7, 7, 128},  {7, 7, 128},  {1, 1, 6272}, {1, 1, 1}};
    gan_net *net = load("dcgan-mnist");
    (void)state;
    assert_int_equal(net->generator->n_layers, sizeof g_out / sizeof *g_out);
    for (int i = 0; i < net->generator->n_layers; i++) {
        assert_memory_equal(&net->generator->layers[i].out, &g_out[i], sizeof *g_out);
    }
    assert_int_equal(net->discriminator->n_layers, sizeof d_out / sizeof *d_out);
    for (int i = 0; i < net->discriminator->n_layers; i++) {
        assert_memory_equal(&net->discriminator->layers[i].out, &d_out[i], sizeof *d_out);
    }
    assert_int_equal(net->train.schedule, GAN_SIMULTANEOUS);
    assert_int_equal(net->train.batch_size, 256);
    assert_int_equal(net->train.epochs, 50);
    assert_true(net->train.adam_g.lr == 1e-4 && net->train.adam_d.lr == 1e-4);
    assert_true(net->train.adam_g.beta1 == 0.9 && net->train.adam_g.epsilon == 1e-7);
    gan_net_destroy(net);
}

/* The example of data/nets/README.md is what the reader takes. */
static void test_documented_example(void **state)
{
    static char text[1 << 16];
    gan_net *net = NULL;
    gan_error err = {0};
    FILE *file = fopen("data/nets/README.md", "rb");
    (void)state;
    assert_non_null(file);
    const size_t n = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_true(n > 0 && n < sizeof text - 1);
    char *begin = strstr(text, "```yaml\n");
    assert_non_null(begin);
    begin += strlen("```yaml\n");
    char *end = strstr(begin, "```");
    assert_non_null(end);
    *end = '\0';
    if (gan_net_parse(begin, "README.md", &net, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    check_stack(net, net->generator);
    gan_net_destroy(net);
}

/* --- printing --- */

typedef struct printed {
    char text[8192];
    size_t longest;
    int lines;
} printed;

static void collect(void *ctx, const char *line)
{
    printed *to = ctx;
    assert_null(strchr(line, '\n'));
    assert_true(strlen(to->text) + strlen(line) + 2 < sizeof to->text);
    strcat(strcat(to->text, line), "\n");
    to->lines++;
}

static void test_printed_table(void **state)
{
    static const char *const lines[] = {
        "dcgan-mnist: images 28 x 28 x 1, latent 100\n\ngenerator\n",
        "  layer            output           parameters\n",
        "  dense0           12544             1,254,400\n",
        "  conv_transpose0  7 x 7 x 128         819,200\n",
        "  batch_norm1      7 x 7 x 128             512\n",
        "  tanh0            28 x 28 x 1               0\n",
        "  total                              2,330,944\n  2,305,472 trained, 25,472 moving",
        "\ndiscriminator\n",
        "  conv0            14 x 14 x 64          1,664\n",
        "  total                                212,865\n  212,865 trained, 0 moving statistics\n",
    };
    gan_net *net = load("dcgan-mnist");
    printed out = {.lines = 0};
    (void)state;
    gan_net_print(net, &(gan_listener){collect, &out});
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (!strstr(out.text, lines[i])) {
            fail_msg("no '%s' in\n%s", lines[i], out.text);
        }
    }
    assert_int_equal(out.lines, 1 + 2 * 5 + 12 + 8);
    gan_net_destroy(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conv_known),
        cmocka_unit_test(test_conv_transpose_known),
        cmocka_unit_test(test_geometry_keeps_its_definition),
        cmocka_unit_test(test_axes_are_apart),
        cmocka_unit_test(test_shipped_networks),
        cmocka_unit_test(test_inception_is_the_published_one),
        cmocka_unit_test(test_dcgan_mnist_is_the_tutorial),
        cmocka_unit_test(test_documented_example),
        cmocka_unit_test(test_printed_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
