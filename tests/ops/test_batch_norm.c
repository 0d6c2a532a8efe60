/* test_batch_norm.c — batch normalization with LeakyReLU: by the batch, backward, and inference. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops/op_case.h"

/* Statistics are summed in double and rounded once; the result takes four more roundings, at the
 * size of the largest terms, gamma times a normal value plus beta. */
static const op_tolerance of_statistics = {.relative = 2e-7, .absolute = 1e-12};
static const op_tolerance of_result = {.relative = 1e-6, .absolute = 2e-6};
/* cuDNN tells 1 / sqrt(var + epsilon), rounded: what follows for the variance is as good as that of
 * the sum, not as that of the variance. */
static const op_tolerance of_inverse_deviation = {.relative = 5e-7, .absolute = 5e-7 * 1e-3};
/* Backward: sums in double of terms rounded three times; the result is a difference of three. */
static const op_tolerance of_gradient = {.relative = 2e-6, .spread = 4e-6, .absolute = 1e-7};

static const float epsilon = 1e-3f;

static const int64_t shapes[][4] = {{1, 1, 1, 1},    {2, 1, 1, 1},     {1, 1, 1, 7},
                                    {5, 3, 7, 3},    {3, 1, 1, 12544}, {8, 7, 7, 128},
                                    {2, 14, 14, 64}, {131, 1, 1, 5},   {2, 1, 1, 1025},
                                    {4, 30, 31, 3},  {600, 1, 1, 700}};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

/* Where a test takes long, only small ones. */
static bool is_left_out(const int64_t d[4])
{
    return getenv("GAN_TEST_FP32_ONLY") && d[0] * d[1] * d[2] * d[3] > 12000;
}

static bool is_cuda(const op_case *t)
{
    return strcmp(t->backend->name, "cuda") == 0;
}

/* By the device's default, cuDNN where it has one, and by own kernels. cuDNN's result is rounded
 * before the LeakyReLU, and so is what goes into its gradient. */
static void check(op_case *t)
{
    t->more_roundings = is_cuda(t) ? 1 : 0;
    op_case_check(t);
    if (is_cuda(t) && t->kind != GAN_OP_batch_norm_infer) {
        t->more_roundings = 0;
        t->batch_norm = "fused";
        op_case_check(t);
    }
}

static void begin_forward(op_case *t, uint64_t seed, const int64_t d[4], float slope)
{
    op_case_begin(t, GAN_OP_batch_norm, seed);
    t->attr.norm = (gan_norm_attr){epsilon, slope};
    op_case_in(t, 0, GAN_F32, d[0], d[1], d[2], d[3], OP_NORMAL);
    op_case_in(t, 1, GAN_F32, 1, 1, 1, d[3], OP_NORMAL);
    op_case_in(t, 2, GAN_F32, 1, 1, 1, d[3], OP_NORMAL);
    op_case_out(t, 0, GAN_F32, d[0], d[1], d[2], d[3]);
    op_case_out(t, 1, GAN_F32, 1, 1, 1, d[3]);
    op_case_out(t, 2, GAN_F32, 1, 1, 1, d[3]);
    t->tolerance = of_result;
    t->of_output[1] = of_statistics;
    t->of_output[2] = is_cuda(t) ? of_inverse_deviation : of_statistics;
}

static void check_forward(uint64_t seed, const int64_t d[4], float slope, double mean,
                          double deviation)
{
    op_case t;
    begin_forward(&t, seed, d, slope);
    for (int64_t i = 0; i < t.in[0].count; i++) {
        t.in[0].values[i] = (double)(float)(mean + deviation * t.in[0].values[i]);
    }
    check(&t);
    op_case_end(&t);
}

/* An element that the LeakyReLU is about to bend rounds to one side or the other: keep off. */
static void keep_off_the_bend(op_case *t, int gamma, int beta, int mean, int var)
{
    int64_t channels = t->in[0].dims[3];
    for (int64_t i = 0; i < t->in[0].count; i++) {
        int64_t c = i % channels;
        double root = sqrt(t->in[var].values[c] + (double)epsilon);
        double v = t->in[gamma].values[c] * (t->in[0].values[i] - t->in[mean].values[c]) / root +
                   t->in[beta].values[c];
        if (fabs(v) < 1e-4) {
            t->in[0].values[i] = (double)((float)t->in[0].values[i] + 0.25f);
        }
    }
}

