/* test_not_finite.c — infinities, NaN, the largest and the smallest numbers, in every input of
 * every op that takes numbers: this backend's answers are of the kind that the CPU's are.
 *
 * Special number r stands in row r and, where there are so many, channel r. So no two of them meet
 * in one sum, but for a vector's norm and the losses' means, which have a run for each. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "ops/op_case.h"
#include "program/loss_terms.h"

static const double specials[] = {
    INFINITY, -INFINITY, NAN,  (double)FLT_MAX, -(double)FLT_MAX, 0x1p-149, -0x1p-130, 0x1p-126,
    -0.0,     1e19,      -1e19};
enum { N_SPECIALS = sizeof specials / sizeof *specials, N = 13, CHANNELS = 15 };

/* What the numbers that stay ordinary may differ by. */
static const op_tolerance ordinary = {.relative = 2e-5, .absolute = 1e-5};

static void plant(op_operand *o, int only)
{
    const int64_t length = o->dims[0] > 1 ? o->count / o->dims[0] : 1;
    for (int64_t r = 0; r < N_SPECIALS; r++) {
        const int64_t at = r * length + r % length;
        if (o->type == GAN_F32 && at < o->count && (only < 0 || only == r)) {
            o->values[at] = specials[r];
        }
    }
}

static void end(op_case *t)
{
    op_case_check(t);
    op_case_end(t);
}

static void begin(op_case *t, gan_op_kind kind, uint64_t seed)
{
    op_case_begin(t, kind, seed);
    t->oracle = &gan_cpu_backend;
    t->tolerance = ordinary;
    t->more_in_bf16 = (op_tolerance){.relative = 0x1p-7, .absolute = 0x1p-7}; /* both round */
}

static void map_in(op_case *t, int i, op_fill fill)
{
    op_case_in(t, i, GAN_F32, N, 1, 1, CHANNELS, fill);
}

static void vector_in(op_case *t, int i, op_fill fill)
{
    op_case_in(t, i, GAN_F32, 1, 1, 1, CHANNELS, fill);
}

static void map_out(op_case *t)
{
    op_case_out(t, 0, GAN_F32, N, 1, 1, CHANNELS);
}

static void test_elementwise(void **state)
{
    (void)state;
    static const struct {
        gan_op_kind kind;
        int n_in;
        bool y_first; /* the first input is what a tanh or a sigmoid gave */
    } rows[] = {{GAN_OP_tanh, 1, false},
                {GAN_OP_tanh_bwd, 2, true},
                {GAN_OP_sigmoid, 1, false},
                {GAN_OP_sigmoid_bwd, 2, true},
                {GAN_OP_add, 2, false}};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        for (int i = rows[k].y_first; i < rows[k].n_in; i++) {
            op_case t;
            begin(&t, rows[k].kind, 10 * k + (uint64_t)i);
            for (int j = 0; j < rows[k].n_in; j++) {
                map_in(&t, j, rows[k].y_first && j == 0 ? OP_BITS : OP_NORMAL);
            }
            map_out(&t);
            plant(&t.in[i], -1);
            end(&t);
        }
    }
}

static void test_bias_leaky_dropout(void **state)
{
    (void)state;
    static const float slopes[] = {0.0f, 0.3f, 1.0f}, rates[] = {0.0f, 0.4f};
    for (int k = 0; k < 12; k++) {
        const gan_bias_leaky_dropout_attr attr = {.has_bias = true,
                                                  .slope = slopes[k % 3],
                                                  .drop_rate = rates[k / 3 % 2],
                                                  .stream = 3,
                                                  .seed = 5};
        op_case t;
        begin(&t, GAN_OP_bias_leaky_dropout, 100 + (uint64_t)k);
        t.attr.bias_leaky_dropout = attr;
        map_in(&t, 0, OP_NORMAL);
        vector_in(&t, 1, OP_NORMAL);
        op_case_in(&t, 3, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
        map_out(&t);
        plant(&t.in[k / 6], -1);
        end(&t);
        begin(&t, GAN_OP_bias_leaky_dropout_bwd, 120 + (uint64_t)k);
        t.attr.bias_leaky_dropout = attr;
        map_in(&t, 0, OP_NORMAL);
        map_in(&t, 1, OP_NORMAL);
        map_out(&t);
        op_case_out(&t, 1, GAN_F32, 1, 1, 1, CHANNELS);
        plant(&t.in[k / 6], -1);
        for (int64_t i = 0; i < t.in[0].count; i++) { /* the CPU takes them for 0 */
            const double y = t.in[0].values[i];
            t.in[0].values[i] = fabs(y) < (double)FLT_MIN ? 0.0 : y;
        }
        end(&t);
    }
}

/* Every input in turn; the result by cuDNN is cuDNN's own. */
static void check_norm(gan_op_kind kind, int n_in, int n_maps, int n_out, float slope)
{
    for (int i = 0; i < n_in; i++) {
        op_case t;
        begin(&t, kind, 200 + (uint64_t)i);
        t.batch_norm = "fused";
        t.attr.norm = (gan_norm_attr){1e-3f, slope};
        for (int k = 0; k < n_in; k++) {
            if (k < n_maps) {
                map_in(&t, k, OP_NORMAL);
            } else {
                vector_in(&t, k, n_in > 3 && k == n_in - 1 ? OP_POSITIVE : OP_NORMAL);
            }
        }
        map_out(&t);
        for (int k = 1; k < n_out; k++) {
            op_case_out(&t, k, GAN_F32, 1, 1, 1, CHANNELS);
        }
        plant(&t.in[i], -1);
        for (int64_t c = 0; n_in > 3 && i >= n_in - 2 && c < CHANNELS; c++) {
            double *v = &t.in[i].values[c];
            if (i == n_in - 1) { /* a variance is not negative */
                *v = fabs(*v);
            } else if (isfinite(*v)) { /* a term of each row's is as large, and fp32 adds them */
                *v = fmax(-1e30, fmin(*v, 1e30));
            }
        }
        end(&t);
    }
}

static void test_batch_norm(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        const float slope = k ? 1.0f : 0.3f;
        check_norm(GAN_OP_batch_norm, 3, 1, 3, slope);
        check_norm(GAN_OP_batch_norm_infer, 5, 1, 1, slope);
        check_norm(GAN_OP_batch_norm_bwd, 6, 2, 3, slope);
    }
}

