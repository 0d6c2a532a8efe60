/* test_program_second_gradients.c — the gradient of a gradient: what a gradient penalty needs.
 *
 * r = sum over samples of |dD/dx|^2, differentiated with respect to D's parameters, against finite
 * differences in double precision; through batch norm it is refused by name. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/normal.h"
#include "net/net.h"
#include "program/backend.h"
#include "program/differentiate.h"
#include "program/forward.h"
#include "program/place.h"

enum { BATCH = 3 };

static const char head[] = "name: second\nimage: {height: 7, width: 6, channels: 2}\nlatent: 3\n"
                           "generator:\n  - dense: 84\n  - reshape: [7, 6, 2]\n  - tanh\n"
                           "discriminator:\n";
static const char plain[] = "  - conv: {channels: 5, kernel: 3, stride: 2, padding: same}\n"
                            "  - leaky_relu: 0.3\n"
                            "  - conv: {channels: 4, kernel: 2, padding: 1, bias: false}\n"
                            "  - leaky_relu: 0.1\n  - flatten\n  - dense: 6\n  - leaky_relu: 0.5\n"
                            "  - dense: 1\n";
/* What makes maps smaller and larger, twice: linear, or with the places of the largest numbers; and
 * branches. A product depends on biases before it: there are none. */
static const char mapped[] =
    "  - conv: {channels: 5, kernel: 3, padding: same, bias: false}\n  - leaky_relu: 0.3\n"
    "  - max_pool: {kernel: 3, stride: 2, padding: 1}\n"
    "  - upsample: {factor: 2, filter: [1, 2, 1]}\n"
    "  - conv: {channels: 4, kernel: 2, bias: false}\n  - leaky_relu: 0.1\n"
    "  - average_pool: {kernel: 2, stride: 1, padding: 1, count_padding: false}\n"
    "  - resize: {size: [5, 9], filter: bicubic, antialias: true}\n"
    "  - branches: {join: concat, of: [[conv: {channels: 2, kernel: 1, bias: false}], [], "
    "[max_pool: "
    "{kernel: 3, stride: 1, padding: same}]]}\n"
    "  - branches: {join: multiply, of: [[conv: {channels: 3, kernel: 1, bias: false}], "
    "[conv: {channels: 3, kernel: 1, bias: false}]]}\n"
    "  - conv: {channels: 4, kernel: 3, bias: false}\n  - leaky_relu: 0.2\n  - downsample: 2\n"
    "  - max_pool: {kernel: [1, 2], stride: 1}\n"
    "  - conv: {channels: 6, kernel: 1, bias: false}\n  - leaky_relu: 0.5\n"
    "  - global_average_pool\n  - dense: 1\n";
/* A gradient that two convolutions give a part of. */
static const char parted[] = "  - conv: {channels: 5, kernel: 3, stride: 2, padding: same}\n"
                             "  - leaky_relu: 0.3\n"
                             "  - residual: {layers: [conv: {channels: 4, kernel: 1}], shortcut: "
                             "[conv: {channels: 4, kernel: 3, padding: 1}]}\n"
                             "  - leaky_relu: 0.1\n  - flatten\n  - dense: 1\n";
static const char normalized[] = "  - conv: {channels: 5, kernel: 3, stride: 2, padding: same}\n"
                                 "  - batch_norm\n  - leaky_relu: 0.3\n  - flatten\n  - dense: 1\n";

/* Every activation that bends: its second derivative is in the penalty's gradient, of biases too.
 */
static const char smooth[] = "  - conv: {channels: 5, kernel: 3, stride: 2, padding: same}\n"
                             "  - silu\n"
                             "  - residual: [gelu, conv: {channels: 5, kernel: 1}, softplus]\n"
                             "  - conv: {channels: 4, kernel: 2, padding: 1}\n"
                             "  - elu: 0.7\n  - relu6\n  - flatten\n  - dense: 6\n  - tanh\n"
                             "  - dense: 5\n  - selu\n  - dense: 1\n";

