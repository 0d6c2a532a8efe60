/* test_data_check.c — what gan data check finds in folders and in packed data sets. */
#define _GNU_SOURCE /* symlink */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "unit/data_files.h"

static data_folder folder;

/* What was found, a line each: "duplicate b.png: same pixels as a.png". */
static char found[8192];

static int set_up(void **state)
{
    (void)state;
    found[0] = '\0';
    data_folder_make(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    data_folder_remove(&folder);
    return 0;
}

static void take_finding(void *ctx, const gan_data_finding *finding)
{
    (void)ctx;
    size_t used = strlen(found), below = strlen(folder.path);
    const char *file = finding->file[below] == '/' ? finding->file + below + 1 : finding->file;
    snprintf(found + used, sizeof found - used, "%s %s: %s\n", gan_data_flaw_text(finding->flaw),
             file, finding->text);
}

static gan_data_report check(const char *source)
{
    const gan_data_check_options options = {.finding = take_finding};
    gan_data_report report;
    gan_error err = {0};
    found[0] = '\0';
    if (gan_data_check(source, &options, &report, &err) != GAN_OK) {
        fail_msg("%s: %s", source, err.text);
    }
    return report;
}

static void expect_counts(const gan_data_report *r, int64_t images,
                          const int64_t want[GAN_FLAW_COUNT])
{
    assert_int_equal(r->images, images);
    for (int i = 0; i < GAN_FLAW_COUNT; i++) {
        assert_int_equal(r->found[i], want[i]);
    }
}

static void write_picture(const char *name, uint32_t height, uint32_t width, int channels,
                          uint32_t seed)
{
    uint8_t pixels[16 * 16 * 4];
    data_fill(pixels, sizeof pixels, seed);
    data_write_png8(data_at(&folder, "%s", name), height, width, channels, pixels);
}

static void a_sound_folder_has_no_findings(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "%u.png", i);
        write_picture(name, 8, 9, 3, i);
    }
    data_write(data_at(&folder, "read.me"), "x", 1);
    gan_data_report r = check(folder.path);
    expect_counts(&r, 20, (const int64_t[GAN_FLAW_COUNT]){[GAN_FLAW_NOT_TAKEN] = 1});
    assert_int_equal(r.height, 8);
    assert_int_equal(r.width, 9);
    assert_int_equal(r.channels, 3);
    assert_string_equal(found, "not taken read.me: not a picture\n");
}

static void every_flaw_of_a_folder_is_found(void **state)
{
    (void)state;
    write_picture("a.png", 8, 8, 3, 1);
    write_picture("b.png", 8, 8, 3, 2);
    write_picture("c.png", 8, 8, 1, 3);
    write_picture("d.png", 8, 7, 3, 4);
    write_picture("e.png", 9, 8, 1, 5);
    write_picture("sub/f.png", 8, 8, 3, 1);
    write_picture("sub/g.png", 8, 8, 3, 2);
    write_picture("sub/h.png", 8, 8, 3, 1);
    data_write(data_at(&folder, "i.png"), "", 0);
    data_write(data_at(&folder, "j.jpg"), "nonsense", 8);
    gan_data_report r = check(folder.path);
    expect_counts(&r, 8, (const int64_t[GAN_FLAW_COUNT]){2, 2, 2, 3});
    assert_int_equal(r.height, 8);
    assert_int_equal(r.width, 8);
    assert_int_equal(r.channels, 3);
    static const char *const lines[] = {
        "odd-channel c.png: grey, most are colour\n",
        "odd-sized d.png: 7 pixels wide and 8 high, most are 8 wide and 8 high\n",
        "odd-sized e.png: 8 pixels wide and 9 high, most are 8 wide and 8 high\n",
        "odd-channel e.png: grey, most are colour\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_non_null(strstr(found, lines[i]));
    }
    assert_non_null(strstr(found, "corrupt i.png: "));
    assert_non_null(strstr(found, "is empty (0 bytes)"));
    assert_non_null(strstr(found, "corrupt j.jpg: "));
    assert_null(strstr(found, "i.png: /")); /* its path is told once */
    char line[600];
    snprintf(line, sizeof line, "duplicate sub/h.png: same pixels as %s/a.png\n", folder.path);
    assert_non_null(strstr(found, line));
    snprintf(line, sizeof line, "duplicate sub/g.png: same pixels as %s/b.png\n", folder.path);
    assert_non_null(strstr(found, line));
}

/* Each with what it is and what to do. */
static void what_is_not_taken_is_named(void **state)
{
    (void)state;
    write_picture("a.png", 8, 8, 3, 1);
    write_picture("b.dat", 8, 8, 3, 1);
    write_picture(".c.png", 8, 8, 3, 1);
    data_write(data_at(&folder, "d.avif"),
               "\0\0\0\x18"
               "ftypavif",
               12);
    assert_int_equal(symlink("nowhere", data_at(&folder, "e.png")), 0);
    assert_int_equal(symlink(".", data_at(&folder, "f")), 0);
    gan_data_report r = check(folder.path);
    expect_counts(&r, 1, (const int64_t[GAN_FLAW_COUNT]){[GAN_FLAW_NOT_TAKEN] = 5});
    assert_string_equal(found,
                        "not taken .c.png: hidden: its name begins with a dot\n"
                        "not taken b.dat: a picture by another name: rename it to end "
                        "in .png or .jpg\n"
                        "not taken d.avif: AVIF picture, which is not read: convert it to PNG\n"
                        "not taken e.png: a link that leads nowhere\n"
                        "not taken f: a folder that is in here already\n");
}

