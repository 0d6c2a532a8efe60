/* test_base_text.c — the string builder, real numbers as text, UTF-8, clean text, nearest words. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/nearest.h"
#include "base/philox.h"
#include "base/text.h"
#include "unit/comma_locale.h"

static void text_grows_and_is_handed_over(void **state)
{
    (void)state;
    gan_text text = {0};
    char *out = NULL;
    for (int i = 0; i < 1000; i++) {
        gan_text_add(&text, "%d,", i % 10);
    }
    gan_text_add_bytes(&text, "a\0b", 3);
    assert_int_equal(text.length, 2003);
    assert_int_equal(gan_text_take(&text, &out, NULL), GAN_OK);
    assert_memory_equal(out + 1996, "8,9,a\0b", 8);
    assert_null(text.data);
    free(out);
    assert_int_equal(gan_text_take(&text, &out, NULL), GAN_OK);
    assert_string_equal(out, "");
    free(out);
}

static void text_remembers_a_failure(void **state)
{
    (void)state;
    gan_text text = {0};
    gan_error err = {0};
    char *out = (char *)1;
    gan_text_add(&text, "abc");
    gan_text_add_bytes(&text, "", SIZE_MAX - 2); /* no machine has it */
    gan_text_add(&text, "def");
    assert_string_equal(text.data, "abc");
    assert_int_equal(gan_text_check(&text, &err), GAN_E_MEMORY);
    assert_int_equal(gan_text_take(&text, &out, &err), GAN_E_MEMORY);
    assert_null(out);
}

static void check_real(double value, const char *want)
{
    gan_text text = {0};
    gan_text_add_real(&text, value);
    assert_string_equal(text.data, want);
    gan_text_free(&text);
}

static void check_reals(void)
{
    check_real(0.0, "0.0");
    check_real(-0.0, "-0.0");
    check_real((double)0.1f, "0.1");
    check_real(0.1, "0.1");
    check_real(1.0 / 3.0, "0.3333333333333333");
    check_real(300.0, "300.0");
    check_real(455.25, "455.25");
    check_real(1e16, "1e+16");
    check_real(1700000000.125, "1700000000.125");
    check_real(0.00001, "0.00001");
    check_real(1.5e-6, "1.5e-06");
    check_real(3.4028234663852886e38, "3.4028235e+38");
    check_real(5e-324, "5e-324");
    check_real(1.7976931348623157e308, "1.7976931348623157e+308");
    check_real((double)NAN, "nan");
    check_real((double)-INFINITY, "-inf");
}

static void reals_have_the_fewest_digits(void **state)
{
    (void)state;
    check_reals();
}

static void reals_read_back(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2000; i++) {
        const gan_philox4 r = gan_philox(1, 2, 3, i);
        const uint64_t bits = (uint64_t)r.v[0] << 32 | r.v[1];
        double wide;
        float narrow;
        memcpy(&wide, &bits, sizeof wide);
        memcpy(&narrow, &r.v[2], sizeof narrow);
        gan_text text = {0};
        gan_text_add_real(&text, wide);
        gan_text_add(&text, " ");
        gan_text_add_real(&text, (double)narrow);
        char *end = NULL;
        const double wide_back = strtod(text.data, &end);
        const float narrow_back = strtof(end, NULL);
        assert_true(wide_back == wide || !isfinite(wide));
        assert_true(narrow_back == narrow || !isfinite(narrow));
        gan_text_free(&text);
    }
}

static void a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    if (!comma_locale_set()) {
        skip();
    }
    gan_text text = {0};
    gan_text_add(&text, "%.2f %g", 1.5, 0.25);
    assert_string_equal(text.data, "1.50 0.25");
    gan_text_free(&text);
    check_reals();
    char outside[8];
    snprintf(outside, sizeof outside, "%.1f", 1.5);
    assert_string_equal(outside, "1,5"); /* the process's own locale is as it was */
    comma_locale_reset();
}

static void utf8_takes_characters_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n, length;
        uint32_t code;
    } cases[] = {{"a", 1, 1, 'a'},
                 {"\0", 1, 1, 0},
                 {"\xC3\xA9", 2, 2, 0xE9},
                 {"\xE2\x82\xAC", 3, 3, 0x20AC},
                 {"\xF4\x8F\xBF\xBF", 4, 4, 0x10FFFF},
                 {"", 0, 0, 0},
                 {"\xC3", 1, 0, 0},                 /* cut off */
                 {"\xC3(", 2, 0, 0},                /* no continuation */
                 {"\x80", 1, 0, 0},                 /* begins with one */
                 {"\xC0\x80", 2, 0, 0},             /* overlong */
                 {"\xE0\x80\x80", 3, 0, 0},         /* overlong */
                 {"\xED\xA0\x80", 3, 0, 0},         /* surrogate */
                 {"\xF4\x90\x80\x80", 4, 0, 0},     /* beyond Unicode */
                 {"\xF8\x88\x80\x80\x80", 5, 0, 0}, /* five bytes */
                 {"\xFF", 1, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t code = 0;
        assert_int_equal(gan_text_utf8(cases[i].bytes, cases[i].n, &code), cases[i].length);
        assert_int_equal(code, cases[i].code);
    }
}