/* Sigmoid, a block's scale, and a learned map times a vector. */
static const char scaled[] = "  - conv: {channels: 5, kernel: 3, stride: 2, padding: same}\n"
                             "  - sigmoid\n"
                             "  - residual: {layers: [conv: {channels: 5, kernel: 1}, silu], "
                             "scale: 0.6}\n"
                             "  - linear: 1.3\n  - flatten\n  - dense: 4\n"
                             "  - constant: {shape: [3, 2, 4], scaled: true}\n  - softplus\n"
                             "  - global_sum_pool\n  - dense: 5\n  - sigmoid\n  - dense: 1\n";

/* Per-sample normalizations, whose derivative depends on what they are given. */
static const char per_sample[] = "  - conv: {channels: 6, kernel: 3, stride: 2, padding: same}\n"
                                 "  - group_norm: {groups: 2, epsilon: 0.1}\n  - silu\n"
                                 "  - conv: {channels: 4, kernel: 2, padding: 1}\n"
                                 "  - instance_norm: {epsilon: 0.1, affine: true}\n  - gelu\n"
                                 "  - pixel_norm: {epsilon: 0.1}\n  - scale: {init: {normal: 1}}\n"
                                 "  - bias\n  - flatten\n  - dense: 6\n"
                                 "  - layer_norm: {epsilon: 0.1}\n  - tanh\n  - dense: 1\n";

/* Convolutions in groups, whose gradients are in groups too: of one channel, of several, with more
 * filters than channels; transposed ones. */
static const char in_groups[] =
    "  - conv: {channels: 6, kernel: 3, padding: same, groups: 2}\n  - silu\n"
    "  - conv: {channels: 12, kernel: 3, stride: 2, padding: 1, groups: depthwise}\n  - gelu\n"
    "  - residual: [conv_transpose: {channels: 12, kernel: 3, padding: 1, groups: depthwise}, silu,"
    " conv: {channels: 12, kernel: 1, groups: 3}]\n"
    "  - conv_transpose: {channels: 4, kernel: 2, stride: 2, groups: 4, bias: false}\n"
    "  - tanh\n  - flatten\n  - dense: 5\n  - silu\n  - dense: 1\n";

/* Batch norm by its moving statistics is linear in what it is given; what bends is around it. */
static const char moving[] = "  - conv: {channels: 5, kernel: 3, stride: 2, padding: same}\n"
                             "  - batch_norm: {epsilon: 0.1}\n  - silu\n"
                             "  - conv: {channels: 4, kernel: 2, padding: 1}\n"
                             "  - batch_norm: {epsilon: 0.1}\n  - leaky_relu: 0.2\n"
                             "  - residual: [conv: {channels: 4, kernel: 1}, batch_norm, gelu]\n"
                             "  - flatten\n  - dense: 6\n  - batch_norm\n  - tanh\n  - dense: 1\n";

static const char grouped[] = "  - conv: {channels: 5, kernel: 3, stride: 2, padding: same}\n"
                              "  - minibatch_stddev: {group: 3}\n  - flatten\n  - dense: 1\n";

typedef struct rig {
    gan_net *net;
    gan_program *program;
    gan_side d;
    gan_pass pass;
    int penalty, gradient; /* (BATCH) row sums; the flat gradient of their sum */
    gan_device *device;
    gan_executable *executable;
    bool of_biases; /* but of the last layer's, which moves no gradient */
    bool frozen;    /* batch norm by its moving statistics */
} rig;