/* The same bytes in another shape are another picture. */
static void shape_counts_for_duplicates(void **state)
{
    (void)state;
    write_picture("a.png", 4, 8, 1, 1);
    write_picture("b.png", 8, 4, 1, 1);
    gan_data_report r = check(folder.path);
    expect_counts(&r, 2, (const int64_t[GAN_FLAW_COUNT]){0, 1, 0, 0});
}

static void write_idx(const char *name, const uint8_t *pixels, uint32_t n_images)
{
    const uint32_t dims[3] = {n_images, 3, 3};
    size_t n = 0;
    uint8_t *bytes = data_idx(8, 3, dims, pixels, 9 * (size_t)n_images, &n);
    data_write(data_at(&folder, "%s", name), bytes, n);
    free(bytes);
}

static void duplicates_in_a_packed_set_are_found(void **state)
{
    (void)state;
    uint8_t pixels[9 * 6];
    data_fill(pixels, sizeof pixels, 1);
    memcpy(pixels + 9 * 4, pixels + 9, 9);
    memcpy(pixels + 9 * 5, pixels + 9, 9);
    write_idx("train-images-idx3-ubyte", pixels, 6);
    write_idx("t10k-images-idx3-ubyte", pixels, 2);
    gan_data_report r = check(folder.path);
    expect_counts(&r, 8, (const int64_t[GAN_FLAW_COUNT]){0, 0, 0, 2});
    assert_non_null(strstr(found, ", train image 4: same pixels as image 1\n"));
    assert_non_null(strstr(found, ", train image 5: same pixels as image 1\n"));
}

static void damage_in_a_packed_set_is_a_finding(void **state)
{
    (void)state;
    uint8_t pixels[9 * 2];
    data_fill(pixels, sizeof pixels, 1);
    write_idx("train-images-idx3-ubyte", pixels, 2);
    data_write(data_at(&folder, "t10k-images-idx3-ubyte"), "x", 1);
    gan_data_report r = check(folder.path);
    expect_counts(&r, 2, (const int64_t[GAN_FLAW_COUNT]){1, 0, 0, 0});
    assert_non_null(strstr(found, "t10k-images-idx3-ubyte: not an IDX file"));
    assert_int_equal(r.height, 3);
}

static void one_file_is_read_once(void **state)
{
    (void)state;
    uint8_t pixels[9 * 3];
    data_fill(pixels, sizeof pixels, 1);
    write_idx("x.idx", pixels, 3);
    gan_data_report r = check(data_at(&folder, "x.idx"));
    expect_counts(&r, 3, (const int64_t[GAN_FLAW_COUNT]){0, 0, 0, 0});
}

static void a_batch_of_cifar_is_checked(void **state)
{
    (void)state;
    uint8_t records[3 * 3073];
    data_fill(records, sizeof records, 1);
    records[0] = records[3073] = records[2 * 3073] = 3;
    memcpy(records + 3073, records, 3073);
    const char *path = data_at(&folder, "data_batch_1.bin");
    data_write(path, records, sizeof records);
    gan_data_report r = check(path);
    expect_counts(&r, 3, (const int64_t[GAN_FLAW_COUNT]){0, 0, 0, 1});
    records[3073] = 11;
    data_write(path, records, sizeof records);
    r = check(path);
    expect_counts(&r, 0, (const int64_t[GAN_FLAW_COUNT]){1, 0, 0, 0});
}

static void what_cannot_be_checked_is_an_error(void **state)
{
    (void)state;
    volatile sig_atomic_t stop = 1;
    const gan_data_check_options options = {.cancel = &stop};
    gan_data_report report;
    gan_error err = {0};
    gan_status status = gan_data_check(data_at(&folder, "none"), NULL, &report, &err);
    data_expect_error(status, &err, GAN_E_NO_INPUT, "no data set, file or folder");
    status = gan_data_check(folder.path, NULL, &report, &err);
    data_expect_error(status, &err, GAN_E_NO_INPUT, "is empty");
    write_picture("a.png", 4, 4, 1, 1);
    status = gan_data_check(folder.path, &options, &report, &err);
    data_expect_error(status, &err, GAN_E_INTERRUPTED, "interrupted");
}

static void flaws_have_names(void **state)
{
    (void)state;
    assert_string_equal(gan_data_flaw_text(GAN_FLAW_DUPLICATE), "duplicate");
    assert_string_equal(gan_data_flaw_text(GAN_FLAW_COUNT), "unknown");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_sound_folder_has_no_findings),
        TEST(every_flaw_of_a_folder_is_found),
        TEST(what_is_not_taken_is_named),
        TEST(shape_counts_for_duplicates),
        TEST(duplicates_in_a_packed_set_are_found),
        TEST(damage_in_a_packed_set_is_a_finding),
        TEST(one_file_is_read_once),
        TEST(a_batch_of_cifar_is_checked),
        TEST(what_cannot_be_checked_is_an_error),
        TEST(flaws_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
