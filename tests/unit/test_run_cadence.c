/* test_run_cadence.c — when samples, checkpoints and log lines are due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/cadence.h"

/* In how many of steps 1..n, of 4 images of 10 and 0.5 seconds each, something is due. */
static int times(gan_cadence_unit unit, double value, int n)
{
    gan_clockwork clockwork = {{value, unit}, 100};
    int due = 0;
    for (int step = 1; step <= n; step++) {
        due += gan_clockwork_is_due(&clockwork, step, 10, 4, 100 + 0.5 * step);
    }
    return due;
}

static void by_steps(void **state)
{
    (void)state;
    assert_int_equal(times(GAN_EVERY_STEPS, 3, 10), 3);
    assert_int_equal(times(GAN_EVERY_STEPS, 1, 10), 10);
    assert_int_equal(times(GAN_EVERY_STEPS, 11, 10), 0);
    assert_int_equal(times(GAN_EVERY_STEPS, 0, 10), 0);
}

/* Steps 3, 5, 8 and 10 are the first at or beyond 10, 20, 30 and 40 images. */
static void by_epochs(void **state)
{
    (void)state;
    assert_int_equal(times(GAN_EVERY_EPOCHS, 1, 2), 0);
    assert_int_equal(times(GAN_EVERY_EPOCHS, 1, 3), 1);
    assert_int_equal(times(GAN_EVERY_EPOCHS, 1, 10), 4);
    assert_int_equal(times(GAN_EVERY_EPOCHS, 2, 10), 2);
    assert_int_equal(times(GAN_EVERY_EPOCHS, 0.2, 10), 10); /* at most once a step */
    assert_int_equal(times(GAN_EVERY_EPOCHS, 0, 10), 0);
}

/* So long after the last time, whatever was late then. */
static void by_seconds(void **state)
{
    (void)state;
    assert_int_equal(times(GAN_EVERY_SECONDS, 1.5, 2), 0);
    assert_int_equal(times(GAN_EVERY_SECONDS, 1.5, 3), 1);
    assert_int_equal(times(GAN_EVERY_SECONDS, 1.5, 10), 3);
    assert_int_equal(times(GAN_EVERY_SECONDS, 0.7, 10), 5);
    assert_int_equal(times(GAN_EVERY_SECONDS, 0, 10), 0);
    gan_clockwork clockwork = {{60, GAN_EVERY_SECONDS}, 0};
    assert_true(gan_clockwork_is_due(&clockwork, 1, 10, 4, 1000));
    assert_false(gan_clockwork_is_due(&clockwork, 2, 10, 4, 1059));
    assert_true(gan_clockwork_is_due(&clockwork, 3, 10, 4, 1060));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_steps),
        cmocka_unit_test(by_epochs),
        cmocka_unit_test(by_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
