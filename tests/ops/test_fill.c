/* test_fill.c — one number everywhere, a constant or one of the rates. */
#include <math.h>

#include "ops/op_case.h"

static void check(int64_t n, int64_t c, double factor, int rate)
{
    op_case t;
    op_case_begin(&t, GAN_OP_fill, 1);
    if (rate >= 0) {
        op_case_in(&t, 0, GAN_F64, 1, 1, 1, GAN_RATE_COUNT, OP_NORMAL);
        for (int i = 0; i < GAN_RATE_COUNT; i++) { /* the others must not be looked at */
            t.in[0].values[i] = i == rate ? 0.1 : NAN;
        }
    }
    op_case_out(&t, 0, GAN_F32, n, 1, 1, c);
    t.attr.fill = (gan_fill_attr){factor, rate};
    t.tolerance = (op_tolerance){.relative = 6e-8}; /* the rounding to fp32 */
    op_case_check(&t);
    const double want = factor * (rate >= 0 ? 0.1 : 1.0);
    for (int64_t i = 0; i < n * c; i++) {
        assert_true(fabs(t.got[0][i] - want) <= 4e-3 * fabs(want)); /* bf16's, where it is that */
    }
    op_case_end(&t);
}

static void test_constant(void **state)
{
    (void)state;
    check(1, 1, 1, -1);
    check(3, 7, -2.5, -1);
    check(1, 12289, 0, -1);
}

static void test_rate(void **state)
{
    (void)state;
    check(5, 1, 1.0 / 3, GAN_RATE_R1);
    check(1, 4099, -7, GAN_RATE_EMA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constant),
        cmocka_unit_test(test_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
