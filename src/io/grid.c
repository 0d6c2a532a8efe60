/* grid.c — many small pictures laid out as one of bytes. */
#include "io/grid.h"
#include "base/divide.h"
#include "base/number.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const uint8_t background = 255;

/* Exact in double, so that a compiler that fuses the two operations gives the same bytes. */
uint8_t gan_grid_pixel(float x)
{
    const double value = 127.5 * (double)x + 127.5;
    if (!(value > 0.0)) {
        return 0;
    }
    /* NOLINTNEXTLINE(bugprone-incorrect-roundings): a float's digits leave the sum exact */
    return value >= 255.0 ? 255 : (uint8_t)(value + 0.5);
}

int64_t gan_image_show(float *x, int64_t n, int64_t c)
{
    const int64_t shown = c >= 3 ? 3 : 1;
    for (int64_t i = 0; i < n && shown != c; i++) {
        memmove(x + i * shown, x + i * c, (size_t)shown * sizeof *x);
    }
    return shown;
}

int64_t gan_grid_bytes(const gan_grid *grid)
{
    return grid->height * grid->width * grid->c;
}

/* The narrowest grid with no empty place and no wider than 2:1; else the square one. */
static int64_t choose_cols(int64_t n)
{
    int64_t side = (int64_t)sqrt((double)n);
    side += side * side < n;
    for (int64_t cols = side; cols * cols <= 2 * n; cols++) {
        if (n % cols == 0) {
            return cols;
        }
    }
    return side;
}

static gan_status check_tiles(const gan_grid *grid, gan_error *err)
{
    if (grid->n < 1 || grid->h < 1 || grid->w < 1) {
        return gan_fail(err, GAN_E_USAGE,
                        "no picture: %" PRId64 " images of %" PRId64 "x%" PRId64 " pixels", grid->n,
                        grid->h, grid->w);
    }
    if (grid->c < 1 || grid->c > 4) {
        return gan_fail(err, GAN_E_USAGE, "%" PRId64 " channels; a picture has 1 to 4", grid->c);
    }
    if (grid->h > GAN_GRID_MAX_SIDE || grid->w > GAN_GRID_MAX_SIDE || grid->rows < 0 ||
        grid->cols < 0 || grid->rows > GAN_GRID_MAX_SIDE || grid->cols > GAN_GRID_MAX_SIDE ||
        grid->gap > GAN_GRID_MAX_SIDE || grid->n > (int64_t)GAN_GRID_MAX_SIDE * GAN_GRID_MAX_SIDE) {
        return gan_fail(err, GAN_E_USAGE,
                        "a grid of %" PRId64 "x%" PRId64 " places for %" PRId64 " images of "
                        "%" PRId64 "x%" PRId64 " pixels is out of range",
                        grid->rows, grid->cols, grid->n, grid->h, grid->w);
    }
    return GAN_OK;
}

gan_status gan_grid_make(const gan_image_grid *wish, int64_t n, int64_t h, int64_t w, int64_t c,
                         gan_grid *out, gan_error *err)
{
    const gan_image_grid given = wish ? *wish : (gan_image_grid){0};
    gan_grid grid = {.n = n, .h = h, .w = w, .c = c, .rows = given.rows, .cols = given.cols};
    grid.gap = given.gap == 0 ? GAN_IMAGE_GAP : given.gap < 0 ? 0 : given.gap;
    GAN_TRY(check_tiles(&grid, err));
    if (grid.cols == 0) {
        grid.cols = grid.rows > 0 ? gan_divide_up(n, grid.rows) : choose_cols(n);
    }
    if (grid.rows == 0) {
        grid.rows = gan_divide_up(n, grid.cols);
    }
    if (grid.rows * grid.cols < n) {
        return gan_fail(
            err, GAN_E_USAGE,
            "a grid of %" PRId64 "x%" PRId64 " has %" PRId64 " place%s for %" PRId64 " images",
            grid.rows, grid.cols, grid.rows * grid.cols, gan_plural(grid.rows * grid.cols), n);
    }
    grid.height = grid.rows * (h + grid.gap) - grid.gap;
    grid.width = grid.cols * (w + grid.gap) - grid.gap;
    if (grid.height > GAN_GRID_MAX_SIDE || grid.width > GAN_GRID_MAX_SIDE) {
        return gan_fail(err, GAN_E_USAGE,
                        "a grid of %" PRId64 "x%" PRId64 " pixels: no side may pass %d; ask for "
                        "fewer images",
                        grid.height, grid.width, GAN_GRID_MAX_SIDE);
    }
    if (gan_grid_bytes(&grid) > GAN_GRID_MAX_BYTES) {
        return gan_fail(err, GAN_E_USAGE,
                        "a grid of %" PRId64 "x%" PRId64 " pixels is more than a picture should "
                        "hold; ask for fewer images",
                        grid.height, grid.width);
    }
    *out = grid;
    return GAN_OK;
}

gan_status gan_image_grid_check(const gan_image_grid *grid, int64_t n, int64_t h, int64_t w,
                                int64_t c, gan_error *err)
{
    gan_grid made;
    return gan_grid_make(grid, n, h, w, c, &made, err);
}

/* Where row y of tile i begins in the whole picture. */
static uint8_t *tile_row(const gan_grid *grid, uint8_t *pixels, int64_t i, int64_t y)
{
    const int64_t top = i / grid->cols * (grid->h + grid->gap) + y;
    const int64_t left = i % grid->cols * (grid->w + grid->gap);
    return pixels + (top * grid->width + left) * grid->c;
}

void gan_grid_fill(const gan_grid *grid, const float *x, uint8_t *pixels)
{
    const int64_t row = grid->w * grid->c;
    memset(pixels, background, (size_t)gan_grid_bytes(grid));
    for (int64_t i = 0; i < grid->n; i++) {
        for (int64_t y = 0; y < grid->h; y++) {
            uint8_t *to = tile_row(grid, pixels, i, y);
            for (int64_t k = 0; k < row; k++) {
                to[k] = gan_grid_pixel(*x++);
            }
        }
    }
}

void gan_grid_fill_bytes(const gan_grid *grid, const uint8_t *tiles, uint8_t *pixels)
{
    const int64_t row = grid->w * grid->c;
    memset(pixels, background, (size_t)gan_grid_bytes(grid));
    for (int64_t i = 0; i < grid->n; i++) {
        for (int64_t y = 0; y < grid->h; y++) {
            memcpy(tile_row(grid, pixels, i, y), tiles, (size_t)row);
            tiles += row;
        }
    }
}
