/* test_base_file.c — files written whole or not at all: failures, kills, links, limits. */
#define _GNU_SOURCE /* kill, symlink, fork, setrlimit */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/path.h"
#include "unit/data_files.h"

enum { NEW_BYTES = 700001, KILLED = 77 };

static const char old_text[] = "the old file";

/* Fails, or ends the process, at the count-th meeting of a moment. */
typedef struct fault {
    gan_file_moment moment;
    int count;
    int reason; /* errno, or 0: _exit */
} fault;

static int on_moment(void *user, gan_file_moment moment)
{
    fault *f = user;
    if (moment != f->moment || --f->count != 0) {
        return 0;
    }
    if (f->reason == 0) {
        _exit(KILLED);
    }
    return f->reason;
}

static unsigned char *new_bytes(void)
{
    unsigned char *bytes = malloc(NEW_BYTES);
    assert_non_null(bytes);
    data_fill(bytes, NEW_BYTES, 5);
    return bytes;
}

static void expect_content(const char *path, const void *bytes, size_t n)
{
    char *got = NULL;
    size_t got_n = 0;
    gan_error err = {0};
    assert_int_equal(gan_file_read_whole(path, 1 << 30, &got, &got_n, &err), GAN_OK);
    assert_int_equal(got_n, n);
    assert_memory_equal(got, bytes, n);
    free(got);
}

static size_t count_names(const char *folder)
{
    gan_path_names names;
    assert_int_equal(gan_path_list(folder, &names, NULL), GAN_OK);
    const size_t n = names.n;
    gan_path_names_free(&names);
    return n;
}

/* Three writes of the buffer, one straight, one at the end. */
static gan_status write_new(const char *path, const unsigned char *bytes, fault *f, gan_error *err)
{
    const gan_file_options options = {NEW_BYTES, f ? on_moment : NULL, f};
    gan_file_writer *writer = NULL;
    gan_status status = gan_file_create(path, &options, &writer, err);
    size_t at = 0;
    for (size_t step = 1; status == GAN_OK && at < NEW_BYTES; step = step * 3 + 1) {
        const size_t n = NEW_BYTES - at < step ? NEW_BYTES - at : step;
        status = gan_file_write(writer, bytes + at, n, err);
        at += n;
    }
    if (status == GAN_OK) {
        assert_int_equal(gan_file_position(writer), NEW_BYTES);
        status = gan_file_commit(writer, err);
    }
    gan_file_destroy(writer);
    return status;
}

static void commit_replaces_the_whole_file(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    unsigned char *bytes = new_bytes();
    data_folder_make(&folder);
    const char *path = data_at(&folder, "target");
    assert_int_equal(write_new(path, bytes, NULL, &err), GAN_OK);
    expect_content(path, bytes, NEW_BYTES);
    assert_int_equal(gan_file_write_whole(path, old_text, sizeof old_text, &err), GAN_OK);
    expect_content(path, old_text, sizeof old_text);
    assert_int_equal(gan_file_write_whole(path, "", 0, &err), GAN_OK);
    expect_content(path, "", 0);
    assert_int_equal(count_names(folder.path), 1);
    data_folder_remove(&folder);
    free(bytes);
}

static void destroy_without_commit_leaves_nothing(void **state)
{
    (void)state;
    data_folder folder;
    gan_file_writer *writer = NULL;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "target");
    data_write(path, old_text, sizeof old_text);
    assert_int_equal(gan_file_create(path, NULL, &writer, NULL), GAN_OK);
    assert_int_equal(gan_file_write(writer, "new", 3, NULL), GAN_OK);
    assert_int_equal(count_names(folder.path), 2);
    gan_file_destroy(writer);
    gan_file_destroy(NULL);
    assert_int_equal(count_names(folder.path), 1);
    expect_content(path, old_text, sizeof old_text);
    data_folder_remove(&folder);
}

static void patch_overwrites_what_was_written(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    gan_file_writer *writer = NULL;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "target");
    assert_int_equal(gan_file_create(path, NULL, &writer, &err), GAN_OK);
    assert_int_equal(gan_file_write(writer, "0123456789", 10, &err), GAN_OK);
    assert_int_equal(gan_file_patch(writer, 3, "abc", 3, &err), GAN_OK);
    assert_int_equal(gan_file_write(writer, "xy", 2, &err), GAN_OK);
    assert_int_equal(gan_file_patch(writer, 10, "abc", 3, &err), GAN_E_USAGE);
    assert_int_equal(gan_file_patch(writer, -1, "abc", 3, &err), GAN_E_USAGE);
    assert_int_equal(gan_file_patch(writer, 11, "Y", 1, &err), GAN_OK);
    assert_int_equal(gan_file_commit(writer, &err), GAN_OK);
    gan_file_destroy(writer);
    expect_content(path, "012abc6789xY", 12);
    data_folder_remove(&folder);
}

