/* test_scale_channels.c — each channel times its own number. */
#include <math.h>

#include "ops/op_case.h"

static void check(uint64_t seed, int64_t n, int64_t h, int64_t w, int64_t c, int in_place)
{
    op_case t;
    op_case_begin(&t, GAN_OP_scale_channels, seed);
    op_case_in(&t, 0, GAN_F32, n, h, w, c, OP_NORMAL);
    op_case_in(&t, 1, GAN_F32, 1, 1, 1, c, OP_NORMAL);
    op_case_out(&t, 0, GAN_F32, n, h, w, c);
    t.in[0].values[t.in[0].count / 2] = NAN;
    t.in[1].values[c / 2] = INFINITY;
    t.in_place = in_place;
    t.tolerance = (op_tolerance){.relative = 6e-8}; /* one rounding */
    op_case_check(&t);
    op_case_end(&t);
}

static void test_shapes(void **state)
{
    (void)state;
    check(1, 1, 1, 1, 1, -1);
    check(2, 3, 5, 7, 3, -1);
    check(3, 5, 1, 1, 1027, -1);
    check(4, 2, 9, 9, 64, -1);
}

static void test_in_place(void **state)
{
    (void)state;
    check(5, 5, 7, 7, 12, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
