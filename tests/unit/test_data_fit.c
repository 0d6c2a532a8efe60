/* test_data_fit.c — colour and scaling against a plain double-precision reference. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/fit.h"
#include "data/picture.h"
#include "unit/data_files.h"

enum { MOST = 1 << 15 };

static void fit(const uint8_t *in, const int64_t from[3], gan_fit how, const int64_t to[3],
                uint8_t *out)
{
    gan_picture picture = {(uint8_t *)(uintptr_t)in, from[0], from[1], from[2]};
    gan_error err = {0};
    memset(out, 0xA5, (size_t)(to[0] * to[1] * to[2] + 1)); /* one guard byte */
    if (gan_picture_fit(&picture, how, GAN_FILTER_BILINEAR, to[0], to[1], to[2], out, &err) !=
        GAN_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(out[to[0] * to[1] * to[2]], 0xA5);
}

static void the_same_shape_is_copied(void **state)
{
    (void)state;
    uint8_t in[7 * 5 * 3], out[7 * 5 * 3 + 1];
    const int64_t shape[3] = {7, 5, 3};
    data_fill(in, sizeof in, 1);
    for (int how = 0; how < 3; how++) {
        fit(in, shape, (gan_fit)how, shape, out);
        assert_memory_equal(out, in, sizeof in);
    }
}

static void grey_is_rec_601(void **state)
{
    (void)state;
    const uint8_t in[6 * 3] = {255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30};
    const uint8_t want[6] = {255, 0, 76, 150, 29, 18};
    uint8_t out[7];
    fit(in, (const int64_t[3]){1, 6, 3}, GAN_FIT_CROP, (const int64_t[3]){1, 6, 1}, out);
    assert_memory_equal(out, want, 6);
}

static void colour_of_grey_repeats(void **state)
{
    (void)state;
    const uint8_t in[2] = {3, 200}, want[6] = {3, 3, 3, 200, 200, 200};
    uint8_t out[7];
    fit(in, (const int64_t[3]){1, 2, 1}, GAN_FIT_CROP, (const int64_t[3]){1, 2, 3}, out);
    assert_memory_equal(out, want, 6);
}

static void alpha_is_laid_over_white(void **state)
{
    (void)state;
    const uint8_t rgba[8] = {0, 100, 200, 0, 1, 100, 200, 130}, grey[4] = {50, 255, 50, 51};
    const uint8_t want_rgb[6] = {255, 255, 255, 126, 176, 227}, want_grey[2] = {50, 214};
    uint8_t out[7];
    fit(rgba, (const int64_t[3]){1, 2, 4}, GAN_FIT_CROP, (const int64_t[3]){1, 2, 3}, out);
    assert_memory_equal(out, want_rgb, 6);
    fit(grey, (const int64_t[3]){1, 2, 2}, GAN_FIT_CROP, (const int64_t[3]){1, 2, 1}, out);
    assert_memory_equal(out, want_grey, 2);
}

static void a_flat_picture_stays_flat(void **state)
{
    (void)state;
    static const int64_t sides[] = {1, 2, 3, 7, 28, 64, 97};
    static uint8_t in[97 * 97 * 3], out[97 * 97 * 3 + 1];
    memset(in, 201, sizeof in);
    for (int k = 0; k < 7 * 7 * 2; k++) {
        const int64_t from[3] = {sides[k % 7], sides[k / 7 % 7], 3};
        const int64_t to[3] = {sides[k / 7 % 7], sides[(k + 3) % 7], 3};
        fit(in, from, k % 2 ? GAN_FIT_STRETCH : GAN_FIT_CROP, to, out);
        for (int64_t i = 0; i < to[0] * to[1] * 3; i++) {
            assert_int_equal(out[i], 201);
        }
    }
}

/* One output sample along an axis, from its definition: a triangle centred on the output sample,
 * as wide as two samples of the coarser side. */
static double reference_weight(int64_t i, int64_t j, int64_t n_in, int64_t n_out)
{
    double ratio = (double)n_in / (double)n_out, reach = ratio > 1 ? ratio : 1;
    double w = 1 - fabs(((double)j + 0.5) - ((double)i + 0.5) * ratio) / reach;
    return w > 0 ? w : 0;
}

static double reference_sample(const uint8_t *in, const int64_t from[3], const int64_t to[3],
                               int64_t y, int64_t x, int64_t c)
{
    double sum = 0, weight = 0;
    for (int64_t v = 0; v < from[0]; v++) {
        double wy = reference_weight(y, v, from[0], to[0]);
        for (int64_t u = 0; u < from[1]; u++) {
            double w = wy * reference_weight(x, u, from[1], to[1]);
            sum += w * in[(v * from[1] + u) * from[2] + c];
            weight += w;
        }
    }
    return sum / weight;
}