static void a_failure_at_any_moment_keeps_the_old_file(void **state)
{
    (void)state;
    static const fault faults[] = {{GAN_FILE_WRITE, 1, ENOSPC},
                                   {GAN_FILE_WRITE, 2, ENOSPC},
                                   {GAN_FILE_WRITE, 3, EIO},
                                   {GAN_FILE_SYNC, 1, EIO},
                                   {GAN_FILE_RENAME, 1, EROFS}};
    unsigned char *bytes = new_bytes();
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        data_folder folder;
        gan_error err = {0};
        fault f = faults[i];
        data_folder_make(&folder);
        const char *path = data_at(&folder, "target");
        data_write(path, old_text, sizeof old_text);
        assert_int_equal(write_new(path, bytes, &f, &err), GAN_E_IO);
        assert_int_equal(f.count, 0);
        assert_non_null(strstr(err.text, path));
        assert_non_null(strstr(err.text, strerror(faults[i].reason)));
        assert_non_null(strstr(err.text, "nothing was replaced"));
        expect_content(path, old_text, sizeof old_text);
        assert_int_equal(count_names(folder.path), 1);
        data_folder_remove(&folder);
    }
    free(bytes);
}

static void a_failure_after_the_rename_says_so(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    fault f = {GAN_FILE_FOLDER_SYNC, 1, EIO};
    unsigned char *bytes = new_bytes();
    data_folder_make(&folder);
    const char *path = data_at(&folder, "target");
    assert_int_equal(write_new(path, bytes, &f, &err), GAN_E_IO);
    assert_non_null(strstr(err.text, "is written, but its folder"));
    expect_content(path, bytes, NEW_BYTES);
    data_folder_remove(&folder);
    free(bytes);
}

static void a_failed_writer_stays_failed(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    fault f = {GAN_FILE_WRITE, 1, ENOSPC};
    const gan_file_options options = {0, on_moment, &f};
    gan_file_writer *writer = NULL;
    unsigned char *bytes = new_bytes();
    data_folder_make(&folder);
    const char *path = data_at(&folder, "target");
    assert_int_equal(gan_file_create(path, &options, &writer, &err), GAN_OK);
    assert_int_equal(gan_file_write(writer, bytes, NEW_BYTES, &err), GAN_E_IO);
    assert_int_equal(gan_file_write(writer, "x", 1, &err), GAN_E_IO);
    assert_int_equal(gan_file_patch(writer, 0, "x", 0, &err), GAN_E_IO);
    assert_int_equal(gan_file_commit(writer, &err), GAN_E_IO);
    assert_non_null(strstr(err.text, strerror(ENOSPC)));
    gan_file_destroy(writer);
    assert_false(gan_path_exists(path));
    data_folder_remove(&folder);
    free(bytes);
}

/* The exit code of a child that writes and meets the fault. */
static int write_in_a_child(const char *path, const unsigned char *bytes, fault f)
{
    int code = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(write_new(path, bytes, &f, NULL) == GAN_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    return WIFEXITED(code) ? WEXITSTATUS(code) : -1;
}

static void a_kill_at_any_moment_leaves_one_whole_file(void **state)
{
    (void)state;
    static const fault faults[] = {{GAN_FILE_WRITE, 1, 0},  {GAN_FILE_WRITE, 2, 0},
                                   {GAN_FILE_WRITE, 3, 0},  {GAN_FILE_SYNC, 1, 0},
                                   {GAN_FILE_RENAME, 1, 0}, {GAN_FILE_FOLDER_SYNC, 1, 0},
                                   {GAN_FILE_DONE, 1, 0}};
    unsigned char *bytes = new_bytes();
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const int is_new = faults[i].moment >= GAN_FILE_FOLDER_SYNC;
        data_folder folder;
        int64_t removed = -1;
        data_folder_make(&folder);
        const char *path = data_at(&folder, "target");
        data_write(path, old_text, sizeof old_text);
        assert_int_equal(write_in_a_child(path, bytes, faults[i]), KILLED);
        expect_content(path, is_new ? (const void *)bytes : old_text,
                       is_new ? NEW_BYTES : sizeof old_text);
        assert_int_equal(count_names(folder.path), is_new ? 1 : 2);
        assert_int_equal(gan_file_clean_temporary(folder.path, &removed, NULL), GAN_OK);
        assert_int_equal(removed, is_new ? 0 : 1);
        assert_int_equal(count_names(folder.path), 1);
        data_folder_remove(&folder);
    }
    free(bytes);
}

