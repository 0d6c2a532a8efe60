/* test_loss.c — the losses and the gradients of their logits. */
#include <math.h>

#include "ops/op_case.h"
#include "program/loss_terms.h"

/* Terms are fp32 with a few roundings and libm's 1 ulp; sums are double. A smoothed label's
 * gradient is a difference of two numbers below 1. */
static const op_tolerance of_terms = {.relative = 2e-6, .absolute = 2e-7};

/* What losses.def says, said once more. */
static const struct {
    bool shared, couples, paired;
} expected[GAN_LOSS_COUNT] = {
    [GAN_LOSS_bce] = {true, false, false},
    [GAN_LOSS_bce_saturating] = {true, false, false},
    [GAN_LOSS_hinge] = {false, false, false},
    [GAN_LOSS_lsgan] = {false, false, false},
    [GAN_LOSS_wasserstein] = {true, false, false},
    [GAN_LOSS_relativistic] = {true, true, true},
    [GAN_LOSS_relativistic_average] = {false, true, false},
    [GAN_LOSS_relativistic_lsgan] = {false, true, true},
    [GAN_LOSS_relativistic_hinge] = {false, true, true},
    [GAN_LOSS_relativistic_average_lsgan] = {false, true, false},
    [GAN_LOSS_relativistic_average_hinge] = {false, true, false},
};

/* Which losses are asked for. */
typedef enum wish { FOR_D, FOR_G, FOR_BOTH, SHARED, N_WISHES } wish;

static void begin(op_case *t, uint64_t seed, int loss, wish what, int64_t n_real, int64_t n_fake,
                  int64_t width)
{
    bool for_d = what != FOR_G, for_g = what != FOR_D;
    op_case_begin(t, GAN_OP_loss, seed);
    t->attr.loss = (gan_loss_attr){
        .loss = loss, .for_d = for_d, .for_g = for_g, .shared = what == SHARED, .real_label = 1.0f};
    if (for_d || expected[loss].couples) {
        op_case_in(t, 0, GAN_F32, n_real, 1, 1, width, OP_NORMAL);
    }
    if (for_d) {
        op_case_out(t, 0, GAN_F32, n_real, 1, 1, width);
        op_case_out(t, 1, GAN_F32, n_fake, 1, 1, width);
    }
    if (for_g) {
        op_case_out(t, 2, GAN_F32, n_fake, 1, 1, width);
    }
    op_case_in(t, 1, GAN_F32, n_fake, 1, 1, width, OP_NORMAL);
    op_case_state(t, 3, GAN_F32, 1, 1, 1, 4, OP_NORMAL);
    for (int k = 0; k < 2; k++) {
        for (int64_t i = 0; i < t->in[k].count; i++) {
            t->in[k].values[i] *= 4.0;
        }
    }
    t->tolerance = of_terms;
}

static void check(uint64_t seed, int loss, wish what, int64_t n_real, int64_t n_fake, int64_t width)
{
    op_case t;
    begin(&t, seed, loss, what, n_real, n_fake, width);
    op_case_check(&t);
    op_case_end(&t);
}

static void test_losses_and_sizes(void **state)
{
    (void)state;
    for (int loss = 0; loss < GAN_LOSS_COUNT; loss++) {
        for (int what = 0; what < N_WISHES; what++) {
            if (what == SHARED && !expected[loss].shared) {
                continue; /* a gradient can be 0, or is of the whole batch */
            }
            check(1, loss, (wish)what, 1, 1, 1);
            check(2, loss, (wish)what, 7, expected[loss].paired ? 7 : 5, 1);
            check(3, loss, (wish)what, 64, 64, 9);
        }
    }
}

static void test_label_smoothing(void **state)
{
    (void)state;
    static const int with_labels[] = {GAN_LOSS_bce, GAN_LOSS_bce_saturating, GAN_LOSS_lsgan};
    for (int i = 0; i < 3; i++) {
        op_case t;
        double loss_d[2];
        for (int smoothed = 0; smoothed < 2; smoothed++) {
            begin(&t, 10, with_labels[i], FOR_BOTH, 33, 33, 1);
            t.attr.loss.real_label = smoothed ? 0.9f : 1.0f;
            op_case_check(&t);
            loss_d[smoothed] = t.got[3][GAN_METRIC_LOSS_D];
            op_case_end(&t);
        }
        assert_true(fabs(loss_d[1] - loss_d[0]) > 0.01);
    }
}

/* Logits where exponentials over- or underflow, at margins, and not finite. Shared gradients must
 * give G's back: ratio times seed. */
static void check_extremes(int loss, wish what, bool finite_only)
{
    static const double logits[] = {0.0,   -0.0,  1.0,    -1.0,  20.0,     -20.0,     90.0,
                                    -90.0, 300.0, -300.0, 1e-30, INFINITY, -INFINITY, NAN};
    int64_t n = finite_only ? 11 : 14;
    op_case t;
    begin(&t, 20, loss, what, n, n, 1);
    for (int64_t i = 0; i < n; i++) {
        t.in[1].values[i] = (double)(float)logits[i];
        if (t.in[0].present) {
            t.in[0].values[i] = (double)(float)logits[n - 1 - i];
        }
    }
    op_case_check(&t);
    for (int64_t i = 0; i < n && what == SHARED && finite_only; i++) {
        double g = t.got[1][i] * t.got[2][i];
        const double x = loss == GAN_LOSS_relativistic ? logits[i] - logits[n - 1 - i] : logits[i];
        const double want = loss == GAN_LOSS_wasserstein      ? -1.0
                            : loss == GAN_LOSS_bce_saturating ? -1.0 / (1.0 + exp(-x))
                                                              : -1.0 / (1.0 + exp(x));
        assert_true(fabs(g * (double)n - want) <= 2e-7);
    }
    op_case_end(&t);
}