/* Rounding to bytes is half a unit; rounded weights and the 7-bit intermediate add less. */
static void scaling_agrees_with_the_reference(void **state)
{
    (void)state;
    static const int64_t cases[][5] = {
        {1, 1, 5, 3, 1},     {5, 3, 1, 1, 3},    {28, 28, 32, 32, 1},
        {31, 17, 7, 13, 3},  {7, 13, 31, 17, 3}, {97, 3, 2, 64, 1},
        {64, 64, 16, 16, 3}, {2, 2, 3, 3, 1},    {100, 1, 1, 100, 1}};
    static uint8_t in[MOST], out[MOST + 1];
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        const int64_t from[3] = {cases[k][0], cases[k][1], cases[k][4]};
        const int64_t to[3] = {cases[k][2], cases[k][3], cases[k][4]};
        data_fill(in, (size_t)(from[0] * from[1] * from[2]), (uint32_t)k);
        fit(in, from, GAN_FIT_STRETCH, to, out);
        for (int64_t i = 0; i < to[0] * to[1] * to[2]; i++) {
            int64_t c = i % to[2], x = i / to[2] % to[1], y = i / to[2] / to[1];
            double want = reference_sample(in, from, to, y, x, c);
            if (!(fabs(out[i] - want) <= 0.6)) {
                fail_msg("case %zu, (%lld,%lld,%lld): got %d, want %.3f within 0.6", k,
                         (long long)y, (long long)x, (long long)c, out[i], want);
            }
        }
    }
}

/* A long reduction must not lose light: the weights sum to one exactly. */
/* As Pillow's resize() has it (tests/pictures/record.py), which rounds to bytes between its two
 * passes: within one level. */
static void filters_are_pillow_s(void **state)
{
    (void)state;
    static const char *const names[] = {"bilinear", "box", "bicubic", "lanczos"};
    static const int64_t sizes[][2] = {{16, 16}, {64, 80}, {9, 53}, {37, 7}};
    static const gan_filter filters[] = {GAN_FILTER_BILINEAR, GAN_FILTER_BOX, GAN_FILTER_BICUBIC,
                                         GAN_FILTER_LANCZOS};
    gan_error err = {0};
    gan_picture source, want;
    static uint8_t got[64 * 80 * 3];
    assert_int_equal(gan_picture_read("tests/pictures/resize/source.png", &source, &err), GAN_OK);
    for (int f = 0; f < 4; f++) {
        for (int s = 0; s < 4; s++) {
            char path[128];
            int n_off = 0;
            snprintf(path, sizeof path, "tests/pictures/resize/%s_%dx%d.png", names[f],
                     (int)sizes[s][0], (int)sizes[s][1]);
            assert_int_equal(gan_picture_read(path, &want, &err), GAN_OK);
            assert_int_equal(gan_picture_fit(&source, GAN_FIT_STRETCH, filters[f], sizes[s][0],
                                             sizes[s][1], 3, got, &err),
                             GAN_OK);
            const int64_t n = sizes[s][0] * sizes[s][1] * 3;
            for (int64_t i = 0; i < n; i++) {
                n_off += got[i] != want.pixels[i];
                if (abs(got[i] - want.pixels[i]) > 1) {
                    fail_msg("%s, sample %d: %d, and Pillow has %d", path, (int)i, got[i],
                             want.pixels[i]);
                }
            }
            assert_true(n_off < n / 3); /* and mostly the same */
            free(want.pixels);
        }
    }
    free(source.pixels);
}

static void a_long_reduction_keeps_white(void **state)
{
    (void)state;
    static uint8_t in[16384];
    uint8_t out[2];
    memset(in, 255, sizeof in);
    fit(in, (const int64_t[3]){1, 16384, 1}, GAN_FIT_STRETCH, (const int64_t[3]){1, 1, 1}, out);
    assert_int_equal(out[0], 255);
    fit(in, (const int64_t[3]){16384, 1, 1}, GAN_FIT_STRETCH, (const int64_t[3]){1, 1, 1}, out);
    assert_int_equal(out[0], 255);
}

