/* test_softmax_cross_entropy.c — cross-entropy of classes: loss, gradient, how many are right. */
#include <math.h>

#include "ops/op_case.h"
#include "ops/reference_case.h"

/* expf is within an ulp or two, its argument is rounded once; sums are double. A gradient is p - q
 * over the batch, of numbers below 1. */
static void begin(op_case *t, uint64_t seed, int64_t n, int64_t classes, float smoothing,
                  double size)
{
    op_case_begin(t, GAN_OP_softmax_cross_entropy, seed);
    t->attr.softmax_cross_entropy.label_smoothing = smoothing;
    op_case_in(t, 0, GAN_F32, n, 1, 1, classes, OP_NORMAL);
    op_case_in(t, 1, GAN_I32, n, 1, 1, 1, OP_ZERO);
    op_case_out(t, 0, GAN_F32, n, 1, 1, classes);
    op_case_out(t, 1, GAN_F32, 1, 1, 1, 1);
    op_case_out(t, 2, GAN_F32, 1, 1, 1, 1);
    for (int64_t i = 0; i < n; i++) {
        t->in[1].values[i] = (double)op_case_pick(t, (uint32_t)i, (uint64_t)classes);
    }
    for (int64_t i = 0; i < n * classes; i++) {
        t->in[0].values[i] = (double)(float)(size * t->in[0].values[i]);
    }
    t->of_output[0] = (op_tolerance){.relative = 1e-6, .absolute = 3e-7 / (double)n};
    t->of_output[1] = (op_tolerance){.relative = 1e-6, .absolute = 1e-7};
    t->of_output[2] = (op_tolerance){.absolute = 1e-9};
}

static void end(op_case *t)
{
    op_case_check(t);
    op_case_end(t);
}

static void test_shapes(void **state)
{
    static const int64_t sizes[][2] = {{1, 1},  {1, 2},    {3, 2},    {7, 10},   {64, 10},
                                       {5, 17}, {67, 101}, {2, 1024}, {2, 12289}};
    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        for (int smooth = 0; smooth < 2; smooth++) {
            op_case t;
            begin(&t, 10 + k, sizes[k][0], sizes[k][1], smooth ? 0.1f : 0.0f, 3.0);
            end(&t);
        }
    }
}

/* Far apart, where e^x alone would be infinite or 0. */
static void test_large_logits(void **state)
{
    (void)state;
    for (int k = 0; k < 4; k++) {
        op_case t;
        begin(&t, 40 + (uint64_t)k, 7, 10, k % 2 ? 0.1f : 0.0f, k < 2 ? 300.0 : 3e4);
        end(&t);
    }
}

static void test_without_gradient(void **state)
{
    op_case t;
    (void)state;
    begin(&t, 50, 7, 10, 0.0f, 3.0);
    t.out[0].present = false;
    end(&t);
}

/* A NaN among the logits; one that is infinite; all of a sample's -infinity. */
static void test_not_finite(void **state)
{
    static const double specials[] = {NAN, INFINITY, -INFINITY};
    (void)state;
    for (int k = 0; k < 3; k++) {
        for (int at_label = 0; at_label < 2; at_label++) {
            op_case t;
            begin(&t, 60 + (uint64_t)k, 5, 33, at_label ? 0.1f : 0.0f, 3.0);
            const int64_t label = (int64_t)t.in[1].values[0];
            t.in[0].values[at_label ? label : (label + 1) % 33] = specials[k];
            end(&t);
        }
    }
    op_case t;
    begin(&t, 70, 3, 9, 0.0f, 1.0);
    for (int i = 0; i < 9; i++) {
        t.in[0].values[9 + i] = -INFINITY;
    }
    end(&t);
}

static void test_no_class(void **state)
{
    static const double labels[] = {-1, -100, 10, 2147483647};
    (void)state;
    for (int k = 0; k < 4; k++) {
        op_case t;
        begin(&t, 80 + (uint64_t)k, 4, 10, 0.0f, 1.0);
        t.in[1].values[2] = labels[k];
        op_case_check(&t);
        assert_true(isnan(t.got[1][0]));
        assert_true(isnan(t.got[0][20]) && isnan(t.got[0][29]));
        assert_true(isfinite(t.got[0][19]) && isfinite(t.got[0][30]));
        op_case_end(&t);
    }
}

/* Of equal logits the first is the answer; a NaN is no answer and lets none be. */
static void test_correct(void **state)
{
    static const double logits[] = {1, 2, 2, 0, 1, 2, 2, 0, 5, 1, 1, 1, 1, 1, 1, 5, NAN, 0, 1, 0};
    static const double labels[] = {1, 2, 0, 3, 2};
    op_case t;
    (void)state;
    begin(&t, 90, 5, 4, 0.0f, 1.0);
    for (int i = 0; i < 20; i++) {
        t.in[0].values[i] = logits[i];
    }
    for (int i = 0; i < 5; i++) {
        t.in[1].values[i] = labels[i];
    }
    op_case_check(&t);
    assert_true(t.got[2][0] == 3.0);
    op_case_end(&t);
}

/* p = (1/4, 3/4) and the label is the first: q = (1, 0), or (7/8, 1/8) smoothed by a quarter. */
static void test_by_hand(void **state)
{
    static const struct {
        float smoothing;
        double gradient[2], loss[1];
    } wants[] = {{0.0f, {-0.75, 0.75}, {1.3862943611198906}},
                 {0.25f, {-0.625, 0.625}, {1.2489678250363769}}}; /* ln 4, ln 4 - ln(3) / 8 */
    double x[] = {0, 1.0986122886681098}, dx[2], loss[1], correct[1] = {1};
    int32_t label[] = {0};
    (void)state;
    for (int k = 0; k < 2; k++) {
        const gan_attr attr = {.softmax_cross_entropy = {.label_smoothing = wants[k].smoothing}};
        const gan_reference_tensor in[] = {REALS(x, 2), WORDS(label)};
        const gan_reference_tensor out[] = {REALS(dx, 2), REALS(loss, 1), REALS(correct, 1)};
        reference_compute(GAN_OP_softmax_cross_entropy, &attr, in, out);
        reference_check("gradient", dx, wants[k].gradient, 2, 8);
        reference_check("loss", loss, wants[k].loss, 1, 8);
        assert_true(correct[0] == 0.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),           cmocka_unit_test(test_large_logits),
        cmocka_unit_test(test_without_gradient), cmocka_unit_test(test_not_finite),
        cmocka_unit_test(test_no_class),         cmocka_unit_test(test_correct),
        cmocka_unit_test(test_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