static void write_for_ever(const char *path, const unsigned char *bytes)
{
    for (int turn = 0;; turn++) {
        const void *content = turn % 2 ? (const void *)bytes : old_text;
        if (gan_file_write_whole(path, content, turn % 2 ? NEW_BYTES : sizeof old_text, NULL)) {
            _exit(1);
        }
    }
}

/* A child that writes one of two files for ever is killed at 30 instants. */
static void sigkill_leaves_one_of_two_whole_files(void **state)
{
    (void)state;
    unsigned char *bytes = new_bytes();
    data_folder folder;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "target");
    data_write(path, old_text, sizeof old_text);
    for (int i = 0; i < 30; i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            write_for_ever(path, bytes);
        }
        const struct timespec moment = {0, 200000 + 137000 * i};
        (void)nanosleep(&moment, NULL);
        int code = 0;
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &code, 0), child);
        assert_true(WIFSIGNALED(code));
        char *got = NULL;
        size_t n = 0;
        assert_int_equal(gan_file_read_whole(path, 1 << 30, &got, &n, NULL), GAN_OK);
        assert_true(n == NEW_BYTES ? memcmp(got, bytes, n) == 0
                                   : n == sizeof old_text && memcmp(got, old_text, n) == 0);
        free(got);
    }
    assert_int_equal(gan_file_clean_temporary(folder.path, NULL, NULL), GAN_OK);
    assert_int_equal(count_names(folder.path), 1);
    data_folder_remove(&folder);
    free(bytes);
}

static void cleaning_spares_a_living_writer_and_other_files(void **state)
{
    (void)state;
    data_folder folder;
    gan_file_writer *writer = NULL;
    gan_error err = {0};
    int64_t removed = -1;
    data_folder_make(&folder);
    data_write(data_at(&folder, ".abandoned.12.0.gan-tmp"), "x", 1);
    data_write(data_at(&folder, "visible.gan-tmp"), "x", 1);
    data_write(data_at(&folder, ".hidden"), "x", 1);
    const char *path = data_at(&folder, "target");
    assert_int_equal(gan_file_create(path, NULL, &writer, NULL), GAN_OK);
    assert_int_equal(gan_file_clean_temporary(folder.path, &removed, &err), GAN_OK);
    assert_int_equal(removed, 1);
    assert_int_equal(gan_file_write(writer, "new", 3, NULL), GAN_OK);
    assert_int_equal(gan_file_commit(writer, &err), GAN_OK);
    gan_file_destroy(writer);
    expect_content(path, "new", 3);
    assert_int_equal(count_names(folder.path), 3);
    assert_int_equal(gan_file_clean_temporary(data_at(&folder, "none"), &removed, &err),
                     GAN_E_NO_INPUT);
    data_folder_remove(&folder);
}

static void places_where_nothing_can_be_made_are_refused(void **state)
{
    (void)state;
    data_folder folder;
    data_folder_make(&folder);
    data_write(data_at(&folder, "file"), "x", 1);
    assert_int_equal(symlink("nowhere", data_at(&folder, "dangling")), 0);
    char missing[512], below_file[512];
    snprintf(missing, sizeof missing, "%s/missing/target", folder.path);
    snprintf(below_file, sizeof below_file, "%s/file/target", folder.path);
    const char *const paths[] = {
        missing, below_file,    folder.path, "/dev/null", data_at(&folder, "dangling"),
        "",      "/proc/target"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        gan_file_writer *writer = NULL;
        gan_error err = {0};
        assert_int_equal(gan_file_create(paths[i], NULL, &writer, &err), GAN_E_CREATE);
        assert_null(writer);
        assert_non_null(strstr(err.text, paths[i]));
    }
    struct stat st;
    assert_true(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
    assert_int_equal(count_names(folder.path), 2);
    data_folder_remove(&folder);
}

static void links_and_permissions_survive(void **state)
{
    (void)state;
    data_folder folder;
    struct stat st;
    data_folder_make(&folder);
    const char *real = data_at(&folder, "sub/real"), *link_path = data_at(&folder, "link");
    data_write(real, "x", 1);
    assert_int_equal(chmod(real, 0640), 0);
    assert_int_equal(symlink("sub/real", link_path), 0);
    assert_int_equal(gan_file_write_whole(link_path, "new", 3, NULL), GAN_OK);
    expect_content(real, "new", 3);
    assert_true(lstat(link_path, &st) == 0 && S_ISLNK(st.st_mode));
    assert_true(stat(real, &st) == 0 && (st.st_mode & 0777) == 0640);
    data_folder_remove(&folder);
}

static void long_names_fit(void **state)
{
    (void)state;
    data_folder folder;
    char name[256];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    data_folder_make(&folder);
    const char *path = data_at(&folder, "%s", name);
    assert_int_equal(gan_file_write_whole(path, "new", 3, NULL), GAN_OK);
    expect_content(path, "new", 3);
    data_folder_remove(&folder);
}

static void a_full_disk_is_seen_before_writing(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    gan_file_writer *writer = NULL;
    const gan_file_options options = {.expected_bytes = INT64_MAX / 2};
    data_folder_make(&folder);
    const char *path = data_at(&folder, "target");
    assert_int_equal(gan_file_create(path, &options, &writer, &err), GAN_E_IO);
    assert_non_null(strstr(err.text, "4.0 EiB needed"));
    assert_non_null(strstr(err.text, " free in "));
    assert_int_equal(count_names(folder.path), 0);
    data_folder_remove(&folder);
}

static void a_file_size_limit_is_an_error(void **state)
{
    (void)state;
    data_folder folder;
    int code = 0;
    unsigned char *bytes = new_bytes();
    data_folder_make(&folder);
    const char *path = data_at(&folder, "target");
    data_write(path, old_text, sizeof old_text);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit limit = {300000, 300000};
        gan_error err = {0};
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
            _exit(2);
        }
        const gan_status status = write_new(path, bytes, NULL, &err);
        _exit(status == GAN_E_IO && strstr(err.text, strerror(EFBIG)) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFEXITED(code));
    assert_int_equal(WEXITSTATUS(code), 0);
    expect_content(path, old_text, sizeof old_text);
    assert_int_equal(count_names(folder.path), 1);
    data_folder_remove(&folder);
    free(bytes);
}

