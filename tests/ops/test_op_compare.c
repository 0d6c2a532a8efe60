/* test_op_compare.c — the comparator that every op test trusts. */
#include "ops/op_compare.h"

#include <math.h>

#include "ops/op_case.h"

static void test_values(void **state)
{
    (void)state;
    assert_true(op_close(1.0, 1.0, 0.0));
    assert_true(op_close(1.0, 1.5, 0.5));
    assert_false(op_close(1.0, 1.5, 0.49));
    assert_false(op_close(-1.0, 1.0, 1.9));
}

static void test_nan_and_infinity(void **state)
{
    (void)state;
    assert_true(op_close(NAN, NAN, 0.0));
    assert_false(op_close(NAN, 1.0, INFINITY));
    assert_false(op_close(1.0, NAN, INFINITY));
    assert_false(op_close(1.0, 1.0, NAN));
    assert_true(op_close(INFINITY, INFINITY, 0.0));
    assert_true(op_close(-INFINITY, -INFINITY, 0.0));
    assert_false(op_close(-INFINITY, INFINITY, INFINITY));
    assert_false(op_close(INFINITY, 1.0, 1e300));
    assert_false(op_close(1.0, INFINITY, INFINITY));
}

static void test_arrays(void **state)
{
    (void)state;
    const op_tolerance exact = {0}, relative = {.relative = 0.1}, spread = {.spread = 0.1};
    const double want[] = {3.0, 0.0, -4.0, NAN, 0.0};
    const double near[] = {3.2, 0.0, -4.3, NAN, 0.0}, off_zero[] = {3.0, 0.2, -4.0, NAN, 0.0};
    const double lost[] = {3.0, 0.0, -4.0, 0.0, 0.0}, late[] = {3.0, 0.0, -4.0, NAN, NAN};
    double bound = 0.0;
    assert_int_equal(op_compare(want, want, 5, &exact, &bound), -1);
    assert_int_equal(op_compare(near, want, 5, &exact, &bound), 0);
    assert_int_equal(op_compare(near, want, 5, &relative, &bound), -1);
    assert_int_equal(op_compare(off_zero, want, 5, &relative, &bound), 1);
    assert_int_equal(op_compare(off_zero, want, 5, &spread, &bound), -1); /* RMS is 2.5 */
    assert_int_equal(op_compare(lost, want, 5, &spread, &bound), 3);
    assert_int_equal(op_compare(late, want, 5, &spread, &bound), 4);
    assert_int_equal(op_compare(late, want, 4, &exact, &bound), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_nan_and_infinity),
        cmocka_unit_test(test_arrays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
