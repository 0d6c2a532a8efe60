/* test_data_fetch.c — downloads against a loopback server that is slow, cut, wrong or missing. */
#define _GNU_SOURCE /* setenv, stat, flock */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/md5.h"
#include "data/fetch.h"
#include "data/transfer.h"
#include "unit/data_files.h"
#include "unit/data_server.h"

enum { SIZE = 300 * 1000 + 7, CUT = 100 * 1000, NO_PART = -1 };

static uint8_t right[SIZE], wrong[SIZE];

static const data_page pages[] = {
    {"/good/f", DATA_WHOLE, right, SIZE, 0, NULL},
    {"/whole/f", DATA_NO_RANGE, right, SIZE, 0, NULL},
    {"/norange/f", DATA_BAD_RANGE, right, SIZE, 0, NULL},
    {"/corrupt/f", DATA_WHOLE, wrong, SIZE, 0, NULL},
    {"/short/f", DATA_WHOLE, right, SIZE - 1, 0, NULL},
    {"/long/f", DATA_UNTOLD, wrong, SIZE, SIZE, NULL},
    {"/cut/f", DATA_CUT, right, SIZE, CUT, NULL},
    {"/untold/f", DATA_UNTOLD, right, SIZE, CUT, NULL},
    {"/stall/f", DATA_STALL, right, SIZE, CUT, NULL},
    {"/silent/f", DATA_SILENT, right, SIZE, 0, NULL},
    {"/hangup/f", DATA_HANG_UP, right, SIZE, 0, NULL},
    {"/error/f", DATA_ERROR, right, SIZE, 0, NULL},
    {"/moved/f", DATA_REDIRECT, NULL, 0, 0, "/good/f"},
    {"/little/f", DATA_CUT, right, SIZE, 2000, NULL},
    {"/drip/f", DATA_DRIP, right, SIZE, 300, NULL},
    {"/page/f", DATA_PAGE, NULL, 0, 0, NULL},
    {"/proxy/f", DATA_PROXY, NULL, 0, 0, NULL},
    {"/loop/f", DATA_REDIRECT, NULL, 0, 0, "/loop/f"},
    {"/local/f", DATA_REDIRECT, NULL, 0, 0, "file:///etc/passwd"},
};

/* A server, a folder, and what the calls said. */
typedef struct fixture {
    data_server *server;
    data_folder folder;
    gan_dataset_file file;
    char sum[GAN_MD5_TEXT];
    char notes[4096];
    int n_notes;
    int64_t n_progress, last_done, last_total;
    volatile sig_atomic_t cancel;
    int patience;
    int64_t cancel_at; /* bytes done at which the progress callback sets the flag; 0: never */
} fixture;

/* A disk that cannot lock files or sync folders (exFAT, some network file systems): these two
 * stand in for the C library's. */
static bool is_poor_disk;

int flock(int fd, int operation)
{
    if (is_poor_disk) {
        errno = ENOLCK;
        return -1;
    }
    return (int)syscall(SYS_flock, fd, operation);
}

