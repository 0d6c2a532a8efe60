/* test_net_init.c — initial values: their distribution, that they depend on the seed, the
 * parameter and the element alone, and that nothing else in the flat buffer is touched. */
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
#include "unit/net_text.h"

enum { SEED = 20240917 };

static gan_net *load(const char *name)
{
    gan_net *net = NULL;
    gan_error err = {0};
    if (gan_net_load(name, &net, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return net;
}

/* A stack's initial parameters; free() them. */
static float *draw(const gan_stack *stack, uint64_t seed)
{
    float *params = malloc((size_t)stack->param_floats * sizeof *params);
    assert_non_null(params);
    memset(params, 0x7f, (size_t)stack->param_floats * sizeof *params);
    gan_stack_init_params(stack, seed, params, NULL);
    return params;
}

static const gan_param *param_of(const gan_net *net, const char *name)
{
    bool is_stat = false;
    const gan_param *param = gan_net_find_param(net, name, &is_stat);
    assert_non_null(param);
    return param;
}

typedef struct moments {
    double mean, deviation, least, most;
} moments;

static moments measure(const float *w, int64_t n)
{
    double sum = 0, squares = 0;
    moments m = {.least = w[0], .most = w[0]};
    for (int64_t i = 0; i < n; i++) {
        sum += (double)w[i];
        squares += (double)w[i] * (double)w[i];
        m.least = fmin(m.least, (double)w[i]);
        m.most = fmax(m.most, (double)w[i]);
    }
    m.mean = sum / (double)n;
    m.deviation = sqrt(squares / (double)n - m.mean * m.mean);
    return m;
}

/* Within five standard errors of what n independent draws of that deviation give: one false alarm
 * in a million seeds, and the seed is fixed. kurtosis: 3 for a normal, 1.8 for a uniform. */
static void expect_moments(const char *name, moments m, double mean, double deviation,
                           double kurtosis, int64_t n)
{
    const double of_mean = 5.0 * deviation / sqrt((double)n);
    const double of_deviation = 5.0 * deviation * sqrt((kurtosis - 1.0) / (4.0 * (double)n));
    if (!(fabs(m.mean - mean) <= of_mean) || !(fabs(m.deviation - deviation) <= of_deviation)) {
        fail_msg("%s: mean %.8g (want %.8g +- %.2g), deviation %.8g (want %.8g +- %.2g), seed %d",
                 name, m.mean, mean, of_mean, m.deviation, deviation, of_deviation, SEED);
    }
}

static void check_uniform(const gan_net *net, const char *name, double limit)
{
    const gan_stack *stack = name[0] == 'g' ? net->generator : net->discriminator;
    const gan_param *p = param_of(net, name);
    float *params = draw(stack, SEED);
    const moments m = measure(params + p->offset, p->count);
    expect_moments(name, m, 0.0, limit / sqrt(3.0), 1.8, p->count);
    /* The outermost of n draws is about limit / n from the edge, which is a float. */
    const double edge = limit * (1.0 - 20.0 / (double)p->count), last = (double)(float)limit;
    if (!(m.most > edge && m.most <= last && m.least < -edge && m.least >= -last)) {
        fail_msg("%s: [%.9g, %.9g], want nearly all of +-%.9g, seed %d", name, m.least, m.most,
                 limit, SEED);
    }
    free(params);
}

static void check_normal(const gan_net *net, const char *name, double mean, double deviation)
{
    const gan_stack *stack = name[0] == 'g' ? net->generator : net->discriminator;
    const gan_param *p = param_of(net, name);
    float *params = draw(stack, SEED);
    const moments m = measure(params + p->offset, p->count);
    expect_moments(name, m, mean, deviation, 3.0, p->count);
    assert_true(m.most - mean > 2.0 * deviation); /* it has tails: not truncated, not uniform */
    assert_true(m.least - mean < -2.0 * deviation);
    free(params);
}

static void test_glorot_uniform(void **state)
{
    gan_net *net = load("dcgan-mnist");
    (void)state;
    check_uniform(net, "g.conv_transpose0.kernel", 0.025); /* seen in Keras: parity with it */
    check_uniform(net, "g.conv_transpose1.kernel", sqrt(6.0 / (25.0 * (128 + 64))));
    check_uniform(net, "g.dense0.kernel", sqrt(6.0 / (100 + 12544)));
    check_uniform(net, "d.conv0.kernel", sqrt(6.0 / (25.0 * (1 + 64))));
    check_uniform(net, "d.dense0.kernel", sqrt(6.0 / (6272 + 1)));
    gan_net_destroy(net);
}

static void test_normal(void **state)
{
    gan_net *net = load("dcgan-64");
    (void)state;
    check_normal(net, "g.conv_transpose1.kernel", 0.0, 0.02);
    check_normal(net, "d.conv3.kernel", 0.0, 0.02);
    check_normal(net, "g.batch_norm0.gamma", 1.0, 0.02);
    check_normal(net, "d.batch_norm2.gamma", 1.0, 0.02);
    gan_net_destroy(net);
}

/* The discriminator's first convolution, 5 x 5 x 1 to 64, with another initializer. */
static gan_net *with_init(const char *init)
{
    char text[128];
    snprintf(text, sizeof text, "channels: 64, init: %s, kernel: 5, stride: 2", init);
    return net_text_load("channels: 3, kernel: 5, stride: 2", text);
}

static void test_fans(void **state)
{
    static const struct {
        const char *init;
        bool uniform;
        double size; /* limit, or deviation */
    } rows[] = {{"glorot_normal", false, 2.0 / (25 + 25 * 64)},
                {"he_uniform", true, 6.0 / 25},
                {"lecun_uniform", true, 3.0 / 25},
                {"lecun_normal", false, 1.0 / 25},
                {"pytorch", true, 1.0 / 25}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        gan_net *net = with_init(rows[i].init);
        (rows[i].uniform ? (void)check_uniform(net, "d.conv0.kernel", sqrt(rows[i].size))
                         : check_normal(net, "d.conv0.kernel", 0.0, sqrt(rows[i].size)));
        gan_net_destroy(net);
    }
    gan_net *net = with_init("pytorch, bias_init: pytorch");
    check_uniform(net, "d.conv0.bias", 0.2); /* by the kernel's fan */
    gan_net_destroy(net);
}

/* No draw beyond 2 deviations; a normal's variance between them is 0.7737 of the whole one's. */
static void test_truncated_normal(void **state)
{
    gan_net *net = with_init("{truncated_normal: [0.5, 0.1]}");
    const gan_param *p = param_of(net, "d.conv0.kernel");
    float *params = draw(net->discriminator, SEED);
    const moments m = measure(params + p->offset, p->count);
    (void)state;
    expect_moments("truncated", m, 0.5, 0.1 * sqrt(0.773741), 2.4, p->count);
    /* about 90 of the 1600 draws are in the outermost deviation of a side, 20 in 0.022 */
    if (!(m.least >= 0.3 && m.most <= 0.7 && m.least < 0.322 && m.most > 0.678)) {
        fail_msg("truncated: [%.9g, %.9g], want nearly all of [0.3, 0.7]", m.least, m.most);
    }
    free(params);
    gan_net_destroy(net);
}

/* Rows, or where they are more, columns, are orthonormal, times the gain. */
static void check_orthogonal(const gan_stack *stack, const gan_param *p, double gain)
{
    float *params = draw(stack, SEED);
    const float *w = params + p->offset;
    const int64_t rows = p->dims[0], columns = p->count / rows;
    const bool by_rows = rows <= columns;
    const int64_t n = by_rows ? rows : columns, length = by_rows ? columns : rows;
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j <= i; j++) {
            double sum = 0;
            for (int64_t k = 0; k < length; k++) {
                sum += (double)w[by_rows ? i * columns + k : k * columns + i] *
                       (double)w[by_rows ? j * columns + k : k * columns + j];
            }
            const double want = i == j ? gain * gain : 0;
            if (!(fabs(sum - want) <= 2e-6)) {
                fail_msg("%s: vectors %lld and %lld give %g", p->name, (long long)i, (long long)j,
                         sum);
            }
        }
    }
    free(params);
}

