/* test_rates.c — rates that move, against closed forms. */
#include <math.h>

#include "ops/op_case.h"
#include "program/build.h"

enum { BATCH = 50 };

static const op_tolerance exact = {0};

static void begin(op_case *t, const gan_rate_row *row, double step)
{
    op_case_begin(t, GAN_OP_rates, 1);
    t->attr.rates = (gan_rates_attr){(gan_rate_row *)row, 1, BATCH};
    op_case_in(t, 0, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
    op_case_in(t, 1, GAN_F64, 1, 1, 1, 1, OP_ZERO);
    t->in[1].values[0] = 0.25;
    op_case_state(t, 0, GAN_F64, 1, 1, 1, GAN_RATE_COUNT, OP_NORMAL);
    t->in[0].values[GAN_COUNTER_STEP] = step;
    t->tolerance = (op_tolerance){.relative = 4e-16}; /* a double's rounding, twice */
}

/* The rate of a row at a step; the rates without a row stay as they are. */
static double rate_at(const gan_rate_row *row, double step)
{
    op_case t;
    begin(&t, row, step);
    op_case_check(&t);
    const double rate = t.got[0][row->rate];
    for (int i = 0; i < GAN_RATE_COUNT; i++) {
        assert_true(i == row->rate || t.got[0][i] == t.out[0].values[i]);
    }
    op_case_end(&t);
    return rate;
}

static void check(const gan_rate_row *row, double step, double want, op_tolerance tolerance)
{
    const double got = rate_at(row, step);
    double bound = 0.0;
    if (op_compare(&got, &want, 1, &tolerance, &bound) >= 0) {
        fail_msg("step %.0f: got %.17g, want %.17g, bound %.3g", step, got, want, bound);
    }
}

static void test_constant(void **state)
{
    (void)state;
    const gan_rate_row row = {.rate = gan_rate_at(GAN_NET_G, GAN_RATE_LR), .from = 2e-4, .to = 7};
    check(&row, 0, 2e-4, exact);
    check(&row, 1e12, 2e-4, exact);
}

/* From 1000 images to 2000: 50 a step, so steps 20 to 40. */
static void test_linear(void **state)
{
    (void)state;
    const gan_rate_row row = {.rate = gan_rate_at(GAN_NET_D, GAN_RATE_BETA2),
                              .curve = GAN_CURVE_LINEAR,
                              .from = 0.9,
                              .to = 0.99,
                              .begin = 1000,
                              .end = 2000};
    const op_tolerance few = {.relative = 3e-16};
    check(&row, 0, 0.9, exact);
    check(&row, 20, 0.9, exact);
    check(&row, 25, 0.9225, few);
    check(&row, 30, 0.945, few);
    check(&row, 40, 0.99, exact);
    check(&row, 1e9, 0.99, exact);
}

static void test_cosine(void **state)
{
    (void)state;
    const gan_rate_row row = {.rate = GAN_RATE_EMA,
                              .curve = GAN_CURVE_COSINE,
                              .from = 3,
                              .to = 1,
                              .begin = 0,
                              .end = 3000};
    const op_tolerance few = {.relative = 4e-16};
    check(&row, 0, 3, exact);
    check(&row, 15, 2 + sqrt(0.5), few); /* a quarter: cos(pi / 4) */
    check(&row, 20, 2.5, few);           /* a third */
    check(&row, 30, 2, few);
    check(&row, 40, 1.5, few);
    check(&row, 60, 1, exact);
    check(&row, 61, 1, exact);
}

/* Ten steps of a warm-up: a tenth of the rate at the first; then a curve that it does not shift. */
static void test_warm_up(void **state)
{
    (void)state;
    gan_rate_row row = {.rate = gan_rate_at(GAN_NET_G, GAN_RATE_LR), .from = 0.5, .warm_up = 500};
    const op_tolerance few = {.relative = 3e-16};
    check(&row, 0, 0.05, few);
    check(&row, 4, 0.25, few);
    check(&row, 9, 0.5, exact);
    check(&row, 10, 0.5, exact);
    row.curve = GAN_CURVE_LINEAR;
    row.end = 1000;
    check(&row, 4, 0.4 * 0.5, few);
    check(&row, 10, 0.25, few);
    check(&row, 20, 0, exact);
}

/* StyleGAN2-ADA's: after half_life images a weight is half of what it was, and the ramp begins with
 * a copy: 0.5^(50 / (0.05 * 1000)) at step 20 is 1/2. */
static void test_half_life(void **state)
{
    (void)state;
    gan_rate_row row = {.rate = GAN_RATE_EMA, .from = 500, .halved_per = BATCH};
    const op_tolerance few = {.relative = 4e-16};
    check(&row, 0, pow(2, -0.1), few);
    double weight = 1;
    for (int step = 0; step < 10; step++) {
        weight *= rate_at(&row, step);
    }
    assert_true(fabs(weight - 0.5) < 1e-15);
    row.ramp = 0.05;
    check(&row, 0, 0, exact);
    check(&row, 1, pow(2, -20), few);
    check(&row, 20, 0.5, few);
    check(&row, 200, pow(2, -0.1), few);
    check(&row, 201, pow(2, -0.1), few);
    row.halved_per = 3 * BATCH; /* D's steps are three for one of G */
    check(&row, 200, pow(2, -0.3), few);
    row = (gan_rate_row){.rate = GAN_RATE_EMA,
                         .curve = GAN_CURVE_LINEAR,
                         .to = 1000,
                         .end = 1000,
                         .halved_per = BATCH};
    check(&row, 0, 0, exact); /* a half-life of no images: a copy */
    check(&row, 10, pow(2, -0.1), few);
    check(&row, 99, pow(2, -0.05), few);
}

/* What the host writes multiplies the rates of the rows that say so. */
static void test_factor(void **state)
{
    const gan_rate_row row = {.rate = gan_rate_at(GAN_NET_G, GAN_RATE_LR),
                              .curve = GAN_CURVE_LINEAR,
                              .from = 4,
                              .to = 2,
                              .end = 1000,
                              .has_factor = true};
    op_case t;
    (void)state;
    begin(&t, &row, 10);
    op_case_check(&t);
    assert_true(t.got[0][row.rate] == 0.75);
    op_case_end(&t);
}

static void test_many_rows(void **state)
{
    (void)state;
    gan_rate_row rows[GAN_RATE_COUNT];
    op_case t;
    for (int i = 0; i < GAN_RATE_COUNT; i++) {
        rows[i] = (gan_rate_row){
            .rate = i, .curve = (gan_curve)(i % 3), .from = i + 1.0, .to = 0, .end = 100 * (i + 2)};
    }
    begin(&t, rows, 2);
    t.attr.rates.n_rows = GAN_RATE_COUNT;
    op_case_check(&t);
    assert_true(t.got[0][0] == 1.0 && t.got[0][GAN_RATE_COUNT - 1] != 0.0);
    op_case_end(&t);
}

/* What a compiler that leaves a rounding out would get wrong. */
static void test_rates_of_the_host(void **state)
{
    (void)state;
    const gan_build_options o = {.adam_g = {.beta1 = 0.1, .beta2 = 0.999},
                                 .adam_d = {.beta1 = 0.2, .beta2 = 0.9}};
    const double want[GAN_RATE_COUNT] = {(double)0.999f, (double)1e-4f, 0.1, 0.999,
                                         (double)3e-4f,  0.2,           0.9};
    double rates[GAN_RATE_COUNT];
    gan_build_rates(&o, 1e-4, 3e-4, 0.999, rates);
    for (int i = 0; i < GAN_RATE_COUNT; i++) {
        assert_true(rates[i] == want[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant),  cmocka_unit_test(test_linear),
        cmocka_unit_test(test_cosine),    cmocka_unit_test(test_warm_up),
        cmocka_unit_test(test_half_life), cmocka_unit_test(test_factor),
        cmocka_unit_test(test_many_rows), cmocka_unit_test(test_rates_of_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