static void begin_given(op_case *t, gan_op_kind kind, uint64_t seed, const int64_t d[4],
                        float slope)
{
    bool backward = kind == GAN_OP_batch_norm_bwd;
    int first = backward ? 2 : 1;
    op_case_begin(t, kind, seed);
    t->attr.norm = (gan_norm_attr){epsilon, slope};
    op_case_in(t, 0, GAN_F32, d[0], d[1], d[2], d[3], OP_NORMAL);
    if (backward) {
        op_case_in(t, 1, GAN_F32, d[0], d[1], d[2], d[3], OP_NORMAL);
    }
    for (int i = 0; i < 4; i++) {
        op_case_in(t, first + i, GAN_F32, 1, 1, 1, d[3], i == 3 ? OP_POSITIVE : OP_NORMAL);
    }
    op_case_out(t, 0, GAN_F32, d[0], d[1], d[2], d[3]);
    for (int i = 1; i < 3 && backward; i++) {
        op_case_out(t, i, GAN_F32, 1, 1, 1, d[3]);
    }
    t->tolerance = backward ? of_gradient : of_result;
    keep_off_the_bend(t, first, first + 1, first + 2, first + 3);
}

static void test_forward(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < N_SHAPES; i++) {
        if (is_left_out(shapes[i])) {
            continue;
        }
        check_forward(10 + i, shapes[i], 0.3f, 0.0, 1.0);
    }
    check_forward(30, shapes[3], 0.0f, 0.0, 1.0);
    check_forward(31, shapes[3], 1.0f, 0.0, 1.0);
}

/* Mean and deviation may be far apart; what float can say of x must survive. */
static void test_mean_beyond_deviation(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < N_SHAPES; i++) {
        if (is_left_out(shapes[i])) {
            continue;
        }
        check_forward(40 + i, shapes[i], 0.3f, 1e4, 1.0);
        check_forward(60 + i, shapes[i], 0.3f, -300.0, 1e-2);
        check_forward(80 + i, shapes[i], 0.3f, 1e-3, 1e-6);
    }
    check_forward(99, shapes[5], 0.3f, 1e6, 30.0);
}

static void test_backward(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < N_SHAPES; i++) {
        if (is_left_out(shapes[i])) {
            continue;
        }
        op_case t;
        begin_given(&t, GAN_OP_batch_norm_bwd, 100 + i, shapes[i], i == 3 ? 0.0f : 0.3f);
        check(&t);
        op_case_end(&t);
    }
}

static void test_inference(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < N_SHAPES; i++) {
        if (is_left_out(shapes[i])) {
            continue;
        }
        op_case t;
        begin_given(&t, GAN_OP_batch_norm_infer, 200 + i, shapes[i], i == 3 ? 0.0f : 0.3f);
        check(&t);
        op_case_end(&t);
    }
}

static void test_nan_stays_in_its_channel(void **state)
{
    (void)state;
    static const gan_op_kind kinds[] = {GAN_OP_batch_norm_bwd, GAN_OP_batch_norm_infer};
    op_case t;
    begin_forward(&t, 300, shapes[3], 0.3f);
    t.in[0].values[40] = NAN;
    check(&t);
    op_case_end(&t);
    for (int i = 0; i < 2; i++) {
        begin_given(&t, kinds[i], 301 + (uint64_t)i, shapes[3], 0.3f);
        t.in[0].values[40] = NAN;
        t.in[1].values[2] = INFINITY;
        check(&t);
        op_case_end(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward),
        cmocka_unit_test(test_mean_beyond_deviation),
        cmocka_unit_test(test_backward),
        cmocka_unit_test(test_inference),
        cmocka_unit_test(test_nan_stays_in_its_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
