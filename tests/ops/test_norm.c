/* test_norm.c — Euclidean norm. */
#include <math.h>

#include "ops/op_case.h"

/* Summed in double, rounded once to float. */
static const op_tolerance rounded_once = {.relative = 7e-8};

static void check(uint64_t seed, int64_t n, double scale)
{
    op_case t;
    op_case_begin(&t, GAN_OP_norm, seed);
    op_case_in(&t, 0, GAN_F32, 1, 1, 1, n, OP_NORMAL);
    op_case_out(&t, 0, GAN_F32, 1, 1, 1, 1);
    for (int64_t i = 0; i < n; i++) {
        t.in[0].values[i] = (double)(float)(scale * t.in[0].values[i]);
    }
    t.tolerance = rounded_once;
    op_case_check(&t);
    op_case_end(&t);
}

static void test_sizes(void **state)
{
    (void)state;
    static const int64_t sizes[] = {1, 2, 15, 16, 17, 16383, 16384, 16385, 100003};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check(1 + i, sizes[i], 1.0);
    }
}

/* Squares of these would overflow or vanish in fp32. */
static void test_huge_and_tiny(void **state)
{
    (void)state;
    check(20, 1001, 1e30);
    check(21, 1001, 1e-30);
    check(22, 3, 0.0);
}

static void test_nan(void **state)
{
    (void)state;
    static const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        op_case t;
        op_case_begin(&t, GAN_OP_norm, 30);
        op_case_in(&t, 0, GAN_F32, 1, 1, 1, 40000, OP_NORMAL);
        op_case_out(&t, 0, GAN_F32, 1, 1, 1, 1);
        t.in[0].values[39999] = bad[i];
        op_case_check(&t);
        op_case_end(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_huge_and_tiny),
        cmocka_unit_test(test_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
