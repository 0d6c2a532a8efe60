/* test_io_png.c — PNG files written, and read back by libpng. */
#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/path.h"
#include "gan/image.h"
#include "io/image_png.h"
#include "unit/data_files.h"

/* Reads a file as libpng's own reader has it and compares every byte. */
static void expect_png(const char *path, const gan_png_picture *want)
{
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(setjmp(png_jmpbuf(png)), 0);
    png_init_io(png, file);
    png_read_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
    assert_int_equal(png_get_image_width(png, info), want->width);
    assert_int_equal(png_get_image_height(png, info), want->height);
    assert_int_equal(png_get_channels(png, info), want->channels);
    assert_int_equal(png_get_bit_depth(png, info), 8);
    png_bytepp rows = png_get_rows(png, info);
    const size_t row = (size_t)(want->width * want->channels);
    for (int64_t y = 0; y < want->height; y++) {
        assert_memory_equal(rows[y], want->pixels + (size_t)y * row, row);
    }
    png_textp text = NULL;
    assert_int_equal(png_get_text(png, info, &text, NULL), want->n_text);
    for (size_t i = 0; i < want->n_text; i++) {
        assert_string_equal(text[i].key, want->text[i].key);
        assert_string_equal(text[i].text, want->text[i].value);
        assert_int_equal(text[i].compression, strchr(want->text[i].value, '\xC3')
                                                  ? PNG_ITXT_COMPRESSION_NONE
                                                  : PNG_TEXT_COMPRESSION_NONE);
    }
    assert_int_equal(png_get_valid(png, info, PNG_INFO_tIME), 0);
    png_destroy_read_struct(&png, &info, NULL);
    (void)fclose(file);
}

static void pictures_come_back(void **state)
{
    (void)state;
    static const int64_t shapes[][3] = {{1, 1, 1}, {1, 1, 3},   {28, 28, 1}, {7, 13, 3},
                                        {5, 3, 4}, {1, 999, 1}, {257, 1, 3}};
    static const gan_image_text text[] = {
        {"seed", "0-63"}, {"step", "235"}, {"net", "d\xC3\xA9j\xC3\xA0 vu"}, {"empty", ""}};
    data_folder folder;
    gan_error err = {0};
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.png");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const size_t n = (size_t)(shapes[i][0] * shapes[i][1] * shapes[i][2]);
        uint8_t *pixels = malloc(n);
        assert_non_null(pixels);
        data_fill(pixels, n, (uint32_t)i);
        const gan_png_picture picture = {pixels,       shapes[i][0], shapes[i][1],
                                         shapes[i][2], text,         i % 5};
        assert_int_equal(gan_png_write(path, &picture, NULL, &err), GAN_OK);
        expect_png(path, &picture);
        free(pixels);
    }
    data_folder_remove(&folder);
}

static void the_same_picture_gives_the_same_bytes(void **state)
{
    (void)state;
    static const gan_image_text text[] = {{"seed", "7"}};
    data_folder folder;
    uint8_t pixels[12 * 12 * 3];
    size_t n[2];
    uint8_t *bytes[2];
    data_fill(pixels, sizeof pixels, 3);
    const gan_png_picture picture = {pixels, 12, 12, 3, text, 1};
    data_folder_make(&folder);
    for (int i = 0; i < 2; i++) {
        const char *path = data_at(&folder, "%d.png", i);
        assert_int_equal(gan_png_write(path, &picture, NULL, NULL), GAN_OK);
        bytes[i] = data_read(path, &n[i]);
    }
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(bytes[0], bytes[1], n[0]);
    free(bytes[0]);
    free(bytes[1]);
    data_folder_remove(&folder);
}

static void batches_become_grids(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    float x[3] = {-1.0f, 0.0f, 1.0f};
    const gan_image_batch batch = {x, 3, 1, 1, 1};
    const gan_image_grid grid = {1, 3, 1};
    const uint8_t want[] = {0, 255, 128, 255, 255};
    const gan_png_picture picture = {want, 1, 5, 1, NULL, 0};
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.png");
    assert_int_equal(gan_image_write_png(path, &batch, &grid, NULL, 0, &err), GAN_OK);
    expect_png(path, &picture);
    assert_int_equal(gan_image_write_png(path, &batch, &(gan_image_grid){1, 2, 0}, NULL, 0, &err),
                     GAN_E_USAGE);
    expect_png(path, &picture); /* still the old one */
    data_folder_remove(&folder);
}

static void bad_pictures_are_refused(void **state)
{
    (void)state;
    static const uint8_t pixels[16] = {0};
    static const gan_image_text bad[] = {{"", "x"},
                                         {" a", "x"},
                                         {"a ", "x"},
                                         {"a  b", "x"},
                                         {"a\nb", "x"},
                                         {"\xC3\xA9", "x"},
                                         {"12345678901234567890123456789012345678901234567890"
                                          "123456789012345678901234567890",
                                          "x"}};
    static const int64_t shapes[][3] = {{0, 1, 1}, {1, 0, 1}, {-1, 1, 1}, {1, 1000001, 1},
                                        {1, 1, 0}, {1, 1, 2}, {1, 1, 5}};
    data_folder folder;
    gan_error err = {0};
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.png");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const gan_png_picture picture = {pixels, 1, 1, 1, &bad[i], 1};
        assert_int_equal(gan_png_write(path, &picture, NULL, &err), GAN_E_USAGE);
    }
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const gan_png_picture picture = {pixels, shapes[i][0], shapes[i][1], shapes[i][2], NULL, 0};
        assert_int_equal(gan_png_write(path, &picture, NULL, &err), GAN_E_USAGE);
        assert_non_null(strstr(err.text, path));
    }
    assert_false(gan_path_exists(path));
    data_folder_remove(&folder);
}

static int disk_full(void *user, gan_file_moment moment)
{
    (void)user;
    return moment == GAN_FILE_WRITE ? ENOSPC : 0;
}

static void a_full_disk_comes_through_libpng(void **state)
{
    (void)state;
    enum { SIDE = 900 };
    data_folder folder;
    gan_error err = {0};
    const gan_file_options options = {.fault = disk_full};
    uint8_t *pixels = malloc(SIDE * SIDE);
    assert_non_null(pixels);
    data_fill(pixels, SIDE * SIDE, 1);
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.png");
    const gan_png_picture big = {pixels, SIDE, SIDE, 1, NULL, 0};
    const gan_png_picture small = {pixels, 2, 2, 1, NULL, 0};
    assert_int_equal(gan_png_write(path, &big, &options, &err), GAN_E_IO); /* inside libpng */
    assert_non_null(strstr(err.text, strerror(ENOSPC)));
    assert_int_equal(gan_png_write(path, &small, &options, &err), GAN_E_IO); /* at the commit */
    assert_false(gan_path_exists(path));
    assert_int_equal(gan_png_write("/proc/x.png", &small, NULL, &err), GAN_E_CREATE);
    data_folder_remove(&folder);
    free(pixels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_come_back),
        cmocka_unit_test(the_same_picture_gives_the_same_bytes),
        cmocka_unit_test(batches_become_grids),
        cmocka_unit_test(bad_pictures_are_refused),
        cmocka_unit_test(a_full_disk_comes_through_libpng),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