static void test_orthogonal(void **state)
{
    gan_net *net = with_init("orthogonal"); /* 64 rows of 25 */
    (void)state;
    check_orthogonal(net->discriminator, param_of(net, "d.conv0.kernel"), 1);
    gan_net_destroy(net);
    net =
        net_text_load("units: 32, bias: false", "units: 32, bias: false, init: {orthogonal: 1.5}");
    check_orthogonal(net->generator, param_of(net, "g.dense0.kernel"), 1.5); /* 4 rows of 32 */
    gan_net_destroy(net);
}

static void test_he_normal_and_uniform(void **state)
{
    gan_net *net = net_text_load("channels: 3, kernel: 5, stride: 2",
                                 "channels: 64, init: he_normal, kernel: 5, stride: 2");
    (void)state;
    check_normal(net, "d.conv0.kernel", 0.0, sqrt(2.0 / 25.0));
    gan_net_destroy(net);
    net = net_text_load("channels: 3, kernel: 5, stride: 2",
                        "channels: 64, init: {uniform: 0.05}, kernel: 5, stride: 2");
    check_uniform(net, "d.conv0.kernel", 0.05);
    gan_net_destroy(net);
}

static void expect_constant(const gan_net *net, const float *flat, const char *name, float value)
{
    const gan_param *p = param_of(net, name);
    for (int64_t i = 0; i < p->count; i++) {
        if (!(flat[p->offset + i] == value)) {
            fail_msg("%s[%d] is %g, not %g", name, (int)i, (double)flat[p->offset + i],
                     (double)value);
        }
    }
}

