/* test_data_exif.c — pictures that are to be turned: all eight orientations, and damaged Exif data.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "data/exif.h"
#include "data/picture.h"
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

enum { TIFF_BYTES = 8 + 2 + 2 * 12 + 4 };

static void put(uint8_t *at, uint32_t value, int width, bool big)
{
    for (int i = 0; i < width; i++) {
        at[i] = (uint8_t)(value >> 8 * (big ? width - 1 - i : i));
    }
}

/* A TIFF header and a directory of two entries: the width, and the orientation. */
static void make_tiff(uint8_t tiff[TIFF_BYTES], uint32_t orientation, int type, bool big)
{
    memset(tiff, 0, TIFF_BYTES);
    memcpy(tiff, big ? "MM" : "II", 2);
    put(tiff + 2, 42, 2, big);
    put(tiff + 4, 8, 4, big);
    put(tiff + 8, 2, 2, big);
    for (int i = 0; i < 2; i++) {
        uint8_t *entry = tiff + 10 + 12 * i;
        put(entry, i ? 274 : 256, 2, big);
        put(entry + 2, (uint32_t)type, 2, big);
        put(entry + 4, 1, 4, big);
        put(entry + 8, i ? orientation : 7, type == 3 ? 2 : 4, big);
    }
}

static void an_orientation_is_found_in_both_byte_orders(void **state)
{
    (void)state;
    uint8_t tiff[TIFF_BYTES];
    for (uint32_t o = 0; o < 12; o++) {
        for (int k = 0; k < 4; k++) {
            make_tiff(tiff, o, k / 2 ? 3 : 4, k % 2);
            assert_int_equal(gan_exif_orientation(tiff, sizeof tiff), o >= 1 && o <= 8 ? o : 1);
        }
    }
    make_tiff(tiff, 6, 2, false); /* a text is no orientation */
    assert_int_equal(gan_exif_orientation(tiff, sizeof tiff), 1);
}

/* Read from a block of its own size, so that asan sees a byte too far. */
static int orientation_of(const uint8_t *bytes, size_t n)
{
    uint8_t *copy = malloc(n + !n);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    const int orientation = gan_exif_orientation(copy, n);
    free(copy);
    assert_in_range(orientation, 1, 8);
    return orientation;
}

static void damaged_data_turns_nothing(void **state)
{
    (void)state;
    uint8_t tiff[TIFF_BYTES];
    for (int big = 0; big < 2; big++) {
        make_tiff(tiff, 6, 3, big);
        for (size_t n = 0; n < 10 + 2 * 12; n++) {
            assert_int_equal(orientation_of(tiff, n), 1);
        }
        for (size_t k = 0; k < sizeof tiff * 8; k++) {
            tiff[k / 8] ^= (uint8_t)(1 << k % 8);
            (void)orientation_of(tiff, sizeof tiff);
            tiff[k / 8] ^= (uint8_t)(1 << k % 8);
        }
        put(tiff + 4, 0xffffffff, 4, big); /* a directory beyond the end */
        assert_int_equal(orientation_of(tiff, sizeof tiff), 1);
        put(tiff + 4, 0, 4, big); /* in the header itself */
        (void)orientation_of(tiff, sizeof tiff);
        make_tiff(tiff, 6, 3, big);
        put(tiff + 8, 0xffff, 2, big); /* more entries than there are */
        assert_int_equal(orientation_of(tiff, sizeof tiff), 6);
    }
}

/* What Exif says of a stored picture "abc/def": where its first row and column are seen. */
static const char *const seen[9] = {
    [1] = "abc"
          "def", /* top, left */
    [2] = "cba"
          "fed", /* top, right */
    [3] = "fed"
          "cba", /* bottom, right */
    [4] = "def"
          "abc", /* bottom, left */
    [5] = "ad"
          "be"
          "cf", /* left, top */
    [6] = "da"
          "eb"
          "fc", /* right, top */
    [7] = "fc"
          "eb"
          "da", /* right, bottom */
    [8] = "cf"
          "be"
          "ad", /* left, bottom */
};

