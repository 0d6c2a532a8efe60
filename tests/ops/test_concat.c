/* test_concat.c — maps side by side in one, and some channels of one. */
#include <math.h>

#include "ops/op_case.h"

enum { MOST = 40 };

/* Inputs of so many channels (0 ends the list), `before` channels of 0 and `after`. */
static void check(uint64_t seed, int64_t n, int64_t h, int64_t w, const int64_t *channels,
                  int64_t before, int64_t after)
{
    op_case t;
    int64_t sum = before + after;
    op_case_begin(&t, GAN_OP_concat, seed);
    t.attr.concat.before = before;
    for (int k = 0; k < MOST && channels[k]; k++) {
        op_case_in(&t, k, GAN_F32, n, h, w, channels[k], OP_NORMAL);
        t.in[k].values[t.in[k].count / 2] = k % 2 ? (double)NAN : (double)INFINITY;
        sum += channels[k];
    }
    op_case_out(&t, 0, GAN_F32, n, h, w, sum);
    t.tolerance = (op_tolerance){.absolute = 1e-30}; /* copies */
    op_case_check(&t);
    op_case_end(&t);
}

static void test_concat(void **state)
{
    static const int64_t one[MOST] = {1}, few[MOST] = {3, 1, 7}, wide[MOST] = {64, 16, 8, 128};
    static const int64_t huge[MOST] = {12289, 1}, gaps[MOST] = {8, 8};
    int64_t many[MOST] = {0};
    (void)state;
    for (int k = 0; k < MOST - 1; k++) { /* more than one launch takes */
        many[k] = 1 + k % 3;
    }
    check(1, 1, 1, 1, one, 0, 0);
    check(2, 3, 5, 2, few, 0, 0);
    check(3, 2, 4, 4, wide, 0, 0);
    check(4, 2, 1, 1, huge, 0, 0);
    check(5, 2, 3, 3, many, 0, 0);
    check(6, 2, 3, 3, many, 5, 2);
    check(7, 2, 3, 3, one, 2, 4);
    check(8, 2, 3, 5, gaps, 8, 16);
    check(9, 2, 3, 5, few, 0, 1);
}

static void test_slice(void **state)
{
    static const int64_t cases[][3] = {{1, 0, 1}, {7, 2, 3},   {64, 8, 16},       {64, 0, 64},
                                       {9, 8, 1}, {16, 4, 12}, {12289, 12280, 9}, {24, 8, 9}};
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        op_case t;
        op_case_begin(&t, GAN_OP_slice, 20 + k);
        t.attr.slice.first = cases[k][1];
        op_case_in(&t, 0, GAN_F32, 3, 2, 5, cases[k][0], OP_NORMAL);
        op_case_out(&t, 0, GAN_F32, 3, 2, 5, cases[k][2]);
        t.in[0].values[cases[k][1]] = NAN;
        t.tolerance = (op_tolerance){.absolute = 1e-30};
        op_case_check(&t);
        op_case_end(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_concat),
        cmocka_unit_test(test_slice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
