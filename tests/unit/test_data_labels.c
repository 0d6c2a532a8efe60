/* test_data_labels.c — which class a picture is of: files of labels, folders, dataset.json; what is
 * held out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/holdout.h"
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

static void write_grey(const char *name, uint8_t value)
{
    uint8_t pixels[16];
    memset(pixels, value, sizeof pixels);
    data_write_png8(data_at(&folder, "%s", name), 4, 4, 1, pixels);
}

static void write_text(const char *name, const char *text)
{
    data_write(data_at(&folder, "%s", name), text, strlen(text));
}

/* A picture is of this value and of this class, in this order. */
typedef struct wanted {
    uint8_t value;
    int32_t label;
} wanted;

static void expect(const gan_data_options *options, int32_t n_classes, const wanted *want,
                   int64_t n)
{
    gan_data *data = data_open_ok(folder.path, options);
    const gan_data_info *info = gan_data_describe(data);
    const int32_t *labels = gan_data_labels(data);
    assert_int_equal(info->n, n);
    assert_int_equal(info->n_classes, n_classes);
    assert_non_null(labels);
    assert_string_equal(info->unlabelled, "");
    for (int64_t i = 0; i < n; i++) {
        assert_int_equal(gan_data_pixels(data)[i * 16], want[i].value);
        assert_int_equal(labels[i], want[i].label);
    }
    gan_data_close(data);
}

static void expect_none(const char *why)
{
    gan_data *data = data_open_ok(folder.path, NULL);
    const gan_data_info *info = gan_data_describe(data);
    assert_null(gan_data_labels(data));
    assert_int_equal(info->n_classes, 0);
    assert_null(gan_data_class_name(data, 0));
    assert_string_equal(info->labelled_fingerprint, "");
    if (!strstr(info->unlabelled, why)) {
        fail_msg("\"%s\" says nothing of \"%s\"", info->unlabelled, why);
    }
    gan_data_close(data);
}

static void known_sets_name_their_classes(void **state)
{
    (void)state;
    const gan_data_options few = {.limit = 1};
    gan_data *data = data_open_ok("digits", &few);
    assert_int_equal(gan_data_describe(data)->n_classes, 10); /* also those that are not in it */
    assert_string_equal(gan_data_class_name(data, 7), "7");
    assert_null(gan_data_class_name(data, 10));
    assert_null(gan_data_class_name(data, -1));
    gan_data_close(data);
}

/* Classes in the order of their names, which is not the order of the paths. */
static void subfolders_are_classes(void **state)
{
    (void)state;
    write_grey("set/cat/1.png", 1);
    write_grey("set/cat-big/1.png", 2);
    write_grey("set/cat/deep/er/2.png", 3);
    write_grey("set/Dog/1.png", 4);
    const wanted want[] = {{4, 0}, {2, 2}, {1, 1}, {3, 1}};
    expect(NULL, 3, want, 4);
    const gan_data_options two = {.limit = 2, .threads = 3};
    expect(&two, 3, want, 2);
    gan_data *data = data_open_ok(folder.path, NULL);
    assert_string_equal(gan_data_class_name(data, 0), "Dog");
    assert_string_equal(gan_data_class_name(data, 1), "cat");
    assert_string_equal(gan_data_class_name(data, 2), "cat-big");
    gan_data_close(data);
}

static void pictures_beside_folders_have_no_class(void **state)
{
    (void)state;
    write_grey("a/1.png", 1);
    expect_none("in one folder");
    write_grey("b/1.png", 1);
    write_grey("1.png", 2);
    expect_none("not all of its pictures");
}

static void bad_files_leave_with_their_labels(void **state)
{
    (void)state;
    write_grey("a/1.png", 1);
    write_text("a/2.png", "no picture");
    write_grey("b/1.png", 3);
    write_text("b/2.png", "");
    write_grey("c/1.png", 5);
    const gan_data_options skip = {.skip_bad = 1};
    const wanted want[] = {{1, 0}, {3, 1}, {5, 2}};
    expect(&skip, 3, want, 3);
}

static void a_json_file_wins_over_folders(void **state)
{
    (void)state;
    write_grey("00000/img1.png", 1);
    write_grey("00000/img2.png", 2);
    write_grey("00001/img3.png", 3);
    write_text("dataset.json", "{\"labels\": [[\"00001/img3.png\", 0], [\"00000/img1.png\", 7], "
                               "[\"00000/img2.png\", 2], [\"other.png\", 9]]}");
    const wanted want[] = {{1, 7}, {2, 2}, {3, 0}};
    expect(NULL, 8, want, 3);
}

