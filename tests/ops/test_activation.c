/* test_activation.c — every activation of activations.def and its derivatives. */
#include <math.h>
#include <stdio.h>

#include "ops/op_case.h"
#include "ops/reference_case.h"

/* Worst of ours against double, tried at 400,000 numbers between -30 and 30: a few roundings of a
 * result that is at most about x; what tends to 0 is held to its own size down to 1e-7. */
static const op_tolerance of_value = {.relative = 1.2e-6, .absolute = 2e-7};

static void check(uint64_t seed, int function, int order, bool has_factor, int64_t n, int64_t h,
                  int64_t w, int64_t c, int in_place)
{
    op_case t;
    op_case_begin(&t, GAN_OP_activation, seed);
    op_case_in(&t, 0, GAN_F32, n, h, w, c, OP_NORMAL);
    if (has_factor) {
        op_case_in(&t, 1, GAN_F32, n, h, w, c, OP_NORMAL);
    }
    op_case_out(&t, 0, GAN_F32, n, h, w, c);
    for (int64_t i = 0; i < t.in[0].count; i += 3) {
        t.in[0].values[i] *= 6.0;
    }
    t.attr.activation = (gan_activation_attr){function, order, 0.7f};
    t.in_place = in_place;
    t.tolerance = of_value;
    op_case_check(&t);
    op_case_end(&t);
}

static void test_shapes(void **state)
{
    (void)state;
    for (int f = 0; f < GAN_ACTIVATION_COUNT; f++) {
        for (int order = 0; order < 3; order++) {
            check(1, f, order, false, 1, 1, 1, 1, -1);
            check(2, f, order, true, 3, 5, 7, 3, -1);
            check(3, f, order, order > 0, 1, 1, 1, 12289, -1);
        }
    }
}

static void test_in_place(void **state)
{
    (void)state;
    for (int f = 0; f < GAN_ACTIVATION_COUNT; f++) {
        check(4, f, 0, false, 2, 7, 7, 5, 0);
        check(5, f, 1, true, 2, 7, 7, 5, 0);
        check(6, f, 1, true, 2, 7, 7, 5, 1);
    }
}

/* Numbers where a formula could overflow, lose its digits or take the wrong side, and a NaN, which
 * must come out of f and reach no other element. */
static void test_special_values(void **state)
{
    (void)state;
    static const double special[] = {0.0,  -0.0,   1e-30, -1e-30, 1e-4, -1e-4, -0.7,
                                     6.0,  -6.0,   9.4,   20.0,   -20., 87.5,  -87.5,
                                     -104, 1000.0, -1e3,  1e18,   NAN,  0.5};
    enum { N = sizeof special / sizeof *special };
    for (int f = 0; f < GAN_ACTIVATION_COUNT; f++) {
        for (int order = 0; order < 3; order++) {
            op_case t;
            op_case_begin(&t, GAN_OP_activation, 7);
            op_case_in(&t, 0, GAN_F32, 1, 1, 1, N, OP_ZERO);
            op_case_out(&t, 0, GAN_F32, 1, 1, 1, N);
            for (int i = 0; i < N; i++) {
                t.in[0].values[i] = (double)(float)special[i];
            }
            t.attr.activation = (gan_activation_attr){f, order, 1.0f};
            t.tolerance = of_value;
            op_case_check(&t);
            assert_true(order > 0 || isnan(t.got[0][N - 2]));
            op_case_end(&t);
        }
    }
}

/* A NaN in the factor is a NaN in the product, where the other is 0 too. */
static void test_nan_in_the_factor(void **state)
{
    (void)state;
    for (int f = 0; f < GAN_ACTIVATION_COUNT; f++) {
        op_case t;
        op_case_begin(&t, GAN_OP_activation, 8);
        op_case_in(&t, 0, GAN_F32, 1, 1, 3, 11, OP_NORMAL);
        op_case_in(&t, 1, GAN_F32, 1, 1, 3, 11, OP_NORMAL);
        op_case_out(&t, 0, GAN_F32, 1, 1, 3, 11);
        t.attr.activation = (gan_activation_attr){f, 1, 1.0f};
        t.in[0].values[4] = -3.0;
        t.in[1].values[4] = NAN;
        t.tolerance = of_value;
        op_case_check(&t);
        assert_true(isnan(t.got[0][4]));
        op_case_end(&t);
    }
}

/* f' and f'' of the reference are the slopes of its f and f', by differences across 2 h. */
static void test_derivatives_are_slopes(void **state)
{
    (void)state;
    static const double at[] = {-3.1, -1.2, -0.4, -0.05, 0.03, 0.6, 1.9, 4.5, 7.2};
    enum { N = sizeof at / sizeof *at };
    const double h = 1e-5;
    for (int f = 0; f < GAN_ACTIVATION_COUNT; f++) {
        for (int order = 0; order < 2; order++) {
            double x[3][N], y[3][N]; /* below, above, there */
            for (int i = 0; i < N; i++) {
                x[0][i] = at[i] - h;
                x[1][i] = at[i] + h;
                x[2][i] = at[i];
            }
            for (int k = 0; k < 3; k++) {
                const gan_attr attr = {.activation = {f, order + (k == 2), 0.7f}};
                const gan_reference_tensor in[] = {REALS(x[k], N), NOTHING};
                const gan_reference_tensor out = REALS(y[k], N);
                reference_compute(GAN_OP_activation, &attr, in, &out);
            }
            for (int i = 0; i < N; i++) {
                const double slope = (y[1][i] - y[0][i]) / (2 * h);
                if (!(fabs(slope - y[2][i]) <= 1e-8)) {
                    fail_msg("%s, order %d at %g: slope %.12g, said %.12g", gan_activation_name(f),
                             order + 1, at[i], slope, y[2][i]);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_in_place),
        cmocka_unit_test(test_special_values),
        cmocka_unit_test(test_nan_in_the_factor),
        cmocka_unit_test(test_derivatives_are_slopes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
