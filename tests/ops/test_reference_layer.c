/* test_reference_layer.c — the reference's layers against values worked out by hand. */
#include <math.h>
#include <string.h>

#include "base/philox.h"
#include "ops/op_case.h"
#include "ops/reference_case.h"

/* --- activations and dropout --- */

static void test_bias_leaky_dropout(void **state)
{
    (void)state;
    double x[] = {1, -2, 3, -4, -0.5, NAN, NAN, 0.5}, bias[] = {0.5, -0.5}, y[8];
    uint8_t mask[] = {1, 1, 0, 1, 7, 1, 0, 1};
    const double want[] = {3, -1.25, -0.0, -2.25, 0.0, NAN, -0.0, 0.0};
    const gan_attr attr = {
        .bias_leaky_dropout = {.has_bias = true, .slope = 0.25f, .drop_rate = 0.5f}};
    const gan_reference_tensor in[] = {REALS(x, 2), REALS(bias, 2), BYTES(mask, 2), NOTHING};
    const gan_reference_tensor out[] = {REALS(y, 2)};
    reference_compute(GAN_OP_bias_leaky_dropout, &attr, in, out);
    reference_check("bias, LeakyReLU, dropout", y, want, 8, 0);
    reference_compute(GAN_OP_bias_leaky_dropout, &attr, in, &in[0]);
    reference_check("in place", x, want, 8, 0);
}

/* -0 is the mark of what was dropped, so what is kept has none. */
static void test_kept_zero_is_positive(void **state)
{
    (void)state;
    double x[] = {-0x1p-1074, 0.0, -0x1p-1074}, y[3]; /* a quarter of the smallest number is -0 */
    uint8_t mask[] = {1, 1, 0};
    const double want[] = {0.0, 0.0, -0.0};
    const gan_attr attr = {.bias_leaky_dropout = {.slope = 0.25f, .drop_rate = 0.5f}};
    const gan_reference_tensor in[] = {REALS(x, 1), NOTHING, BYTES(mask, 1), NOTHING};
    const gan_reference_tensor out[] = {REALS(y, 1)};
    reference_compute(GAN_OP_bias_leaky_dropout, &attr, in, out);
    reference_check("kept zeros", y, want, 3, 0);
}

/* Without dropout: no mask is made, and nothing is scaled. */
static void test_leaky_relu_alone(void **state)
{
    (void)state;
    double x[] = {2, -2, 0.0, NAN, INFINITY, -INFINITY}, y[6];
    const double want[] = {2, -0.5, 0.0, NAN, INFINITY, -INFINITY};
    const gan_attr attr = {.bias_leaky_dropout = {.slope = 0.25f}};
    const gan_reference_tensor in[] = {REALS(x, 3), NOTHING, NOTHING, NOTHING};
    const gan_reference_tensor out[] = {REALS(y, 3)};
    reference_compute(GAN_OP_bias_leaky_dropout, &attr, in, out);
    reference_check("LeakyReLU", y, want, 6, 0);
}

static void test_bias_leaky_dropout_bwd(void **state)
{
    (void)state;
    double y[] = {3, -1.25, -0.0, -2.25, 0.0, 1}, dy[] = {1, 2, 3, 4, 5, NAN}, dx[6], dbias[2];
    const double want[] = {2, 1, 0, 2, 2.5, NAN}, want_bias[] = {4.5, NAN};
    const gan_attr attr = {.bias_leaky_dropout = {.slope = 0.25f, .drop_rate = 0.5f}};
    const gan_reference_tensor in[] = {REALS(y, 2), REALS(dy, 2)};
    const gan_reference_tensor out[] = {REALS(dx, 2), REALS(dbias, 2)};
    reference_compute(GAN_OP_bias_leaky_dropout_bwd, &attr, in, out);
    reference_check("dx", dx, want, 6, 0);
    reference_check("dbias", dbias, want_bias, 2, 0);
    const gan_attr kept = {.bias_leaky_dropout = {.slope = 0.25f}};
    const gan_reference_tensor no_bias[] = {REALS(dx, 2), NOTHING};
    const double all[] = {1, 0.5, 0.75, 1, 1.25, NAN}; /* without dropout, -0 is a number */
    reference_compute(GAN_OP_bias_leaky_dropout_bwd, &kept, in, no_bias);
    reference_check("dx without dropout", dx, all, 6, 0);
}