/* The sum of a channel leaves fp32's range, its mean does not; likewise squares and variance. */
static void test_batch_norm_beyond_floats(void **state)
{
    (void)state;
    static const double sizes[] = {1e37, 1.5e19, 1e18};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        op_case t;
        begin(&t, GAN_OP_batch_norm, 240 + k);
        t.batch_norm = "fused";
        t.attr.norm = (gan_norm_attr){1e-3f, 0.3f};
        op_case_in(&t, 0, GAN_F32, 1500, 1, 1, CHANNELS, OP_POSITIVE);
        vector_in(&t, 1, OP_NORMAL);
        vector_in(&t, 2, OP_NORMAL);
        op_case_out(&t, 0, GAN_F32, 1500, 1, 1, CHANNELS);
        op_case_out(&t, 1, GAN_F32, 1, 1, 1, CHANNELS);
        op_case_out(&t, 2, GAN_F32, 1, 1, 1, CHANNELS);
        for (int64_t i = 0; i < t.in[0].count; i++) {
            t.in[0].values[i] = (double)(float)(t.in[0].values[i] * sizes[k]);
        }
        end(&t);
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        op_case t;
        begin(&t, GAN_OP_scale_rows, 300 + (uint64_t)i);
        map_in(&t, 0, OP_NORMAL);
        op_case_in(&t, 1, GAN_F32, N, 1, 1, 1, OP_NORMAL);
        map_out(&t);
        plant(&t.in[i], -1);
        end(&t);
        begin(&t, GAN_OP_row_dot, 310 + (uint64_t)i);
        map_in(&t, 0, OP_POSITIVE);
        map_in(&t, 1, OP_POSITIVE);
        op_case_out(&t, 0, GAN_F32, N, 1, 1, 1);
        plant(&t.in[i], -1);
        end(&t);
    }
}

/* A product that leaves fp32's range, alone, beside its opposite, and beside another sum. */
static void test_row_dot_beyond_floats(void **state)
{
    (void)state;
    static const double pairs[][4] = {{3e38, 3e38, 0.0, 0.0},     {3e38, 3e38, -3e38, 3e38},
                                      {3e38, 1.0, 3e38, 1.0},     {3e38, 2.0, -3e38, 1.0},
                                      {1e-30, 1e-30, 1e30, 1e30}, {INFINITY, 1.0, 2.0, 3.0}};
    for (size_t k = 0; k < sizeof pairs / sizeof *pairs; k++) {
        op_case t;
        begin(&t, GAN_OP_row_dot, 320 + k);
        op_case_in(&t, 0, GAN_F32, 1, 1, 1, 2, OP_ZERO);
        op_case_in(&t, 1, GAN_F32, 1, 1, 1, 2, OP_ZERO);
        op_case_out(&t, 0, GAN_F32, 1, 1, 1, 1);
        for (int i = 0; i < 4; i++) {
            t.in[i % 2].values[i / 2] = (double)(float)pairs[k][i];
        }
        end(&t);
    }
}

/* n = 1 is a kernel of its own in every direction. Positive numbers: fp32 sums have no range to
 * spare, and one that leaves it and comes back does not. */
