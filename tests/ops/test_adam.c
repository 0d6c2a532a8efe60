/* test_adam.c — Adam, in both of its forms, for one and two networks. */
#include <math.h>

#include "ops/op_case.h"

/* Moments: three roundings of terms up to about 4. Parameters: one rounding at their size, and the
 * step of up to a few times the learning rate, 1e-3, to 1e-6 relative. */
static const op_tolerance of_moments = {.relative = 4e-7, .absolute = 5e-7};
static const op_tolerance of_params = {.relative = 1.3e-7, .absolute = 2e-8};

static void begin(op_case *t, uint64_t seed, const int64_t *counts, int n_networks, bool inside,
                  double step)
{
    op_case_begin(t, GAN_OP_adam, seed);
    t->attr.adam.n_segments = n_networks;
    for (int i = 0; i < n_networks; i++) {
        gan_adam_segment *s = &t->attr.adam.segments[i];
        s->adam = (gan_adam){.beta1 = i ? 0.5 : 0.9,
                             .beta2 = 0.999,
                             .epsilon = inside ? 1e-8 : 1e-7,
                             .epsilon_inside = inside};
        s->count = counts[i];
        s->rate = i ? GAN_RATE_D : GAN_RATE_G;
        s->counter = i ? GAN_COUNTER_T_D : GAN_COUNTER_T_G;
        op_case_in(t, i, GAN_F32, 1, 1, 1, counts[i], OP_NORMAL);
        for (int k = 0; k < 3; k++) {
            op_case_state(t, 3 * i + k, GAN_F32, 1, 1, 1, counts[i],
                          k == 2 ? OP_POSITIVE : OP_NORMAL);
            t->of_output[3 * i + k] = k ? of_moments : of_params;
        }
    }
    op_case_in(t, 2, GAN_F32, 1, 1, 1, GAN_RATE_COUNT, OP_ZERO);
    op_case_in(t, 3, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
    op_case_in(t, 4, GAN_I32, 1, 1, 1, 2, OP_ZERO);
    t->in[2].values[GAN_RATE_G] = (double)1e-4f;
    t->in[2].values[GAN_RATE_D] = (double)1e-3f;
    t->in[3].values[GAN_COUNTER_STEP] = 1e9;
    t->in[3].values[GAN_COUNTER_T_G] = step;
    t->in[3].values[GAN_COUNTER_T_D] = step + 3.0;
}

static void check(uint64_t seed, int64_t first, int64_t second, bool inside, double step)
{
    const int64_t counts[] = {first, second};
    op_case t;
    begin(&t, seed, counts, second > 0 ? 2 : 1, inside, step);
    t.in[0].values[first / 2] = NAN;
    op_case_check(&t);
    op_case_end(&t);
}

static void test_sizes_and_forms(void **state)
{
    (void)state;
    for (int inside = 0; inside < 2; inside++) {
        check(1, 1, 0, inside, 0.0);
        check(2, 31, 0, inside, 0.0);
        check(3, 4097, 17, inside, 10.0);
        check(4, 65537, 8191, inside, 100000.0);
        check(5, 5, 1, inside, 1e9);
    }
}

/* From moments of zero, as training begins: the first step is the learning rate, in the gradient's
 * direction, and a gradient of zero moves nothing. */
static void test_first_step(void **state)
{
    (void)state;
    for (int inside = 0; inside < 2; inside++) {
        const int64_t counts[] = {1000};
        op_case t;
        begin(&t, 10, counts, 1, inside, 0.0);
        for (int i = 0; i < 1000; i++) {
            t.out[0].values[i] = t.out[1].values[i] = t.out[2].values[i] = 0.0;
        }
        t.in[0].values[500] = 0.0;
        op_case_check(&t);
        assert_true(t.got[0][500] == 0.0);
        assert_true(fabs(fabs(t.got[0][1]) - 1e-4) <= 1e-7 &&
                    t.got[0][1] * t.in[0].values[1] < 0.0);
        op_case_end(&t);
    }
}

static void test_flag_stops_it(void **state)
{
    (void)state;
    const int64_t counts[] = {100, 50};
    op_case t;
    begin(&t, 20, counts, 2, false, 3.0);
    t.in[4].values[0] = 1.0;
    for (int i = 0; i < 6; i++) {
        t.of_output[i] = (op_tolerance){0};
    }
    op_case_check(&t);
    op_case_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_and_forms),
        cmocka_unit_test(test_first_step),
        cmocka_unit_test(test_flag_stops_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
