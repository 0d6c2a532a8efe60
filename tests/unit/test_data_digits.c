/* test_data_digits.c — the drawn digits: functions of seed and index, and really digits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/data_files.h"

enum { IMAGE = 784 };

static gan_data *draw(int64_t limit, uint64_t seed)
{
    const gan_data_options options = {.limit = limit, .seed = seed};
    return data_open_ok("digits", &options);
}

static void sixty_thousand_by_default(void **state)
{
    (void)state;
    gan_data *data = data_open_ok("digits", NULL);
    const gan_data_info *info = gan_data_describe(data);
    assert_string_equal(info->name, "digits");
    assert_string_equal(info->path, "");
    assert_int_equal(info->n, 60000);
    assert_int_equal(info->height, 28);
    assert_int_equal(info->width, 28);
    assert_int_equal(info->channels, 1);
    /* seen with gcc 12 and clang 14 on x86-64; any other machine must draw the same */
    assert_string_equal(info->fingerprint,
                        "0296f860ee278cee4aab65f2ccad4194352fd791f8785f9d6a5f268585e50220");
    gan_data_close(data);
}

static void an_image_depends_on_seed_and_index_alone(void **state)
{
    (void)state;
    gan_data *few = draw(10, 5), *many = draw(70, 5), *other = draw(10, 6);
    assert_memory_equal(gan_data_pixels(few), gan_data_pixels(many), 10 * IMAGE);
    assert_memory_equal(gan_data_labels(few), gan_data_labels(many), 10 * sizeof(int32_t));
    assert_memory_not_equal(gan_data_pixels(few), gan_data_pixels(other), 10 * IMAGE);
    gan_data_close(few);
    gan_data_close(many);
    gan_data_close(other);
}

static void the_splits_differ(void **state)
{
    (void)state;
    const gan_data_options options = {.split = "test"};
    gan_data *train = draw(10000, 0), *test = data_open_ok("digits", &options);
    assert_int_equal(gan_data_describe(test)->n, 10000);
    for (int i = 0; i < 10000; i++) {
        assert_memory_not_equal(gan_data_pixels(train) + i * IMAGE,
                                gan_data_pixels(test) + i * IMAGE, IMAGE);
    }
    gan_data_close(train);
    gan_data_close(test);
}

static void all_ten_are_equally_frequent(void **state)
{
    (void)state;
    gan_data *data = draw(20000, 3);
    double square = 0;
    int seen[10] = {0};
    for (int i = 0; i < 20000; i++) {
        assert_true(gan_data_labels(data)[i] < 10);
        seen[gan_data_labels(data)[i]]++;
    }
    for (int k = 0; k < 10; k++) {
        square += (seen[k] - 2000.0) * (seen[k] - 2000.0) / 2000.0;
    }
    assert_true(square < 27.9); /* chi-square with 9 degrees of freedom, one in a thousand */
    gan_data_close(data);
}

static void ink_is_where_mnist_has_it(void **state)
{
    (void)state;
    enum { N = 5000 };
    gan_data *data = draw(N, 11);
    double mean = 0, border = 0;
    for (int i = 0; i < N; i++) {
        int brightest = 0;
        for (int p = 0; p < IMAGE; p++) {
            int value = gan_data_pixels(data)[i * IMAGE + p], y = p / 28, x = p % 28;
            mean += value;
            border += y == 0 || y == 27 || x == 0 || x == 27 ? value : 0;
            brightest = value > brightest ? value : brightest;
        }
        assert_true(brightest > 180);
    }
    mean /= (double)N * IMAGE;
    assert_true(mean > 20 && mean < 48); /* MNIST: 33.3 */
    assert_true(border / N < 30);        /* nearly all of the edge is black */
    gan_data_close(data);
}

/* Sum of squared differences; n is fixed so that the compiler can use wide registers. */
static int64_t distance(const uint8_t *a, const uint8_t *b)
{
    int32_t sum = 0;
    for (int p = 0; p < IMAGE; p++) {
        int32_t d = a[p] - b[p];
        sum += d * d;
    }
    return sum;
}

/* The nearest of other drawn digits tells what a digit is: the ten are different things, and not
 * copies of one template (the nearest neighbour is far away). */
static void the_nearest_neighbour_knows_the_digit(void **state)
{
    (void)state;
    enum { KNOWN = 3000, ASKED = 400 };
    gan_data *data = draw(KNOWN + ASKED, 1);
    const uint8_t *pixels = gan_data_pixels(data);
    const int32_t *labels = gan_data_labels(data);
    int right = 0;
    for (int i = KNOWN; i < KNOWN + ASKED; i++) {
        int64_t nearest = INT64_MAX;
        int guess = -1;
        for (int k = 0; k < KNOWN; k++) {
            int64_t d = distance(pixels + i * IMAGE, pixels + k * IMAGE);
            if (d < nearest) {
                nearest = d;
                guess = labels[k];
            }
        }
        assert_true(nearest > 50000);
        right += guess == labels[i];
    }
    assert_true(right > ASKED * 9 / 10);
    gan_data_close(data);
}

static void any_size_can_be_drawn(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {{1, 1, 1},   {2, 3, 1},    {7, 5, 1},  {64, 64, 3},
                                       {32, 96, 1}, {131, 67, 1}, {28, 28, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const gan_data_options options = {
            .height = sizes[i][0], .width = sizes[i][1], .channels = sizes[i][2], .limit = 40};
        gan_data *data = data_open_ok("digits", &options);
        const gan_data_info *info = gan_data_describe(data);
        assert_int_equal(info->bytes, 40 * sizes[i][0] * sizes[i][1] * sizes[i][2]);
        int64_t ink = 0;
        for (int64_t p = 0; p < info->bytes; p++) {
            ink += gan_data_pixels(data)[p];
        }
        assert_true(ink > 0);
        gan_data_close(data);
    }
}

static void an_absurd_number_is_refused_before_it_is_allocated(void **state)
{
    (void)state;
    const gan_data_options options = {.limit = (int64_t)1 << 40};
    const gan_data_options overflow = {.limit = INT64_MAX, .height = 16384, .width = 16384};
    data_open_fails("digits", &options, GAN_E_MEMORY, "this machine has");
    data_open_fails("digits", &overflow, GAN_E_MEMORY, "this machine has");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sixty_thousand_by_default),
        cmocka_unit_test(an_image_depends_on_seed_and_index_alone),
        cmocka_unit_test(the_splits_differ),
        cmocka_unit_test(all_ten_are_equally_frequent),
        cmocka_unit_test(ink_is_where_mnist_has_it),
        cmocka_unit_test(the_nearest_neighbour_knows_the_digit),
        cmocka_unit_test(any_size_can_be_drawn),
        cmocka_unit_test(an_absurd_number_is_refused_before_it_is_allocated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
