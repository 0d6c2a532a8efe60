/* test_data_folder.c — folders of pictures: order, shape, bad files, threads. */
#define _GNU_SOURCE /* symlink, mkfifo, fstatat */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "unit/data_files.h"

static data_folder folder;

/* Stands in for the C library's: a disk that gives folders no numbers, or fails at one file. */
static struct {
    bool is_unnumbered;
    const char *failing; /* the end of a path */
} disk;

int stat(const char *path, struct stat *st)
{
    const size_t n = strlen(path), m = disk.failing ? strlen(disk.failing) : 0;
    if (m > 0 && n >= m && strcmp(path + n - m, disk.failing) == 0) {
        errno = EIO;
        return -1;
    }
    const int result = fstatat(AT_FDCWD, path, st, 0);
    if (result == 0 && disk.is_unnumbered && S_ISDIR(st->st_mode)) {
        st->st_ino = 0;
    }
    return result;
}

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

/* A grey 4 x 4 picture of one value: what it holds tells which file it is. */
static void write_grey(const char *name, uint8_t value)
{
    uint8_t pixels[16];
    memset(pixels, value, sizeof pixels);
    data_write_png8(data_at(&folder, "%s", name), 4, 4, 1, pixels);
}

/* Opens the folder and expects these values, in this order. */
static void expect_values(const gan_data_options *options, const uint8_t *want, int64_t n)
{
    gan_data *data = data_open_ok(folder.path, options);
    const gan_data_info *info = gan_data_describe(data);
    assert_int_equal(info->n, n);
    int64_t image = info->height * info->width * info->channels;
    assert_int_equal(info->bytes, n * image);
    for (int64_t i = 0; i < n; i++) {
        assert_int_equal(gan_data_pixels(data)[i * image], want[i]);
        assert_int_equal(gan_data_pixels(data)[(i + 1) * image - 1], want[i]);
    }
    gan_data_close(data);
}

static void files_come_in_byte_order_of_their_paths(void **state)
{
    (void)state;
    write_grey("b.png", 5);
    write_grey("a/z.png", 3);
    write_grey("a/B.PNG", 1);
    write_grey("a/deep/er/x.jpeg.png", 2);
    write_grey("a.png", 0); /* "." is below "/" */
    write_grey("Z.png", 6); /* capitals first */
    data_write(data_at(&folder, "a/notes.txt"), "x", 1);
    data_write(data_at(&folder, ".hidden.png"), "x", 1);
    data_write(data_at(&folder, ".cache/x.png"), "x", 1);
    data_write(data_at(&folder, "a/._B.png"), "x", 1);
    const uint8_t want[] = {6, 0, 1, 2, 3, 5};
    expect_values(NULL, want, 6);
}

static void links_are_followed_once(void **state)
{
    (void)state;
    write_grey("a/x.png", 1);
    assert_int_equal(symlink("..", data_at(&folder, "a/up")), 0);
    assert_int_equal(symlink("a/x.png", data_at(&folder, "b.png")), 0);
    assert_int_equal(symlink("nowhere", data_at(&folder, "c.png")), 0);
    const uint8_t want[] = {1, 1};
    expect_values(NULL, want, 2);
}

typedef struct notes {
    int n;
    char last[1024], all[8192];
} notes;

static void take_note(void *ctx, const char *line)
{
    notes *n = ctx;
    n->n++;
    snprintf(n->last, sizeof n->last, "%s", line);
    size_t used = strlen(n->all);
    snprintf(n->all + used, sizeof n->all - used, "%s\n", line);
}

/* Every folder leads to every other one: without a memory of what was met, 8 of them would give
 * 8 x (1 + 7 + 7 x 6 + ...) = 109,600 pictures. */
static void each_folder_counts_once_however_it_is_reached(void **state)
{
    (void)state;
    enum { N = 8 };
    uint8_t want[N];
    char name[16], target[16];
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "%d/x.png", i);
        write_grey(name, (uint8_t)(10 * i));
        want[i] = (uint8_t)(10 * i);
        for (int k = 0; k < N; k++) {
            snprintf(target, sizeof target, "../%d", k);
            assert_int_equal(symlink(target, data_at(&folder, "%d/z%d", i, k)), 0);
        }
    }
    notes heard = {0};
    const gan_data_options options = {.listener = &(gan_listener){take_note, &heard}};
    expect_values(&options, want, N);
    assert_non_null(strstr(heard.all, ": not taken: 64 repeated folders; `gan data check "));
    const gan_data_options again = {.threads = 3};
    expect_values(&again, want, N);
}

