/* test_data_csv.c — tables of images as Kaggle has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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

static const char *write(const char *name, const char *text)
{
    const char *path = data_at(&folder, "%s", name);
    data_write(path, text, strlen(text));
    return path;
}

static void expect(const char *path, const uint8_t *pixels, const uint8_t *labels, int64_t n)
{
    gan_data *data = data_open_ok(path, NULL);
    const gan_data_info *info = gan_data_describe(data);
    assert_int_equal(info->n, n);
    assert_true(info->height == 2 && info->width == 2 && info->channels == 1);
    assert_memory_equal(gan_data_pixels(data), pixels, (size_t)n * 4);
    if (labels) {
        data_expect_labels(data, labels, (size_t)n);
    } else {
        assert_null(gan_data_labels(data));
    }
    gan_data_close(data);
}

static const uint8_t pixels[] = {0, 255, 7, 12, 1, 2, 3, 4};
static const uint8_t labels[] = {5, 0};

static void tables_of_every_layout_are_read(void **state)
{
    (void)state;
    static const char kaggle[] = "label,pixel0,pixel1,pixel2,pixel3\n5,0,255,7,12\n0,1,2,3,4\n";
    expect(write("a.csv", kaggle), pixels, labels, 2);
    data_write_gz(data_at(&folder, "a.csv.gz"), kaggle, sizeof kaggle - 1);
    expect(data_at(&folder, "a.csv.gz"), pixels, labels, 2);
    expect(write("b.csv", "label,1x1,1x2,2x1,2x2\r\n5,0,255,7,12\r\n0,1,2,3,4"), pixels, labels, 2);
    expect(write("c.csv", "pixel0,pixel1,pixel2,pixel3\n0,255,7,12\n1,2,3,4\n"), pixels, NULL, 2);
    expect(write("d.csv", "5,0,255,7,12\n\n0,1,2,3,4\n\n"), pixels, labels, 2);
    const gan_data_options one = {.limit = 1};
    gan_data *data = data_open_ok(data_at(&folder, "a.csv"), &one);
    assert_int_equal(gan_data_describe(data)->n, 1);
    gan_data_close(data);
}

static void what_is_wrong_is_told_by_its_line(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "line 1: not images"},
        {"label,a,b\n1,2,3\n", "line 1: not images"},
        {"label,a,b,c,d\n", "line 2: no rows"},
        {"label,a,b,c,d\n1,2,3,4,5\n1,2,3,4\n", "line 3: a pixel"},
        {"label,a,b,c,d\n1,2,3,4,5,6\n", "line 2: a pixel"},
        {"label,a,b,c,d\n1,2,3,4,256\n", "line 2: a pixel"},
        {"label,a,b,c,d\n1,2,-3,4,5\n", "line 2: a pixel"},
        {"label,a,b,c,d\n1,2,3.5,4,5\n", "line 2: a pixel"},
        {"label,a,b,c,d\nx,2,3,4,5\n", "line 2: its label"},
        {"label,a,b,c,d\n99999999999999999999999,2,3,4,5\n", "line 2: its label"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        data_open_fails(write("x.csv", cases[i][0]), NULL, GAN_E_DATA, cases[i][1]);
    }
    const gan_data_options test = {.split = "test"};
    data_open_fails(write("x.csv", "1\n"), &test, GAN_E_USAGE, "no test split");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tables_of_every_layout_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_told_by_its_line, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
