/* test_report.c — metrics to the ring, and the counters. */
#include <math.h>

#include "ops/op_case.h"

static void check(uint64_t seed, int64_t rows, double step, bool norms, double flag)
{
    op_case t;
    op_case_begin(&t, GAN_OP_report, seed);
    t.attr.report.rows = rows;
    op_case_in(&t, 0, GAN_F32, 1, 1, 1, 4, OP_NORMAL);
    for (int i = 1; i < 3 && norms; i++) {
        op_case_in(&t, i, GAN_F32, 1, 1, 1, 1, OP_POSITIVE);
    }
    op_case_in(&t, 3, GAN_I32, 1, 1, 1, 2, OP_ZERO);
    op_case_state(&t, 0, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
    op_case_state(&t, 1, GAN_F32, rows, 1, 1, GAN_METRIC_COUNT, OP_NORMAL);
    t.in[0].values[1] = NAN;
    t.in[3].values[0] = flag;
    t.out[0].values[GAN_COUNTER_STEP] = step;
    t.out[0].values[gan_counter_of(GAN_NET_G)] = 5.0;
    t.out[0].values[gan_counter_of(GAN_NET_D)] = 9.0;
    op_case_check(&t);
    assert_true(t.got[0][GAN_COUNTER_STEP] == step + (flag == 0.0));
    assert_true(t.got[0][gan_counter_of(GAN_NET_G)] == 5.0); /* Adam's to move */
    op_case_end(&t);
}

static void test_rows(void **state)
{
    (void)state;
    check(1, 1, 0.0, true, 0.0);
    check(2, 1, 17.0, true, 0.0);
    check(3, 7, 6.0, true, 0.0);
    check(4, 7, 7.0, false, 0.0);
    check(5, 256, 1099511627776.0 + 300.0, true, 0.0);
}

static void test_flag_stops_the_counters_alone(void **state)
{
    (void)state;
    check(6, 7, 6.0, true, 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_flag_stops_the_counters_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
