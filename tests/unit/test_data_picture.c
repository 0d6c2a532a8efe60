/* test_data_picture.c — PNG and JPEG of every kind decoded, and damage of every kind refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include <cmocka.h>

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

/* Decodes; the pixels are the caller's. */
static gan_picture decode(const char *path, int64_t height, int64_t width, int64_t channels)
{
    gan_picture picture = {0};
    gan_error err = {0};
    if (gan_picture_read(path, &picture, &err) != GAN_OK) {
        fail_msg("%s: %s", path, err.text);
    }
    assert_int_equal(picture.height, height);
    assert_int_equal(picture.width, width);
    assert_int_equal(picture.channels, channels);
    return picture;
}

static void expect_bad(const char *path, const char *words)
{
    gan_picture picture = {.pixels = (uint8_t *)1};
    gan_error err = {0};
    gan_status status = gan_picture_read(path, &picture, &err);
    data_expect_error(status, &err, GAN_E_DATA, words);
    assert_null(picture.pixels);
}

static void expect_pixels(const char *path, int64_t height, int64_t width, int64_t channels,
                          const uint8_t *want)
{
    gan_picture picture = decode(path, height, width, channels);
    assert_memory_equal(picture.pixels, want, (size_t)(height * width * channels));
    free(picture.pixels);
}

static void png_of_eight_bits_is_unchanged(void **state)
{
    (void)state;
    uint8_t pixels[11 * 13 * 4];
    data_fill(pixels, sizeof pixels, 3);
    const int channels[] = {1, 3, 4};
    for (int i = 0; i < 3; i++) {
        const char *path = data_at(&folder, "p%d.png", channels[i]);
        data_write_png8(path, 11, 13, channels[i], pixels);
        expect_pixels(path, 11, 13, channels[i], pixels);
    }
    data_png d = {.width = 13,
                  .height = 11,
                  .colour_type = PNG_COLOR_TYPE_GRAY_ALPHA,
                  .bit_depth = 8,
                  .rows = pixels,
                  .row_bytes = 26,
                  .clear_grey = -1};
    const char *path = data_at(&folder, "ga.png");
    data_write_png(path, &d);
    expect_pixels(path, 11, 13, 2, pixels);
}

static void png_of_few_bits_is_widened(void **state)
{
    (void)state;
    const int depths[] = {1, 2, 4};
    for (int i = 0; i < 3; i++) {
        int depth = depths[i], most = (1 << depth) - 1, per_byte = 8 / depth;
        uint8_t rows[2 * 5], want[2 * 9]; /* 9 pixels in at most 5 bytes */
        size_t row_bytes = (size_t)(9 * depth + 7) / 8;
        data_fill(rows, sizeof rows, (uint32_t)depth);
        for (int y = 0; y < 2; y++) {
            for (int x = 0; x < 9; x++) {
                int byte = rows[(size_t)y * row_bytes + (size_t)(x / per_byte)];
                int value = byte >> (8 - depth - x % per_byte * depth) & most;
                want[9 * y + x] = (uint8_t)(value * 255 / most);
            }
        }
        data_png d = {.width = 9,
                      .height = 2,
                      .colour_type = PNG_COLOR_TYPE_GRAY,
                      .bit_depth = depth,
                      .rows = rows,
                      .row_bytes = row_bytes,
                      .clear_grey = -1};
        const char *path = data_at(&folder, "g%d.png", depth);
        data_write_png(path, &d);
        expect_pixels(path, 2, 9, 1, want);
    }
}

static void png_of_sixteen_bits_is_scaled(void **state)
{
    (void)state;
    const int types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
    const int channels[] = {1, 3, 4};
    uint8_t rows[3 * 4 * 8], want[3 * 4 * 4];
    data_fill(rows, sizeof rows, 7);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 12 * channels[i]; k++) {
            int value = rows[2 * k] << 8 | rows[2 * k + 1];
            want[k] = (uint8_t)((value * 255 + 32767) / 65535); /* rounded */
        }
        data_png d = {.width = 4,
                      .height = 3,
                      .colour_type = types[i],
                      .bit_depth = 16,
                      .rows = rows,
                      .row_bytes = (size_t)(8 * channels[i]),
                      .clear_grey = -1};
        const char *path = data_at(&folder, "deep%d.png", i);
        data_write_png(path, &d);
        expect_pixels(path, 3, 4, channels[i], want);
    }
}

