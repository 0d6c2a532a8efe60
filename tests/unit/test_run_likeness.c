/* test_run_likeness.c — the number that tells noise from pictures: what it says of grey, noise,
 * blur, and of other real images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/normal.h"
#include "base/philox.h"
#include "run/likeness.h"
#include "unit/data_files.h"

enum { N = 256, SIDE = 28, SIZE = SIDE * SIDE, SET = N * SIZE };

/* Three sets of different digits, one after the other. */
static float *reals;

static int draw_digits(void **state)
{
    (void)state;
    const gan_data_options options = {.limit = 3 * N};
    gan_data *data = data_open_ok("digits", &options);
    reals = malloc(3 * SET * sizeof *reals);
    assert_non_null(reals);
    for (int64_t i = 0; i < 3 * SET; i++) {
        reals[i] = (float)gan_data_pixels(data)[i] / 127.5f - 1;
    }
    gan_data_close(data);
    return 0;
}

static int let_go(void **state)
{
    (void)state;
    free(reals);
    return 0;
}

static double share_of(const float *images)
{
    const gan_likeness_sets sets = {.images = images,
                                    .reals = reals,
                                    .others = reals + SET,
                                    .n = N,
                                    .height = SIDE,
                                    .width = SIDE,
                                    .channels = 1};
    double share = -1;
    gan_error err = {0};
    assert_int_equal(gan_likeness_measure(&sets, &share, &err), GAN_OK);
    return share;
}

static void check(const char *what, const float *images, double lowest, double highest)
{
    const double share = share_of(images);
    printf("%-24s %.3f\n", what, share);
    if (!(share >= lowest && share <= highest)) {
        fail_msg("%s: got %g, wanted %g to %g", what, share, lowest, highest);
    }
}

/* Below 0.3 the program says "noise or grey" (judge.c). */
static void what_is_no_picture_is_near_0(void **state)
{
    (void)state;
    float *images = calloc(SET, sizeof *images);
    assert_non_null(images);
    check("grey", images, 0, 0.1);
    for (int64_t i = 0; i < SET; i++) {
        images[i] = -1;
    }
    check("black", images, 0, 0.1);
    gan_uniform_fill(1, 1, 0, 0, SET, -1, 1, images);
    check("uniform noise", images, 0, 0.1);
    gan_normal_fill(1, 1, 0, 0, SET, images);
    check("normal noise", images, 0, 0.3);
    for (int64_t i = 0; i < SET; i++) { /* the pixels of real images in disorder */
        images[i] = reals[2 * SET + gan_philox(3, 1, 0, (uint32_t)i).v[0] % SET];
    }
    check("disorder", images, 0, 0.1);
    for (int64_t i = 0; i < SET; i++) { /* squares, as a transposed convolution leaves them */
        images[i] = (i % SIDE + i / SIDE) % 2 ? -0.7f : 0.2f;
    }
    check("a chessboard", images, 0, 0.3);
    free(images);
}

static void what_is_blurred_is_between(void **state)
{
    (void)state;
    float *images = calloc(SET, sizeof *images);
    assert_non_null(images);
    for (int64_t i = 0; i < SET; i++) { /* squares of 4 pixels' means */
        const int64_t image = i / SIZE, y = i % SIZE / SIDE / 4 * 4, x = i % SIDE / 4 * 4;
        for (int64_t k = 0; k < 16; k++) {
            images[i] += reals[2 * SET + image * SIZE + (y + k / 4) * SIDE + x + k % 4] / 16;
        }
    }
    check("blur", images, 0.3, 0.85);
    for (int64_t i = 0; i < SET; i++) { /* half noise */
        const gan_philox4 words = gan_philox(4, 1, 0, (uint32_t)i);
        images[i] = reals[2 * SET + i] / 2 + gan_unit_float(words.v[0]) - 0.5f;
    }
    check("pictures under noise", images, 0.1, 0.7);
    free(images);
}

static void other_real_images_are_near_1(void **state)
{
    (void)state;
    check("other digits", reals + 2 * SET, 0.95, 1);
    assert_true(share_of(reals + 2 * SET) == share_of(reals + 2 * SET));
    check("the very same", reals, 1, 1);
}

/* Sets of other shapes: a single image, smaller than a patch, in colour, of odd sizes. */
static void any_shape(void **state)
{
    (void)state;
    static const int64_t shapes[][4] = {
        {1, 28, 28, 1}, {9, 3, 5, 1}, {4, 17, 31, 3}, {2, 1, 40, 1}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const int64_t *s = shapes[i];
        const gan_likeness_sets sets = {.images = reals + SET,
                                        .reals = reals,
                                        .others = reals,
                                        .n = s[0],
                                        .height = s[1],
                                        .width = s[2],
                                        .channels = s[3]};
        double share = -1;
        gan_error err = {0};
        const gan_status status = gan_likeness_measure(&sets, &share, &err);
        assert_true(status == GAN_E_DATA || (share >= 0 && share <= 1));
    }
}

static void one_colour_cannot_be_judged(void **state)
{
    (void)state;
    float *images = calloc(SET, sizeof *images);
    assert_non_null(images);
    const gan_likeness_sets sets = {.images = reals,
                                    .reals = images,
                                    .others = images,
                                    .n = N,
                                    .height = SIDE,
                                    .width = SIDE,
                                    .channels = 1};
    double share = 0;
    gan_error err = {0};
    assert_int_equal(gan_likeness_measure(&sets, &share, &err), GAN_E_DATA);
    assert_non_null(strstr(err.text, "nothing to compare"));
    free(images);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_picture_is_near_0),
        cmocka_unit_test(what_is_blurred_is_between),
        cmocka_unit_test(other_real_images_are_near_1),
        cmocka_unit_test(any_shape),
        cmocka_unit_test(one_colour_cannot_be_judged),
    };
    return cmocka_run_group_tests(tests, draw_digits, let_go);
}
