/* test_noise.c — normal draws. */
#include <math.h>

#include "base/philox.h"
#include "ops/op_case.h"

/* The angle, up to 6.3, is rounded to fp32 before sine and cosine, and the radius is below 6. */
static const op_tolerance of_draws = {.absolute = 4e-6};

static void begin(op_case *t, uint64_t seed, int64_t n, int64_t c, double step)
{
    op_case_begin(t, GAN_OP_noise, seed);
    t->attr.noise = (gan_noise_attr){.seed = seed, .stream = 3};
    op_case_in(t, 0, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
    op_case_out(t, 0, GAN_F32, n, 1, 1, c);
    t->in[0].values[GAN_COUNTER_STEP] = step;
    t->tolerance = of_draws;
}

/* Box and Muller: draws 2j and 2j + 1 are radius times cosine and sine. The oracle shares its draws
 * with every backend: these are worked out again, in double. */
static void check_draws(const op_case *t)
{
    for (int64_t i = 0; i < t->out[0].count; i++) {
        const gan_philox4 words =
            gan_philox(t->attr.noise.seed, t->attr.noise.stream,
                       (uint64_t)t->in[0].values[GAN_COUNTER_STEP], (uint32_t)(i / 4));
        const double u1 = (double)gan_unit_float(words.v[i % 4 / 2 * 2]);
        const double u2 = (double)gan_unit_float(words.v[i % 4 / 2 * 2 + 1]);
        const double angle = 8.0 * atan(1.0) * u2;
        const double want = sqrt(-2.0 * log(u1)) * (i % 2 ? sin(angle) : cos(angle));
        if (!(fabs(t->got[0][i] - want) <= of_draws.absolute)) {
            fail_msg("draw %lld: got %.9g, want %.9g", (long long)i, t->got[0][i], want);
        }
    }
}

static void test_shapes(void **state)
{
    (void)state;
    static const int64_t shapes[][2] = {{1, 1}, {1, 2}, {3, 1}, {7, 13}, {64, 100}, {1, 1025}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        op_case t;
        begin(&t, 1 + i, shapes[i][0], shapes[i][1], (double)(i * 1000000007u));
        op_case_check(&t);
        check_draws(&t);
        op_case_end(&t);
    }
}

static void test_distribution(void **state)
{
    (void)state;
    double sum = 0.0, squares = 0.0, tails = 0.0;
    op_case t;
    begin(&t, 20, 1000, 100, 3.0);
    op_case_check(&t);
    double n = (double)t.out[0].count;
    for (int64_t i = 0; i < t.out[0].count; i++) {
        sum += t.got[0][i];
        squares += t.got[0][i] * t.got[0][i];
        tails += fabs(t.got[0][i]) > 1.959964;
    }
    assert_true(fabs(sum / n) <= 5.0 / sqrt(n));
    assert_true(fabs(squares / n - 1.0) <= 5.0 * sqrt(2.0 / n));
    assert_true(fabs(tails / n - 0.05) <= 5.0 * sqrt(0.05 * 0.95 / n));
    op_case_end(&t);
}

/* A part of a step's draws, from anywhere. */
static void test_a_part(void **state)
{
    (void)state;
    op_case whole;
    begin(&whole, 50, 1, 200, 9.0);
    op_case_check(&whole);
    for (int64_t first = 0; first < 10; first++) {
        op_case part;
        begin(&part, 50, 1, 97, 9.0);
        part.attr.noise.first = first;
        op_case_check(&part);
        for (int64_t i = 0; i < 97; i++) {
            assert_true(part.got[0][i] == whole.got[0][first + i]);
        }
        op_case_end(&part);
    }
    op_case_end(&whole);
}

static void test_steps_differ(void **state)
{
    (void)state;
    op_case a, b;
    begin(&a, 30, 1, 8, 0.0);
    begin(&b, 30, 1, 8, 1.0);
    op_case_check(&a);
    op_case_check(&b);
    for (int i = 0; i < 8; i++) {
        assert_true(a.got[0][i] != b.got[0][i]);
    }
    op_case_end(&a);
    op_case_end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_distribution),
        cmocka_unit_test(test_a_part),
        cmocka_unit_test(test_steps_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