static void test_matmul(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {{N, CHANNELS, N}, {N, 1, CHANNELS}, {N, CHANNELS, 1}};
    for (int k = 0; k < 12; k++) {
        const int64_t *d = sizes[k % 3];
        const bool a = k / 3 % 2;
        op_case t;
        begin(&t, GAN_OP_matmul, 400 + (uint64_t)k);
        t.attr.matmul = (gan_matmul_attr){a, false, d[0], d[1], d[2]};
        op_case_in(&t, 0, GAN_F32, a ? d[2] : d[0], 1, 1, a ? d[0] : d[2], OP_POSITIVE);
        op_case_in(&t, 1, GAN_F32, d[2], 1, 1, d[1], OP_POSITIVE);
        op_case_out(&t, 0, GAN_F32, d[0], 1, 1, d[1]);
        t.threads_may_differ = true;
        plant(&t.in[k / 6], -1);
        end(&t);
    }
}

static void test_convolutions(void **state)
{
    (void)state;
    static const gan_op_kind kinds[] = {GAN_OP_conv, GAN_OP_conv_dx, GAN_OP_conv_dw};
    /* Padded by (1,2): own kernels put zeros around the map. dy of a filter's gradient has none: an
     * infinity there meets the zeros or not, as the library likes. */
    for (int k = 0; k < 5; k++) {
        const gan_op_kind kind = kinds[k % 3];
        op_case t;
        begin(&t, kind, 450 + (uint64_t)k);
        t.conv = "direct";
        t.attr.conv = (gan_conv_attr){.h = 4,
                                      .w = 4,
                                      .c = 5,
                                      .k = 3,
                                      .r = 5,
                                      .s = 5,
                                      .p = 2,
                                      .q = 2,
                                      .stride_h = 2,
                                      .stride_w = 2,
                                      .pad_top = 1,
                                      .pad_bottom = 2,
                                      .pad_left = 1,
                                      .pad_right = 2,
                                      .groups = 1};
        if (kind == GAN_OP_conv_dx) {
            op_case_in(&t, 0, GAN_F32, N, 2, 2, 3, OP_POSITIVE);
        } else {
            op_case_in(&t, 0, GAN_F32, N, 4, 4, 5, OP_POSITIVE);
        }
        if (kind == GAN_OP_conv_dw) {
            op_case_in(&t, 1, GAN_F32, N, 2, 2, 3, OP_POSITIVE);
            op_case_out(&t, 0, GAN_F32, 3, 5, 5, 5);
        } else {
            op_case_in(&t, 1, GAN_F32, 3, 5, 5, 5, OP_POSITIVE);
            op_case_out(&t, 0, GAN_F32, N, kind == GAN_OP_conv ? 2 : 4, kind == GAN_OP_conv ? 2 : 4,
                        kind == GAN_OP_conv ? 3 : 5);
        }
        t.threads_may_differ = true;
        plant(&t.in[k / 3], -1);
        end(&t);
    }
}

static void test_losses(void **state)
{
    (void)state;
    for (int k = 0; k < GAN_LOSS_COUNT * N_SPECIALS; k++) {
        for (int what = 0; what < 3; what++) { /* D's, G's, both shared */
            const int loss = k / N_SPECIALS;
            const bool shared = what == 2;
            if (shared && loss != GAN_LOSS_bce && loss != GAN_LOSS_bce_saturating &&
                loss != GAN_LOSS_wasserstein && loss != GAN_LOSS_relativistic) {
                continue;
            }
            op_case t;
            begin(&t, GAN_OP_loss, 500 + (uint64_t)k);
            t.attr.loss = (gan_loss_attr){.loss = loss,
                                          .for_d = what != 1,
                                          .for_g = what != 0,
                                          .shared = shared,
                                          .real_label = 1.0f};
            op_case_in(&t, 0, GAN_F32, N, 1, 1, 1, OP_NORMAL);
            op_case_in(&t, 1, GAN_F32, N, 1, 1, 1, OP_NORMAL);
            for (int i = 0; i < 3; i++) {
                if (i == 2 ? what != 0 : what != 1) {
                    op_case_out(&t, i, GAN_F32, N, 1, 1, 1);
                }
            }
            op_case_state(&t, 3, GAN_F32, 1, 1, 1, 4, OP_NORMAL);
            plant(&t.in[0], k % N_SPECIALS);
            plant(&t.in[1], k % N_SPECIALS);
            end(&t);
        }
    }
}