static void a_json_file_that_gives_no_labels_tells_why(void **state)
{
    (void)state;
    write_grey("a/1.png", 1);
    write_grey("b/2.png", 2);
    static const char *const files[][2] = {
        {"{\"labels\": null}", "no labels"},
        {"{}", "no labels"},
        {"", "line 1"},
        {"{\"labels\": [[\"a/1.png\", 0], [\"b/2.png\", 1]}", "line 1"},
        {"[]", "no labels"},
        {"{\"labels\": {\"a/1.png\": 0}}", "are not"},
        {"{\"labels\": [[\"a/1.png\", 0, 1]]}", "are not"},
        {"{\"labels\": [\"a/1.png\", 0]}", "are not"},
        {"{\"labels\": [[0, \"a/1.png\"]]}", "are not"},
        {"{\"labels\": [[\"a/1.png\", 0]]}", "no label of b/2.png"},
        {"{\"labels\": [[\"a/1.png\", 0], [\"b/2.png\", 0.5]]}", "no whole number"},
        {"{\"labels\": [[\"a/1.png\", 0], [\"b/2.png\", -1]]}", "no whole number"},
        {"{\"labels\": [[\"a/1.png\", 0], [\"b/2.png\", 1048576]]}", "no whole number"},
        {"{\"labels\": [[\"a/1.png\", [0, 1]], [\"b/2.png\", [1, 0]]]}", "no whole number"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        write_text("dataset.json", files[i][0]);
        expect_none(files[i][1]);
    }
}

/* Labels change one fingerprint and not the other. */
static void labels_have_a_fingerprint_of_their_own(void **state)
{
    (void)state;
    static const char *const files[] = {"{\"labels\": [[\"a/1.png\", 0], [\"b/2.png\", 1]]}",
                                        "{\"labels\": [[\"a/1.png\", 1], [\"b/2.png\", 1]]}",
                                        "{\"labels\": null}"};
    char plain[65] = "", labelled[3][65];
    write_grey("a/1.png", 1);
    write_grey("b/2.png", 2);
    for (int i = 0; i < 3; i++) {
        write_text("dataset.json", files[i]);
        gan_data *data = data_open_ok(folder.path, NULL);
        const gan_data_info *info = gan_data_describe(data);
        assert_true(i == 0 || strcmp(plain, info->fingerprint) == 0);
        memcpy(plain, info->fingerprint, sizeof plain);
        memcpy(labelled[i], info->labelled_fingerprint, sizeof plain);
        gan_data_close(data);
    }
    assert_int_equal(strlen(labelled[0]), 64);
    assert_string_not_equal(labelled[0], labelled[1]);
    assert_string_not_equal(labelled[0], plain);
    assert_string_equal(labelled[2], "");
}

/* As ten lines of Python compute it: hashlib.sha256(b"gan.c holdout 1/" + name). */
static void what_is_held_out_is_a_function_of_the_name(void **state)
{
    (void)state;
    int n = 0, n_more = 0;
    for (int i = 0; i < 2000; i++) {
        char name[32];
        snprintf(name, sizeof name, "%d.png", i);
        const bool held = gan_holdout_has(name, 0.1), more = gan_holdout_has(name, 0.3);
        assert_true(more || !held);
        assert_true(gan_holdout_has(name, 1));
        assert_false(gan_holdout_has(name, 0));
        n += held;
        n_more += more;
    }
    assert_int_equal(n, 227);
    assert_true(n_more > 540 && n_more < 660);
}

static void a_folder_is_split_by_its_names(void **state)
{
    (void)state;
    static const char *const names[] = {"a/0.png", "a/1.png", "a/2.png",
                                        "b/0.png", "b/1.png", "b/2.png"};
    static const bool held[] = {true, false, false, true, false, true};
    wanted want[2][6];
    int64_t n[2] = {0};
    for (int i = 0; i < 6; i++) {
        write_grey(names[i], (uint8_t)(10 + i));
        want[held[i]][n[held[i]]++] = (wanted){(uint8_t)(10 + i), i / 3};
    }
    const gan_data_options train = {.holdout = 0.5}, test = {.holdout = 0.5, .split = "test"};
    expect(&train, 2, want[0], n[0]);
    expect(&test, 2, want[1], n[1]);
    const gan_data_options none = {.split = "test"}, all = {.holdout = 1}, more = {.holdout = 1.5};
    data_open_fails(folder.path, &none, GAN_E_USAGE, "--holdout 0.1");
    data_open_fails(folder.path, &all, GAN_E_NO_INPUT, "hold less out");
    data_open_fails(folder.path, &more, GAN_E_USAGE, "it is 0 to 1");
    data_open_fails("digits", &train, GAN_E_USAGE, "folders and archives");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(known_sets_name_their_classes),
        TEST(subfolders_are_classes),
        TEST(pictures_beside_folders_have_no_class),
        TEST(bad_files_leave_with_their_labels),
        TEST(a_json_file_wins_over_folders),
        TEST(a_json_file_that_gives_no_labels_tells_why),
        TEST(labels_have_a_fingerprint_of_their_own),
        TEST(what_is_held_out_is_a_function_of_the_name),
        TEST(a_folder_is_split_by_its_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
