/* test_data_formats.c — WebP, BMP, GIF and TIFF as Pillow decodes them (tests/pictures/record.py),
 * in a file and in memory; what is damaged or not read. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/picture.h"
#include "unit/data_files.h"

#define FOLDER "tests/pictures/"

/* By how much a sample may differ, laid over white: lossy WebP by the versions of libwebp, TIFF
 * with alpha by the level that libtiff's products of colour and alpha leave. */
static int tolerance_of(const char *name)
{
    return strncmp(name, "lossy", 5) == 0 ? 2 : strcmp(name, "rgba.tif") == 0 ? 1 : 0;
}

/* Sample i as it is seen over white; alpha itself. */
static int seen(const gan_picture *p, int64_t i)
{
    const int64_t last = i - i % p->channels + p->channels - 1;
    const int alpha = p->channels % 2 == 0 ? p->pixels[last] : 255;
    return i == last && p->channels % 2 == 0
               ? alpha
               : (p->pixels[i] * alpha + 255 * (255 - alpha) + 127) / 255;
}

static gan_picture read_ok(const char *name, const char *more)
{
    gan_error err = {0};
    gan_picture picture;
    char path[256];
    snprintf(path, sizeof path, FOLDER "%s%s", name, more);
    if (gan_picture_read(path, &picture, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return picture;
}

/* Whether this program has the library of a file's format. */
static bool is_built_in(const char *name)
{
    gan_error err = {0};
    gan_picture picture;
    char path[256];
    snprintf(path, sizeof path, FOLDER "%s", name);
    const gan_status status = gan_picture_read(path, &picture, &err);
    free(picture.pixels);
    return status == GAN_OK || !strstr(err.text, "was built without");
}

static void expect_same(const char *name)
{
    gan_picture got = read_ok(name, ""), want = read_ok(name, ".png");
    if (got.height != want.height || got.width != want.width || got.channels != want.channels) {
        fail_msg("%s: %d x %d x %d, and %d x %d x %d are wanted", name, (int)got.height,
                 (int)got.width, (int)got.channels, (int)want.height, (int)want.width,
                 (int)want.channels);
    }
    for (int64_t i = 0; i < got.height * got.width * got.channels; i++) {
        if (abs(seen(&got, i) - seen(&want, i)) > tolerance_of(name)) {
            fail_msg("%s: sample %d is %d, and %d is wanted", name, (int)i, seen(&got, i),
                     seen(&want, i));
        }
    }
    free(got.pixels);
    free(want.pixels);
}

static bool ends(const char *name, const char *ending)
{
    const size_t n = strlen(name), m = strlen(ending);
    return n > m && strcmp(name + n - m, ending) == 0;
}

/* Calls each for every picture that has one of Pillow's beside it; returns how many. */
static int for_each(void (*each)(const char *name))
{
    DIR *folder = opendir(FOLDER);
    int n = 0;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char name[256];
        snprintf(name, sizeof name, "%s", entry->d_name);
        if (ends(name, ".png")) {
            name[strlen(name) - 4] = '\0';
            if (is_built_in(name)) {
                each(name);
                n++;
            }
        }
    }
    closedir(folder);
    return n;
}

static void pictures_are_as_pillow_has_them(void **state)
{
    (void)state;
    assert_true(for_each(expect_same) >= 11); /* BMP and GIF are always there */
}

typedef struct rows {
    gan_picture_shape shape;
    int64_t n;
} rows;

static gan_status take_shape(void *ctx, const gan_picture_shape *shape, int64_t held,
                             gan_error *err)
{
    (void)held;
    (void)err;
    ((rows *)ctx)->shape = *shape;
    return GAN_OK;
}

static gan_status count_row(void *ctx, const uint8_t *row, gan_error *err)
{
    (void)row;
    (void)err;
    ((rows *)ctx)->n++;
    return GAN_OK;
}

static gan_status scan(const uint8_t *bytes, size_t n, rows *got, gan_error *err)
{
    const gan_picture_sink sink = {take_shape, count_row, got};
    *got = (rows){0};
    return gan_picture_scan_memory("memory", bytes, n, 0, 0, &sink, err);
}

/* Cut anywhere it is refused; changed anywhere it does no harm (run under a sanitizer). */
static void damage(const char *name)
{
    char path[256];
    size_t n = 0;
    rows got;
    gan_error err = {0};
    snprintf(path, sizeof path, FOLDER "%s", name);
    uint8_t *bytes = data_read(path, &n);
    if (scan(bytes, n, &got, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(got.n, got.shape.height);
    for (size_t k = 0; k < n; k += 1 + n / 150) {
        uint8_t *part = malloc(k + 1), *changed = malloc(n);
        assert_true(part && changed);
        memcpy(part, bytes, k);
        memcpy(changed, bytes, n);
        const gan_status status = scan(part, k, &got, &err);
        assert_true(status == GAN_OK ? got.n == got.shape.height : err.text[0]);
        changed[k] ^= (uint8_t)(1u << k % 8);
        (void)scan(changed, n, &got, &err);
        free(part);
        free(changed);
    }
    /* without its second half nothing is a picture, but for pages and frames after the first */
    if (!strstr(name, "animated") && !strstr(name, "pages") && !ends(name, ".tif")) {
        assert_int_equal(scan(bytes, n / 2, &got, &err), GAN_E_DATA);
    }
    free(bytes);
}

static void damaged_pictures_do_no_harm(void **state)
{
    (void)state;
    (void)for_each(damage);
}

static void what_is_not_read_says_so(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"animated.webp", "animated WebP picture"},
                                           {"packed.bmp", "packed BMP picture"}};
    for (int i = 0; i < 2; i++) {
        gan_error err = {0};
        gan_picture picture;
        char path[256];
        snprintf(path, sizeof path, FOLDER "%s", cases[i][0]);
        if (is_built_in(cases[i][0])) {
            const gan_status status = gan_picture_read(path, &picture, &err);
            data_expect_error(status, &err, GAN_E_DATA, cases[i][1]);
        }
    }
}

/* A folder as emoji come: RGBA, grey and alpha, 16 bits, a palette with one clear colour, all of
 * the same look over white. */
static void what_has_alpha_lies_over_white(void **state)
{
    (void)state;
    enum { SIDE = 4 };
    static const uint8_t want[] = {255, 255, 255, 100, 100, 100, 177, 177, 177};
    data_folder folder;
    uint8_t rgba[SIDE * SIDE * 4] = {0}, deep[SIDE * SIDE * 8] = {0}, grey[SIDE * SIDE * 2] = {0};
    uint8_t indices[SIDE * SIDE], clear[3] = {0, 255, 128};
    static const uint8_t palette[9] = {7, 7, 7, 100, 100, 100, 100, 100, 100};
    data_folder_make(&folder);
    for (int i = 0; i < SIDE * SIDE; i++) {
        const uint8_t alpha = clear[i % 3];
        for (int c = 0; c < 4; c++) {
            const uint8_t value = c == 3 ? alpha : alpha == 0 ? 7 : 100;
            rgba[4 * i + c] = deep[8 * i + 2 * c] = deep[8 * i + 2 * c + 1] = value;
        }
        grey[2 * i] = rgba[4 * i];
        grey[2 * i + 1] = alpha;
        indices[i] = (uint8_t)(i % 3);
    }
    data_write_png8(data_at(&folder, "a/rgba.png"), SIDE, SIDE, 4, rgba);
    const data_png pngs[] = {{.colour_type = 6, .bit_depth = 16, .rows = deep, .row_bytes = 32},
                             {.colour_type = 4, .bit_depth = 8, .rows = grey, .row_bytes = 8},
                             {.colour_type = 3,
                              .bit_depth = 8,
                              .rows = indices,
                              .row_bytes = 4,
                              .palette = palette,
                              .alpha = clear,
                              .n_palette = 3,
                              .n_alpha = 3}};
    for (int i = 0; i < 3; i++) {
        data_png d = pngs[i];
        d.width = d.height = SIDE;
        d.clear_grey = -1;
        data_write_png(data_at(&folder, "b/%d.png", i), &d);
    }
    const gan_data_options options = {.channels = 3};
    gan_data *data = data_open_ok(folder.path, &options);
    assert_int_equal(gan_data_describe(data)->n, 4);
    assert_int_equal(gan_data_describe(data)->n_classes, 2);
    for (int64_t i = 0; i < 4 * SIDE * SIDE; i++) {
        assert_memory_equal(gan_data_pixels(data) + 3 * i, want + i % (SIDE * SIDE) % 3 * 3, 3);
    }
    gan_data_close(data);
    data_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_are_as_pillow_has_them),
        cmocka_unit_test(damaged_pictures_do_no_harm),
        cmocka_unit_test(what_is_not_read_says_so),
        cmocka_unit_test(what_has_alpha_lies_over_white),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
