/* test_matmul.c — matrix product. */
#include <math.h>

#include "ops/op_case.h"

static void begin(op_case *t, uint64_t seed, bool trans_a, bool trans_b, int64_t m, int64_t n,
                  int64_t k)
{
    op_case_begin(t, GAN_OP_matmul, seed);
    t->attr.matmul = (gan_matmul_attr){trans_a, trans_b, m, n, k};
    op_case_in(t, 0, GAN_F32, trans_a ? k : m, 1, 1, trans_a ? m : k, OP_NORMAL);
    op_case_in(t, 1, GAN_F32, trans_b ? n : k, 1, 1, trans_b ? k : n, OP_NORMAL);
    op_case_out(t, 0, GAN_F32, m, 1, 1, n);
    t->tolerance = op_tolerance_of_sum(k);
    t->threads_may_differ = true; /* the library may cut k by threads */
}

static void check(uint64_t seed, bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k)
{
    op_case t;
    begin(&t, seed, trans_a, trans_b, m, n, k);
    op_case_check(&t);
    op_case_end(&t);
}

static void test_shapes_and_transposes(void **state)
{
    (void)state;
    static const int64_t shapes[][3] = {{1, 1, 1},    {1, 1, 37},    {1, 29, 1},   {31, 1, 1},
                                        {1, 64, 17},  {17, 1, 64},   {64, 17, 1},  {2, 3, 5},
                                        {13, 17, 19}, {32, 100, 48}, {33, 65, 129}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (int transposes = 0; transposes < 4; transposes++) {
            check(10 * i + (uint64_t)transposes, transposes & 1, transposes & 2, shapes[i][0],
                  shapes[i][1], shapes[i][2]);
        }
    }
}

/* The dense layers of the tutorial network and their gradients. */
static void test_network_shapes(void **state)
{
    (void)state;
    check(201, false, false, 8, 12544, 100);
    check(202, true, false, 100, 12544, 8);
    check(203, false, true, 8, 100, 12544);
    check(204, false, false, 16, 1, 6272);
    check(205, true, false, 6272, 1, 16);
    check(206, false, true, 16, 6272, 1);
}

/* Every mixture of types on the CPU: a product that has one operand in bf16 is one of bf16. */
static void test_mixed_types(void **state)
{
    (void)state;
    for (unsigned types = 1; types < 8 && op_backend() == &gan_cpu_backend; types++) {
        op_case t;
        begin(&t, 400 + types, types & 2u, types & 1u, 33, 65, 129);
        op_operand *const operands[] = {&t.in[0], &t.in[1], &t.out[0]};
        for (int i = 0; i < 3; i++) {
            operands[i]->type = types >> i & 1u ? GAN_BF16 : GAN_F32;
            for (int64_t k = 0; k < operands[i]->count; k++) {
                operands[i]->values[k] = op_bf16(operands[i]->values[k]);
            }
        }
        t.tolerance.relative += types & 4u ? 0x1p-8 : 0.0;
        op_case_check_as_is(&t);
        op_case_end(&t);
    }
}

static void test_nan_stays_in_its_row_and_column(void **state)
{
    (void)state;
    for (int transposes = 0; transposes < 4; transposes++) {
        op_case t;
        begin(&t, 300 + (uint64_t)transposes, transposes & 1, transposes & 2, 19, 35, 7);
        t.in[0].values[40] = NAN;
        t.in[1].values[50] = INFINITY;
        op_case_check(&t);
        op_case_end(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes_and_transposes),
        cmocka_unit_test(test_network_shapes),
        cmocka_unit_test(test_mixed_types),
        cmocka_unit_test(test_nan_stays_in_its_row_and_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