static void folders_without_numbers_are_all_read(void **state)
{
    (void)state;
    write_grey("a/x.png", 1);
    write_grey("b/x.png", 2);
    write_grey("b/c/x.png", 3);
    assert_int_equal(symlink("..", data_at(&folder, "b/up")), 0);
    disk.is_unnumbered = true;
    expect_values(NULL, (const uint8_t[]){1, 3, 2}, 3);
    disk.is_unnumbered = false;
}

/* What a disk cannot say is no reason to go on without a picture. */
static void a_failing_disk_is_an_error(void **state)
{
    (void)state;
    const gan_data_options skip = {.skip_bad = 1};
    write_grey("a.png", 1);
    write_grey("b.png", 2);
    disk.failing = "b.png";
    data_open_fails(folder.path, NULL, GAN_E_IO, "b.png: Input/output error");
    data_open_fails(folder.path, &skip, GAN_E_IO, "b.png: Input/output error");
    disk.failing = NULL;
}

static void what_is_not_taken_is_counted_by_reason(void **state)
{
    (void)state;
    notes heard = {0};
    const gan_data_options options = {.listener = &(gan_listener){take_note, &heard}};
    write_grey("a.png", 1);
    write_grey("b.JFIF", 2);
    expect_values(&options, (const uint8_t[]){1, 2}, 2);
    assert_null(strstr(heard.all, "not taken"));
    write_grey("c.dat", 3);
    write_grey(".hidden.png", 4);
    for (int i = 0; i < 10; i++) {
        data_write(data_at(&folder, "sub/%d.pgm", i), "P5\n16 16\n255\n  ", 16);
    }
    data_write(data_at(&folder, "x.txt"), "BMW and Audi", 12);
    data_write(data_at(&folder, "x.heic"),
               "\0\0\0\x18"
               "ftypheic",
               12);
    data_write(data_at(&folder, "x.avif"),
               "\0\0\0\x18"
               "ftypavif",
               12);
    data_write(data_at(&folder, "empty"), "", 0);
    assert_int_equal(symlink("nowhere", data_at(&folder, "d.png")), 0);
    assert_int_equal(mkfifo(data_at(&folder, "e.png"), 0600), 0);
    expect_values(&options, (const uint8_t[]){1, 2}, 2);
    assert_non_null(strstr(
        heard.all,
        ": not taken: 1 AVIF "
        "picture, 1 HEIC picture, 10 PNM pictures, 1 hidden, 1 broken link, 1 pipe or device, 1 "
        "misnamed picture, 1 empty file, 1 other file; `gan data check "));
}

