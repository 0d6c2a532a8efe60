/* test_ema.c — exponential moving average. */
#include <math.h>

#include "ops/op_case.h"

static void begin(op_case *t, uint64_t seed, int64_t n, double decay, double flag)
{
    op_case_begin(t, GAN_OP_ema, seed);
    op_case_in(t, 0, GAN_F32, 1, 1, 1, n, OP_NORMAL);
    op_case_in(t, 1, GAN_F64, 1, 1, 1, GAN_RATE_COUNT, OP_NORMAL);
    op_case_in(t, 2, GAN_I32, 1, 1, 1, 2, OP_ZERO);
    op_case_state(t, 0, GAN_F32, 1, 1, 1, n, OP_NORMAL);
    t->in[1].values[GAN_RATE_EMA] = (double)(float)decay;
    t->in[2].values[0] = flag;
    t->tolerance =
        (op_tolerance){.relative = 1e-7, .absolute = 4e-7}; /* terms up to 4, 3 roundings */
}

static void test_sizes(void **state)
{
    (void)state;
    static const int64_t sizes[] = {1, 31, 4097, 65537};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        op_case t;
        begin(&t, 1 + i, sizes[i], i % 2 ? 0.999 : 0.5, 0.0);
        t.in[0].values[0] = i == 2 ? (double)NAN : 1.0;
        op_case_check(&t);
        op_case_end(&t);
    }
}

static void test_ends(void **state)
{
    (void)state;
    for (int decay = 0; decay < 2; decay++) {
        op_case t;
        begin(&t, 10, 100, decay, 0.0);
        op_case_check(&t);
        for (int i = 0; i < 100; i++) {
            assert_true(t.got[0][i] == (decay ? t.out[0].values[i] : t.in[0].values[i]));
        }
        op_case_end(&t);
    }
}

/* At the beginning, around the step at which 0.999 takes over (8990), and where a float has fewer
 * digits than t. */
static void test_warm_up(void **state)
{
    (void)state;
    static const double updates[] = {1, 2, 8, 101, 8989, 8990, 8991, 20000002};
    for (size_t i = 0; i < sizeof updates / sizeof *updates; i++) {
        op_case t;
        begin(&t, 30 + i, 1000, i < 7 ? 0.999 : 0.9999999, 0.0);
        op_case_in(&t, 3, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
        t.in[3].values[GAN_COUNTER_STEP] = 3;
        t.in[3].values[gan_counter_of(GAN_NET_G)] = updates[i];
        t.in[3].values[gan_counter_of(GAN_NET_D)] = 50000;
        t.tolerance.absolute = 1e-6; /* the decay is rounded too, times differences up to 8 */
        op_case_check(&t);
        op_case_end(&t);
    }
}

static void test_flag_stops_it(void **state)
{
    (void)state;
    op_case t;
    begin(&t, 20, 1000, 0.5, 1.0);
    t.tolerance = (op_tolerance){0};
    op_case_check(&t);
    op_case_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_warm_up),
        cmocka_unit_test(test_flag_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