enum { DRAWS = 4000 };

static void draw_mask(int64_t first, int64_t step, uint32_t stream, double *y)
{
    static double x[DRAWS];
    int64_t counters[GAN_COUNTER_COUNT] = {[GAN_COUNTER_STEP] = step, 77, 88};
    const gan_attr attr = {
        .bias_leaky_dropout = {
            .slope = 1.0f, .drop_rate = 0.25f, .stream = stream, .seed = 9, .first = first}};
    const gan_reference_tensor in[] = {REALS(x, 1), NOTHING, NOTHING, COUNTERS(counters)};
    const gan_reference_tensor out[] = {{.dims = {DRAWS, 1, 1, 1}, .count = DRAWS, .v = y}};
    for (int i = 0; i < DRAWS; i++) {
        x[i] = 3.0;
    }
    reference_compute(GAN_OP_bias_leaky_dropout, &attr, in, out);
}

/* A quarter is dropped; what is kept is 4/3 of what it was; a draw belongs to (stream, step,
 * index).
 */
static void test_drawn_dropout(void **state)
{
    (void)state;
    static double y[DRAWS], shifted[DRAWS], next[DRAWS], other[DRAWS];
    int dropped = 0, as_next = 0, as_other = 0;
    draw_mask(0, 5, 1, y);
    draw_mask(10, 5, 1, shifted);
    draw_mask(0, 6, 1, next);
    draw_mask(0, 5, 2, other);
    for (int i = 0; i < DRAWS; i++) {
        const bool is_dropped = y[i] == 0.0 && signbit(y[i]);
        const uint32_t word = gan_philox(9, 1, 5, (uint32_t)i / 4).v[i % 4];
        assert_int_equal(is_dropped, word >= 0xC0000000u);
        assert_true(is_dropped || y[i] == 4.0);
        dropped += is_dropped;
        as_next += y[i] == next[i];
        as_other += y[i] == other[i];
    }
    const double deviation = sqrt(DRAWS * 0.25 * 0.75);
    assert_true(fabs(dropped - DRAWS * 0.25) <= 5.0 * deviation);
    assert_true(as_next < 0.8 * DRAWS && as_other < 0.8 * DRAWS); /* 5/8 of independent ones */
    reference_check("first", shifted, y + 10, DRAWS - 10, 0);
}

/* tanh(ln 2) = 3/5, the logistic function of ln 3 is 3/4. */
static void test_tanh_and_sigmoid(void **state)
{
    (void)state;
    double x[] = {log(2.0), -log(3.0), 0.0, NAN, 1000, -1000}, y[6], dy[] = {2, 5, 4, 1, 1, NAN};
    const gan_reference_tensor in[] = {REALS(x, 1)}, out[] = {REALS(y, 1)};
    const gan_reference_tensor back[] = {out[0], REALS(dy, 1)};
    reference_compute(GAN_OP_tanh, NULL, in, out);
    const double tanhs[] = {0.6, -0.8, 0.0, NAN, 1, -1}, d_tanhs[] = {1.28, 1.8, 4, NAN, 0, NAN};
    reference_check("tanh", y, tanhs, 6, 4);
    reference_compute(GAN_OP_tanh_bwd, NULL, back, in);
    reference_check("tanh_bwd", x, d_tanhs, 6, 8);
    double z[] = {log(3.0), -log(3.0), 0.0, NAN, 1000, -1000};
    const gan_reference_tensor logits[] = {REALS(z, 1)};
    reference_compute(GAN_OP_sigmoid, NULL, logits, out);
    const double sigmoids[] = {0.75, 0.25, 0.5, NAN, 1, 0};
    const double d_sigmoids[] = {0.375, 0.9375, 1, NAN, 0, NAN};
    reference_check("sigmoid", y, sigmoids, 6, 4);
    reference_compute(GAN_OP_sigmoid_bwd, NULL, back, in);
    reference_check("sigmoid_bwd", x, d_sigmoids, 6, 8);
}