static void png_palettes_are_looked_up(void **state)
{
    (void)state;
    uint8_t palette[3 * 16], alpha[2] = {0, 128}, rows[4 * 6], rgb[24 * 3], rgba[24 * 4];
    data_fill(palette, sizeof palette, 5);
    for (int i = 0; i < 24; i++) {
        rows[i] = (uint8_t)(i * 5 % 16);
        memcpy(rgb + 3 * i, palette + 3 * rows[i], 3);
        memcpy(rgba + 4 * i, palette + 3 * rows[i], 3);
        rgba[4 * i + 3] = rows[i] < 2 ? alpha[rows[i]] : 255;
    }
    data_png d = {.width = 6,
                  .height = 4,
                  .colour_type = PNG_COLOR_TYPE_PALETTE,
                  .bit_depth = 8,
                  .rows = rows,
                  .row_bytes = 6,
                  .palette = palette,
                  .n_palette = 16,
                  .clear_grey = -1};
    const char *path = data_at(&folder, "palette.png");
    data_write_png(path, &d);
    expect_pixels(path, 4, 6, 3, rgb);
    d.alpha = alpha;
    d.n_alpha = 2;
    data_write_png(path, &d);
    expect_pixels(path, 4, 6, 4, rgba);
}

static void a_transparent_colour_becomes_alpha(void **state)
{
    (void)state;
    const uint8_t rows[4] = {10, 20, 30, 20}, want[8] = {10, 255, 20, 0, 30, 255, 20, 0};
    data_png d = {.width = 4,
                  .height = 1,
                  .colour_type = PNG_COLOR_TYPE_GRAY,
                  .bit_depth = 8,
                  .rows = rows,
                  .row_bytes = 4,
                  .clear_grey = 20};
    const char *path = data_at(&folder, "clear.png");
    data_write_png(path, &d);
    expect_pixels(path, 1, 4, 2, want);
}

static void interlaced_png_is_the_same(void **state)
{
    (void)state;
    uint8_t pixels[19 * 23 * 3];
    data_fill(pixels, sizeof pixels, 9);
    data_png d = {.width = 23,
                  .height = 19,
                  .colour_type = PNG_COLOR_TYPE_RGB,
                  .bit_depth = 8,
                  .interlaced = 1,
                  .rows = pixels,
                  .row_bytes = 69,
                  .clear_grey = -1};
    const char *path = data_at(&folder, "adam7.png");
    data_write_png(path, &d);
    expect_pixels(path, 19, 23, 3, pixels);
}

/* Smooth pictures, which JPEG keeps within a few units. */
static void fill_smooth(uint8_t *pixels, int64_t height, int64_t width, int channels)
{
    for (int64_t y = 0; y < height; y++) {
        for (int64_t x = 0; x < width; x++) {
            for (int c = 0; c < channels; c++) {
                int64_t value = c == 0 ? x * 200 / width : c == 1 ? y * 200 / height : 90;
                pixels[(y * width + x) * channels + c] = (uint8_t)(20 + value);
            }
        }
    }
}

static void expect_near(const gan_picture *picture, const uint8_t *want, int tolerance)
{
    int64_t n = picture->height * picture->width * picture->channels;
    for (int64_t i = 0; i < n; i++) {
        if (abs(picture->pixels[i] - want[i]) > tolerance) {
            fail_msg("byte %lld: got %d, want %d within %d", (long long)i, picture->pixels[i],
                     want[i], tolerance);
        }
    }
}

static void jpeg_is_decoded(void **state)
{
    (void)state;
    static uint8_t pixels[40 * 56 * 3];
    for (int progressive = 0; progressive < 2; progressive++) {
        for (int channels = 1; channels <= 3; channels += 2) {
            fill_smooth(pixels, 40, 56, channels);
            const char *path = data_at(&folder, "j%d%d.jpg", progressive, channels);
            data_write_jpeg(path, 40, 56, channels, pixels, 98, progressive);
            gan_picture picture = decode(path, 40, 56, channels);
            expect_near(&picture, pixels, 6);
            free(picture.pixels);
        }
    }
}

static void jpeg_of_four_inks_becomes_colour(void **state)
{
    (void)state;
    static uint8_t inks[24 * 24 * 4], rgb[24 * 24 * 3];
    for (int i = 0; i < 24 * 24; i++) {
        const uint8_t ink[4] = {200, 100, 50, 128};
        memcpy(inks + 4 * i, ink, 4);
        for (int c = 0; c < 3; c++) {
            rgb[3 * i + c] = (uint8_t)(ink[c] * ink[3] / 255);
        }
    }
    const char *path = data_at(&folder, "cmyk.jpg");
    data_write_jpeg(path, 24, 24, 4, inks, 98, 0);
    gan_picture picture = decode(path, 24, 24, 3);
    expect_near(&picture, rgb, 3);
    free(picture.pixels);
}

