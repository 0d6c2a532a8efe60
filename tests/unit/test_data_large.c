/* test_data_large.c — pictures of tens and hundreds of megapixels come row by row: what they give,
 * and how much memory that takes, measured in a process of its own. */
#define _GNU_SOURCE /* fork, wait4 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <jpeglib.h>
#include <png.h>

#include <cmocka.h>

#include "unit/data_files.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_ITS_OWN 0 /* a sanitizer's memory is measured, too */
#else
#define MEMORY_IS_ITS_OWN 1
#endif

enum { MOST_KIB = 24 << 10 }; /* rows of 200 megapixels, weights, libraries' tables */

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

/* Four quarters of one level each: what a picture this large is, any reduction of it shows. */
static void fill_row(uint8_t *row, uint32_t y, uint32_t height, uint32_t width)
{
    memset(row, y < height / 2 ? 40 : 120, width / 2);
    memset(row + width / 2, y < height / 2 ? 80 : 200, width - width / 2);
}

static const uint8_t quarters[4] = {40, 80, 120, 200};

static void write_large_png(const char *path, uint32_t height, uint32_t width, int interlace)
{
    FILE *file = fopen(path, "wb");
    uint8_t *row = malloc(width);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    assert_true(file && row && png && info);
    png_init_io(png, file);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_compression_level(png, 1);
    png_set_filter(png, 0, PNG_FILTER_NONE);
    png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_GRAY, interlace, 0, 0);
    png_write_info(png, info);
    const int n_passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < n_passes; pass++) {
        for (uint32_t y = 0; y < height; y++) {
            fill_row(row, y, height, width);
            png_write_row(png, row);
        }
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    free(row);
    assert_int_equal(fclose(file), 0);
}

static void write_large_jpeg(const char *path, uint32_t height, uint32_t width)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    FILE *file = fopen(path, "wb");
    uint8_t *row = malloc(width);
    assert_true(file && row);
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, file);
    jpeg.image_height = height;
    jpeg.image_width = width;
    jpeg.input_components = 1;
    jpeg.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < height) {
        fill_row(row, jpeg.next_scanline, height, width);
        (void)jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    free(row);
    assert_int_equal(fclose(file), 0);
}