static void each_orientation_is_what_exif_says(void **state)
{
    (void)state;
    for (int o = 1; o <= 8; o++) {
        uint8_t out[6] = {0}, wide[18] = {0}, stored[18];
        gan_orientation_apply(o, (const uint8_t *)"abcdef", 2, 3, 1, out);
        assert_memory_equal(out, seen[o], 6);
        for (int i = 0; i < 18; i++) {
            stored[i] = (uint8_t)("abcdef"[i / 3] + i % 3 * 32);
        }
        gan_orientation_apply(o, stored, 2, 3, 3, wide);
        for (int i = 0; i < 18; i++) {
            assert_int_equal(wide[i], seen[o][i / 3] + i % 3 * 32);
        }
    }
}

static void insert(const char *path, size_t at, const uint8_t *bytes, size_t n)
{
    size_t n_file = 0;
    uint8_t *file = data_read(path, &n_file);
    uint8_t *longer = malloc(n_file + n);
    assert_non_null(longer);
    memcpy(longer, file, at);
    memcpy(longer + at, bytes, n);
    memcpy(longer + at + n, file + at, n_file - at);
    data_write(path, longer, n_file + n);
    free(file);
    free(longer);
}

/* An APP1 marker right behind the file's first two bytes. */
static void add_to_jpeg(const char *path, const uint8_t *tiff, size_t n)
{
    uint8_t marker[10 + TIFF_BYTES] = {0xff, 0xe1};
    put(marker + 2, (uint32_t)(n + 8), 2, true);
    memcpy(marker + 4, "Exif\0", 6);
    memcpy(marker + 10, tiff, n);
    insert(path, 2, marker, 10 + n);
}

/* An eXIf chunk before the pixels, or after them. */
static void add_to_png(const char *path, const uint8_t *tiff, size_t n, bool late)
{
    enum { AFTER_IHDR = 33, IEND_BYTES = 12 };
    uint8_t chunk[12 + TIFF_BYTES];
    size_t n_file = 0;
    free(data_read(path, &n_file));
    put(chunk, (uint32_t)n, 4, true);
    memcpy(chunk + 4, "eXIf", 4);
    memcpy(chunk + 8, tiff, n);
    put(chunk + 8 + n, (uint32_t)crc32(0, chunk + 4, (uInt)(n + 4)), 4, true);
    insert(path, late ? n_file - IEND_BYTES : AFTER_IHDR, chunk, 12 + n);
}

enum { HEIGHT = 40, WIDTH = 56, KINDS = 4 };

static void write_kind(const char *path, int kind, const uint8_t *pixels)
{
    if (kind < 2) {
        data_write_jpeg(path, HEIGHT, WIDTH, 3, pixels, 95, kind);
    } else {
        data_write_png8(path, HEIGHT, WIDTH, 3, pixels);
    }
}

static void add_orientation(const char *path, int kind, uint32_t orientation, bool big)
{
    uint8_t tiff[TIFF_BYTES];
    make_tiff(tiff, orientation, 3, big);
    if (kind < 2) {
        add_to_jpeg(path, tiff, sizeof tiff);
    } else {
        add_to_png(path, tiff, sizeof tiff, kind == 3);
    }
}

static gan_picture read_picture(const char *path)
{
    gan_picture picture = {0};
    gan_error err = {0};
    if (gan_picture_read(path, &picture, &err) != GAN_OK) {
        fail_msg("%s: %s", path, err.text);
    }
    return picture;
}

/* JPEG, progressive JPEG, PNG with eXIf before and after its pixels. */
static void files_are_read_as_they_are_looked_at(void **state)
{
    (void)state;
    static uint8_t pixels[HEIGHT * WIDTH * 3], want[HEIGHT * WIDTH * 3];
    data_fill(pixels, sizeof pixels, 4);
    for (int i = 0; i < KINDS * 8 * 2; i++) {
        const int kind = i / 16, o = i / 2 % 8 + 1;
        const char *path = data_at(&folder, "%d.jpg", i);
        write_kind(path, kind, pixels);
        gan_picture stored = read_picture(path);
        gan_orientation_apply(o, stored.pixels, HEIGHT, WIDTH, 3, want);
        free(stored.pixels);
        add_orientation(path, kind, (uint32_t)o, i % 2);
        gan_picture picture = read_picture(path);
        assert_int_equal(picture.height, o >= 5 ? WIDTH : HEIGHT);
        assert_int_equal(picture.width, o >= 5 ? HEIGHT : WIDTH);
        assert_memory_equal(picture.pixels, want, sizeof want);
        free(picture.pixels);
    }
}

