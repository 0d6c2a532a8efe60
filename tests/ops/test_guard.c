/* test_guard.c — the sticky flag. */
#include <math.h>

#include "ops/op_case.h"

/* Runs the guard with value v at element i of metrics, norm_g and norm_d in a row; -1 = all finite.
 */
static void check(int i, double v, double flag, double step, bool norms, double want_flag,
                  double want_step)
{
    op_case t;
    op_case_begin(&t, GAN_OP_guard, 1);
    op_case_in(&t, 0, GAN_F32, 1, 1, 1, 4, OP_NORMAL);
    for (int k = 1; k < 3 && norms; k++) {
        op_case_in(&t, k, GAN_F32, 1, 1, 1, 1, OP_POSITIVE);
    }
    op_case_in(&t, 3, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
    op_case_state(&t, 0, GAN_I32, 1, 1, 1, 2, OP_ZERO);
    t.in[3].values[GAN_COUNTER_STEP] = step;
    t.out[0].values[0] = flag;
    t.out[0].values[1] = 123.0;
    if (i >= 0) {
        *(i < 4 ? &t.in[0].values[i] : t.in[i - 3].values) = v;
    }
    op_case_check(&t);
    assert_true(t.got[0][0] == want_flag && t.got[0][1] == want_step);
    op_case_end(&t);
}

static void test_finite_values_leave_the_flag(void **state)
{
    (void)state;
    check(-1, 0.0, 0.0, 7.0, true, 0.0, 123.0);
    check(-1, 0.0, 0.0, 7.0, false, 0.0, 123.0);
    check(2, 3e38, 0.0, 7.0, true, 0.0, 123.0);
}

static void test_each_bad_value_raises_it(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        check(i, NAN, 0.0, 7.0, true, 1.0, 7.0);
        check(i, INFINITY, 0.0, 8.0, true, 1.0, 8.0);
        check(i, -INFINITY, 0.0, 9.0, true, 1.0, 9.0);
    }
    check(3, NAN, 0.0, 10.0, false, 1.0, 10.0);
}

static void test_first_step_sticks(void **state)
{
    (void)state;
    check(0, NAN, 1.0, 99.0, true, 1.0, 123.0);
    check(-1, 0.0, 1.0, 99.0, true, 1.0, 123.0);
}

static void test_step_wraps(void **state)
{
    (void)state;
    check(0, NAN, 0.0, 2147483648.0 + 5.0, true, 1.0, 5.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finite_values_leave_the_flag),
        cmocka_unit_test(test_each_bad_value_raises_it),
        cmocka_unit_test(test_first_step_sticks),
        cmocka_unit_test(test_step_wraps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