static gan_status build(rig *r, gan_error *err)
{
    const int64_t image[4] = {BATCH, 7, 6, 2}, rows[4] = {BATCH, 1, 1, 1};
    const int64_t counters[4] = {1, 1, 1, GAN_COUNTER_COUNT};
    int x, y, seed, count, g;
    GAN_TRY(gan_program_create("second", &r->program, err));
    GAN_TRY(gan_side_declare(r->program, r->net->discriminator,
                             gan_flat_names_of(GAN_NETWORK_DISCRIMINATOR), true, &r->d, err));
    GAN_TRY(
        gan_program_buffer(r->program, "counters", GAN_CONTROL, GAN_I64, counters, &count, err));
    GAN_TRY(gan_program_batch(r->program, "x", GAN_INPUT, GAN_F32, image, &x, err));
    GAN_TRY(gan_program_batch(r->program, "ones", GAN_INPUT, GAN_F32, rows, &seed, err));
    r->pass = (gan_pass){.training = !r->frozen, .name = "", .counters = count, .batch_stat = -1};
    GAN_TRY(gan_forward_build(r->program, &r->d, &r->pass, x, -1, &y, err));
    const gan_gradient_seed first = {y, seed};
    gan_gradient_request of_x = {.of = x, .into = -1};
    GAN_TRY(gan_program_differentiate(r->program, r->pass.first_op, r->pass.end_op, &first, 1,
                                      &of_x, 1, 0, 0, err));
    g = of_x.into;
    GAN_TRY(gan_program_batch(r->program, "penalty", GAN_OUTPUT, GAN_F32, rows, &r->penalty, err));
    const int in[] = {g, g};
    GAN_TRY(gan_program_op(r->program, GAN_OP_row_dot, "penalty", in, &r->penalty, NULL, err));
    int n = r->d.stack->n_params, wanted = 0;
    gan_gradient_request *requests = calloc((size_t)n, sizeof *requests);
    assert_non_null(requests);
    for (int i = 0; i < n; i++) { /* biases only move signs: the penalty's gradient has none */
        if (r->d.stack->params[i].role == GAN_PARAM_KERNEL || (r->of_biases && i + 1 < n)) {
            requests[wanted++] =
                (gan_gradient_request){.of = r->d.params[i], .into = r->d.gradients[i]};
        }
    }
    const gan_gradient_seed second = {r->penalty, seed};
    gan_status status = gan_program_differentiate(r->program, r->pass.first_op, r->program->n_ops,
                                                  &second, 1, requests, wanted, 0, 0, err);
    free(requests);
    GAN_TRY(status);
    return gan_program_place(r->program, false, err);
}

static void open_rig(rig *r, const char *layers, gan_status expected, gan_error *err)
{
    char yaml[2048];
    *r = (rig){.of_biases = r->of_biases, .frozen = r->frozen};
    snprintf(yaml, sizeof yaml, "%s%s", head, layers);
    assert_int_equal(gan_net_parse(yaml, "second", &r->net, err), GAN_OK);
    assert_int_equal(build(r, err), expected);
}

static void close_rig(rig *r)
{
    if (r->device) {
        gan_reference_backend.destroy(r->executable);
        gan_reference_backend.close(r->device);
    }
    gan_side_free(&r->d);
    gan_program_destroy(r->program);
    gan_net_destroy(r->net);
}

static double penalty_at(rig *r, const double *w, const double *v, double h, double *shifted,
                         int64_t n)
{
    double rows[BATCH], sum = 0;
    for (int64_t i = 0; i < n; i++) {
        shifted[i] = w[i] + h * v[i];
    }
    assert_int_equal(gan_reference_backend.write_doubles(r->device, "d.param", 0, shifted, n, NULL),
                     GAN_OK);
    assert_int_equal(gan_reference_backend.run(r->executable, 1, NULL), GAN_OK);
    assert_int_equal(gan_reference_backend.read_doubles(r->device, "penalty", 0, rows, BATCH, NULL),
                     GAN_OK);
    for (int i = 0; i < BATCH; i++) {
        sum += rows[i];
    }
    return sum;
}

static void fill(uint64_t seed, uint32_t stream, uint64_t step, int64_t n, double *z)
{
    for (int64_t i = 0; i < n; i++) {
        float draw;
        gan_normal_fill(seed, stream, step, i, 1, &draw);
        z[i] = (double)draw;
    }
}

