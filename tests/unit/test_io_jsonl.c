/* test_io_jsonl.c — the statistics log: lines, null, torn ends, cutting back to a step. */
#define _GNU_SOURCE /* fork, setrlimit */
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/path.h"
#include "io/jsonl.h"
#include "unit/comma_locale.h"
#include "unit/data_files.h"

static void expect_file(const char *path, const char *want)
{
    size_t n = 0;
    char *got = (char *)data_read(path, &n);
    assert_int_equal(n, strlen(want));
    assert_memory_equal(got, want, n);
    free(got);
}

static void write_line(const char *path)
{
    gan_jsonl *log = NULL;
    assert_int_equal(gan_jsonl_open(path, &log, NULL), GAN_OK);
    gan_jsonl_int(log, "step", INT64_MIN);
    gan_jsonl_real(log, "Loss/D", (double)0.1f);
    gan_jsonl_real(log, "Loss/G", 2.0);
    gan_jsonl_real(log, "bad", (double)NAN);
    gan_jsonl_real(log, "worse", (double)-INFINITY);
    gan_jsonl_text(log, "say \"so\"", "a\\b\n\x01\x7f\xC3\xA9\xff");
    assert_int_equal(gan_jsonl_end(log, NULL), GAN_OK);
    assert_int_equal(gan_jsonl_sync(log, NULL), GAN_OK);
    gan_jsonl_destroy(log);
}

static const char one_line[] = "{\"step\": -9223372036854775808, \"Loss/D\": 0.1, \"Loss/G\": 2.0, "
                               "\"bad\": null, \"worse\": null, "
                               "\"say \\\"so\\\"\": \"a\\\\b\\n\\u0001\x7f\xC3\xA9?\"}\n";

static void lines_are_json(void **state)
{
    (void)state;
    data_folder folder;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "stats.jsonl");
    write_line(path);
    expect_file(path, one_line);
    json_t *object = json_loads(one_line, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(object);
    assert_string_equal(json_string_value(json_object_get(object, "say \"so\"")),
                        "a\\b\n\x01\x7f\xC3\xA9?");
    json_decref(object);
    write_line(path); /* a second run appends */
    size_t n = 0;
    free(data_read(path, &n));
    assert_int_equal(n, 2 * (sizeof one_line - 1));
    data_folder_remove(&folder);
}

static void a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    data_folder folder;
    if (!comma_locale_set()) {
        skip();
    }
    data_folder_make(&folder);
    const char *path = data_at(&folder, "stats.jsonl");
    write_line(path);
    expect_file(path, one_line);
    comma_locale_reset();
    data_folder_remove(&folder);
}

static void an_empty_line_is_an_object(void **state)
{
    (void)state;
    data_folder folder;
    gan_jsonl *log = NULL;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "stats.jsonl");
    assert_int_equal(gan_jsonl_open(path, &log, NULL), GAN_OK);
    assert_int_equal(gan_jsonl_end(log, NULL), GAN_OK);
    gan_jsonl_destroy(log);
    gan_jsonl_destroy(NULL);
    expect_file(path, "{}\n");
    data_folder_remove(&folder);
}

typedef struct cut {
    const char *before, *after;
    int64_t step, removed;
} cut;

static const cut cuts[] = {
    {"", "", 5, 0},
    {"{\"step\": 1}\n{\"step\": 2}\n", "{\"step\": 1}\n{\"step\": 2}\n", 2, 0},
    {"{\"step\": 1}\n{\"step\": 2}\n{\"step\": 3}\n", "{\"step\": 1}\n{\"step\": 2}\n", 2, 1},
    {"{\"step\": 1}\n{\"step\": 2}\n", "", 0, 2},
    {"{\"step\": 1}\n{\"step\": 2, \"x\": 0.", "{\"step\": 1}\n", 9, 1}, /* torn */
    {"{\"step\": 1}\n{\"step\": 2}", "{\"step\": 1}\n", 9, 1},           /* no newline */
    {"{\"step\": 1}\n\n", "{\"step\": 1}\n", 9, 1},
    {"{ \"step\":1 , \"y\": 0.10}\n{\"step\": 7}\n", "{ \"step\":1 , \"y\": 0.10}\n", 3, 1},
    {"{\"note\": \"begin\"}\n{\"step\": 7}\n", "{\"note\": \"begin\"}\n", 3, 1},
    {"[1]\n{\"step\": 1}\n", "{\"step\": 1}\n", 3, 1},
    {"{\"step\": 1.5}\n{\"step\": \"1\"}\n{\"step\": 1}\n", "{\"step\": 1}\n", 3, 2},
    {"{\"step\": 1}\n{\"step\": 9}\n{\"step\": 2}\n", "{\"step\": 1}\n{\"step\": 2}\n", 3, 1},
};

