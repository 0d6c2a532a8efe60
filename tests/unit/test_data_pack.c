/* test_data_pack.c — a packed data set is the one that was packed, mapped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/store.h"
#include "io/safetensors.h"
#include "unit/data_files.h"

static data_folder folder;

static int set_up(void **state)
{
    (void)state;
    data_folder_make(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    data_folder_remove(&folder);
    return 0;
}

static void write_pictures(void)
{
    uint8_t pixels[6 * 9 * 3];
    for (uint32_t i = 0; i < 12; i++) {
        data_fill(pixels, sizeof pixels, i);
        data_write_png8(data_at(&folder, "f/%s/%u.png", i % 3 ? "many" : "few", i), 6, 9, 3,
                        pixels);
    }
    data_write(data_at(&folder, "f/many/bad.png"), "x", 1);
}

static void expect_equal(gan_data *a, gan_data *b)
{
    const gan_data_info *x = gan_data_describe(a), *y = gan_data_describe(b);
    assert_true(x->n == y->n && x->height == y->height && x->width == y->width);
    assert_int_equal(x->bytes, y->bytes);
    assert_int_equal(x->n_classes, y->n_classes);
    assert_string_equal(x->fingerprint, y->fingerprint);
    assert_string_equal(x->labelled_fingerprint, y->labelled_fingerprint);
    assert_memory_equal(gan_data_pixels(a), gan_data_pixels(b), (size_t)x->bytes);
    for (int32_t k = 0; k < x->n_classes; k++) {
        assert_string_equal(gan_data_class_name(a, k), gan_data_class_name(b, k));
    }
    gan_data_close(a);
    gan_data_close(b);
}

static const char *pack(const char *source, const gan_data_options *options, const char *name)
{
    gan_error err = {0};
    gan_data_info info;
    const char *path = data_at(&folder, "%s", name);
    if (gan_data_pack(source, options, path, &info, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return path;
}

static void a_packed_set_is_the_set(void **state)
{
    (void)state;
    write_pictures();
    const char *source = data_at(&folder, "f");
    const gan_data_options options[] = {
        {.skip_bad = 1},
        {.skip_bad = 1, .height = 8, .width = 5, .channels = 1, .filter = GAN_FILTER_LANCZOS},
        {.skip_bad = 1, .holdout = 0.4, .split = "test", .threads = 3}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        const char *path = pack(source, &options[i], "p.safetensors");
        gan_data *packed = data_open_ok(path, NULL);
        assert_non_null(packed->map);
        assert_true(packed->pixels > packed->map);
        expect_equal(data_open_ok(source, &options[i]), packed);
    }
    const gan_data_options digits = {.limit = 40, .seed = 3};
    expect_equal(data_open_ok("digits", &digits),
                 data_open_ok(pack("digits", &digits, "d.safetensors"), NULL));
}

static void a_part_of_it_is_that_part(void **state)
{
    (void)state;
    const gan_data_options all = {.limit = 60}, few = {.limit = 25};
    const char *path = pack("digits", &all, "d.safetensors");
    expect_equal(data_open_ok("digits", &few), data_open_ok(path, &few));
    const gan_data_options other = {.height = 14, .width = 20, .channels = 3};
    gan_data *data = data_open_ok(path, &other); /* in memory then */
    assert_int_equal(gan_data_describe(data)->bytes, 60 * 14 * 20 * 3);
    assert_non_null(gan_data_labels(data));
    gan_data_close(data);
    const gan_data_options test = {.split = "test"}, held = {.holdout = 0.5};
    data_open_fails(path, &test, GAN_E_USAGE, "pack the test split into a file of its own");
    data_open_fails(path, &held, GAN_E_USAGE, "folders and archives");
}

static const char *write_tensors(const char *name, const gan_safetensors_entry *entries, size_t n)
{
    gan_error err = {0};
    const char *path = data_at(&folder, "%s", name);
    const gan_safetensors_content content = {.entries = entries, .n_entries = n};
    assert_int_equal(gan_safetensors_write(path, &content, NULL, &err), GAN_OK);
    return path;
}

