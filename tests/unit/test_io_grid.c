/* test_io_grid.c — pixels, and where tiles go. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/grid.h"

static void pixels_are_rounded_and_clamped(void **state)
{
    (void)state;
    for (int byte = 0; byte <= 255; byte++) { /* what a loader made of a byte gives it back */
        assert_int_equal(gan_grid_pixel(((float)byte - 127.5f) / 127.5f), byte);
    }
    assert_int_equal(gan_grid_pixel(-1.0f), 0);
    assert_int_equal(gan_grid_pixel(1.0f), 255);
    assert_int_equal(gan_grid_pixel(0.0f), 128); /* 127.5: a half goes up */
    assert_int_equal(gan_grid_pixel(-1.5f), 0);
    assert_int_equal(gan_grid_pixel(1e30f), 255);
    assert_int_equal(gan_grid_pixel(-1e30f), 0);
    assert_int_equal(gan_grid_pixel(INFINITY), 255);
    assert_int_equal(gan_grid_pixel(-INFINITY), 0);
    assert_int_equal(gan_grid_pixel(NAN), 0);
}

static void the_shape_is_chosen(void **state)
{
    (void)state;
    static const int64_t cases[][3] = {{1, 1, 1},  {2, 1, 2},    {3, 2, 2},    {4, 2, 2},
                                       {5, 2, 3},  {6, 2, 3},    {7, 3, 3},    {8, 2, 4},
                                       {10, 3, 4}, {12, 3, 4},   {16, 4, 4},   {32, 4, 8},
                                       {64, 8, 8}, {97, 10, 10}, {100, 10, 10}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gan_grid grid;
        assert_int_equal(gan_grid_make(NULL, cases[i][0], 2, 2, 1, &grid, NULL), GAN_OK);
        assert_int_equal(grid.rows, cases[i][1]);
        assert_int_equal(grid.cols, cases[i][2]);
        assert_true(grid.rows * grid.cols >= grid.n && (grid.rows - 1) * grid.cols < grid.n);
    }
}

static void a_wish_is_completed(void **state)
{
    (void)state;
    gan_grid grid;
    assert_int_equal(gan_grid_make(&(gan_image_grid){.rows = 2}, 7, 3, 5, 1, &grid, NULL), GAN_OK);
    assert_true(grid.rows == 2 && grid.cols == 4);
    assert_true(grid.height == 2 * 3 + GAN_IMAGE_GAP && grid.width == 4 * 5 + 3 * GAN_IMAGE_GAP);
    const gan_image_grid tight = {.cols = 3, .gap = GAN_IMAGE_NO_GAP};
    assert_int_equal(gan_grid_make(&tight, 7, 3, 5, 1, &grid, NULL), GAN_OK);
    assert_true(grid.rows == 3 && grid.height == 9 && grid.width == 15);
    assert_int_equal(gan_grid_make(&(gan_image_grid){3, 4, 7}, 5, 3, 5, 4, &grid, NULL), GAN_OK);
    assert_true(grid.height == 3 * 3 + 2 * 7 && grid.width == 4 * 5 + 3 * 7);
    assert_int_equal(gan_grid_bytes(&grid), grid.height * grid.width * 4);
}

static void impossible_grids_are_refused(void **state)
{
    (void)state;
    static const struct {
        gan_image_grid wish;
        int64_t n, h, w, c;
        const char *why;
    } cases[] = {{{0, 0, 0}, 0, 2, 2, 1, "no picture"},
                 {{0, 0, 0}, 1, 0, 2, 1, "no picture"},
                 {{0, 0, 0}, 1, 2, -2, 1, "no picture"},
                 {{0, 0, 0}, 1, 2, 2, 0, "channels"},
                 {{0, 0, 0}, 1, 2, 2, 5, "channels"},
                 {{2, 2, 0}, 5, 2, 2, 1, "has 4 places for 5 images"},
                 {{-1, 0, 0}, 5, 2, 2, 1, "out of range"},
                 {{0, INT64_MAX, 0}, 5, 2, 2, 1, "out of range"},
                 {{0, 0, INT64_MAX}, 5, 2, 2, 1, "out of range"},
                 {{0, 0, 0}, INT64_MAX, 2, 2, 1, "out of range"},
                 {{0, 0, 0}, 1, INT64_MAX, 2, 1, "out of range"},
                 {{1, 0, 0}, 40000, 2, 2, 1, "no side may pass 65535"},
                 {{0, 0, 0}, 1, 60000, 60000, 3, "more than a picture should hold"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gan_error err = {0};
        gan_grid grid;
        assert_int_equal(gan_grid_make(&cases[i].wish, cases[i].n, cases[i].h, cases[i].w,
                                       cases[i].c, &grid, &err),
                         GAN_E_USAGE);
        assert_non_null(strstr(err.text, cases[i].why));
    }
}

/* 3 tiles of 2x1x3 in 2 rows of 2, a gap of 1: every pixel is named. */
static void tiles_lie_row_by_row(void **state)
{
    (void)state;
    gan_grid grid;
    uint8_t tiles[3 * 2 * 1 * 3], pixels[2 + 5 * 3 * 3] = {0xAA};
    float x[sizeof tiles];
    static const int tile_of[5][3] = {
        {0, -1, 1}, {0, -1, 1}, {-1, -1, -1}, {2, -1, -1}, {2, -1, -1}};
    pixels[sizeof pixels - 1] = 0xAA;
    for (int i = 0; i < (int)sizeof tiles; i++) {
        tiles[i] = (uint8_t)(i * 7);
        x[i] = ((float)tiles[i] - 127.5f) / 127.5f;
    }
    assert_int_equal(gan_grid_make(&(gan_image_grid){2, 2, 1}, 3, 2, 1, 3, &grid, NULL), GAN_OK);
    assert_true(grid.height == 5 && grid.width == 3);
    for (int way = 0; way < 2; way++) {
        memset(pixels + 1, 0, sizeof pixels - 2);
        if (way == 0) {
            gan_grid_fill(&grid, x, pixels + 1);
        } else {
            gan_grid_fill_bytes(&grid, tiles, pixels + 1);
        }
        for (int y = 0; y < 5; y++) {
            for (int k = 0; k < 9; k++) {
                const int tile = tile_of[y][k / 3];
                const int want = tile < 0 ? 255 : tiles[tile * 6 + (y % 3) * 3 + k % 3];
                assert_int_equal(pixels[1 + y * 9 + k], want);
            }
        }
        assert_true(pixels[0] == 0xAA && pixels[sizeof pixels - 1] == 0xAA);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_are_rounded_and_clamped),
        cmocka_unit_test(the_shape_is_chosen),
        cmocka_unit_test(a_wish_is_completed),
        cmocka_unit_test(impossible_grids_are_refused),
        cmocka_unit_test(tiles_lie_row_by_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