static void the_log_is_cut_back(void **state)
{
    (void)state;
    data_folder folder;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "stats.jsonl");
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        gan_error err = {0};
        int64_t removed = -1;
        data_write(path, cuts[i].before, strlen(cuts[i].before));
        assert_int_equal(gan_jsonl_truncate(path, cuts[i].step, &removed, &err), GAN_OK);
        assert_int_equal(removed, cuts[i].removed);
        expect_file(path, cuts[i].after);
    }
    data_folder_remove(&folder);
}

/* What a power failure leaves: blocks of zeros. */
static void zeros_are_removed(void **state)
{
    (void)state;
    static const char before[] = "{\"step\": 1}\n\0\0\0\0";
    data_folder folder;
    int64_t removed = -1;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "stats.jsonl");
    data_write(path, before, sizeof before);
    assert_int_equal(gan_jsonl_truncate(path, 1, &removed, NULL), GAN_OK);
    assert_int_equal(removed, 1);
    expect_file(path, "{\"step\": 1}\n");
    data_folder_remove(&folder);
}

static void what_is_missing_or_in_the_way(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    gan_jsonl *log = NULL;
    int64_t removed = -1;
    data_folder_make(&folder);
    assert_int_equal(gan_jsonl_truncate(data_at(&folder, "none"), 1, &removed, &err), GAN_OK);
    assert_int_equal(removed, 0);
    assert_false(gan_path_exists(data_at(&folder, "none")));
    assert_int_equal(gan_jsonl_truncate(folder.path, 1, &removed, &err), GAN_E_IO);
    assert_int_equal(gan_jsonl_open(folder.path, &log, &err), GAN_E_CREATE);
    assert_null(log);
    data_folder_remove(&folder);
}

/* The exit code of a child that logs under a limit of the file's size. */
static int log_to_the_limit(const char *path)
{
    const struct rlimit limit = {40, 40};
    gan_jsonl *log = NULL;
    gan_error err = {0};
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || gan_jsonl_open(path, &log, &err) != GAN_OK) {
        return 2;
    }
    gan_jsonl_int(log, "step", 1);
    const gan_status first = gan_jsonl_end(log, &err);
    gan_jsonl_text(log, "long", "0123456789012345678901234567890123456789");
    const gan_status second = gan_jsonl_end(log, &err);
    gan_jsonl_int(log, "step", 2);
    const gan_status third = gan_jsonl_end(log, &err);
    gan_jsonl_destroy(log);
    return first == GAN_OK && second == GAN_E_IO && third == GAN_OK ? 0 : 1;
}

static void a_line_that_does_not_fit_is_cut_off(void **state)
{
    (void)state;
    data_folder folder;
    int code = 0;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "stats.jsonl");
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(log_to_the_limit(path));
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
    expect_file(path, "{\"step\": 1}\n{\"step\": 2}\n");
    data_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_json),
        cmocka_unit_test(a_decimal_comma_changes_nothing),
        cmocka_unit_test(an_empty_line_is_an_object),
        cmocka_unit_test(the_log_is_cut_back),
        cmocka_unit_test(zeros_are_removed),
        cmocka_unit_test(what_is_missing_or_in_the_way),
        cmocka_unit_test(a_line_that_does_not_fit_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
