/* test_rate_setting.c — the grammar of rates: what it reads as, how it is written, what it refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rate_setting.h"

/* Text as it is read, and as it is written. */
static void test_reads(void **state)
{
    static const char *const texts[][2] = {
        {"2e-4", "0.0002"},
        {"0", "0.0"},
        {"500k", "500000.0"},
        {"5M", "5000000.0"},
        {"2e-4 to 5e-5", "0.0002 to 0.00005 linear over 100%"},
        {"cosine 2e-4 to 5e-5 over 50%", "0.0002 to 0.00005 cosine over 50%"},
        {"2e-4 to 5e-5 over 50% cosine", "0.0002 to 0.00005 cosine over 50%"},
        {"2e-4 to 0, linear, over 50%..100%", "0.0002 to 0.0 linear over 50%..100%"},
        {"0.9 to .99 cosine over 20M images", "0.9 to 0.99 cosine over 20000000 images"},
        {"0.9 to .99 cosine over 20Mimg", "0.9 to 0.99 cosine over 20000000 images"},
        {"0.9 to 0.99 over 1.5k..2500", "0.9 to 0.99 linear over 1500 images..2500 images"},
        {"1 to 2 over 10 steps .. 3e", "1.0 to 2.0 linear over 10 steps..3 epochs"},
        {"1 to 2 over 10..3000 steps", "1.0 to 2.0 linear over 10 steps..3000 steps"},
        {"1 to 2 over 10..50%", "1.0 to 2.0 linear over 10%..50%"},
        {"1 to 2 over 10 images..50%", "1.0 to 2.0 linear over 10 images..50%"},
        {"1 to 2 over 1e3 steps", "1.0 to 2.0 linear over 1000 steps"},
        {"1 to 2 over 0.5 epochs", "1.0 to 2.0 linear over 0.5 epochs"},
        {"2e-4 warmup 5%", "0.0002 warmup 5%"},
        {"2e-4 warm-up 1 step", "0.0002 warmup 1 steps"},
        {"1 to 0 warmup 1k over 12.5%", "1.0 to 0.0 linear over 12.5% warmup 1000 images"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gan_rate_setting rate, again;
        gan_error err = {0};
        gan_text text = {0};
        char *written = NULL;
        if (gan_rate_setting_parse(texts[i][0], &rate, &err) != GAN_OK) {
            fail_msg("'%s': %s", texts[i][0], err.text);
        }
        gan_rate_setting_add(&text, &rate);
        assert_int_equal(gan_text_take(&text, &written, &err), GAN_OK);
        assert_string_equal(written, texts[i][1]);
        assert_int_equal(gan_rate_setting_parse(written, &again, &err), GAN_OK);
        assert_true(gan_rate_setting_equal(&rate, &again));
        free(written);
    }
}

static void test_refuses(void **state)
{
    static const char *const texts[][2] = {
        {"", "the text is empty"},
        {"abc", "'abc' is not a finite decimal number"},
        {"1e-4x", "not a finite decimal number"},
        {"2e-4 too 5e-5",
         "'too' where one of to, linear, cosine, over, warmup (did you mean 'to'?)"},
        {"2e-4 to", "ends where a number should be"},
        {"2e-4 to x", "'x' where a number could be"},
        {"2e-4 to 1 cosin", "did you mean 'cosine'"},
        {"2e-4 to 1 over", "ends where a length"},
        {"2e-4 to 1 over half", "'half' where a length"},
        {"2e-4 to 1 over 101%", "a length is from 0 to 100%"},
        {"2e-4 to 1 over -1", "a length is from 0 to 1e+15"},
        {"2e-4 to 1 over 50%..40%", "ends where it begins, or before"},
        {"2e-4 to 1 over 10..10", "ends where it begins, or before"},
        {"2e-4 to 1 over 50..10 steps", "ends where it begins, or before"},
        {"2e-4 cosine over 50%", "no second number"},
        {"2e-4 to 1 to 2", "'to' where"},
        {"2e-4 to 1 over 1 over 2", "'over' where"},
        {"to 1", "'to' where a number"},
        {"2e-4 to 1 over 5 minutes", "'minutes' where"},
        {"2e-4 to nan", "'nan' where a number"},
        {"1 to 1e999", "too large"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gan_rate_setting rate = {.from = 7};
        gan_error err = {0};
        assert_int_equal(gan_rate_setting_parse(texts[i][0], &rate, &err), GAN_E_USAGE);
        if (!strstr(err.text, texts[i][1])) {
            fail_msg("%s: got \"%s\", wanted \"%s\" in it", texts[i][0], err.text, texts[i][1]);
        }
        assert_true(rate.from == 7);
    }
}

static gan_rate_setting read_rate(const char *text)
{
    gan_rate_setting rate;
    gan_error err = {0};
    assert_int_equal(gan_rate_setting_parse(text, &rate, &err), GAN_OK);
    return rate;
}

static void test_what_it_says(void **state)
{
    static const struct {
        const char *text;
        bool rests, has_share;
        double most;
    } cases[] = {{"3", true, false, 3},
                 {"3 warmup 10 steps", false, false, 3},
                 {"3 warmup 1%", false, true, 3},
                 {"3 to 4", false, true, 4},
                 {"3 to 4 over 10", false, false, 4},
                 {"3 to 2 over 1%..10M", false, true, 3}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const gan_rate_setting rate = read_rate(cases[i].text);
        assert_true(gan_rate_setting_rests(&rate) == cases[i].rests);
        assert_true(gan_rate_setting_has_share(&rate) == cases[i].has_share);
        assert_true(gan_rate_setting_most(&rate) == cases[i].most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
