/* test_row_dot.c — inner product of each sample's pair. */
#include <math.h>

#include "ops/op_case.h"

/* Products and sums are exact to double precision; the result is rounded once to float. */
static const op_tolerance rounded_once = {.relative = 6e-8, .absolute = 1e-12};

static void check(uint64_t seed, int64_t n, int64_t h, int64_t w, int64_t c)
{
    op_case t;
    op_case_begin(&t, GAN_OP_row_dot, seed);
    op_case_in(&t, 0, GAN_F32, n, h, w, c, OP_NORMAL);
    op_case_in(&t, 1, GAN_F32, n, h, w, c, OP_NORMAL);
    op_case_out(&t, 0, GAN_F32, n, 1, 1, 1);
    t.in[0].values[t.in[0].count / 2] = NAN;
    t.tolerance = rounded_once;
    op_case_check(&t);
    op_case_end(&t);
}

static void test_shapes(void **state)
{
    (void)state;
    check(1, 1, 1, 1, 1);
    check(2, 3, 5, 7, 3);
    check(3, 257, 1, 1, 1);
    check(4, 7, 28, 28, 1);
    check(5, 2, 1, 1, 12289);
}

static void test_cancelling_terms(void **state)
{
    (void)state;
    op_case t;
    op_case_begin(&t, GAN_OP_row_dot, 6);
    op_case_in(&t, 0, GAN_F32, 1, 1, 1, 3, OP_ZERO);
    op_case_in(&t, 1, GAN_F32, 1, 1, 1, 3, OP_ZERO);
    op_case_out(&t, 0, GAN_F32, 1, 1, 1, 1);
    t.in[0].values[0] = 1e8;
    t.in[0].values[1] = 1.0;
    t.in[0].values[2] = -1e8;
    for (int i = 0; i < 3; i++) {
        t.in[1].values[i] = 1.0;
    }
    t.tolerance = rounded_once;
    op_case_check(&t);
    assert_true(t.got[0][0] == 1.0);
    op_case_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_cancelling_terms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