static void words_are_as_a_shell_takes_them(void **state)
{
    static const char *const words[][2] = {
        {"runs/00001-x.y+z_0", "runs/00001-x.y+z_0"},
        {"", "''"},
        {"my pictures/", "'my pictures/'"},
        {"it's", "'it'\\''s'"},
        {"$HOME", "'$HOME'"},
        {"a;b", "'a;b'"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        gan_text text = {0};
        char *got = NULL;
        gan_text_add_word(&text, words[i][0]);
        assert_int_equal(gan_text_take(&text, &got, NULL), GAN_OK);
        assert_string_equal(got, words[i][1]);
        free(got);
    }
}

static void clean_text_is_one_printable_line(void **state)
{
    (void)state;
    char out[GAN_TEXT_CLEAN_SIZE];
    assert_string_equal(gan_text_clean("a\x1b[31mb\nc\xff\xc3\xa4\x7f\xe2\x80\xa8", out),
                        "a?[31mb?c?\xc3\xa4??");
    char longer[200];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(strlen(gan_text_clean(longer, out)), GAN_TEXT_CLEAN_SIZE - 1);
    assert_string_equal(out + GAN_TEXT_CLEAN_SIZE - 4, "...");
    longer[GAN_TEXT_CLEAN_SIZE - 1] = '\0';
    assert_string_equal(gan_text_clean(longer, out), longer);
    memcpy(longer + GAN_TEXT_CLEAN_SIZE - 5, "\xE2\x82\xAC\xE2\x82\xAC", 7);
    gan_text_clean(longer, out); /* the cut would go through a character */
    assert_string_equal(out + GAN_TEXT_CLEAN_SIZE - 6, "x...");
    char line[] = "a\x1b[31mb\nc\xff\xc3\xa4\x7f\xe2\x80\xa8\xc2\x9bm\xe2\x82\xac";
    gan_text_clean_line(line);
    assert_string_equal(line, "a?[31mb?c?\xc3\xa4???m\xe2\x82\xac");
    char whole[300];
    memset(whole, 'x', sizeof whole);
    whole[sizeof whole - 1] = '\0';
    gan_text_clean_line(whole);
    assert_int_equal(strlen(whole), sizeof whole - 1);
}

static void nearest_finds_typing_mistakes(void **state)
{
    (void)state;
    static const char *const words[] = {"kernel",         "stride", "leaky_relu", "conv",
                                        "conv_transpose", "lr",     "lr-g"};
    static const struct {
        const char *typed, *want;
    } cases[] = {{"kernal", "kernel"},
                 {"kernel", "kernel"},
                 {"KERNEL", "kernel"},
                 {"strdie", "stride"},
                 {"LeakyReLU", "leaky_relu"},
                 {"conv2d", "conv"},
                 {"Conv2DTranspose", "conv_transpose"},
                 {"lg", "lr"},
                 {"rl", "lr"},
                 {"lrg", "lr"},
                 {"x", NULL},
                 {"", NULL},
                 {"dropout", NULL},
                 {"krnl", "kernel"},
                 {"krl", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = gan_nearest(cases[i].typed, words, sizeof words / sizeof *words);
        if (!cases[i].want) {
            assert_null(got);
        } else {
            assert_non_null(got);
            assert_string_equal(got, cases[i].want);
        }
    }
    assert_null(gan_nearest("kernel", words, 0));
    static const char *const letter[] = {"z"};
    assert_null(gan_nearest("x", letter, 1)); /* one letter for another is no mistake */
    assert_string_equal(gan_nearest("Z", letter, 1), "z");
    char huge[1000];
    memset(huge, 'k', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    assert_null(gan_nearest(huge, words, sizeof words / sizeof *words));
}

static void nearest_hint_is_a_phrase_or_nothing(void **state)
{
    (void)state;
    static const char *const words[] = {"kernel"};
    char hint[64];
    gan_nearest_hint("kernal", words, 1, hint, sizeof hint);
    assert_string_equal(hint, " (did you mean 'kernel'?)");
    gan_nearest_hint("dropout", words, 1, hint, sizeof hint);
    assert_string_equal(hint, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_grows_and_is_handed_over),
        cmocka_unit_test(text_remembers_a_failure),
        cmocka_unit_test(reals_have_the_fewest_digits),
        cmocka_unit_test(reals_read_back),
        cmocka_unit_test(a_decimal_comma_changes_nothing),
        cmocka_unit_test(utf8_takes_characters_and_nothing_else),
        cmocka_unit_test(words_are_as_a_shell_takes_them),
        cmocka_unit_test(clean_text_is_one_printable_line),
        cmocka_unit_test(nearest_finds_typing_mistakes),
        cmocka_unit_test(nearest_hint_is_a_phrase_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
