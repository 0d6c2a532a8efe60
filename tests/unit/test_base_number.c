/* test_base_number.c — numbers as people write them, sizes and times as people read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/number.h"
#include "unit/comma_locale.h"

typedef struct integer_case {
    const char *text;
    int64_t value;
} integer_case;

typedef struct refusal {
    const char *text, *reason;
} refusal;

static void int64_takes_whole_numbers(void **state)
{
    (void)state;
    static const integer_case cases[] = {{"0", 0},
                                         {"+5", 5},
                                         {"-0", 0},
                                         {"-17", -17},
                                         {"007", 7},
                                         {"9223372036854775807", INT64_MAX},
                                         {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gan_error err = {0};
        int64_t value = 99;
        assert_int_equal(gan_number_int64(cases[i].text, &value, &err), GAN_OK);
        assert_true(value == cases[i].value);
    }
}

static void int64_refuses_the_rest(void **state)
{
    (void)state;
    static const refusal cases[] = {{"", "empty"},
                                    {"-", "not a whole"},
                                    {"12abc", "'12abc' is not a whole number"},
                                    {" 1", "not a whole"},
                                    {"1 ", "not a whole"},
                                    {"1.0", "not a whole"},
                                    {"1e3", "not a whole"},
                                    {"0x10", "not a whole"},
                                    {"--1", "not a whole"},
                                    {"+-1", "not a whole"},
                                    {"1_000", "not a whole"},
                                    {"nan", "not a whole"},
                                    {"9223372036854775808", "too large"},
                                    {"-9223372036854775809", "too large"},
                                    {"18446744073709551616", "too large"},
                                    {"99999999999999999999999", "too large"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gan_error err = {0};
        int64_t value = 99;
        assert_int_equal(gan_number_int64(cases[i].text, &value, &err), GAN_E_USAGE);
        assert_int_equal(value, 99);
        assert_non_null(strstr(err.text, cases[i].reason));
    }
}

static void uint64_reaches_its_end_and_no_further(void **state)
{
    (void)state;
    gan_error err = {0};
    uint64_t value = 99;
    assert_int_equal(gan_number_uint64("18446744073709551615", &value, &err), GAN_OK);
    assert_true(value == UINT64_MAX);
    assert_int_equal(gan_number_uint64("+7", &value, &err), GAN_OK);
    assert_true(value == 7);
    static const char *const refused[] = {
        "18446744073709551616", "184467440737095516150", "-1", "-0", "", "+", "7 "};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_int_equal(gan_number_uint64(refused[i], &value, NULL), GAN_E_USAGE);
        assert_true(value == 7);
    }
}

static void check_doubles(void)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"1", 1.0},    {"-0.5", -0.5},     {".5", 0.5},
        {"5.", 5.0},   {"2e-4", 2e-4},     {"1E+3", 1000.0},
        {"+0.1", 0.1}, {"1e-310", 1e-310}, {"1.7976931348623157e308", 1.7976931348623157e308}};
    static const refusal refused[] = {
        {"", "empty"},       {"nan", "finite"},   {"inf", "finite"},  {"-inf", "finite"},
        {"1,5", "finite"},   {"1e", "finite"},    {".", "finite"},    {"0x10", "finite"},
        {" 1", "finite"},    {"1 ", "finite"},    {"1.5.", "finite"}, {"1e999", "large"},
        {"-1e999", "large"}, {"1e-999", "small"}, {"e5", "finite"},   {"1.000,5", "finite"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value = 99.0;
        assert_int_equal(gan_number_double(cases[i].text, &value, NULL), GAN_OK);
        assert_true(value == cases[i].value);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        gan_error err = {0};
        double value = 99.0;
        assert_int_equal(gan_number_double(refused[i].text, &value, &err), GAN_E_USAGE);
        assert_true(value == 99.0);
        assert_non_null(strstr(err.text, refused[i].reason));
    }
}

static void double_takes_finite_decimals_only(void **state)
{
    (void)state;
    check_doubles();
}

static void check_sizes(void)
{
    static const struct {
        int64_t bytes;
        const char *text;
    } cases[] = {{0, "0 B"},
                 {1023, "1023 B"},
                 {1024, "1.0 KiB"},
                 {1536, "1.5 KiB"},
                 {102348, "99.9 KiB"},
                 {102400, "100 KiB"},
                 {1048575, "1.0 MiB"},
                 {1288490189, "1.2 GiB"},
                 {(int64_t)345 << 20, "345 MiB"},
                 {INT64_MAX, "8.0 EiB"},
                 {-5000, "-4.9 KiB"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[GAN_NUMBER_TEXT_SIZE];
        gan_number_bytes(cases[i].bytes, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void sizes_read_well(void **state)
{
    (void)state;
    check_sizes();
}

static void durations_read_well(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {{0.0, "0 s"},       {0.0004, "400 us"},   {0.00099949, "999 us"},
                 {0.001, "1.0 ms"},  {0.12, "120 ms"},     {0.9996, "1.0 s"},
                 {4.24, "4.2 s"},    {9.96, "10 s"},       {42.4, "42 s"},
                 {59.6, "1m 00s"},   {185.0, "3m 05s"},    {3599.6, "1h 00m"},
                 {7500.0, "2h 05m"}, {273600.0, "3d 04h"}, {-1.0, "?"},
                 {1e300, "?"},       {0.0 / 0.0, "?"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[GAN_NUMBER_TEXT_SIZE];
        gan_number_duration(cases[i].seconds, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    if (!comma_locale_set()) {
        skip();
    }
    check_doubles();
    check_sizes();
    comma_locale_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int64_takes_whole_numbers),
        cmocka_unit_test(int64_refuses_the_rest),
        cmocka_unit_test(uint64_reaches_its_end_and_no_further),
        cmocka_unit_test(double_takes_finite_decimals_only),
        cmocka_unit_test(sizes_read_well),
        cmocka_unit_test(durations_read_well),
        cmocka_unit_test(a_decimal_comma_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