/* A picture that may not be looked at, or a disk that fails, is never passed over. */
static void what_cannot_be_opened_is_an_error(void **state)
{
    (void)state;
    struct rlimit before, none;
    write_grey("a.png", 1);
    assert_int_equal(symlink("a.png", data_at(&folder, "b.png")), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    const gan_data_options skip = {.skip_bad = 1, .threads = 1};
    gan_data *data = NULL;
    gan_error err = {0};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    gan_status status = gan_data_open(folder.path, &skip, &data, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    data_expect_error(status, &err, GAN_E_IO, "Too many open files");
    assert_null(data);
    if (geteuid() == 0) {
        return; /* root may look at everything */
    }
    assert_int_equal(mkdir(data_at(&folder, "shut"), 0700), 0);
    write_grey("shut/c.png", 1);
    assert_int_equal(chmod(data_at(&folder, "shut"), 0400), 0);
    data_open_fails(folder.path, NULL, GAN_E_NO_INPUT, "shut/c.png: Permission denied");
    assert_int_equal(chmod(data_at(&folder, "shut"), 0700), 0);
}

static void the_first_picture_gives_the_shape(void **state)
{
    (void)state;
    uint8_t pixels[6 * 9 * 4];
    memset(pixels, 255, sizeof pixels);
    data_write_png8(data_at(&folder, "a.png"), 6, 9, 4, pixels);
    data_write_png8(data_at(&folder, "b.png"), 3, 3, 1, pixels);
    gan_data *data = data_open_ok(folder.path, NULL);
    assert_int_equal(gan_data_describe(data)->height, 6);
    assert_int_equal(gan_data_describe(data)->width, 9);
    assert_int_equal(gan_data_describe(data)->channels, 3);
    gan_data_close(data);
    const gan_data_options narrow = {.width = 2, .channels = 1};
    data = data_open_ok(folder.path, &narrow);
    assert_int_equal(gan_data_describe(data)->height, 6);
    assert_int_equal(gan_data_describe(data)->bytes, 2 * 6 * 2);
    gan_data_close(data);
}

static void grey_and_colour_mix(void **state)
{
    (void)state;
    const uint8_t red[3] = {255, 0, 0}, grey[1] = {9};
    data_write_png8(data_at(&folder, "a.png"), 1, 1, 3, red);
    data_write_png8(data_at(&folder, "b.png"), 1, 1, 1, grey);
    const gan_data_options colour = {.channels = 3}, plain = {.channels = 1};
    gan_data *data = data_open_ok(folder.path, &colour);
    const uint8_t want[6] = {255, 0, 0, 9, 9, 9};
    assert_memory_equal(gan_data_pixels(data), want, 6);
    gan_data_close(data);
    expect_values(&plain, (const uint8_t[]){76, 9}, 2);
}

static void the_first_bad_file_is_told_whatever_the_threads(void **state)
{
    (void)state;
    char name[32];
    for (int i = 0; i < 60; i++) {
        snprintf(name, sizeof name, "p%02d.png", i);
        write_grey(name, (uint8_t)i);
    }
    data_write(data_at(&folder, "p41.png"), "", 0);
    data_write(data_at(&folder, "p23.png"), "bad", 3);
    data_write(data_at(&folder, "p59.png"), "", 0);
    for (int threads = 0; threads < 9; threads++) {
        const gan_data_options options = {.threads = threads};
        data_open_fails(folder.path, &options, GAN_E_DATA, "p23.png: not a picture that is read");
        data_open_fails(folder.path, &options, GAN_E_DATA,
                        "; --skip-bad leaves such files out, `gan data check ");
    }
    const gan_data_options first = {.limit = 23};
    uint8_t want[60];
    for (int i = 0; i < 60; i++) {
        want[i] = (uint8_t)i;
    }
    expect_values(&first, want, 23);
}

/* A grey square that is cut short at its very end: the larger, the later that is noticed. */
static void write_cut(const char *name, uint32_t side)
{
    uint8_t *pixels = calloc(side, side);
    assert_non_null(pixels);
    const char *path = data_at(&folder, "%s", name);
    data_write_png8(path, side, side, 1, pixels);
    size_t n = 0;
    uint8_t *bytes = data_read(path, &n);
    data_write(path, bytes, n - 1);
    free(bytes);
    free(pixels);
}

/* p00 fails while another thread is busy with p08, which fails later. */
static void the_first_bad_file_is_told_whichever_fails_last(void **state)
{
    (void)state;
    char name[32];
    for (int i = 0; i < 16; i++) {
        snprintf(name, sizeof name, "p%02d.png", i);
        write_grey(name, 1);
    }
    write_cut("p00.png", 1500);
    write_cut("p08.png", 4000);
    const gan_data_options options = {.height = 4, .width = 4, .channels = 1, .threads = 2};
    for (int i = 0; i < 3; i++) {
        data_open_fails(folder.path, &options, GAN_E_DATA, "p00.png: damaged PNG");
    }
}

static void bad_files_are_left_out_and_counted(void **state)
{
    (void)state;
    notes heard = {0};
    char name[32];
    uint8_t want[40];
    int64_t n = 0;
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "p%02d.png", i);
        if (i % 3 == 0) {
            data_write(data_at(&folder, "%s", name), "bad", 3);
        } else {
            write_grey(name, (uint8_t)i);
            want[n++] = (uint8_t)i;
        }
    }
    for (int threads = 1; threads < 4; threads++) {
        heard = (notes){0};
        const gan_data_options options = {
            .skip_bad = 1, .threads = threads, .listener = &(gan_listener){take_note, &heard}};
        expect_values(&options, want, n);
        assert_string_equal(heard.last, "left out: 4 more bad files");
        assert_int_equal(heard.n, 12); /* what is read, ten bad files, the rest */
        assert_non_null(strstr(heard.all, "p27.png: not a picture that is read"));
        assert_null(strstr(heard.all, "p30.png"));
        gan_data *data = data_open_ok(folder.path, &options);
        assert_int_equal(gan_data_describe(data)->skipped, 14);
        gan_data_close(data);
    }
}