/* A seed that was rounded to bf16 divides what the ratio is of: their product is G's gradient
 * still.
 */
static void test_shared_gradients_in_bf16(void **state)
{
    (void)state;
    op_case t;
    begin(&t, 40, GAN_LOSS_bce, SHARED, 41, 41, 1);
    t.in[0].type = t.in[1].type = t.out[0].type = t.out[1].type = GAN_BF16;
    for (int64_t i = 0; i < 41; i++) {
        t.in[0].values[i] = op_bf16(t.in[0].values[i]);
        t.in[1].values[i] = op_bf16(t.in[1].values[i]);
    }
    t.tolerance.relative += 0x1p-8;
    if (t.backend == &gan_cpu_backend) {
        op_case_check_as_is(&t);
        for (int64_t i = 0; i < 41; i++) {
            double want = -1.0 / (1.0 + exp(t.in[1].values[i])) / 41.0;
            assert_true(fabs(t.got[1][i] * t.got[2][i] - want) <= 4e-7 * fabs(want));
        }
    }
    op_case_end(&t);
}

static void test_extreme_logits(void **state)
{
    (void)state;
    for (int loss = 0; loss < GAN_LOSS_COUNT; loss++) {
        check_extremes(loss, FOR_D, false);
        check_extremes(loss, FOR_G, false);
        check_extremes(loss, FOR_BOTH, true);
    }
    check_extremes(GAN_LOSS_bce, SHARED, true);
    check_extremes(GAN_LOSS_bce_saturating, SHARED, true);
    check_extremes(GAN_LOSS_wasserstein, SHARED, true);
    check_extremes(GAN_LOSS_relativistic, SHARED, true);
}

/* Pairs of unequal numbers of logits are no pairs, and a coupled loss of G needs real ones. */
static void test_what_a_loss_needs(void **state)
{
    (void)state;
    for (int loss = 0; loss < GAN_LOSS_COUNT; loss++) {
        const int64_t dims[2][4] = {{3, 1, 1, 1}, {4, 1, 1, 1}}, four[4] = {1, 1, 1, 4};
        for (int with_real = 0; with_real < 2; with_real++) {
            gan_program *p = NULL;
            gan_error err = {0};
            int real, fake, gfake, metrics;
            assert_int_equal(gan_program_create("loss", &p, &err), GAN_OK);
            (void)gan_program_buffer(p, "real", GAN_INPUT, GAN_F32, dims[0], &real, &err);
            (void)gan_program_buffer(p, "fake", GAN_INPUT, GAN_F32, dims[1], &fake, &err);
            (void)gan_program_buffer(p, "gfake", GAN_OUTPUT, GAN_F32, dims[1], &gfake, &err);
            (void)gan_program_buffer(p, "metrics", GAN_OUTPUT, GAN_F32, four, &metrics, &err);
            const int in[] = {with_real ? real : -1, fake}, out[] = {-1, -1, gfake, metrics};
            const gan_attr attr = {.loss = {.loss = loss, .for_g = true, .real_label = 1.0f}};
            const bool fits = with_real ? !expected[loss].paired : !expected[loss].couples;
            assert_int_equal(gan_program_op(p, GAN_OP_loss, "loss", in, out, &attr, &err),
                             fits ? GAN_OK : GAN_E_FAILED);
            gan_program_destroy(p);
        }
    }
}

/* D's loss begins a step's metrics: it leaves 0 for G's. G's alone leaves the others as they are.
 */
static void test_metrics_not_asked_for(void **state)
{
    (void)state;
    op_case t;
    begin(&t, 30, GAN_LOSS_bce, FOR_D, 3, 3, 1);
    op_case_check(&t);
    assert_true(t.got[3][GAN_METRIC_LOSS_G] == 0.0);
    op_case_end(&t);
    begin(&t, 31, GAN_LOSS_bce, FOR_G, 3, 3, 1);
    op_case_check(&t);
    assert_true(t.got[3][GAN_METRIC_LOSS_D] == t.out[3].values[GAN_METRIC_LOSS_D]);
    assert_true(t.got[3][GAN_METRIC_D_REAL] == t.out[3].values[GAN_METRIC_D_REAL]);
    assert_true(t.got[3][GAN_METRIC_D_FAKE] == t.out[3].values[GAN_METRIC_D_FAKE]);
    op_case_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses_and_sizes),  cmocka_unit_test(test_label_smoothing),
        cmocka_unit_test(test_extreme_logits),    cmocka_unit_test(test_shared_gradients_in_bf16),
        cmocka_unit_test(test_what_a_loss_needs), cmocka_unit_test(test_metrics_not_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
