/* test_adam.c — Adam, in both of its forms, for one and two networks. */
#include <math.h>

#include "ops/op_case.h"

/* Moments: three roundings of terms up to about 4. Parameters: one rounding at their size, and the
 * step of up to a few times the learning rate, 1e-3, to 1e-6 relative. */
static const op_tolerance of_moments = {.relative = 4e-7, .absolute = 5e-7};
static const op_tolerance of_params = {.relative = 1.3e-7, .absolute = 2e-8};

static void begin(op_case *t, uint64_t seed, const int64_t *counts, int n_networks, bool inside,
                  double step)
{
    op_case_begin(t, GAN_OP_adam, seed);
    t->attr.adam.n_segments = n_networks;
    for (int i = 0; i < n_networks; i++) {
        gan_adam_segment *s = &t->attr.adam.segments[i];
        *s = (gan_adam_segment){.epsilon = inside ? 1e-8 : 1e-7,
                                .epsilon_inside = inside,
                                .count = counts[i],
                                .net = i ? GAN_NET_D : GAN_NET_G};
        op_case_in(t, i, GAN_F32, 1, 1, 1, counts[i], OP_NORMAL);
        for (int k = 0; k < 3; k++) {
            op_case_state(t, 3 * i + k, GAN_F32, 1, 1, 1, counts[i],
                          k == 2 ? OP_POSITIVE : OP_NORMAL);
            t->of_output[3 * i + k] = k ? of_moments : of_params;
        }
    }
    op_case_in(t, GAN_ADAM_RATES, GAN_F64, 1, 1, 1, GAN_RATE_COUNT, OP_ZERO);
    op_case_in(t, GAN_ADAM_FLAG, GAN_I32, 1, 1, 1, 2, OP_ZERO);
    op_case_state(t, GAN_ADAM_COUNTERS, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
    double *rates = t->in[GAN_ADAM_RATES].values, *counters = t->out[GAN_ADAM_COUNTERS].values;
    for (int net = 0; net < GAN_NET_COUNT; net++) {
        rates[gan_rate_at(net, GAN_RATE_LR)] = net == GAN_NET_G ? 1e-4 : 1e-3;
        rates[gan_rate_at(net, GAN_RATE_BETA1)] = net == GAN_NET_G ? 0.9 : 0.5;
        rates[gan_rate_at(net, GAN_RATE_BETA2)] = 0.999;
        counters[gan_counter_of(net)] = step + (net == GAN_NET_G ? 0.0 : 3.0);
    }
    counters[GAN_COUNTER_STEP] = 1e9;
}

static void check(uint64_t seed, int64_t first, int64_t second, bool inside, double step)
{
    const int64_t counts[] = {first, second};
    op_case t;
    begin(&t, seed, counts, second > 0 ? 2 : 1, inside, step);
    t.in[0].values[first / 2] = NAN;
    op_case_check(&t);
    const double *t_of = t.got[GAN_ADAM_COUNTERS];
    assert_true(t_of[gan_counter_of(GAN_NET_G)] == step + 1.0);
    assert_true(t_of[gan_counter_of(GAN_NET_D)] == step + (second > 0 ? 4.0 : 3.0));
    assert_true(t_of[GAN_COUNTER_STEP] == 1e9);
    op_case_end(&t);
}

/* A beta of this step alone: the correction takes it to the power t, as if it had always been. */
static void test_a_beta_that_moves(void **state)
{
    (void)state;
    const int64_t counts[] = {100};
    op_case t;
    begin(&t, 30, counts, 1, false, 7.0);
    t.in[GAN_ADAM_RATES].values[gan_rate_at(GAN_NET_G, GAN_RATE_BETA1)] = 0.25;
    t.in[GAN_ADAM_RATES].values[gan_rate_at(GAN_NET_G, GAN_RATE_BETA2)] = 0.9;
    op_case_check(&t);
    const double g = t.in[0].values[3], m = t.out[1].values[3];
    assert_true(fabs(t.got[1][3] - (m + 0.75 * (g - m))) <= 1e-6);
    op_case_end(&t);
}

static void test_sizes_and_forms(void **state)
{
    (void)state;
    for (int inside = 0; inside < 2; inside++) {
        check(1, 1, 0, inside, 0.0);
        check(2, 31, 0, inside, 0.0);
        check(3, 4097, 17, inside, 10.0);
        check(4, 65537, 8191, inside, 100000.0);
        check(5, 5, 1, inside, 1e9);
    }
}

/* From moments of zero, as training begins: the first step is the learning rate, in the gradient's
 * direction, and a gradient of zero moves nothing. */
static void test_first_step(void **state)
{
    (void)state;
    for (int inside = 0; inside < 2; inside++) {
        const int64_t counts[] = {1000};
        op_case t;
        begin(&t, 10, counts, 1, inside, 0.0);
        for (int i = 0; i < 1000; i++) {
            t.out[0].values[i] = t.out[1].values[i] = t.out[2].values[i] = 0.0;
        }
        t.in[0].values[500] = 0.0;
        op_case_check(&t);
        assert_true(t.got[0][500] == 0.0);
        assert_true(fabs(fabs(t.got[0][1]) - 1e-4) <= 1e-7 &&
                    t.got[0][1] * t.in[0].values[1] < 0.0);
        op_case_end(&t);
    }
}

static void test_flag_stops_it(void **state)
{
    (void)state;
    const int64_t counts[] = {100, 50};
    op_case t;
    begin(&t, 20, counts, 2, false, 3.0);
    t.in[GAN_ADAM_FLAG].values[0] = 1.0;
    for (int i = 0; i < t.n_out; i++) {
        t.of_output[i] = (op_tolerance){0};
    }
    op_case_check(&t);
    op_case_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_and_forms),
        cmocka_unit_test(test_first_step),
        cmocka_unit_test(test_a_beta_that_moves),
        cmocka_unit_test(test_flag_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
