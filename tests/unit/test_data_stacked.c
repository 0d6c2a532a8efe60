/* test_data_stacked.c — three digits as an image, and its class, by the rule that stacked.c has. */
#define _GNU_SOURCE /* setenv */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/philox.h"
#include "unit/data_files.h"

enum { PIXELS = 28 * 28, N = 300 };

static void expect_rule(const char *split, uint32_t stream)
{
    const gan_data_options few = {.split = split, .limit = N}, all = {.split = split};
    gan_data *stacked = data_open_ok("stacked-digits", &few),
             *digits = data_open_ok("digits", &all);
    const gan_data_info *info = gan_data_describe(stacked);
    const uint64_t n = (uint64_t)gan_data_describe(digits)->n;
    assert_true(info->n == N && info->height == 28 && info->width == 28 && info->channels == 3);
    assert_int_equal(info->n_classes, 1000);
    for (uint32_t i = 0; i < N; i++) {
        const gan_philox4 words = gan_philox(1000, stream, 0, i);
        int label = 0;
        for (int c = 0; c < 3; c++) {
            const uint64_t digit = words.v[c] * n >> 32;
            const uint8_t *want = gan_data_pixels(digits) + digit * PIXELS;
            const uint8_t *got = gan_data_pixels(stacked) + (size_t)i * 3 * PIXELS;
            for (int p = 0; p < PIXELS; p++) {
                assert_int_equal(got[3 * p + c], want[p]);
            }
            label = 10 * label + gan_data_labels(digits)[digit];
        }
        assert_int_equal(gan_data_labels(stacked)[i], label);
    }
    gan_data_close(stacked);
    gan_data_close(digits);
}

static void images_and_labels_follow_the_rule(void **state)
{
    (void)state;
    expect_rule("train", 0x73746163);
    expect_rule("test", 0x73746164);
}

static void any_number_can_be_had(void **state)
{
    (void)state;
    const gan_data_options many = {.limit = 128100, .height = 4, .width = 4};
    const gan_data_options few = {.limit = 500, .height = 4, .width = 4};
    gan_data *a = data_open_ok("stacked-digits", &many), *b = data_open_ok("stacked-digits", &few);
    assert_int_equal(gan_data_describe(a)->n, 128100);
    assert_memory_equal(gan_data_pixels(a), gan_data_pixels(b), 500 * 4 * 4 * 3);
    assert_memory_equal(gan_data_labels(a), gan_data_labels(b), 500 * sizeof(int32_t));
    static int count[1000];
    int n_seen = 0;
    for (int i = 0; i < 128100; i++) {
        n_seen += count[gan_data_labels(a)[i]]++ == 0;
    }
    assert_int_equal(n_seen, 1000); /* every mode is in it */
    assert_string_equal(gan_data_class_name(a, 7), "007");
    gan_data_close(a);
    gan_data_close(b);
}

static void without_the_digits_the_ways_on_are_told(void **state)
{
    (void)state;
    data_folder folder;
    data_folder_make(&folder);
    assert_int_equal(setenv("HOME", folder.path, 1), 0);
    assert_int_equal(setenv("XDG_DATA_HOME", folder.path, 1), 0);
    assert_int_equal(unsetenv("GAN_DATA"), 0);
    data_open_fails("stacked-mnist", NULL, GAN_E_NO_INPUT, "`gan data get mnist` downloads it");
    data_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_and_labels_follow_the_rule),
        cmocka_unit_test(any_number_can_be_had),
        cmocka_unit_test(without_the_digits_the_ways_on_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