static gan_status take_shape(void *ctx, const gan_picture_shape *shape, int64_t held,
                             gan_error *err)
{
    (void)held;
    (void)err;
    *(gan_picture_shape *)ctx = *shape;
    return GAN_OK;
}

static gan_status refuse_shape(void *ctx, const gan_picture_shape *shape, int64_t held,
                               gan_error *err)
{
    (void)ctx;
    (void)shape;
    (void)held;
    gan_error refused = {GAN_E_LOCKED, "not this one"};
    *err = refused;
    return GAN_E_LOCKED;
}

/* *ctx counts down the rows that are taken. */
static gan_status refuse_row(void *ctx, const uint8_t *row, gan_error *err)
{
    (void)row;
    gan_error refused = {GAN_E_LOCKED, "not that row"};
    *err = refused;
    return --*(int *)ctx > 0 ? GAN_OK : GAN_E_LOCKED;
}

static void jpeg_is_reduced_while_it_stays_twice_as_large(void **state)
{
    (void)state;
    static uint8_t pixels[160 * 240];
    const struct {
        int64_t least, height, width;
    } cases[] = {{0, 160, 240},  {81, 160, 240}, {80, 160, 240}, {40, 80, 120},
                 {41, 160, 240}, {20, 40, 60},   {10, 20, 30},   {1, 20, 30}};
    fill_smooth(pixels, 160, 240, 1);
    const char *path = data_at(&folder, "large.jpg");
    data_write_jpeg(path, 160, 240, 1, pixels, 95, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gan_picture_shape shape = {0};
        const gan_picture_sink sink = {take_shape, NULL, &shape};
        assert_int_equal(gan_picture_scan(path, cases[i].least, cases[i].least, &sink, NULL),
                         GAN_OK);
        assert_int_equal(shape.height, cases[i].height);
        assert_int_equal(shape.width, cases[i].width);
    }
}

/* What a sink refuses ends the decoding, and its words are the reader's. */
static void a_sink_can_refuse(void **state)
{
    (void)state;
    uint8_t pixels[64] = {0};
    const char *paths[2] = {data_at(&folder, "a.png"), data_at(&folder, "b.jpg")};
    data_write_png8(paths[0], 8, 8, 1, pixels);
    data_write_jpeg(paths[1], 8, 8, 1, pixels, 90, 0);
    for (int i = 0; i < 4; i++) {
        int n_rows = 3;
        gan_error err = {0};
        const gan_picture_sink sink = {i % 2 ? refuse_shape : NULL, refuse_row, &n_rows};
        gan_status status = gan_picture_scan(paths[i / 2], 0, 0, &sink, &err);
        data_expect_error(status, &err, GAN_E_LOCKED, i % 2 ? "not this one" : "not that row");
        assert_int_equal(n_rows, i % 2 ? 3 : 0);
    }
}

/* However a file is cut, it is bad, and never read as if it were whole. A JPEG's last two bytes say
 * only that it ends, and its decoder may be done without them. */
static void every_truncation_is_found(void **state)
{
    (void)state;
    uint8_t pixels[9 * 10 * 3];
    data_fill(pixels, sizeof pixels, 1);
    const char *paths[4];
    for (int i = 0; i < 4; i++) {
        paths[i] = data_at(&folder, i < 2 ? "cut%d.png" : "cut%d.jpg", i);
        if (i < 2) {
            data_png d = {.width = 10,
                          .height = 9,
                          .colour_type = PNG_COLOR_TYPE_RGB,
                          .bit_depth = 8,
                          .interlaced = i,
                          .rows = pixels,
                          .row_bytes = 30,
                          .clear_grey = -1};
            data_write_png(paths[i], &d);
        } else {
            data_write_jpeg(paths[i], 9, 10, 3, pixels, 90, i == 3);
        }
        size_t n = 0;
        uint8_t *bytes = data_read(paths[i], &n);
        for (size_t k = 0; k < (i < 2 ? n : n - 2); k++) {
            data_write(paths[i], bytes, k);
            expect_bad(paths[i], paths[i]);
        }
        free(bytes);
    }
}