/* 4 x 12, the columns numbered: a crop to a square keeps columns 4 .. 7. */
static void crop_keeps_the_middle(void **state)
{
    (void)state;
    uint8_t wide[4 * 12], tall[12 * 4], out[17];
    for (int i = 0; i < 48; i++) {
        wide[i] = (uint8_t)(10 * (i % 12));
        tall[i] = (uint8_t)(10 * (i / 4));
    }
    fit(wide, (const int64_t[3]){4, 12, 1}, GAN_FIT_CROP, (const int64_t[3]){4, 4, 1}, out);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(out[i], 10 * (4 + i % 4));
    }
    fit(tall, (const int64_t[3]){12, 4, 1}, GAN_FIT_CROP, (const int64_t[3]){4, 4, 1}, out);
    for (int i = 0; i < 16; i++) {
        assert_int_equal(out[i], 10 * (4 + i / 4));
    }
}

static void pad_keeps_all_between_black_bars(void **state)
{
    (void)state;
    uint8_t in[4 * 8], out[65];
    memset(in, 100, sizeof in);
    fit(in, (const int64_t[3]){4, 8, 1}, GAN_FIT_PAD, (const int64_t[3]){8, 8, 1}, out);
    for (int i = 0; i < 64; i++) {
        assert_int_equal(out[i], i / 8 >= 2 && i / 8 < 6 ? 100 : 0);
    }
    fit(in, (const int64_t[3]){8, 4, 1}, GAN_FIT_PAD, (const int64_t[3]){8, 8, 1}, out);
    for (int i = 0; i < 64; i++) {
        assert_int_equal(out[i], i % 8 >= 2 && i % 8 < 6 ? 100 : 0);
    }
}

static void pad_is_white_around_what_had_alpha(void **state)
{
    (void)state;
    const uint8_t in[2 * 4] = {0, 255, 0, 255, 0, 255, 0, 255};
    uint8_t out[17];
    fit(in, (const int64_t[3]){2, 2, 2}, GAN_FIT_PAD, (const int64_t[3]){2, 4, 1}, out);
    const uint8_t want[8] = {255, 0, 0, 255, 255, 0, 0, 255};
    assert_memory_equal(out, want, 8);
}

static void stretch_uses_all_of_both(void **state)
{
    (void)state;
    uint8_t in[2 * 8], out[17];
    for (int i = 0; i < 16; i++) {
        in[i] = i % 8 < 4 ? 0 : 200;
    }
    fit(in, (const int64_t[3]){2, 8, 1}, GAN_FIT_STRETCH, (const int64_t[3]){2, 2, 1}, out);
    assert_true(out[0] < 40 && out[1] > 160);
}

static void impossible_channels_are_refused(void **state)
{
    (void)state;
    static const int64_t bad[][2] = {{1, 2}, {3, 4}, {3, 2}, {1, 0}, {5, 1}, {7, 3}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        gan_error err = {0};
        gan_status status = gan_fit_possible(bad[i][0], bad[i][1], &err);
        data_expect_error(status, &err, GAN_E_USAGE, "cannot be brought to");
    }
    for (int64_t c = 1; c <= 4; c++) {
        assert_int_equal(gan_fit_possible(c, 1, NULL), GAN_OK);
        assert_int_equal(gan_fit_possible(c, 3, NULL), GAN_OK);
        assert_int_equal(gan_fit_possible(c, c, NULL), GAN_OK);
    }
}

/* What was had before it ran out is given back, once. */
static void no_memory_is_reported(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* its allocator ends the program instead */
#endif
    uint8_t pixel = 0, out = 0;
    const gan_picture picture = {&pixel, 1, (int64_t)1 << 58, 1};
    gan_error err = {0};
    assert_int_equal(
        gan_picture_fit(&picture, GAN_FIT_STRETCH, GAN_FILTER_BILINEAR, 1, 1, 1, &out, &err),
        GAN_E_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_is_reported), /* first: later, glibc misses double frees */
        cmocka_unit_test(the_same_shape_is_copied),
        cmocka_unit_test(grey_is_rec_601),
        cmocka_unit_test(colour_of_grey_repeats),
        cmocka_unit_test(alpha_is_laid_over_white),
        cmocka_unit_test(a_flat_picture_stays_flat),
        cmocka_unit_test(scaling_agrees_with_the_reference),
        cmocka_unit_test(filters_are_pillow_s),
        cmocka_unit_test(a_long_reduction_keeps_white),
        cmocka_unit_test(crop_keeps_the_middle),
        cmocka_unit_test(pad_keeps_all_between_black_bars),
        cmocka_unit_test(pad_is_white_around_what_had_alpha),
        cmocka_unit_test(stretch_uses_all_of_both),
        cmocka_unit_test(impossible_channels_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