static void test_constants(void **state)
{
    gan_net *net = net_text_load("dense: 1\n", "dense: {units: 7, bias_init: {constant: -2.5}}\n");
    float *g = draw(net->generator, SEED), *d = draw(net->discriminator, SEED);
    float *stats = malloc((size_t)net->generator->stat_floats * sizeof *stats);
    (void)state;
    assert_non_null(stats);
    expect_constant(net, g, "g.batch_norm0.gamma", 1.0f);
    expect_constant(net, g, "g.batch_norm0.beta", 0.0f);
    expect_constant(net, d, "d.conv0.bias", 0.0f);
    expect_constant(net, d, "d.dense0.bias", -2.5f);
    gan_stack_init_params(net->generator, SEED, NULL, stats);
    expect_constant(net, stats, "g.batch_norm0.moving_mean", 0.0f);
    expect_constant(net, stats, "g.batch_norm0.moving_variance", 1.0f);
    free(stats);
    free(g);
    free(d);
    gan_net_destroy(net);
}

/* d.conv0.bias has 3 floats and d.dense0.bias 1: there are gaps. */
static void test_gaps_are_zero_and_the_end_is_the_end(void **state)
{
    gan_net *net = net_text_load("", "");
    const gan_stack *d = net->discriminator;
    const size_t n = (size_t)d->param_floats;
    float *params = malloc((n + 4) * sizeof *params);
    (void)state;
    assert_non_null(params);
    memset(params, 0x7f, (n + 4) * sizeof *params);
    gan_stack_init_params(d, SEED, params, NULL);
    int64_t gaps = d->param_floats;
    for (int i = 0; i < d->n_params; i++) {
        gaps -= d->params[i].count;
        memset(params + d->params[i].offset, 0, (size_t)d->params[i].count * sizeof *params);
    }
    assert_true(gaps >= 4);
    for (size_t i = 0; i < n; i++) {
        assert_true(params[i] == 0.0f);
    }
    for (size_t i = 0; i < 4 * sizeof *params; i++) {
        assert_int_equal(((unsigned char *)(params + n))[i], 0x7f);
    }
    free(params);
    gan_net_destroy(net);
}