static void a_folder_without_good_pictures_fails(void **state)
{
    (void)state;
    const gan_data_options skip = {.skip_bad = 1};
    const gan_data_options skip_shaped = {.skip_bad = 1, .height = 4, .width = 4, .channels = 1};
    data_open_fails(folder.path, NULL, GAN_E_NO_INPUT, "is empty: no picture");
    data_write(data_at(&folder, "x.heic"), "x", 1);
    data_open_fails(folder.path, NULL, GAN_E_NO_INPUT, "only 1 other file (");
    data_write(data_at(&folder, "x.png"), "x", 1);
    data_write(data_at(&folder, "y.png"), "x", 1);
    data_open_fails(folder.path, NULL, GAN_E_DATA, "x.png: not a picture");
    data_open_fails(folder.path, NULL, GAN_E_DATA, "; --skip-bad leaves such files out");
    data_open_fails(folder.path, &skip, GAN_E_DATA, "none of the 2 pictures can be read");
    data_open_fails(folder.path, &skip_shaped, GAN_E_DATA, "none of its 2 pictures can be read");
}

static void threads_do_not_change_the_result(void **state)
{
    (void)state;
    uint8_t pixels[23 * 31 * 3];
    char fingerprint[65] = "";
    for (int i = 0; i < 30; i++) {
        data_fill(pixels, sizeof pixels, (uint32_t)i);
        const char *path = data_at(&folder, i % 2 ? "%d/i.png" : "%d/i.jpg", i);
        if (i % 2) {
            data_write_png8(path, 23, 31, 3, pixels);
        } else {
            data_write_jpeg(path, 23, 31, 3, pixels, 90, i % 4 == 0);
        }
    }
    for (int threads = 1; threads <= 5; threads++) {
        const gan_data_options options = {
            .height = 16, .width = 16, .channels = 3, .threads = threads};
        gan_data *data = data_open_ok(folder.path, &options);
        const char *got = gan_data_describe(data)->fingerprint;
        if (threads == 1) {
            memcpy(fingerprint, got, sizeof fingerprint);
        }
        assert_string_equal(got, fingerprint);
        gan_data_close(data);
    }
}

static void other_requests_are_refused(void **state)
{
    (void)state;
    write_grey("a.png", 1);
    volatile sig_atomic_t stop = 1;
    const gan_data_options test = {.split = "test"}, two = {.channels = 2};
    const gan_data_options cancelled = {.cancel = &stop};
    data_open_fails(folder.path, &test, GAN_E_USAGE, "no test split of their own");
    data_open_fails(folder.path, &two, GAN_E_USAGE, "cannot be brought to 2");
    data_open_fails(folder.path, &cancelled, GAN_E_INTERRUPTED, "interrupted");
}

static void the_name_is_the_folders(void **state)
{
    (void)state;
    write_grey("faces/a.png", 1);
    const char *path = data_at(&folder, "faces///");
    gan_data *data = data_open_ok(path, NULL);
    assert_string_equal(gan_data_describe(data)->name, "faces");
    gan_data_close(data);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(files_come_in_byte_order_of_their_paths),
        TEST(links_are_followed_once),
        TEST(each_folder_counts_once_however_it_is_reached),
        TEST(folders_without_numbers_are_all_read),
        TEST(a_failing_disk_is_an_error),
        TEST(what_is_not_taken_is_counted_by_reason),
        TEST(what_cannot_be_opened_is_an_error),
        TEST(the_first_picture_gives_the_shape),
        TEST(grey_and_colour_mix),
        TEST(the_first_bad_file_is_told_whatever_the_threads),
        TEST(the_first_bad_file_is_told_whichever_fails_last),
        TEST(bad_files_are_left_out_and_counted),
        TEST(a_folder_without_good_pictures_fails),
        TEST(threads_do_not_change_the_result),
        TEST(other_requests_are_refused),
        TEST(the_name_is_the_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
