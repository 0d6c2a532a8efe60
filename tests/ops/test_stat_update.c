/* test_stat_update.c — moving statistics. */
#include <math.h>
#include <stdlib.h>

#include "ops/op_case.h"

/* Two segments with a gap before, between and after: gaps must stay as they are. */
static void begin(op_case *t, uint64_t seed, double flag)
{
    op_case_begin(t, GAN_OP_stat_update, seed);
    gan_stat_segment *segments = calloc(2, sizeof *segments);
    assert_non_null(segments);
    segments[0] = (gan_stat_segment){.offset = 4, .count = 37, .momentum = 0.99f, .factor = 1.0f};
    segments[1] = (gan_stat_segment){.offset = 44, .count = 1, .momentum = 0.9f, .factor = 1.25f};
    t->attr.stat_update = (gan_stat_update_attr){segments, 2};
    op_case_in(t, 0, GAN_F32, 1, 1, 1, 50, OP_NORMAL);
    op_case_in(t, 1, GAN_I32, 1, 1, 1, 2, OP_ZERO);
    op_case_state(t, 0, GAN_F32, 1, 1, 1, 50, OP_NORMAL);
    t->in[1].values[0] = flag;
    t->tolerance =
        (op_tolerance){.relative = 1e-7, .absolute = 4e-7}; /* terms up to 4, 4 roundings */
}

static void test_segments(void **state)
{
    (void)state;
    op_case t;
    begin(&t, 1, 0.0);
    t.in[0].values[10] = NAN;
    op_case_check(&t);
    assert_true(t.got[0][0] == t.out[0].values[0] && t.got[0][42] == t.out[0].values[42] &&
                t.got[0][49] == t.out[0].values[49]);
    assert_true(isnan(t.got[0][10]) && t.got[0][11] != t.out[0].values[11]);
    op_case_end(&t);
}

static void test_flag_stops_it(void **state)
{
    (void)state;
    op_case t;
    begin(&t, 2, 1.0);
    t.tolerance = (op_tolerance){0};
    op_case_check(&t);
    op_case_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_flag_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
