/* test_widen_filter.c — the filter of an upsampling and a convolution in one. That it is the right
 * one: tests/unit/test_program_upsampling.c. */
#include <math.h>

#include "ops/op_case.h"

/* w: (k, r, s, c), upsampled by f and g. */
static void check(uint64_t seed, const int64_t w[4], int64_t f, int64_t g, bool transposed,
                  bool with_nan)
{
    const int64_t v[4] = {w[3], w[1] + f - 1, w[2] + g - 1, w[0]};
    const int64_t *from = transposed ? v : w, *to = transposed ? w : v;
    op_case t;
    op_case_begin(&t, GAN_OP_widen_filter, seed);
    t.attr.widen_filter = (gan_widen_filter_attr){f, g, transposed};
    op_case_in(&t, 0, GAN_F32, from[0], from[1], from[2], from[3], OP_NORMAL);
    op_case_out(&t, 0, GAN_F32, to[0], to[1], to[2], to[3]);
    if (with_nan) {
        t.in[0].values[t.in[0].count / 2] = (double)NAN;
    }
    t.tolerance = op_tolerance_of_sum(f * g);
    op_case_check(&t);
    op_case_end(&t);
}

static void test_widen_filter(void **state)
{
    static const int64_t filters[][4] = {{1, 1, 1, 1},   {3, 3, 3, 5},  {32, 3, 3, 64},
                                         {17, 5, 5, 33}, {2, 1, 4, 16}, {16, 3, 2, 7},
                                         {70, 2, 2, 1},  {1, 7, 7, 3}};
    static const int64_t factors[][2] = {{2, 2}, {1, 1}, {3, 2}, {1, 4}, {8, 8}};
    uint64_t seed = 1;
    (void)state;
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        for (size_t k = 0; k < sizeof factors / sizeof *factors; k++, seed++) {
            check(seed, filters[i], factors[k][0], factors[k][1], false, seed % 3 == 0);
            check(seed, filters[i], factors[k][0], factors[k][1], true, seed % 3 == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_widen_filter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