static void reading_whole_files(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    char *bytes = (char *)1;
    size_t n = 1;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "file");
    data_write(path, "12345", 5);
    assert_int_equal(gan_file_read_whole(path, 5, &bytes, &n, &err), GAN_OK);
    assert_int_equal(n, 5);
    assert_string_equal(bytes, "12345");
    free(bytes);
    assert_int_equal(gan_file_read_whole(path, 4, &bytes, &n, &err), GAN_E_DATA);
    assert_null(bytes);
    assert_int_equal(gan_file_read_whole(folder.path, 4, &bytes, &n, &err), GAN_E_NO_INPUT);
    assert_int_equal(gan_file_read_whole(data_at(&folder, "none"), 4, &bytes, &n, &err),
                     GAN_E_NO_INPUT);
    assert_non_null(strstr(err.text, "none"));
    /* no size is known before: a pipe, and a file that the kernel makes up */
    assert_int_equal(gan_file_read_whole("/proc/self/status", 1 << 20, &bytes, &n, &err), GAN_OK);
    assert_true(n > 100 && strlen(bytes) == n);
    free(bytes);
    assert_int_equal(gan_file_read_whole("/dev/zero", 100000, &bytes, &n, &err), GAN_E_DATA);
    data_folder_remove(&folder);
}

static void descriptors_are_read_to_the_last_byte(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    char bytes[8] = "";
    data_folder_make(&folder);
    const char *path = data_at(&folder, "file");
    data_write(path, "12345", 5);
    const int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(gan_file_read_fd(fd, 1, bytes, 4, path, &err), GAN_OK);
    assert_string_equal(bytes, "2345");
    assert_int_equal(gan_file_read_fd(fd, 3, bytes, 4, path, &err), GAN_E_DATA);
    assert_non_null(strstr(err.text, "ends at byte 5"));
    assert_int_equal(gan_file_write_fd(fd, "x", 1, path, &err), GAN_E_IO); /* open for reading */
    close(fd);
    data_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commit_replaces_the_whole_file),
        cmocka_unit_test(destroy_without_commit_leaves_nothing),
        cmocka_unit_test(patch_overwrites_what_was_written),
        cmocka_unit_test(a_failure_at_any_moment_keeps_the_old_file),
        cmocka_unit_test(a_failure_after_the_rename_says_so),
        cmocka_unit_test(a_failed_writer_stays_failed),
        cmocka_unit_test(a_kill_at_any_moment_leaves_one_whole_file),
        cmocka_unit_test(sigkill_leaves_one_of_two_whole_files),
        cmocka_unit_test(cleaning_spares_a_living_writer_and_other_files),
        cmocka_unit_test(places_where_nothing_can_be_made_are_refused),
        cmocka_unit_test(links_and_permissions_survive),
        cmocka_unit_test(long_names_fit),
        cmocka_unit_test(a_full_disk_is_seen_before_writing),
        cmocka_unit_test(a_file_size_limit_is_an_error),
        cmocka_unit_test(reading_whole_files),
        cmocka_unit_test(descriptors_are_read_to_the_last_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
