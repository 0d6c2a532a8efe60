/* test_run_measure.c — what a run measures: every metric of the list once, and nothing that was
 * not measured. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "run/measure.h"

static const gan_scalar *find(const gan_scalar *s, int n, const char *key)
{
    for (int i = 0; i < n; i++) {
        if (s[i].key && strcmp(s[i].key, key) == 0) {
            return &s[i];
        }
    }
    return NULL;
}

static void all_are_named_once(void **state)
{
    gan_run_measure m = {.metrics = {.loss_d = 1.5, .norm_d = 2}, .steps = 7};
    gan_scalar s[GAN_MEASURE_COUNT];
    const int n = gan_measure_scalars(&m, s);
    (void)state;
    assert_int_equal(n, GAN_MEASURE_COUNT);
    for (int i = 0; i < n; i++) {
        assert_true(s[i].key || s[i].tag);
        for (int j = 0; j < i; j++) {
            assert_false(s[i].key && s[j].key && strcmp(s[i].key, s[j].key) == 0);
            assert_false(s[i].tag && s[j].tag && strcmp(s[i].tag, s[j].tag) == 0);
        }
    }
    assert_true(find(s, n, "Loss/D")->value == 1.5 && find(s, n, "Norm/D")->value == 2);
    assert_true(find(s, n, "steps")->is_whole && find(s, n, "steps")->value == 7);
}

static void not_measured_is_left_out(void **state)
{
    gan_run_measure m = {.metrics = {.d_real = (double)NAN}, .gpu_gb = (double)NAN};
    gan_scalar s[GAN_MEASURE_COUNT];
    const int n = gan_measure_scalars(&m, s);
    (void)state;
    assert_int_equal(n, GAN_MEASURE_COUNT - 2);
    assert_null(find(s, n, "D/real"));
    assert_non_null(find(s, n, "D/fake"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_are_named_once),
        cmocka_unit_test(not_measured_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