static void test_sums_and_rows(void **state)
{
    (void)state;
    double a[] = {1, 2, 3, 4, 5, NAN}, b[] = {10, 20, 30, 40, 50, 60}, s[] = {2, -1}, y[6], r[2];
    const double sums[] = {11, 22, 33, 44, 55, NAN}, scaled[] = {2, 4, 6, -4, -5, NAN};
    const double dots[] = {140, NAN};
    const gan_reference_tensor pair[] = {REALS(a, 3), REALS(b, 3)}, out[] = {REALS(y, 3)};
    const gan_reference_tensor rows[] = {REALS(a, 3), REALS(s, 1)}, dot[] = {REALS(r, 1)};
    reference_compute(GAN_OP_add, NULL, pair, out);
    reference_check("add", y, sums, 6, 0);
    reference_compute(GAN_OP_scale_rows, NULL, rows, out);
    reference_check("scale_rows", y, scaled, 6, 0);
    reference_compute(GAN_OP_row_dot, NULL, pair, dot);
    reference_check("row_dot", r, dots, 2, 0);
}

/* --- batch norm: with epsilon 3 and a variance of 1, the root is 2 --- */

static void test_batch_norm(void **state)
{
    (void)state;
    double x[] = {1, -5, NAN, 3, -7, 1}, gamma[] = {4, 2, 1}, beta[] = {1, -1, 0}, y[6];
    double mean[3], var[3];
    const double want[] = {-0.5, 0.0, NAN, 3, -1, NAN};
    const double means[] = {2, -6, NAN}, vars[] = {1, 1, NAN};
    const gan_attr attr = {.norm = {.epsilon = 3.0f, .slope = 0.5f}};
    const gan_reference_tensor in[] = {REALS(x, 3), REALS(gamma, 3), REALS(beta, 3), REALS(mean, 3),
                                       REALS(var, 3)};
    const gan_reference_tensor out[] = {REALS(y, 3), REALS(mean, 3), REALS(var, 3)};
    reference_compute(GAN_OP_batch_norm, &attr, in, out);
    reference_check("y", y, want, 6, 0);
    reference_check("mean", mean, means, 3, 0);
    reference_check("var", var, vars, 3, 0);
    memset(y, 0, sizeof y);
    reference_compute(GAN_OP_batch_norm_infer, &attr, in, out); /* by the same statistics */
    reference_check("infer", y, want, 6, 0);
}

/* Normal values are -1/2 and 1/2. Channel 0: both sides of the LeakyReLU (v = -1 and 3); channel 1:
 * one, and its gradient is the same for both, so that dx is 0. */
static void test_batch_norm_bwd(void **state)
{
    (void)state;
    double x[] = {1, 5, 3, 7}, dy[] = {2, 6, 3, 6}, gamma[] = {4, 2}, beta[] = {1, 9};
    double mean[] = {2, 6}, var[] = {1, 1}, dx[4], dgamma[2], dbeta[2];
    /* g = (1, 3): dgamma = -1/2 + 3/2, dbeta = 4, dx = 2 (g - 2 - n/2) */
    const double want[] = {-1.5, 0, 1.5, 0}, want_gamma[] = {1, 0}, want_beta[] = {4, 12};
    const gan_attr attr = {.norm = {.epsilon = 3.0f, .slope = 0.5f}};
    const gan_reference_tensor in[] = {REALS(x, 2),    REALS(dy, 2),   REALS(gamma, 2),
                                       REALS(beta, 2), REALS(mean, 2), REALS(var, 2)};
    const gan_reference_tensor out[] = {REALS(dx, 2), REALS(dgamma, 2), REALS(dbeta, 2)};
    reference_compute(GAN_OP_batch_norm_bwd, &attr, in, out);
    reference_check("dx", dx, want, 4, 0);
    reference_check("dgamma", dgamma, want_gamma, 2, 0);
    reference_check("dbeta", dbeta, want_beta, 2, 0);
    dy[0] = NAN;
    const double nan_x[] = {NAN, 0, NAN, 0}, nan_c[] = {NAN, 0};
    reference_compute(GAN_OP_batch_norm_bwd, &attr, in, out);
    reference_check("dx of NaN", dx, nan_x, 4, 0);
    reference_check("dgamma of NaN", dgamma, nan_c, 2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bias_leaky_dropout), cmocka_unit_test(test_kept_zero_is_positive),
        cmocka_unit_test(test_leaky_relu_alone),   cmocka_unit_test(test_bias_leaky_dropout_bwd),
        cmocka_unit_test(test_drawn_dropout),      cmocka_unit_test(test_tanh_and_sigmoid),
        cmocka_unit_test(test_sums_and_rows),      cmocka_unit_test(test_batch_norm),
        cmocka_unit_test(test_batch_norm_bwd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