static void test_norm_and_guard(void **state)
{
    (void)state;
    for (int k = 0; k < N_SPECIALS; k++) {
        op_case t;
        begin(&t, GAN_OP_norm, 600 + (uint64_t)k);
        op_case_in(&t, 0, GAN_F32, 1, 1, 1, 4100, OP_NORMAL);
        op_case_out(&t, 0, GAN_F32, 1, 1, 1, 1);
        t.in[0].values[4099] = specials[k];
        end(&t);
        for (int i = 0; i < 3; i++) {
            begin(&t, GAN_OP_guard, 620 + (uint64_t)k);
            op_case_in(&t, 0, GAN_F32, 1, 1, 1, 4, OP_NORMAL);
            op_case_in(&t, 1, GAN_F32, 1, 1, 1, 1, OP_POSITIVE);
            op_case_in(&t, 2, GAN_F32, 1, 1, 1, 1, OP_POSITIVE);
            op_case_in(&t, 3, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
            op_case_state(&t, 0, GAN_I32, 1, 1, 1, 2, OP_ZERO);
            t.in[i].values[0] = specials[k];
            end(&t);
        }
        begin(&t, GAN_OP_report, 640 + (uint64_t)k);
        t.attr.report.rows = 2;
        for (int i = 0; i < 3; i++) {
            op_case_in(&t, i, GAN_F32, 1, 1, 1, i ? 1 : 4, OP_NORMAL);
            t.in[i].values[0] = specials[k];
        }
        op_case_in(&t, 3, GAN_I32, 1, 1, 1, 2, OP_ZERO);
        op_case_state(&t, 0, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
        op_case_state(&t, 1, GAN_F32, 2, 1, 1, GAN_METRIC_COUNT, OP_NORMAL);
        end(&t);
    }
}

/* Gradient, parameter and both moments; in both forms of epsilon. */
static void test_adam(void **state)
{
    (void)state;
    for (int k = 0; k < 8; k++) {
        op_case t;
        begin(&t, GAN_OP_adam, 700 + (uint64_t)k);
        t.attr.adam.n_segments = 1;
        t.attr.adam.segments[0] = (gan_adam_segment){
            .epsilon = 1e-7, .epsilon_inside = k / 4, .count = CHANNELS, .net = GAN_NET_G};
        op_case_in(&t, 0, GAN_F32, 1, 1, 1, CHANNELS, OP_NORMAL);
        for (int i = 0; i < 3; i++) {
            op_case_state(&t, i, GAN_F32, 1, 1, 1, CHANNELS, i == 2 ? OP_POSITIVE : OP_NORMAL);
        }
        op_case_in(&t, GAN_ADAM_RATES, GAN_F64, 1, 1, 1, GAN_RATE_COUNT, OP_ZERO);
        op_case_in(&t, GAN_ADAM_FLAG, GAN_I32, 1, 1, 1, 2, OP_ZERO);
        op_case_state(&t, GAN_ADAM_COUNTERS, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
        double *rates = t.in[GAN_ADAM_RATES].values + gan_rate_at(GAN_NET_G, 0);
        rates[GAN_RATE_LR] = 1e-4;
        rates[GAN_RATE_BETA1] = 0.5;
        rates[GAN_RATE_BETA2] = 0.999;
        plant(k % 4 == 0 ? &t.in[0] : &t.out[k % 4 - 1], -1);
        end(&t);
    }
}

static void test_averages(void **state)
{
    (void)state;
    for (int k = 0; k < 4; k++) {
        const bool ema = k / 2;
        op_case t;
        begin(&t, ema ? GAN_OP_ema : GAN_OP_stat_update, 800 + (uint64_t)k);
        vector_in(&t, 0, OP_NORMAL);
        if (ema) {
            op_case_in(&t, 1, GAN_F64, 1, 1, 1, GAN_RATE_COUNT, OP_POSITIVE);
        } else {
            gan_stat_segment *segment = calloc(1, sizeof *segment);
            assert_non_null(segment);
            *segment = (gan_stat_segment){.count = CHANNELS, .momentum = 0.9f, .factor = 1.25f};
            t.attr.stat_update = (gan_stat_update_attr){segment, 1};
        }
        op_case_in(&t, ema ? 2 : 1, GAN_I32, 1, 1, 1, 2, OP_ZERO);
        op_case_state(&t, 0, GAN_F32, 1, 1, 1, CHANNELS, OP_NORMAL);
        plant(k % 2 ? &t.out[0] : &t.in[0], -1);
        end(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elementwise), cmocka_unit_test(test_bias_leaky_dropout),
        cmocka_unit_test(test_batch_norm),  cmocka_unit_test(test_batch_norm_beyond_floats),
        cmocka_unit_test(test_rows),        cmocka_unit_test(test_row_dot_beyond_floats),
        cmocka_unit_test(test_matmul),      cmocka_unit_test(test_convolutions),
        cmocka_unit_test(test_losses),      cmocka_unit_test(test_norm_and_guard),
        cmocka_unit_test(test_adam),        cmocka_unit_test(test_averages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
