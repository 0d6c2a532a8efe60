/* test_minibatch_stddev.c — a map with how much groups of samples differ, and its gradient. */
#include <math.h>

#include "ops/op_case.h"
#include "ops/reference_case.h"

/* A deviation of few is good to some roundings of its largest term. */
static const op_tolerance of_result = {.relative = 1e-6, .spread = 1e-6};

static void check(uint64_t seed, bool backward, const int64_t d[4], int64_t group, int64_t features,
                  bool has_nan)
{
    op_case t;
    op_case_begin(&t, backward ? GAN_OP_minibatch_stddev_bwd : GAN_OP_minibatch_stddev, seed);
    op_case_in(&t, 0, GAN_F32, d[0], d[1], d[2], d[3], OP_NORMAL);
    if (backward) {
        op_case_in(&t, 1, GAN_F32, d[0], d[1], d[2], d[3] + features, OP_NORMAL);
    }
    op_case_out(&t, 0, GAN_F32, d[0], d[1], d[2], d[3] + (backward ? 0 : features));
    t.attr.minibatch_stddev = (gan_minibatch_stddev_attr){group, features, 1e-8f};
    if (has_nan) {
        t.in[backward].values[t.in[backward].count - 1] = NAN;
    }
    t.tolerance = of_result;
    op_case_check(&t);
    op_case_end(&t);
}

static void check_both(uint64_t seed, int64_t n, int64_t h, int64_t w, int64_t c, int64_t group,
                       int64_t features)
{
    const int64_t d[4] = {n, h, w, c};
    for (int backward = 0; backward < 2; backward++) {
        check(seed, backward, d, group, features, false);
        check(seed + 1, backward, d, group, features, true);
    }
}

static void test_shapes(void **state)
{
    (void)state;
    check_both(1, 1, 1, 1, 1, 1, 1);
    check_both(10, 8, 4, 4, 6, 4, 1);
    check_both(20, 6, 3, 5, 4, 3, 2);
    check_both(30, 5, 2, 1, 7, 5, 7);
    check_both(40, 4, 1, 1, 33, 2, 1);
}

/* Of samples that are nearly alike a deviation's gradients still add up to 0: what is lost of their
 * mean would move all of them the same way, and the gradient of a bias before them by as much. */
static void test_nearly_alike(void **state)
{
    (void)state;
    op_case t;
    double sum = 0, size = 0;
    op_case_begin(&t, GAN_OP_minibatch_stddev_bwd, 7);
    op_case_in(&t, 0, GAN_F32, 3, 1, 1, 1, OP_NORMAL);
    op_case_in(&t, 1, GAN_F32, 3, 1, 1, 2, OP_NORMAL);
    op_case_out(&t, 0, GAN_F32, 3, 1, 1, 1);
    t.attr.minibatch_stddev = (gan_minibatch_stddev_attr){3, 1, 1e-8f};
    for (int i = 0; i < 3; i++) {
        t.in[0].values[i] = (double)(float)(1.1 + 1e-5 * i * i);
        t.in[1].values[2 * i] = 0;
        t.in[1].values[2 * i + 1] = 1;
    }
    t.tolerance = of_result;
    op_case_check_as_is(&t);
    for (int i = 0; i < 3; i++) {
        sum += t.got[0][i];
        size += fabs(t.got[0][i]);
    }
    assert_true(size > 0.01 && fabs(sum) <= 1e-6 * size);
    op_case_end(&t);
}

/* StyleGAN2's order: of 4 samples in groups of 2, samples 0 and 2 are one, 1 and 3 the other. */
static void test_order(void **state)
{
    (void)state;
    double x[] = {1, 10, 5, 16}, y[8] = {0};
    const gan_attr attr = {.minibatch_stddev = {2, 1, 1e-8f}};
    const gan_reference_tensor in = REALS(x, 1), out = REALS(y, 2);
    reference_compute(GAN_OP_minibatch_stddev, &attr, &in, &out);
    const double want[] = {1, 2, 10, 3, 5, 2, 16, 3};
    for (int i = 0; i < 8; i++) {
        assert_true(fabs(y[i] - want[i]) <= 1e-8);
    }
}

enum { N = 4 * 2 * 3 };

static double weighted(double *x, const double *weights)
{
    double y[N / 3 * 4] = {0}, sum = 0;
    const gan_attr attr = {.minibatch_stddev = {2, 1, 1e-8f}};
    const gan_reference_tensor in = {.dims = {4, 1, 2, 3}, .count = N, .v = x};
    const gan_reference_tensor out = {.dims = {4, 1, 2, 4}, .count = N / 3 * 4, .v = y};
    reference_compute(GAN_OP_minibatch_stddev, &attr, &in, &out);
    for (int i = 0; i < N / 3 * 4; i++) {
        sum += weights[i] * y[i];
    }
    return sum;
}

static void test_gradient_is_the_slope(void **state)
{
    (void)state;
    const double h = 1e-6;
    double x[N], dx[N], weights[N / 3 * 4];
    for (int i = 0; i < N; i++) {
        x[i] = sin(1.0 + 3.0 * i);
    }
    for (int i = 0; i < N / 3 * 4; i++) {
        weights[i] = cos(2.0 + 5.0 * i);
    }
    const gan_attr attr = {.minibatch_stddev = {2, 1, 1e-8f}};
    const gan_reference_tensor in[] = {{.dims = {4, 1, 2, 3}, .count = N, .v = x},
                                       {.dims = {4, 1, 2, 4}, .count = N / 3 * 4, .v = weights}};
    const gan_reference_tensor out = {.dims = {4, 1, 2, 3}, .count = N, .v = dx};
    reference_compute(GAN_OP_minibatch_stddev_bwd, &attr, in, &out);
    for (int i = 0; i < N; i++) {
        const double at = x[i];
        x[i] = at + h;
        double slope = weighted(x, weights);
        x[i] = at - h;
        slope = (slope - weighted(x, weights)) / (2 * h);
        x[i] = at;
        if (!(fabs(slope - dx[i]) <= 1e-8)) {
            fail_msg("element %d: slope %.12g, said %.12g", i, slope, dx[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_nearly_alike),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_gradient_is_the_slope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