static gan_data *open_as(const char *path, const gan_data_options *options)
{
    gan_data *data = data_open_ok(path, options);
    assert_int_equal(gan_data_describe(data)->n, 1);
    return data;
}

/* A folder with a turned file gives what one with the turned picture gives: exactly where nothing
 * is scaled, else within a level. Odd sides and targets show a margin on the wrong side. */
static void a_turned_file_fits_as_the_turned_picture(void **state)
{
    (void)state;
    static const gan_data_options wishes[] = {
        {0},
        {.height = 15, .width = 15, .channels = 1},
        {.height = 9, .width = 30, .channels = 3},
        {.height = 32, .width = 15, .channels = 3, .fit = GAN_FIT_PAD},
        {.height = 15, .width = 32, .channels = 3, .fit = GAN_FIT_PAD},
        {.height = 64, .width = 11, .channels = 3, .fit = GAN_FIT_STRETCH}};
    static uint8_t pixels[HEIGHT * WIDTH * 3], turned[HEIGHT * WIDTH * 3];
    data_fill(pixels, sizeof pixels, 4);
    for (int o = 1; o <= 8; o++) {
        const char *a = data_at(&folder, "a%d/x.png", o), *b = data_at(&folder, "b%d/x.png", o);
        write_kind(a, 2, pixels);
        add_orientation(a, 2, (uint32_t)o, true);
        gan_orientation_apply(o, pixels, HEIGHT, WIDTH, 3, turned);
        data_write_png8(b, o >= 5 ? WIDTH : HEIGHT, o >= 5 ? HEIGHT : WIDTH, 3, turned);
        for (size_t k = 0; k < sizeof wishes / sizeof *wishes; k++) {
            gan_data *got = open_as(data_at(&folder, "a%d", o), &wishes[k]);
            gan_data *want = open_as(data_at(&folder, "b%d", o), &wishes[k]);
            assert_int_equal(gan_data_describe(got)->height, gan_data_describe(want)->height);
            assert_int_equal(gan_data_describe(got)->width, gan_data_describe(want)->width);
            for (int64_t i = 0; i < gan_data_describe(want)->bytes; i++) {
                const int difference = gan_data_pixels(got)[i] - gan_data_pixels(want)[i];
                if (abs(difference) > (k > 0)) {
                    fail_msg("orientation %d, wish %zu, byte %lld: off by %d", o, k, (long long)i,
                             difference);
                }
            }
            gan_data_close(got);
            gan_data_close(want);
        }
    }
}

/* Nonsense where Exif belongs: the picture is read as it is. */
static void damaged_exif_harms_no_picture(void **state)
{
    (void)state;
    static uint8_t pixels[HEIGHT * WIDTH * 3];
    uint8_t nonsense[TIFF_BYTES];
    data_fill(pixels, sizeof pixels, 4);
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t n = 0; n < TIFF_BYTES - 4; n += 3) {
            const char *path = data_at(&folder, "n%d-%zu.png", kind, n);
            make_tiff(nonsense, 6, 3, n % 2);
            write_kind(path, kind, pixels);
            if (kind < 2) {
                add_to_jpeg(path, nonsense, n);
            } else {
                add_to_png(path, nonsense, n, kind == 3);
            }
            gan_picture picture = read_picture(path);
            assert_int_equal(picture.height, HEIGHT);
            free(picture.pixels);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_orientation_is_found_in_both_byte_orders),
        cmocka_unit_test(damaged_data_turns_nothing),
        cmocka_unit_test(each_orientation_is_what_exif_says),
        TEST(files_are_read_as_they_are_looked_at),
        TEST(a_turned_file_fits_as_the_turned_picture),
        TEST(damaged_exif_harms_no_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
