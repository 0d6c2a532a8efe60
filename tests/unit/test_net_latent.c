/* test_net_latent.c — latent vectors: of a seed, and on the way from one to another. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gan/sample.h"

enum { NZ = 101 };

static void near(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance)) {
        fail_msg("got %.9g, want %.9g within %g", got, want, tolerance);
    }
}

static double product(const float *a, const float *b)
{
    double sum = 0;
    for (int i = 0; i < NZ; i++) {
        sum += (double)a[i] * (double)b[i];
    }
    return sum;
}

static double angle(const float *a, const float *b)
{
    const double cosine = product(a, b) / sqrt(product(a, a) * product(b, b));
    return acos(fmin(1, fmax(-1, cosine)));
}

/* Between ends of one length, steps of one angle, and that length everywhere: a straight line has
 * neither. */
static void the_way_is_a_great_circle(void **state)
{
    (void)state;
    float a[NZ], b[NZ], at[NZ];
    gan_latent_of_seed(1, NZ, a);
    gan_latent_of_seed(2, NZ, b);
    const double whole = angle(a, b), scale = sqrt(product(a, a) / product(b, b));
    assert_true(whole > 1 && whole < 2); /* two draws are nearly at a right angle */
    for (int i = 0; i < NZ; i++) {
        b[i] *= (float)scale;
    }
    for (int i = 0; i <= 8; i++) {
        gan_latent_slerp(a, b, i / 8.0, NZ, at);
        near(angle(a, at), whole * i / 8, 1e-3);
        near(angle(at, b), whole * (8 - i) / 8, 1e-3);
        near(product(at, at) / product(a, a), 1, 1e-5);
    }
}

static void its_ends_are_the_vectors(void **state)
{
    (void)state;
    float a[NZ], b[NZ], at[NZ];
    gan_latent_of_seed(3, NZ, a);
    gan_latent_of_seed(4, NZ, b);
    gan_latent_slerp(a, b, 0, NZ, at);
    assert_memory_equal(at, a, sizeof a);
    gan_latent_slerp(a, b, 1, NZ, at);
    assert_memory_equal(at, b, sizeof b);
    float want[NZ];
    gan_latent_slerp(a, b, 0.25, NZ, want);
    gan_latent_slerp(a, b, 0.25, NZ, b); /* in place */
    assert_memory_equal(b, want, sizeof b);
}

/* Where there is no circle, or more than one: a straight line, and no NaN. */
static void parallel_vectors_are_joined_straight(void **state)
{
    (void)state;
    float a[NZ], b[NZ], at[NZ];
    gan_latent_of_seed(5, NZ, a);
    static const float factors[] = {1, 3, -1, 0};
    for (size_t k = 0; k < sizeof factors / sizeof *factors; k++) {
        for (int i = 0; i < NZ; i++) {
            b[i] = factors[k] * a[i];
        }
        gan_latent_slerp(a, b, 0.25, NZ, at);
        for (int i = 0; i < NZ; i++) {
            near((double)at[i], (0.75 + 0.25 * (double)factors[k]) * (double)a[i], 1e-5);
        }
    }
}

static void a_seed_is_one_vector(void **state)
{
    (void)state;
    float a[NZ], again[NZ], other[NZ];
    gan_latent_of_seed(6, NZ, a);
    gan_latent_of_seed(6, NZ, again);
    gan_latent_of_seed(UINT64_MAX, NZ, other);
    assert_memory_equal(a, again, sizeof a);
    assert_memory_not_equal(a, other, sizeof a);
    near(product(a, a) / NZ, 1, 0.6); /* normal(0,1): 4 deviations of the mean square */
    near(angle(a, other), acos(0), 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_is_a_great_circle),
        cmocka_unit_test(its_ends_are_the_vectors),
        cmocka_unit_test(parallel_vectors_are_joined_straight),
        cmocka_unit_test(a_seed_is_one_vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
