/* test_channel_dot.c — inner product of each channel's pair, over all rows. */
#include <math.h>

#include "ops/op_case.h"

static void check(uint64_t seed, int64_t n, int64_t h, int64_t w, int64_t c, bool has_nan)
{
    op_case t;
    op_case_begin(&t, GAN_OP_channel_dot, seed);
    op_case_in(&t, 0, GAN_F32, n, h, w, c, OP_NORMAL);
    op_case_in(&t, 1, GAN_F32, n, h, w, c, OP_NORMAL);
    op_case_out(&t, 0, GAN_F32, 1, 1, 1, c);
    if (has_nan) {
        t.in[0].values[t.in[0].count / 2] = NAN;
        t.in[1].values[0] = INFINITY;
    }
    t.tolerance = op_tolerance_of_sum(n * h * w);
    op_case_check(&t);
    op_case_end(&t);
}

static void test_shapes(void **state)
{
    (void)state;
    check(1, 1, 1, 1, 1, false);
    check(2, 3, 5, 7, 3, false);
    check(3, 5, 1, 1, 1027, false);
    check(4, 2, 29, 31, 64, false);
    check(5, 64, 13, 13, 5, false);
}

static void test_nan_spoils_its_channel(void **state)
{
    (void)state;
    check(6, 3, 5, 7, 6, true);
    check(7, 11, 1, 1, 40, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_nan_spoils_its_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
