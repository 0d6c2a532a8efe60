/* test_bias_leaky_dropout.c — bias, LeakyReLU and dropout in one op, and their backward pass. */
#include <math.h>

#include "base/philox.h"
#include "ops/op_case.h"

/* A few roundings of one value; the bias gradient is summed in double from values rounded once. */
static const op_tolerance elementwise = {.relative = 3e-7, .absolute = 1e-30};
static const op_tolerance of_bias = {.relative = 1e-6, .spread = 1e-6, .absolute = 1e-7};

/* What a case looks like; zero is: no bias, slope 0, no dropout. A mask goes with a rate. */
typedef struct layer {
    int64_t n, h, w, c;
    bool bias, mask;
    float slope, rate;
    int64_t first, step;
    int in_place; /* 1 = yes */
} layer;

static void set_attr(op_case *t, const layer *l)
{
    t->attr.bias_leaky_dropout =
        (gan_bias_leaky_dropout_attr){.has_bias = l->bias,
                                      .slope = l->slope,
                                      .drop_rate = l->rate,
                                      .stream = 17,
                                      .seed = 0x123456789abcdef0u + t->seed,
                                      .first = l->first};
    t->tolerance = elementwise;
}

static void begin_forward(op_case *t, uint64_t seed, const layer *l)
{
    op_case_begin(t, GAN_OP_bias_leaky_dropout, seed);
    op_case_in(t, 0, GAN_F32, l->n, l->h, l->w, l->c, OP_NORMAL);
    op_case_out(t, 0, GAN_F32, l->n, l->h, l->w, l->c);
    set_attr(t, l);
    if (l->bias) {
        op_case_in(t, 1, GAN_F32, 1, 1, 1, l->c, OP_NORMAL);
    }
    if (l->mask && l->rate > 0.0f) {
        op_case_in(t, 2, GAN_U8, l->n, l->h, l->w, l->c, OP_BITS);
        t->in[2].values[0] = 200.0; /* any value but 0 keeps */
    }
    op_case_in(t, 3, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
    t->in[3].values[GAN_COUNTER_STEP] = (double)l->step;
    t->in_place = l->in_place ? 0 : -1;
}

static void begin_backward(op_case *t, uint64_t seed, const layer *l)
{
    op_case_begin(t, GAN_OP_bias_leaky_dropout_bwd, seed);
    op_case_in(t, 0, GAN_F32, l->n, l->h, l->w, l->c, OP_NORMAL);
    op_case_in(t, 1, GAN_F32, l->n, l->h, l->w, l->c, OP_NORMAL);
    op_case_out(t, 0, GAN_F32, l->n, l->h, l->w, l->c);
    if (l->bias) {
        op_case_out(t, 1, GAN_F32, 1, 1, 1, l->c);
        t->of_output[1] = of_bias;
    }
    for (int64_t i = 0; i < t->in[0].count; i++) { /* zeros of both signs, whatever the rate */
        t->in[0].values[i] = i % 3 == 1 ? -0.0 : i % 7 == 0 ? 0.0 : t->in[0].values[i];
    }
    set_attr(t, l);
    t->in_place = l->in_place ? 1 : -1;
}

static void check(uint64_t seed, const layer *l)
{
    op_case t;
    begin_forward(&t, seed, l);
    op_case_check(&t);
    op_case_end(&t);
    begin_backward(&t, seed, l);
    op_case_check(&t);
    op_case_end(&t);
}

static void test_shapes(void **state)
{
    (void)state;
    static const int64_t shapes[][4] = {{1, 1, 1, 1},     {3, 1, 1, 1},    {5, 7, 3, 3},
                                        {2, 28, 28, 1},   {3, 14, 14, 64}, {4, 7, 7, 128},
                                        {7, 1, 1, 1021},  {3, 1, 1, 1031}, {37, 1, 1, 2},
                                        {3, 1, 1, 12544}, {9, 16, 16, 5},  {1030, 1, 1, 33}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const int64_t *d = shapes[i];
        layer l = {.n = d[0], .h = d[1], .w = d[2], .c = d[3], .slope = 0.3f, .bias = true};
        check(10 * i, &l);
        l.rate = 0.3f;
        check(10 * i + 1, &l);
        l.mask = true;
        l.in_place = 1;
        check(10 * i + 2, &l);
    }
}

static void test_options(void **state)
{
    (void)state;
    static const float slopes[] = {0.0f, 0.2f, 1.0f}, rates[] = {0.0f, 0.5f, 0.999f};
    for (int i = 0; i < 36; i++) {
        const layer l = {.n = 3,
                         .h = 5,
                         .w = 7,
                         .c = 6,
                         .slope = slopes[i % 3],
                         .rate = rates[i / 3 % 3],
                         .bias = i / 9 % 2,
                         .mask = i / 18};
        check(200 + (uint64_t)i, &l);
    }
}

/* What is dropped is -0. Nothing else is: neither zeros nor what the smallest types round to one.
 */
static void test_marks(void **state)
{
    (void)state;
    layer l = {.n = 3, .h = 5, .w = 7, .c = 6, .slope = 0.3f, .rate = 0.4f, .mask = true};
    for (int drawn = 0; drawn < 2; drawn++) {
        op_case t;
        int64_t dropped = 0;
        begin_forward(&t, 700 + (uint64_t)drawn, &l);
        /* The sixth is below the smallest normal number only after the slope. */
        const double tiny[] = {0.0, -0.0, -1e-45, 1e-45, -0x1p-140, -0x1.4p-126, -1.0, 1.0};
        for (int64_t i = 0; i < t.in[0].count; i++) {
            t.in[0].values[i] = tiny[i % 8];
        }
        op_case_check(&t);
        for (int64_t i = 0; i < t.out[0].count; i++) {
            bool marked = t.got[0][i] == 0.0 && signbit(t.got[0][i]);
            dropped += marked;
            assert_true(marked || i % 8 < 6 || t.got[0][i] != 0.0);
            assert_true(drawn || marked == (t.in[2].values[i] == 0.0));
        }
        assert_in_range(dropped, t.out[0].count / 5, t.out[0].count * 4 / 5);
        op_case_end(&t);
        l.mask = false;
    }
}

/* Windows of a batch begin anywhere in the stream, at block boundaries and between, far ones too.
 */
static void test_draws(void **state)
{
    (void)state;
    static const int64_t firsts[] = {1, 2, 3, 4, 1027, ((int64_t)1 << 34) - 2, (int64_t)1 << 40};
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        const layer l = {.n = 3,
                         .h = 9,
                         .w = 9,
                         .c = 5,
                         .slope = 0.3f,
                         .rate = 0.4f,
                         .first = firsts[i],
                         .step = ((int64_t)1 << 33) + (int64_t)i,
                         .in_place = 1};
        check(300 + i, &l);
    }
}

