/* test_window_sum.c — tensors put at their places in a larger one, and added. */
#include <math.h>

#include "ops/op_case.h"

enum { NONE = -1 };

/* a of n_a rows at element first_a of y, b of n_b rows at first_b (NONE: there is no b). */
static void check(uint64_t seed, int64_t rows, int64_t row, int64_t n_a, int64_t first_a,
                  int64_t n_b, int64_t first_b)
{
    op_case t;
    op_case_begin(&t, GAN_OP_window_sum, seed);
    op_case_in(&t, 0, GAN_F32, n_a, 1, 1, row, OP_NORMAL);
    if (first_b != NONE) {
        op_case_in(&t, 1, GAN_F32, n_b, 1, 1, row, OP_NORMAL);
        t.in[1].values[t.in[1].count - 1] = NAN;
    }
    op_case_out(&t, 0, GAN_F32, rows, 1, 1, row);
    t.attr.window_sum = (gan_window_sum_attr){first_a, first_b == NONE ? 0 : first_b};
    t.in[0].values[0] = INFINITY;
    t.tolerance = (op_tolerance){.relative = 6e-8}; /* one rounding */
    op_case_check(&t);
    op_case_end(&t);
}

static void test_places(void **state)
{
    (void)state;
    check(1, 1, 1, 1, 0, 0, NONE);           /* all of it: a copy */
    check(2, 4, 3, 2, 0, 2, 6);              /* side by side */
    check(3, 7, 5, 2, 5, 7, 0);              /* one within the other */
    check(4, 7, 5, 4, 0, 4, 15);             /* overlapping */
    check(5, 7, 5, 1, 13, 0, NONE);          /* at no row's start; zeros before and after */
    check(6, 9, 1031, 4, 1031, 2, 7 * 1031); /* with a gap; over more than one piece of work */
    check(7, 16, 4096, 8, 0, 8, 8 * 4096);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
