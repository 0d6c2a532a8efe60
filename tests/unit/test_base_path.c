/* test_base_path.c — names of files and folders. */
#define _GNU_SOURCE /* setenv */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/path.h"
#include "unit/data_files.h"

static void expect_text(gan_status status, char *got, const char *want)
{
    assert_int_equal(status, GAN_OK);
    assert_string_equal(got, want);
    free(got);
}

static void join_puts_one_slash(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"", "b", "b"}, {"a", "/b", "/b"}, {"/", "b", "/b"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *out = NULL;
        const gan_status status = gan_path_join(cases[i][0], cases[i][1], &out, NULL);
        expect_text(status, out, cases[i][2]);
    }
}

static void base_and_folder_split(void **state)
{
    (void)state;
    static const char *const cases[][3] = {{"a/b.png", "a", "b.png"}, {"b", ".", "b"},
                                           {"/b", "/", "b"},          {"a/b/", "a/b", ""},
                                           {"/a/b", "/a", "b"},       {"", ".", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *out = NULL;
        const gan_status status = gan_path_folder(cases[i][0], &out, NULL);
        expect_text(status, out, cases[i][1]);
        assert_string_equal(gan_path_base(cases[i][0]), cases[i][2]);
    }
}

static void folders_are_made_down_to_the_last(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    data_folder_make(&folder);
    char deep[512], file[512], below[512], missing[512];
    snprintf(deep, sizeof deep, "%s/a//b/c/", folder.path);
    snprintf(file, sizeof file, "%s/a/file", folder.path);
    snprintf(below, sizeof below, "%s/a/file/x", folder.path);
    snprintf(missing, sizeof missing, "%s/a/d//e/", folder.path);
    assert_false(gan_path_exists(deep));
    assert_int_equal(gan_path_make_folders(deep, &err), GAN_OK);
    assert_true(gan_path_is_folder(deep));
    assert_int_equal(gan_path_make_folders(deep, &err), GAN_OK);
    data_write(file, "x", 1);
    assert_true(gan_path_is_file(file) && gan_path_exists(file) && !gan_path_is_folder(file));
    assert_int_equal(gan_path_make_folders(file, &err), GAN_E_CREATE);
    assert_non_null(strstr(err.text, "there is a file of that name"));
    assert_int_equal(gan_path_make_folders(below, &err), GAN_E_CREATE);
    assert_int_equal(gan_path_make_folders("", &err), GAN_E_CREATE);
    assert_int_equal(gan_path_may_make(file, &err), GAN_E_CREATE);
    assert_int_equal(gan_path_may_make(below, &err), GAN_E_CREATE);
    assert_non_null(strstr(err.text, "there is a file of that name"));
    assert_int_equal(gan_path_may_make(missing, &err), GAN_OK);
    assert_false(gan_path_exists(missing));
    assert_int_equal(gan_path_may_make("missing", &err), GAN_OK);
    assert_int_equal(gan_path_may_make("/", &err), getuid() == 0 ? GAN_OK : GAN_E_CREATE);
    data_folder_remove(&folder);
}

static void what_cannot_be_looked_at_is_not_nothing(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    gan_path_kind kind = GAN_PATH_OTHER;
    data_folder_make(&folder);
    const char *file = data_at(&folder, "file");
    char below[300];
    const char *loop = data_at(&folder, "loop"), *missing = data_at(&folder, "missing");
    data_write(file, "x", 1);
    snprintf(below, sizeof below, "%s/below", file);
    assert_int_equal(symlink("loop", loop), 0);
    assert_int_equal(gan_path_look(folder.path, &kind, &err), GAN_OK);
    assert_int_equal(kind, GAN_PATH_FOLDER);
    assert_int_equal(gan_path_look(file, &kind, &err), GAN_OK);
    assert_int_equal(kind, GAN_PATH_FILE);
    assert_int_equal(gan_path_look("/dev/null", &kind, &err), GAN_OK);
    assert_int_equal(kind, GAN_PATH_OTHER);
    assert_int_equal(gan_path_look(missing, &kind, &err), GAN_OK);
    assert_int_equal(kind, GAN_PATH_NOTHING);
    assert_int_equal(gan_path_look(below, &kind, &err), GAN_OK);
    assert_int_equal(kind, GAN_PATH_NOTHING);
    assert_int_equal(gan_path_look(loop, &kind, &err), GAN_E_NO_INPUT);
    assert_non_null(strstr(err.text, "loop: Too many levels of symbolic links"));
    assert_int_equal(gan_file_open_status(EACCES), GAN_E_NO_INPUT);
    assert_int_equal(gan_file_open_status(ENOMEM), GAN_E_MEMORY);
    assert_int_equal(gan_file_open_status(EIO), GAN_E_IO);
    assert_int_equal(gan_file_open_status(ESTALE), GAN_E_IO);
    assert_int_equal(gan_file_open_status(EMFILE), GAN_E_IO);
    data_folder_remove(&folder);
}

static void data_home_follows_xdg(void **state)
{
    (void)state;
    char *out = NULL;
    setenv("HOME", "/home/someone", 1);
    setenv("XDG_DATA_HOME", "/data", 1);
    gan_status status = gan_path_data_home(&out, NULL);
    expect_text(status, out, "/data/gan");
    setenv("XDG_DATA_HOME", "relative", 1); /* to be ignored, says the specification */
    status = gan_path_data_home(&out, NULL);
    expect_text(status, out, "/home/someone/.local/share/gan");
    unsetenv("XDG_DATA_HOME");
    status = gan_path_data_home(&out, NULL);
    expect_text(status, out, "/home/someone/.local/share/gan");
    setenv("HOME", "", 1);
    gan_error err = {0};
    assert_int_equal(gan_path_data_home(&out, &err), GAN_E_CREATE);
    assert_null(out);
}

static void list_is_sorted_by_byte(void **state)
{
    (void)state;
    static const char *const names[] = {"b", "B", "a10", "a2", ".hidden", "\xC3\xA9", "z"};
    static const char *const sorted[] = {".hidden", "B", "a10", "a2", "b", "z", "\xC3\xA9"};
    data_folder folder;
    gan_path_names list;
    gan_error err = {0};
    data_folder_make(&folder);
    assert_int_equal(gan_path_list(folder.path, &list, &err), GAN_OK);
    assert_int_equal(list.n, 0);
    gan_path_names_free(&list);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        data_write(data_at(&folder, "%s", names[i]), "", 0);
    }
    assert_int_equal(gan_path_list(folder.path, &list, &err), GAN_OK);
    assert_int_equal(list.n, sizeof sorted / sizeof *sorted);
    for (size_t i = 0; i < list.n; i++) {
        assert_string_equal(list.name[i], sorted[i]);
    }
    gan_path_names_free(&list);
    assert_int_equal(gan_path_list(data_at(&folder, "z"), &list, &err), GAN_E_NO_INPUT);
    assert_int_equal(gan_path_list(data_at(&folder, "missing"), &list, &err), GAN_E_NO_INPUT);
    assert_int_equal(list.n, 0);
    data_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join_puts_one_slash),
        cmocka_unit_test(base_and_folder_split),
        cmocka_unit_test(folders_are_made_down_to_the_last),
        cmocka_unit_test(what_cannot_be_looked_at_is_not_nothing),
        cmocka_unit_test(data_home_follows_xdg),
        cmocka_unit_test(list_is_sorted_by_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