/* The two halves of a batch, drawn apart, have the masks of the whole. */
static void test_windows_of_a_batch(void **state)
{
    (void)state;
    const layer whole = {.n = 6, .h = 5, .w = 5, .c = 3, .slope = 1.0f, .rate = 0.5f};
    op_case a, b;
    begin_forward(&a, 400, &whole);
    op_case_check(&a);
    layer half = whole;
    half.n = 3;
    half.first = a.in[0].count / 2;
    begin_forward(&b, 400, &half);
    for (int64_t i = 0; i < b.in[0].count; i++) {
        b.in[0].values[i] = a.in[0].values[half.first + i];
    }
    op_case_check(&b);
    for (int64_t i = 0; i < b.in[0].count; i++) {
        assert_true(b.got[0][i] == a.got[0][half.first + i]);
    }
    op_case_end(&a);
    op_case_end(&b);
}

/* Share of ones that a layer of ones keeps, unscaled. */
static double kept_share(float rate, int64_t step)
{
    const layer l = {.n = 1, .h = 1, .w = 449, .c = 449, .slope = 1.0f, .rate = rate, .step = step};
    op_case t;
    double kept = 0.0;
    begin_forward(&t, 500, &l);
    for (int64_t i = 0; i < t.in[0].count; i++) {
        t.in[0].values[i] = 1.0;
    }
    op_case_check(&t);
    for (int64_t i = 0; i < t.out[0].count; i++) {
        kept += t.got[0][i] != 0.0;
    }
    double share = kept / (double)t.out[0].count;
    op_case_end(&t);
    return share;
}

static void test_kept_share(void **state)
{
    (void)state;
    static const float rates[] = {0.0f, 0.1f, 0.3f, 0.5f, 0.999f};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        double keep = 1.0 - (double)rates[i], n = 449.0 * 449.0;
        double sigma = sqrt(keep * (1.0 - keep) / n);
        double share = kept_share(rates[i], (int64_t)i);
        assert_true(fabs(share - keep) <= 5.0 * sigma);
    }
    assert_true(kept_share(0.5f, 1) != kept_share(0.5f, 2)); /* another step, another mask */
}

static void test_nan(void **state)
{
    (void)state;
    const layer l = {.n = 3, .h = 5, .w = 5, .c = 3, .slope = 0.0f, .rate = 0.3f, .bias = true};
    op_case t;
    begin_forward(&t, 600, &l);
    for (int64_t i = 0; i < t.in[0].count; i += 7) {
        t.in[0].values[i] = i % 2 ? (double)NAN : (double)INFINITY;
    }
    op_case_check(&t);
    op_case_end(&t);
    begin_backward(&t, 601, &l);
    t.in[0].values[5] = NAN;
    t.in[1].values[9] = NAN;
    t.in[1].values[10] = -INFINITY;
    op_case_check(&t);
    op_case_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),     cmocka_unit_test(test_options),
        cmocka_unit_test(test_draws),      cmocka_unit_test(test_windows_of_a_batch),
        cmocka_unit_test(test_kept_share), cmocka_unit_test(test_nan),
        cmocka_unit_test(test_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