/* Of kernels alone where the layers only have slopes. scale: of the weights. */
static void check_second_derivative(const char *layers, bool of_biases, double scale)
{
    rig r = {.frozen = layers == moving};
    gan_error err = {0};
    const double ones[BATCH] = {1, 1, 1}, h = 1e-6;
    const gan_device_options options = {.threads = 1};
    r.of_biases = of_biases;
    open_rig(&r, layers, GAN_OK, &err);
    int64_t n = r.d.stack->param_floats, pixels = (int64_t)BATCH * 7 * 6 * 2;
    double *w = calloc((size_t)n, sizeof *w), *v = calloc((size_t)n, sizeof *v);
    double *g = calloc((size_t)n, sizeof *g), *shifted = calloc((size_t)n, sizeof *shifted);
    double *x = calloc((size_t)pixels, sizeof *x);
    assert_true(w && v && g && shifted && x);
    const gan_backend *reference = &gan_reference_backend;
    assert_int_equal(reference->open(&options, &r.device, &err), GAN_OK);
    assert_int_equal(reference->compile(r.device, r.program, &r.executable, &err), GAN_OK);
    fill(5, 1, 0, n, w);
    for (int64_t i = 0; i < n; i++) {
        w[i] *= scale;
    }
    if (r.frozen) { /* means and variances, all different */
        for (int64_t i = 0; i < r.d.stack->stat_floats; i++) {
            shifted[i] = 0.5 + 0.01 * (double)i;
        }
        assert_int_equal(
            reference->write_doubles(r.device, "d.stat", 0, shifted, r.d.stack->stat_floats, &err),
            GAN_OK);
    }
    fill(5, 2, 0, pixels, x);
    assert_int_equal(reference->write_doubles(r.device, "x", 0, x, pixels, &err), GAN_OK);
    assert_int_equal(reference->write_doubles(r.device, "ones", 0, ones, BATCH, &err), GAN_OK);
    (void)penalty_at(&r, w, w, 0, shifted, n);
    int flat = gan_program_find(r.program, "d.grad"), agreeing = 0;
    assert_int_equal(reference->peek_doubles(r.executable, flat, g, n, &err), GAN_OK);
    for (int d = 0; d < 8; d++) {
        double expected = 0, size = 0;
        fill(6, 3, (uint64_t)d, n, v);
        for (int64_t i = 0; i < n; i++) {
            expected += g[i] * v[i];
            size += g[i] * g[i];
        }
        double found =
            (penalty_at(&r, w, v, h, shifted, n) - penalty_at(&r, w, v, -h, shifted, n)) / (2 * h);
        assert_true(size > 0);
        agreeing += fabs(found - expected) <= 1e-8 * sqrt(size);
    }
    assert_true(agreeing >= 7); /* a direction that crosses a kink of LeakyReLU may disagree */
    free(w);
    free(v);
    free(g);
    free(shifted);
    free(x);
    close_rig(&r);
}

static void gradient_of_the_gradient_norm_is_its_derivative(void **state)
{
    (void)state;
    check_second_derivative(plain, false, 1);
    check_second_derivative(parted, false, 1);
    check_second_derivative(mapped, false, 1);
}

static void the_same_where_activations_bend(void **state)
{
    (void)state;
    check_second_derivative(smooth, true, 0.4); /* tanh is not to be flat */
    check_second_derivative(scaled, true, 0.4);
}

static void the_same_through_normalizations_of_a_sample(void **state)
{
    (void)state;
    check_second_derivative(per_sample, true, 0.4);
}

static void the_same_through_groups_of_channels(void **state)
{
    (void)state;
    check_second_derivative(in_groups, true, 0.4);
}

static void the_same_through_moving_statistics(void **state)
{
    (void)state;
    check_second_derivative(moving, true, 0.4);
}

static void a_penalty_through_batch_norm_is_refused_by_name(void **state)
{
    (void)state;
    rig r = {0};
    gan_error err = {0};
    open_rig(&r, normalized, GAN_E_UNSUPPORTED, &err);
    assert_non_null(strstr(err.text, "batch_norm"));
    close_rig(&r);
}

static void and_through_groups_of_samples(void **state)
{
    (void)state;
    rig r = {0};
    gan_error err = {0};
    open_rig(&r, grouped, GAN_E_UNSUPPORTED, &err);
    assert_non_null(strstr(err.text, "d.minibatch_stddev0"));
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_of_the_gradient_norm_is_its_derivative),
        cmocka_unit_test(the_same_where_activations_bend),
        cmocka_unit_test(the_same_through_normalizations_of_a_sample),
        cmocka_unit_test(the_same_through_groups_of_channels),
        cmocka_unit_test(the_same_through_moving_statistics),
        cmocka_unit_test(a_penalty_through_batch_norm_is_refused_by_name),
        cmocka_unit_test(and_through_groups_of_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
