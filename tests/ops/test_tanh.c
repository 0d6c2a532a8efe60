/* test_tanh.c — hyperbolic tangent and its backward pass. */
#include <math.h>

#include "ops/op_case.h"

/* Ours is good to 1.6e-7 (tried at every seventh float), libm's tanhf to 2 ulp (2^-23 relative);
 * the backward pass rounds three times. */
static const op_tolerance of_forward = {.relative = 2.5e-7, .absolute = 1e-37};
static const op_tolerance of_backward = {.relative = 1e-6, .absolute = 2e-7};

static void check_forward(uint64_t seed, int64_t n, int64_t h, int64_t w, int64_t c, int in_place)
{
    op_case t;
    op_case_begin(&t, GAN_OP_tanh, seed);
    op_case_in(&t, 0, GAN_F32, n, h, w, c, OP_NORMAL);
    op_case_out(&t, 0, GAN_F32, n, h, w, c);
    for (int64_t i = 0; i < t.in[0].count; i += 5) {
        t.in[0].values[i] *= 8.0;
    }
    t.in_place = in_place;
    t.tolerance = of_forward;
    op_case_check(&t);
    op_case_end(&t);
}

static void check_backward(uint64_t seed, int64_t n, int64_t h, int64_t w, int64_t c, int in_place)
{
    op_case t;
    op_case_begin(&t, GAN_OP_tanh_bwd, seed);
    op_case_in(&t, 0, GAN_F32, n, h, w, c, OP_NORMAL);
    op_case_in(&t, 1, GAN_F32, n, h, w, c, OP_NORMAL);
    op_case_out(&t, 0, GAN_F32, n, h, w, c);
    for (int64_t i = 0; i < t.in[0].count; i++) {
        t.in[0].values[i] = (double)tanhf((float)t.in[0].values[i]);
    }
    t.in_place = in_place;
    t.tolerance = of_backward;
    op_case_check(&t);
    op_case_end(&t);
}

static void test_shapes(void **state)
{
    (void)state;
    check_forward(1, 1, 1, 1, 1, -1);
    check_forward(2, 3, 5, 7, 1, -1);
    check_forward(3, 2, 28, 28, 3, -1);
    check_forward(4, 1, 1, 1, 12289, -1);
    check_backward(5, 1, 1, 1, 1, -1);
    check_backward(6, 3, 5, 7, 3, -1);
    check_backward(7, 1, 1, 1, 12289, -1);
}

static void test_in_place(void **state)
{
    (void)state;
    check_forward(8, 4, 7, 7, 3, 0);
    check_backward(9, 4, 7, 7, 3, 1);
}

static void test_special_values(void **state)
{
    (void)state;
    static const double special[] = {0.0,   -0.0,     1e-30,     -1e-4, 20.0,
                                     -90.0, INFINITY, -INFINITY, NAN};
    enum { N = sizeof special / sizeof *special };
    op_case t;
    op_case_begin(&t, GAN_OP_tanh, 10);
    op_case_in(&t, 0, GAN_F32, 1, 1, 1, N, OP_ZERO);
    op_case_out(&t, 0, GAN_F32, 1, 1, 1, N);
    for (int i = 0; i < N; i++) {
        t.in[0].values[i] = (double)(float)special[i];
    }
    t.tolerance = of_forward;
    op_case_check(&t);
    op_case_end(&t);
}

static void test_nan_spreads_no_further(void **state)
{
    (void)state;
    op_case t;
    op_case_begin(&t, GAN_OP_tanh_bwd, 11);
    op_case_in(&t, 0, GAN_F32, 1, 1, 3, 11, OP_POSITIVE);
    op_case_in(&t, 1, GAN_F32, 1, 1, 3, 11, OP_NORMAL);
    op_case_out(&t, 0, GAN_F32, 1, 1, 3, 11);
    t.in[0].values[4] = NAN;
    t.in[1].values[20] = NAN;
    t.tolerance = of_backward;
    op_case_check(&t);
    op_case_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_special_values),
        cmocka_unit_test(test_nan_spreads_no_further),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