static void test_same_seed_same_bits_other_seed_other_bits(void **state)
{
    gan_net *net = load("tiny");
    const gan_stack *g = net->generator, *d = net->discriminator;
    const size_t bytes = (size_t)g->param_floats * sizeof(float);
    float *once = draw(g, SEED), *again = draw(g, SEED), *other = draw(g, SEED + 1);
    float *of_d = draw(d, SEED);
    (void)state;
    assert_memory_equal(once, again, bytes);
    for (int i = 0; i < g->n_params; i++) {
        const gan_param *p = &g->params[i];
        if (p->role == GAN_PARAM_KERNEL) {
            const size_t size = (size_t)p->count * sizeof(float);
            assert_memory_not_equal(once + p->offset, other + p->offset, size);
            for (int k = 0; k < i; k++) { /* nor do two parameters share their draws' signs */
                const gan_param *q = &g->params[k];
                const int64_t n = q->count < p->count ? q->count : p->count;
                int64_t alike = 0;
                for (int64_t e = 0; e < n && q->role == GAN_PARAM_KERNEL; e++) {
                    alike += (once[p->offset + e] > 0) == (once[q->offset + e] > 0);
                }
                assert_true(alike < n * 3 / 4);
            }
        }
    }
    assert_memory_not_equal(once, of_d, 64 * sizeof(float));
    free(once);
    free(again);
    free(other);
    free(of_d);
    gan_net_destroy(net);
}

/* What the parameter's stream alone gives for n of its elements from the first on. */
static void draw_window(const gan_param *p, uint32_t stream, int64_t first, int64_t n, float *w)
{
    if (p->init.kind == GAN_INIT_FAN_UNIFORM) {
        const float limit = (float)sqrt(6.0 / (p->init.fan_in + p->init.fan_out));
        gan_uniform_fill(SEED, stream, 0, first, n, -limit, limit, w);
        return;
    }
    assert_int_equal(p->init.kind, GAN_INIT_NORMAL);
    gan_normal_fill(SEED, stream, 0, first, n, w);
    for (int64_t e = 0; e < n; e++) {
        w[e] = (float)(p->init.a + p->init.b * (double)w[e]);
    }
}

static void check_windows(const gan_stack *stack, uint32_t base)
{
    float *params = draw(stack, SEED);
    for (int i = 0; i < stack->n_params; i++) {
        const gan_param *p = &stack->params[i];
        float w[37];
        const int64_t first = p->count / 2, n = p->count - first < 37 ? p->count - first : 37;
        if (p->init.kind == GAN_INIT_CONSTANT) {
            continue;
        }
        draw_window(p, base + (uint32_t)i, first, n, w);
        if (memcmp(params + p->offset + first, w, (size_t)n * sizeof *w) != 0) {
            fail_msg("%s[%d..] differs from its own stream", p->name, (int)first);
        }
    }
    free(params);
}

/* Any window of a parameter is what its stream gives for those indices, so that a part of it can
 * be made alone, anywhere. */
static void test_windows_are_independent(void **state)
{
    static const char *const names[] = {"dcgan-64", "tiny"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        gan_net *net = load(names[i]);
        check_windows(net->generator, 0x40000000u);
        check_windows(net->discriminator, 0x80000000u);
        gan_net_destroy(net);
    }
}

static void test_later_layers_do_not_move_earlier_values(void **state)
{
    gan_net *net = net_text_load("", "");
    gan_net *longer = net_text_load("  - dense: 1\n", "  - dense: 1\n  - relu\n  - dense: 6\n");
    float *a = draw(net->discriminator, SEED), *b = draw(longer->discriminator, SEED);
    (void)state;
    assert_memory_equal(a, b, (size_t)net->discriminator->param_floats * sizeof *a);
    free(a);
    free(b);
    gan_net_destroy(net);
    gan_net_destroy(longer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_glorot_uniform),
        cmocka_unit_test(test_normal),
        cmocka_unit_test(test_he_normal_and_uniform),
        cmocka_unit_test(test_fans),
        cmocka_unit_test(test_truncated_normal),
        cmocka_unit_test(test_orthogonal),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_gaps_are_zero_and_the_end_is_the_end),
        cmocka_unit_test(test_same_seed_same_bits_other_seed_other_bits),
        cmocka_unit_test(test_windows_are_independent),
        cmocka_unit_test(test_later_layers_do_not_move_earlier_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