/* In a process of its own: 0, or what is wrong. */
static int look(int64_t height, int64_t width)
{
    const gan_data_options options = {
        .height = height, .width = width, .channels = 1, .fit = GAN_FIT_STRETCH, .threads = 1};
    gan_data *data = NULL;
    gan_error err = {0};
    if (gan_data_open(folder.path, &options, &data, &err) != GAN_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    for (int i = 0; i < 4; i++) { /* the middle of each quarter */
        const int64_t y = height * (2 * (i / 2) + 1) / 4, x = width * (2 * (i % 2) + 1) / 4;
        const int got = gan_data_pixels(data)[y * width + x];
        if (abs(got - quarters[i]) > 1) {
            fprintf(stderr, "quarter %d: got %d, want %d\n", i, got, quarters[i]);
            return 2;
        }
    }
    gan_data_close(data);
    return 0;
}

/* Reads the one picture of the folder; its memory, beyond what a process has at its start. */
static void expect_quarters(int64_t height, int64_t width)
{
    struct rusage used[2];
    for (int i = 0; i < 2; i++) {
        int status = 0;
        const pid_t child = fork();
        if (child == 0) {
            _exit(i ? look(height, width) : 0);
        }
        assert_true(child > 0);
        assert_int_equal(wait4(child, &status, 0, &used[i]), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    const long kib = used[1].ru_maxrss - used[0].ru_maxrss;
    print_message("    %ld KiB\n", kib);
    if (MEMORY_IS_ITS_OWN && kib > MOST_KIB) {
        fail_msg("%ld KiB, at most %d are wanted", kib, MOST_KIB);
    }
}

/* 108 and 200 megapixels: what phones make. */
static void jpeg_of_many_megapixels(void **state)
{
    (void)state;
    write_large_jpeg(data_at(&folder, "200.jpg"), 12288, 16384);
    expect_quarters(64, 64);
    write_large_jpeg(data_at(&folder, "200.jpg"), 9000, 12000);
    expect_quarters(28, 28);
}

static void jpeg_of_the_largest_side(void **state)
{
    (void)state;
    write_large_jpeg(data_at(&folder, "wide.jpg"), 200, 65500);
    expect_quarters(32, 32);
    write_large_jpeg(data_at(&folder, "wide.jpg"), 65500, 200);
    expect_quarters(32, 32);
}

static void png_of_many_megapixels(void **state)
{
    (void)state;
    write_large_png(data_at(&folder, "108.png"), 9000, 12000, PNG_INTERLACE_NONE);
    expect_quarters(64, 64);
}

static void png_of_long_sides(void **state)
{
    (void)state;
    write_large_png(data_at(&folder, "wide.png"), 100, 20000, PNG_INTERLACE_NONE);
    expect_quarters(64, 64);
    write_large_png(data_at(&folder, "wide.png"), 8, 1 << 20, PNG_INTERLACE_NONE);
    expect_quarters(8, 8);
    write_large_png(data_at(&folder, "wide.png"), 1 << 20, 8, PNG_INTERLACE_NONE);
    expect_quarters(8, 8);
}

/* A file whose header promises other sides, with bytes behind it that could hold as much. */
static void promise(const char *path, size_t at, int width, const uint32_t sides[2])
{
    enum { MORE = 4 << 20 };
    size_t n = 0;
    uint8_t *bytes = data_read(path, &n);
    uint8_t *longer = calloc(n + MORE, 1);
    assert_non_null(longer);
    memcpy(longer, bytes, n);
    for (int k = 0; k < 2 * width; k++) {
        longer[at + (size_t)k] = (uint8_t)(sides[k / width] >> 8 * (width - 1 - k % width));
    }
    if (width == 4) { /* PNG's IHDR chunk has a sum */
        const uLong sum = crc32(0, longer + 12, 17);
        for (int k = 0; k < 4; k++) {
            longer[29 + k] = (uint8_t)(sum >> 8 * (3 - k));
        }
    }
    data_write(path, longer, n + MORE);
    free(bytes);
    free(longer);
}

static void expect_too_much(const char *words)
{
    const gan_data_options small = {.height = 4, .width = 4, .channels = 1};
    data_open_fails(folder.path, &small, GAN_E_DATA, words);
}

/* An interlaced one is held whole: as large as before, and larger, but not without end. */
static void an_interlaced_png_has_its_limit(void **state)
{
    (void)state;
    const char *path = data_at(&folder, "adam7.png");
    write_large_png(path, 200, 20000, PNG_INTERLACE_ADAM7);
    gan_data_close(data_open_ok(folder.path, &(gan_data_options){.height = 4, .width = 4}));
    promise(path, 16, 4, (const uint32_t[2]){32768, 32769});
    expect_too_much("an interlaced PNG of this size takes 1.0 GiB to decode, and 1024 MB are the");
    promise(path, 16, 4, (const uint32_t[2]){32768, 8000});
    expect_too_much("damaged PNG"); /* it was tried */
}

/* So are the coefficients of a progressive JPEG; the header is at a place of its own. */
static void a_progressive_jpeg_has_its_limit(void **state)
{
    (void)state;
    const uint8_t pixels[64] = {0};
    const char *path = data_at(&folder, "progressive.jpg");
    size_t n = 0, at = 0;
    data_write_jpeg(path, 8, 8, 1, pixels, 90, 1);
    uint8_t *bytes = data_read(path, &n);
    while (at + 1 < n && (bytes[at] != 0xff || bytes[at + 1] != 0xc2)) {
        at++;
    }
    free(bytes);
    promise(path, at + 5, 2, (const uint32_t[2]){30000, 30000});
    expect_too_much("a progressive JPEG of this size takes 1.7 GiB to decode");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(jpeg_of_many_megapixels),         TEST(jpeg_of_the_largest_side),
        TEST(png_of_many_megapixels),          TEST(png_of_long_sides),
        TEST(an_interlaced_png_has_its_limit), TEST(a_progressive_jpeg_has_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