int fsync(int fd)
{
    struct stat st;
    if (is_poor_disk && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

static void take_note(void *ctx, const char *line)
{
    fixture *f = ctx;
    size_t used = strlen(f->notes);
    snprintf(f->notes + used, sizeof f->notes - used, "%s\n", line);
    f->n_notes++;
}

static void take_progress(void *ctx, const gan_data_progress *p)
{
    fixture *f = ctx;
    assert_string_equal(p->file, "f");
    assert_int_equal(p->index, 2);
    assert_int_equal(p->n_files, 4);
    f->n_progress++;
    f->last_done = p->done;
    f->last_total = p->total;
    if (f->cancel_at && p->done >= f->cancel_at) {
        f->cancel = 1;
    }
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    setenv("no_proxy", "*", 1);
    data_fill(right, SIZE, 1);
    data_fill(wrong, SIZE, 2);
    gan_md5 hash;
    gan_md5_init(&hash);
    gan_md5_update(&hash, right, SIZE);
    gan_md5_final_text(&hash, f->sum);
    f->file = (gan_dataset_file){"f", f->sum, SIZE};
    data_folder_make(&f->folder);
    f->server = data_server_start(pages, sizeof pages / sizeof *pages);
    assert_int_equal(gan_transfer_start(NULL), GAN_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    gan_transfer_stop();
    data_server_stop(f->server);
    data_folder_remove(&f->folder);
    free(f);
    return 0;
}

/* Fetches from mirrors named by their folder on the server, "good cut ...". */
static gan_status fetch(fixture *f, const char *mirrors, gan_error *err)
{
    char words[256], *rest = NULL, addresses[8][96];
    const char *list[8];
    int n = 0;
    snprintf(words, sizeof words, "%s", mirrors);
    for (char *w = strtok_r(words, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
        snprintf(addresses[n], sizeof addresses[n], "%s/%s", data_server_address(f->server), w);
        list[n] = addresses[n];
        n++;
    }
    const gan_data_get_options options = {.stall_seconds = 1,
                                          .connect_seconds = 2,
                                          .progress = take_progress,
                                          .progress_ctx = f,
                                          .listener = &(gan_listener){take_note, f},
                                          .cancel = &f->cancel};
    const gan_fetch job = {.file = &f->file,
                           .index = 2,
                           .n_files = 4,
                           .folder = f->folder.path,
                           .mirrors = list,
                           .n_mirrors = n,
                           .options = &options,
                           .patience_seconds = f->patience};
    memset(err, 0, sizeof *err);
    f->notes[0] = '\0';
    f->n_notes = 0;
    return gan_fetch_file(&job, err);
}

static void expect_there(fixture *f)
{
    size_t n = 0;
    uint8_t *bytes = data_read(data_at(&f->folder, "f"), &n);
    assert_int_equal(n, SIZE);
    assert_memory_equal(bytes, right, SIZE);
    free(bytes);
    assert_int_not_equal(access(data_at(&f->folder, "f.part"), F_OK), 0);
}

static void fetch_ok(fixture *f, const char *mirrors)
{
    gan_error err = {0};
    if (fetch(f, mirrors, &err) != GAN_OK) {
        fail_msg("%s: %s", mirrors, err.text);
    }
    expect_there(f);
}

static void fetch_fails(fixture *f, const char *mirrors, gan_status want, const char *words)
{
    gan_error err = {0};
    gan_status status = fetch(f, mirrors, &err);
    data_expect_error(status, &err, want, words);
    assert_int_not_equal(access(data_at(&f->folder, "f"), F_OK), 0);
}

static int64_t part_size(fixture *f)
{
    struct stat st;
    return stat(data_at(&f->folder, "f.part"), &st) == 0 ? st.st_size : NO_PART;
}

static void write_part(fixture *f, const uint8_t *bytes, size_t n)
{
    data_write(data_at(&f->folder, "f.part"), bytes, n);
}

static void expect_requests(fixture *f, const char *const *want, int n)
{
    for (int i = 0; i < n; i++) {
        assert_string_equal(data_server_request(f->server, i), want[i]);
    }
    assert_int_equal(data_server_n_requests(f->server), n);
}

static void a_good_mirror_gives_the_file(void **state)
{
    fixture *f = *state;
    fetch_ok(f, "good");
    assert_int_equal(f->n_notes, 0);
    assert_true(f->n_progress > 0);
    assert_int_equal(f->last_done, SIZE);
    assert_int_equal(f->last_total, SIZE);
    expect_requests(f, (const char *const[]){"/good/f"}, 1);
}

/* A mirror whose tries bring little has three of them. */
static void a_mirror_that_brings_little_gives_way(void **state)
{
    fixture *f = *state;
    fetch_ok(f, "little good");
    expect_requests(f,
                    (const char *const[]){"/little/f", "/little/f from 2000", "/little/f from 4000",
                                          "/good/f from 6000"},
                    4);
    assert_int_equal(f->n_notes, 1);
}

/* 3 kB a second is more than the least speed, and would take 100 seconds. */
static void a_dripping_mirror_gives_way_while_there_is_another(void **state)
{
    fixture *f = *state;
    f->patience = 20;
    fetch_ok(f, "drip good");
    assert_int_equal(data_server_n_requests(f->server), 2);
    assert_non_null(strstr(f->notes, "/drip/f: too slow, "));
    assert_non_null(strstr(data_server_request(f->server, 1), "/good/f from "));
}

/* The only one is what there is. */
static void a_slow_mirror_is_kept_where_it_is_the_last(void **state)
{
    fixture *f = *state;
    f->patience = 1;
    f->cancel_at = 9000; /* after more than three seconds */
    fetch_fails(f, "drip", GAN_E_INTERRUPTED, "interrupted");
    assert_int_equal(data_server_n_requests(f->server), 1);
}

static void a_web_page_is_no_file(void **state)
{
    fixture *f = *state;
    fetch_fails(f, "page", GAN_E_IO,
                "answers with a web page, not with the file: this network may");
    assert_int_equal(part_size(f), NO_PART);
    write_part(f, right, CUT);
    fetch_fails(f, "page", GAN_E_IO, "answers with a web page");
    assert_int_equal(part_size(f), CUT); /* and does no harm to what is here */
    fetch_ok(f, "page good");
    assert_non_null(strstr(data_server_request(f->server, 3), "/good/f from 100000"));
}

static void a_proxy_that_wants_a_password_is_told(void **state)
{
    fixture *f = *state;
    fetch_fails(f, "proxy", GAN_E_IO, "the proxy wants a name and a password (407)");
}

static void a_disk_without_locks_and_folder_syncs_will_do(void **state)
{
    is_poor_disk = true;
    fetch_ok(*state, "good");
    is_poor_disk = false;
}

static void a_file_that_is_here_is_left_alone(void **state)
{
    fixture *f = *state;
    fetch_ok(f, "good");
    fetch_ok(f, "good");
    assert_non_null(strstr(f->notes, "is here already"));
    assert_int_equal(data_server_n_requests(f->server), 1);
}

static void another_file_of_that_name_is_kept(void **state)
{
    fixture *f = *state;
    data_write(data_at(&f->folder, "f"), "mine", 4);
    fetch_ok(f, "good");
    size_t n = 0;
    uint8_t *old = data_read(data_at(&f->folder, "f.old"), &n);
    assert_int_equal(n, 4);
    assert_memory_equal(old, "mine", 4);
    free(old);
    assert_non_null(strstr(f->notes, "f.old"));
}

static void a_part_is_gone_on_with(void **state)
{
    fixture *f = *state;
    write_part(f, right, CUT);
    fetch_ok(f, "good");
    expect_requests(f, (const char *const[]){"/good/f from 100000"}, 1);
}

static void a_whole_part_needs_no_network(void **state)
{
    fixture *f = *state;
    write_part(f, right, SIZE);
    fetch_ok(f, "good");
    assert_int_equal(data_server_n_requests(f->server), 0);
}

static void a_wrong_part_is_begun_anew(void **state)
{
    fixture *f = *state;
    write_part(f, wrong, CUT);
    fetch_ok(f, "good");
    expect_requests(f, (const char *const[]){"/good/f from 100000", "/good/f"}, 2);
}

static void a_wrong_whole_part_is_begun_anew(void **state)
{
    fixture *f = *state;
    write_part(f, wrong, SIZE);
    fetch_ok(f, "good");
    expect_requests(f, (const char *const[]){"/good/f"}, 1);
}

static void a_part_that_is_too_long_is_begun_anew(void **state)
{
    fixture *f = *state;
    uint8_t *more = calloc(SIZE + 5, 1);
    assert_non_null(more);
    write_part(f, more, SIZE + 5);
    free(more);
    fetch_ok(f, "good");
    expect_requests(f, (const char *const[]){"/good/f"}, 1);
}

static void servers_without_ranges_are_asked_for_all(void **state)
{
    fixture *f = *state;
    write_part(f, right, CUT);
    fetch_ok(f, "whole");
    expect_requests(f, (const char *const[]){"/whole/f from 100000", "/whole/f"}, 2);
}

static void a_refused_range_is_asked_again_from_the_start(void **state)
{
    fixture *f = *state;
    write_part(f, right, CUT);
    fetch_ok(f, "norange");
    expect_requests(f, (const char *const[]){"/norange/f from 100000", "/norange/f"}, 2);
}

static void a_cut_answer_is_asked_for_the_rest(void **state)
{
    fixture *f = *state;
    fetch_ok(f, "cut");
    expect_requests(f,
                    (const char *const[]){"/cut/f", "/cut/f from 100000", "/cut/f from 200000",
                                          "/cut/f from 300000"},
                    4);
}

static void the_next_mirror_gives_the_rest(void **state)
{
    fixture *f = *state;
    fetch_ok(f, "untold good");
    expect_requests(f,
                    (const char *const[]){"/untold/f", "/untold/f from 100000", "/untold/f",
                                          "/untold/f from 100000", "/good/f"},
                    5);
}

static void missing_and_broken_mirrors_are_passed_over(void **state)
{
    fixture *f = *state;
    fetch_ok(f, "none error hangup loop local good");
    assert_int_equal(f->n_notes, 5);
    assert_non_null(strstr(f->notes, "404"));
    assert_non_null(strstr(f->notes, "500"));
    assert_non_null(strstr(f->notes, "/local/f"));
}

static void a_stalled_mirror_is_given_up(void **state)
{
    fixture *f = *state;
    fetch_ok(f, "stall good");
    assert_non_null(strstr(f->notes, "fewer than 1024 bytes a second for 1 seconds"));
    expect_requests(
        f, (const char *const[]){"/stall/f", "/stall/f from 100000", "/good/f from 100000"}, 3);
}

static void a_silent_mirror_is_given_up(void **state)
{
    fixture *f = *state;
    fetch_ok(f, "silent good");
    assert_int_equal(f->n_notes, 1);
    assert_non_null(strstr(f->notes, "fewer than 1024 bytes a second"));
}

static void redirections_are_followed(void **state)
{
    fixture *f = *state;
    fetch_ok(f, "moved");
    expect_requests(f, (const char *const[]){"/moved/f", "/good/f"}, 2);
}

static void a_corrupt_mirror_is_passed_over(void **state)
{
    fixture *f = *state;
    fetch_ok(f, "corrupt good");
    assert_non_null(strstr(f->notes, "gives another file: its MD5 is"));
    expect_requests(f, (const char *const[]){"/corrupt/f", "/good/f"}, 2);
}

static void only_corrupt_mirrors_are_bad_data(void **state)
{
    fixture *f = *state;
    fetch_fails(f, "corrupt corrupt", GAN_E_DATA, "not ");
    assert_int_equal(part_size(f), NO_PART);
    fetch_fails(f, "none corrupt", GAN_E_IO, "any of 2 mirrors");
}

static void a_file_of_another_length_is_refused(void **state)
{
    fixture *f = *state;
    f->file.bytes = CUT;
    fetch_fails(f, "long", GAN_E_DATA, "sends more than the file's 100000 bytes");
    assert_int_equal(part_size(f), NO_PART);
    f->file.bytes = SIZE;
    fetch_fails(f, "short", GAN_E_IO, "f");
}

static void no_mirror_at_all_is_an_io_error(void **state)
{
    fixture *f = *state;
    fetch_fails(f, "none hangup", GAN_E_IO, "f cannot be downloaded from any of 2 mirrors");
    assert_int_equal(part_size(f), NO_PART); /* an empty one would be of no use */
    const char *dead[] = {"http://127.0.0.1:1"};
    const gan_data_get_options options = {.connect_seconds = 2};
    const gan_fetch job = {&f->file, 0, 1, f->folder.path, dead, 1, &options, 0};
    gan_error err = {0};
    gan_status status = gan_fetch_file(&job, &err);
    data_expect_error(status, &err, GAN_E_IO, "http://127.0.0.1:1/f");
}

static void cancelling_keeps_the_part(void **state)
{
    fixture *f = *state;
    f->cancel_at = 1;
    fetch_fails(f, "stall good", GAN_E_INTERRUPTED, "interrupted");
    int64_t kept = part_size(f);
    assert_true(kept > 0 && kept <= CUT);
    f->cancel = 0;
    f->cancel_at = 0;
    fetch_ok(f, "good");
    char want[64];
    snprintf(want, sizeof want, "/good/f from %lld", (long long)kept);
    assert_string_equal(data_server_request(f->server, 1), want);
}

static void two_processes_do_not_write_one_file(void **state)
{
    fixture *f = *state;
    write_part(f, right, CUT);
    int fd = open(data_at(&f->folder, "f.part"), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    fetch_fails(f, "good", GAN_E_LOCKED, "another process is downloading it");
    assert_int_equal(part_size(f), CUT);
    assert_int_equal(close(fd), 0);
    fetch_ok(f, "good");
}

static void a_file_larger_than_the_disk_is_refused_first(void **state)
{
    fixture *f = *state;
    f->file.bytes = (int64_t)1 << 60;
    fetch_fails(f, "good", GAN_E_IO, "the disk has");
    assert_int_equal(data_server_n_requests(f->server), 0);
}

static void only_the_web_is_asked(void **state)
{
    fixture *f = *state;
    char mirror[300];
    data_write(data_at(&f->folder, "local/f"), right, SIZE);
    snprintf(mirror, sizeof mirror, "file://%s/local", f->folder.path);
    const char *mirrors[] = {mirror};
    const gan_data_get_options options = {0};
    const gan_fetch job = {&f->file, 0, 1, f->folder.path, mirrors, 1, &options, 0};
    gan_error err = {0};
    gan_status status = gan_fetch_file(&job, &err);
    data_expect_error(status, &err, GAN_E_IO, "rotocol");
}

static void a_full_disk_keeps_the_part(void **state)
{
    fixture *f = *state;
    struct rlimit before, tight;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = before;
    tight.rlim_cur = 50000; /* a file may not be longer: writing fails as on a full disk */
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    gan_error err = {0};
    gan_status status = fetch(f, "good good", &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    data_expect_error(status, &err, GAN_E_IO, "f.part");
    assert_int_equal(part_size(f), 50000);
    assert_int_equal(data_server_n_requests(f->server), 1);
    fetch_ok(f, "good");
    assert_string_equal(data_server_request(f->server, 1), "/good/f from 50000");
}

static void a_folder_that_is_not_there_cannot_be_written(void **state)
{
    fixture *f = *state;
    const char *mirrors[] = {data_server_address(f->server)};
    const gan_data_get_options options = {0};
    const gan_fetch job = {&f->file, 0, 1, data_at(&f->folder, "none"), mirrors, 1, &options, 0};
    gan_error err = {0};
    gan_status status = gan_fetch_file(&job, &err);
    data_expect_error(status, &err, GAN_E_CREATE, "f.part: cannot be created");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_good_mirror_gives_the_file),
        TEST(a_mirror_that_brings_little_gives_way),
        TEST(a_dripping_mirror_gives_way_while_there_is_another),
        TEST(a_slow_mirror_is_kept_where_it_is_the_last),
        TEST(a_web_page_is_no_file),
        TEST(a_proxy_that_wants_a_password_is_told),
        TEST(a_disk_without_locks_and_folder_syncs_will_do),
        TEST(a_file_that_is_here_is_left_alone),
        TEST(another_file_of_that_name_is_kept),
        TEST(a_part_is_gone_on_with),
        TEST(a_whole_part_needs_no_network),
        TEST(a_wrong_part_is_begun_anew),
        TEST(a_wrong_whole_part_is_begun_anew),
        TEST(a_part_that_is_too_long_is_begun_anew),
        TEST(servers_without_ranges_are_asked_for_all),
        TEST(a_refused_range_is_asked_again_from_the_start),
        TEST(a_cut_answer_is_asked_for_the_rest),
        TEST(the_next_mirror_gives_the_rest),
        TEST(missing_and_broken_mirrors_are_passed_over),
        TEST(a_stalled_mirror_is_given_up),
        TEST(a_silent_mirror_is_given_up),
        TEST(redirections_are_followed),
        TEST(a_corrupt_mirror_is_passed_over),
        TEST(only_corrupt_mirrors_are_bad_data),
        TEST(a_file_of_another_length_is_refused),
        TEST(no_mirror_at_all_is_an_io_error),
        TEST(cancelling_keeps_the_part),
        TEST(two_processes_do_not_write_one_file),
        TEST(a_file_larger_than_the_disk_is_refused_first),
        TEST(only_the_web_is_asked),
        TEST(a_full_disk_keeps_the_part),
        TEST(a_folder_that_is_not_there_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