/* As safetensors.numpy.save_file({"images": x, "labels": y}, path) writes it. */
static void files_of_others_are_read(void **state)
{
    (void)state;
    uint8_t pixels[5 * 2 * 3];
    static const int32_t labels[5] = {0, 4, 1, 1, 0}, negative[5] = {0, -1, 1, 1, 0};
    static const int64_t dims[4] = {5, 2, 3, 1}, flat[2] = {5, 6};
    data_fill(pixels, sizeof pixels, 1);
    gan_safetensors_entry entries[] = {
        {.name = "images", .type = GAN_SAFETENSORS_U8, .dims = dims, .n_dims = 4, .bytes = pixels},
        {.name = "labels",
         .type = GAN_SAFETENSORS_I32,
         .dims = dims,
         .n_dims = 1,
         .bytes = labels}};
    gan_data *data = data_open_ok(write_tensors("a.safetensors", entries, 2), NULL);
    assert_memory_equal(gan_data_pixels(data), pixels, sizeof pixels);
    assert_int_equal(gan_data_labels(data)[1], 4);
    assert_int_equal(gan_data_describe(data)->n_classes, 5);
    assert_int_equal(strlen(gan_data_describe(data)->fingerprint), 64);
    gan_data_close(data);
    entries[1].bytes = negative;
    data = data_open_ok(write_tensors("b.safetensors", entries, 2), NULL);
    assert_null(gan_data_labels(data));
    assert_non_null(strstr(gan_data_describe(data)->unlabelled, "image 1 has label -1"));
    gan_data_close(data);
    data_open_fails(write_tensors("c.safetensors", entries + 1, 1), NULL, GAN_E_DATA,
                    "has no tensor 'images'");
    entries[0].dims = flat;
    entries[0].n_dims = 2;
    data_open_fails(write_tensors("d.safetensors", entries, 1), NULL, GAN_E_DATA,
                    "are not N x height x width x channels");
}

static void count(void *ctx, const gan_data_finding *finding)
{
    snprintf(ctx, 256, "%s", finding->text);
}

/* Opening believes the file's fingerprint; `gan data check` reads it all. */
static void check_finds_a_changed_byte(void **state)
{
    (void)state;
    const gan_data_options some = {.limit = 20};
    const char *path = pack("digits", &some, "d.safetensors");
    char text[256] = "";
    const gan_data_check_options options = {.finding = count, .finding_ctx = text};
    gan_data_report report;
    size_t n = 0;
    assert_int_equal(gan_data_check(path, &options, &report, NULL), GAN_OK);
    assert_int_equal(report.images, 20);
    assert_int_equal(report.found[GAN_FLAW_CORRUPT], 0);
    uint8_t *bytes = data_read(path, &n);
    bytes[n - 5] ^= 1;
    data_write(path, bytes, n);
    free(bytes);
    assert_int_equal(gan_data_check(path, &options, &report, NULL), GAN_OK);
    assert_int_equal(report.found[GAN_FLAW_CORRUPT], 1);
}

static void what_cannot_be_written_is_told(void **state)
{
    (void)state;
    gan_error err = {0};
    gan_data_info info;
    const gan_data_options some = {.limit = 5};
    gan_status status = gan_data_pack("digits", &some, data_at(&folder, "x.gan"), &info, &err);
    data_expect_error(status, &err, GAN_E_USAGE, "ends in .safetensors");
    char path[512];
    snprintf(path, sizeof path, "%s/none/x.safetensors", folder.path);
    status = gan_data_pack("digits", &some, path, &info, &err);
    data_expect_error(status, &err, GAN_E_CREATE, "none");
    const gan_data_options endless = {.limit = (int64_t)1 << 50};
    status = gan_data_pack("digits", &endless, data_at(&folder, "x.safetensors"), &info, &err);
    assert_true(status == GAN_E_IO || status == GAN_E_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(a_packed_set_is_the_set),        TEST(a_part_of_it_is_that_part),
        TEST(files_of_others_are_read),       TEST(check_finds_a_changed_byte),
        TEST(what_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