/* Flipped bits give another picture or a bad file, never a crash (asan runs this too). */
static void flipped_bits_are_survived(void **state)
{
    (void)state;
    uint8_t pixels[8 * 8 * 3];
    data_fill(pixels, sizeof pixels, 2);
    int64_t n_bad = 0, n_tries = 0;
    for (int i = 0; i < 2; i++) {
        const char *path = data_at(&folder, i ? "flip.jpg" : "flip.png");
        if (i) {
            data_write_jpeg(path, 8, 8, 3, pixels, 90, 1);
        } else {
            data_write_png8(path, 8, 8, 3, pixels);
        }
        size_t n = 0;
        uint8_t *bytes = data_read(path, &n);
        for (size_t k = 0; k < n; k++, n_tries++) {
            gan_picture picture = {0};
            gan_error err = {0};
            uint8_t bit = (uint8_t)(1u << k % 8);
            bytes[k] ^= bit;
            data_write(path, bytes, n);
            gan_status status = gan_picture_read(path, &picture, &err);
            assert_true(status == GAN_OK || status == GAN_E_DATA);
            assert_true((status == GAN_OK) == (picture.pixels != NULL));
            n_bad += status != GAN_OK;
            free(picture.pixels);
            bytes[k] ^= bit;
        }
        free(bytes);
    }
    assert_true(n_bad > n_tries / 4);
}

static void png_sizes_are_checked_before_anything_is_allocated(void **state)
{
    (void)state;
    static const struct {
        uint32_t width, height;
        const char *words;
    } cases[] = {{0, 8, "Invalid IHDR"},
                 {8, 0, "Invalid IHDR"},
                 {20000, 200, "promises more pixels"},
                 {4194305, 8, "the most that is read"},
                 {2147483647, 8, "the most that is read"},
                 {8, 4194305, "the most that is read"},
                 {131072, 65537, "the most that is read"},
                 {4000, 4000, "promises more pixels"}};
    uint8_t pixels[64];
    data_fill(pixels, sizeof pixels, 1);
    const char *path = data_at(&folder, "size.png");
    data_write_png8(path, 8, 8, 1, pixels);
    size_t n = 0;
    uint8_t *bytes = data_read(path, &n);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint32_t sides[2] = {cases[i].width, cases[i].height};
        for (int k = 0; k < 8; k++) {
            bytes[16 + k] = (uint8_t)(sides[k / 4] >> (24 - k % 4 * 8));
        }
        uint32_t crc = 0xffffffff; /* of the IHDR chunk: type and content (PNG, annex D) */
        for (int k = 12; k < 29; k++) {
            crc ^= bytes[k];
            for (int b = 0; b < 8; b++) {
                crc = crc & 1 ? 0xedb88320 ^ crc >> 1 : crc >> 1;
            }
        }
        for (int k = 0; k < 4; k++) {
            bytes[29 + k] = (uint8_t)(~crc >> (24 - 8 * k));
        }
        data_write(path, bytes, n);
        expect_bad(path, cases[i].words);
    }
    free(bytes);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    const char *path = data_at(&folder, "x.png");
    data_write(path, "", 0);
    expect_bad(path, "is empty (0 bytes)");
    data_write(path, "P5\n1 1", 6);
    expect_bad(path, "a PNM picture by its content, which is not read: convert it");
    data_write(path, "GIF89a", 6);
    expect_bad(path, "damaged GIF file");
    data_write(path, "GIFT", 4);
    expect_bad(path, "not a picture that is read");
    gan_picture picture = {0};
    gan_error err = {0};
    gan_status status = gan_picture_read(data_at(&folder, "none.png"), &picture, &err);
    data_expect_error(status, &err, GAN_E_NO_INPUT, "none.png");
}

static void the_content_tells_the_kind(void **state)
{
    (void)state;
    uint8_t pixels[64];
    memset(pixels, 77, sizeof pixels);
    const char *path = data_at(&folder, "really-a.png");
    data_write_jpeg(path, 8, 8, 1, pixels, 95, 0);
    gan_picture picture = decode(path, 8, 8, 1);
    expect_near(&picture, pixels, 2);
    free(picture.pixels);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(png_of_eight_bits_is_unchanged),
        TEST(png_of_few_bits_is_widened),
        TEST(png_of_sixteen_bits_is_scaled),
        TEST(png_palettes_are_looked_up),
        TEST(a_transparent_colour_becomes_alpha),
        TEST(interlaced_png_is_the_same),
        TEST(jpeg_is_decoded),
        TEST(jpeg_of_four_inks_becomes_colour),
        TEST(jpeg_is_reduced_while_it_stays_twice_as_large),
        TEST(a_sink_can_refuse),
        TEST(every_truncation_is_found),
        TEST(flipped_bits_are_survived),
        TEST(png_sizes_are_checked_before_anything_is_allocated),
        TEST(other_files_are_refused),
        TEST(the_content_tells_the_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
