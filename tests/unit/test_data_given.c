/* test_data_given.c — a data set of the caller's own images is the same as that of the same images
 * read from a file, and what cannot be one is refused. */
#define _GNU_SOURCE /* setenv */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "unit/data_files.h"

enum { N = 40 };

static gan_data_source like(const gan_data *data)
{
    const gan_data_info *info = gan_data_describe(data);
    return (gan_data_source){.name = "mine",
                             .n = info->n,
                             .height = info->height,
                             .width = info->width,
                             .channels = info->channels,
                             .n_classes = info->n_classes,
                             .pixels = gan_data_pixels(data),
                             .labels = gan_data_labels(data)};
}

static void expect_same(const gan_data *got, const gan_data *want)
{
    const gan_data_info *a = gan_data_describe(got), *b = gan_data_describe(want);
    assert_int_equal(a->bytes, b->bytes);
    assert_memory_equal(gan_data_pixels(got), gan_data_pixels(want), (size_t)b->bytes);
    assert_memory_equal(gan_data_labels(got), gan_data_labels(want), (size_t)b->n * 4);
    assert_string_equal(a->fingerprint, b->fingerprint);
    assert_string_equal(a->labelled_fingerprint, b->labelled_fingerprint);
    assert_string_equal(a->name, "mine");
    assert_string_equal(a->path, "");
}

static gan_status one(void *ctx, int64_t i, uint8_t *pixels, int32_t *label, gan_error *err)
{
    const gan_data *data = ctx;
    const gan_data_info *info = gan_data_describe(data);
    const size_t size = (size_t)(info->bytes / info->n);
    if (i == N) {
        snprintf(err->text, sizeof err->text, "the camera is gone");
        return GAN_E_IO;
    }
    memcpy(pixels, gan_data_pixels(data) + (size_t)i * size, size);
    *label = gan_data_labels(data)[i];
    return GAN_OK;
}

static void arrays_and_a_function_give_the_same_as_a_file(void **state)
{
    (void)state;
    gan_error err = {0};
    gan_data *want = data_open_ok("digits", &(gan_data_options){.limit = N}), *got = NULL;
    gan_data_source source = like(want);
    assert_int_equal(gan_data_make(&source, NULL, &got, &err), GAN_OK);
    expect_same(got, want);
    gan_data_close(got);
    source.pixels = NULL;
    source.labels = NULL;
    source.image = one;
    source.ctx = want;
    assert_int_equal(gan_data_make(&source, NULL, &got, &err), GAN_OK);
    expect_same(got, want);
    gan_data_close(got);
    source.n = N + 1;
    assert_int_equal(gan_data_make(&source, NULL, &got, &err), GAN_E_IO);
    assert_string_equal(err.text, "mine: image 40: the camera is gone");
    assert_null(got);
    gan_data_close(want);
}

static void options_of_shape_and_number_count(void **state)
{
    (void)state;
    gan_error err = {0};
    const gan_data_options wanted = {
        .limit = 7, .height = 12, .width = 9, .channels = 3, .filter = GAN_FILTER_LANCZOS};
    gan_data *all = data_open_ok("digits", &(gan_data_options){.limit = N}), *got = NULL;
    const gan_data_source source = like(all);
    assert_int_equal(gan_data_make(&source, &wanted, &got, &err), GAN_OK);
    const gan_data_info *info = gan_data_describe(got);
    assert_true(info->n == 7 && info->height == 12 && info->width == 9 && info->channels == 3);
    assert_int_equal(info->n_classes, 10);
    gan_data_close(got);
    gan_data_close(all);
}

static void expect_refused(const gan_data_source *source, gan_status status, const char *words)
{
    gan_error err = {0};
    gan_data *got = NULL;
    assert_int_equal(gan_data_make(source, NULL, &got, &err), status);
    assert_null(got);
    if (!strstr(err.text, words)) {
        fail_msg("got '%s', want '%s' in it", err.text, words);
    }
}

static void what_is_no_data_set_is_refused(void **state)
{
    (void)state;
    uint8_t pixels[12] = {0};
    int32_t labels[3] = {0, 1, 2};
    const gan_data_source good = {.name = "mine",
                                  .n = 3,
                                  .height = 2,
                                  .width = 2,
                                  .channels = 1,
                                  .n_classes = 3,
                                  .pixels = pixels,
                                  .labels = labels};
    gan_data_source bad = good;
    bad.name = NULL;
    expect_refused(&bad, GAN_E_USAGE, "needs a name");
    bad = good;
    bad.n = 0;
    expect_refused(&bad, GAN_E_USAGE, "0 images of 2x2x1 are none");
    bad = good;
    bad.channels = 5;
    expect_refused(&bad, GAN_E_USAGE, "channels are 1 to 4");
    bad = good;
    bad.pixels = NULL;
    expect_refused(&bad, GAN_E_USAGE, "set pixels");
    bad = good;
    bad.labels = NULL;
    expect_refused(&bad, GAN_E_USAGE, "labels");
    bad = good;
    bad.n_classes = 2;
    expect_refused(&bad, GAN_E_DATA, "image 2 has label 2: labels are 0 to 1");
    bad = good;
    bad.n_classes = -1;
    expect_refused(&bad, GAN_E_USAGE, "-1 classes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_and_a_function_give_the_same_as_a_file),
        cmocka_unit_test(options_of_shape_and_number_count),
        cmocka_unit_test(what_is_no_data_set_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
