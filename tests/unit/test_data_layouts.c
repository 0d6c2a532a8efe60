/* test_data_layouts.c — data sets as people have them: torchvision's, Kaggle's and Keras's folders,
 * NumPy's arrays; and what is told of those that cannot be read. */
#define _GNU_SOURCE /* setenv */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include <cmocka.h>

#include "unit/data_files.h"

enum { N = 12, SIDE = 3, IMAGE = SIDE * SIDE };

static data_folder folder;
static uint8_t pixels[N * IMAGE], labels[N] = {5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5};

static int set_up(void **state)
{
    (void)state;
    data_folder_make(&folder);
    data_fill(pixels, sizeof pixels, 1);
    unsetenv("GAN_DATA");
    setenv("HOME", data_at(&folder, "home"), 1);
    setenv("XDG_DATA_HOME", data_at(&folder, "home/data"), 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    data_folder_remove(&folder);
    return 0;
}

/* The images and labels of both splits as IDX; %s in form is train-images-idx3-ubyte and so on. */
static void write_idx(const char *form, const char *separator, bool nested)
{
    static const char *const splits[] = {"train", "t10k"}, *const parts[] = {"images", "labels"};
    for (int i = 0; i < 4; i++) {
        const uint32_t dims[3] = {N, SIDE, SIDE};
        const int n_dims = i % 2 ? 1 : 3;
        size_t n = 0;
        char name[64];
        uint8_t *bytes = data_idx(8, n_dims, dims, i % 2 ? labels : pixels,
                                  i % 2 ? sizeof labels : sizeof pixels, &n);
        snprintf(name, sizeof name, "%s-%s%sidx%d-ubyte", splits[i / 2], parts[i % 2], separator,
                 n_dims);
        data_write(data_at(&folder, "%s/%s%s%s", form, name, nested ? "/" : "", nested ? name : ""),
                   bytes, n);
        free(bytes);
    }
}

static void expect_all(const char *source, const char *split, bool labelled)
{
    const gan_data_options options = {.split = split};
    gan_data *data = data_open_ok(source, &options);
    assert_int_equal(gan_data_describe(data)->n, N);
    assert_int_equal(gan_data_describe(data)->bytes, sizeof pixels);
    assert_memory_equal(gan_data_pixels(data), pixels, sizeof pixels);
    assert_true((gan_data_labels(data) != NULL) == labelled);
    if (labelled) {
        data_expect_labels(data, labels, sizeof labels);
    }
    gan_data_close(data);
}

static void expect_both(const char *source)
{
    expect_all(source, "train", true);
    expect_all(source, "test", true);
}

/* Not found in the test's folder, though perhaps in a package of the system. */
static void expect_elsewhere(const char *name)
{
    const gan_data_options one = {.limit = 1};
    gan_data *data = NULL;
    const gan_status status = gan_data_open(name, &one, &data, NULL);
    assert_true(status == GAN_OK || status == GAN_E_NO_INPUT);
    assert_true(!data || strncmp(gan_data_describe(data)->path, "/usr/", 5) == 0);
    gan_data_close(data);
}

static void torchvision_s_folders_are_found(void **state)
{
    (void)state;
    write_idx("t/MNIST/raw", "-", false);
    expect_both(data_at(&folder, "t/MNIST/raw"));
    expect_both(data_at(&folder, "t/MNIST"));
    expect_both(data_at(&folder, "t"));
    setenv("GAN_DATA", data_at(&folder, "t"), 1);
    expect_both("mnist");
    expect_elsewhere("fashion-mnist");
    pixels[0]++; /* another set, in the same root */
    write_idx("t/FashionMNIST/raw", "-", false);
    expect_both("fashion-mnist");
    pixels[0]--;
    expect_both("mnist");
    data_open_fails(data_at(&folder, "t"), NULL, GAN_E_USAGE, "holds several data sets; name one");
}

static void torchvision_s_root_is_found_beside_the_program(void **state)
{
    (void)state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    write_idx("w/data/MNIST/raw", "-", false);
    assert_int_equal(chdir(data_at(&folder, "w")), 0);
    expect_both("mnist");
    assert_int_equal(chdir(before), 0);
}

static void kaggle_s_nesting_is_found(void **state)
{
    (void)state;
    write_idx("k", "-", true);
    expect_both(data_at(&folder, "k"));
    write_idx("d", ".", false);
    expect_both(data_at(&folder, "d"));
    write_idx("m", ".", true);
    expect_both(data_at(&folder, "m"));
    write_idx("both", ".", false); /* its archive has each file twice */
    write_idx("both", "-", true);
    expect_both(data_at(&folder, "both"));
}

/* --- NumPy's arrays --- */

/* An array as numpy.save writes it; free(). */
static uint8_t *make_npy(const char *descr, const char *shape, const void *content,
                         size_t n_content, size_t *n)
{
    char text[128];
    snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr,
             shape);
    uint8_t *bytes = calloc(128 + n_content, 1);
    assert_non_null(bytes);
    memcpy(bytes, "\x93NUMPY\1\0\x76\0", 10);
    memset(bytes + 10, ' ', 118);
    memcpy(bytes + 10, text, strlen(text));
    bytes[127] = '\n';
    memcpy(bytes + 128, content, n_content);
    *n = 128 + n_content;
    return bytes;
}

/* Adds an array to an archive, which is made when it is not there. */
static void add_array(const char *path, const char *name, const char *descr, const char *shape,
                      const void *content, size_t n_content)
{
    char member[64];
    size_t n = 0;
    int code = 0;
    snprintf(member, sizeof member, "%s.npy", name);
    uint8_t *bytes = make_npy(descr, shape, content, n_content, &n);
    zip_t *zip = zip_open(path, ZIP_CREATE, &code);
    assert_non_null(zip);
    zip_source_t *source = zip_source_buffer(zip, bytes, n, 0);
    assert_non_null(source);
    assert_true(zip_file_add(zip, member, source, 0) >= 0);
    assert_int_equal(zip_close(zip), 0);
    free(bytes);
}

#define SHAPE "(12, 3, 3)"

static void add_split(const char *path, const char *x, const char *y)
{
    add_array(path, x, "|u1", SHAPE, pixels, sizeof pixels);
    add_array(path, y, "|u1", "(12,)", labels, sizeof labels);
}

static void keras_s_archive_is_read(void **state)
{
    (void)state;
    const char *path = data_at(&folder, "home/.keras/datasets/mnist.npz");
    add_split(path, "x_train", "y_train");
    add_split(path, "x_test", "y_test");
    expect_both(path);
    expect_both("mnist");
    setenv("GAN_DATA", data_at(&folder, "home/.keras/datasets"), 1);
    setenv("HOME", data_at(&folder, "elsewhere"), 1);
    expect_both("mnist");
    data_open_fails(data_at(&folder, "home/.keras/datasets"), NULL, GAN_E_NO_INPUT,
                    "name its array: --data ");
    const gan_data_options wider = {.height = 5, .width = 4, .channels = 3, .limit = 7};
    gan_data *data = data_open_ok(path, &wider);
    assert_int_equal(gan_data_describe(data)->bytes, 7 * 5 * 4 * 3);
    gan_data_close(data);
}

static void other_archives_and_arrays_are_read(void **state)
{
    (void)state;
    int64_t wide[N];
    uint8_t big[2 * N] = {0};
    for (int i = 0; i < N; i++) {
        wide[i] = labels[i];
        big[2 * i + 1] = labels[i];
    }
    const char *med = data_at(&folder, "med.npz"), *plain = data_at(&folder, "plain.npz");
    add_array(med, "val_images", "|u1", "(1, 1, 1)", pixels, 1);
    add_array(med, "train_images", "|u1", SHAPE, pixels, sizeof pixels);
    add_array(med, "train_labels", "<i8", "(12, 1)", wide, sizeof wide);
    expect_all(med, NULL, true);
    add_array(plain, "arr_0", "|u1", SHAPE, pixels, sizeof pixels);
    expect_all(plain, NULL, false);
    add_array(plain, "arr_1", ">u2", "(12,)", big, sizeof big);
    expect_all(plain, NULL, true);
    size_t n = 0;
    uint8_t *bytes = make_npy("|u1", "(12, 3, 3, 1)", pixels, sizeof pixels, &n);
    data_write(data_at(&folder, "x.npy"), bytes, n);
    free(bytes);
    expect_all(data_at(&folder, "x.npy"), NULL, false);
    const gan_data_options test = {.split = "test"};
    data_open_fails(data_at(&folder, "x.npy"), &test, GAN_E_USAGE, "has no test split");
    data_open_fails(plain, &test, GAN_E_NO_INPUT,
                    "has no test images under a known name, only arr_0");
}

/* Labels that are none are left out; the images are what counts. */
static void strange_labels_do_no_harm(void **state)
{
    (void)state;
    int32_t many[N] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -300, 1};
    const char *a = data_at(&folder, "a.npz"), *b = data_at(&folder, "b.npz");
    const char *c = data_at(&folder, "c.npz"), *d = data_at(&folder, "d.npz");
    add_array(a, "x_train", "|u1", SHAPE, pixels, sizeof pixels);
    add_array(a, "y_train", "<i4", "(12,)", many, sizeof many);
    expect_all(a, NULL, false);
    add_array(b, "x_train", "|u1", SHAPE, pixels, sizeof pixels);
    add_array(b, "y_train", "|u1", "(3, 4)", labels, sizeof labels);
    expect_all(b, NULL, false);
    add_array(c, "x_train", "|u1", SHAPE, pixels, sizeof pixels);
    add_array(c, "y_train", "|i1", "(12,)", "\x01\x02\xff\x01\x01\x01\x01\x01\x01\x01\x01\x01", N);
    expect_all(c, NULL, false); /* -1 */
    many[10] = 999;
    add_array(d, "x_train", "|u1", SHAPE, pixels, sizeof pixels);
    add_array(d, "y_train", "<i4", "(12,)", many, sizeof many);
    gan_data *data = data_open_ok(d, NULL);
    assert_int_equal(gan_data_labels(data)[10], 999);
    assert_int_equal(gan_data_describe(data)->n_classes, 1000);
    gan_data_close(data);
}

static void arrays_that_are_no_images_say_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *descr, *shape, *words;
    } cases[] = {
        {"<f4", "(3, 3, 3)", "its numbers are real: (x * 255).astype('uint8')"},
        {"<i4", "(3, 3, 3)", "its elements are not bytes"},
        {"|u1", "(12, 9)", "each image is one row: x.reshape(-1, 28, 28)"},
        {"|u1", "(1, 3, 6, 6)", "channels come first: x.transpose(0, 2, 3, 1)"},
        {"|u1", "(108,)", "another number of dimensions"},
        {"|u1", "(12, 3, 4)", "its header promises 12 images of 12 bytes"},
        {"|u1", "(2000000000, 3, 3)", "its header promises 2000000000 images of 9 bytes"},
        {"|u1", "(0, 3, 3)", "sides are 1 to"},
        {"|u1", "(12, 3, -3)", "damaged, or an array of records"},
        {"|u1", "(12, 3, 3", "damaged, or an array of records"},
        {"[('a', '|u1')]", "(12, 3, 3)", "damaged, or an array of records"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = data_at(&folder, "%zu.npz", i);
        add_array(path, "x_train", cases[i].descr, cases[i].shape, pixels, sizeof pixels);
        data_open_fails(path, NULL, GAN_E_DATA, cases[i].words);
    }
    const char *path = data_at(&folder, "faces.npz");
    add_array(path, "faces", "|u1", SHAPE, pixels, sizeof pixels);
    data_open_fails(path, NULL, GAN_E_DATA,
                    "no train images under a known name, only faces.npy; save them as x_train: "
                    "numpy.savez('new.npz', x_train=numpy.load('");
}

/* However an archive is cut or a byte of it changed, it is read whole or refused. */
static void damaged_archives_are_refused(void **state)
{
    (void)state;
    const char *path = data_at(&folder, "x.npz");
    size_t n = 0;
    int n_bad = 0;
    add_split(path, "x_train", "y_train");
    uint8_t *bytes = data_read(path, &n);
    for (size_t k = 0; k < 2 * n; k++) {
        gan_data *data = NULL;
        gan_error err = {0};
        bytes[k / 2] ^= (uint8_t)(k % 2 ? 0x10 : 0);
        data_write(path, bytes, k % 2 ? n : k / 2);
        const gan_status status = gan_data_open(path, NULL, &data, &err);
        assert_true(status == GAN_OK || status == GAN_E_DATA || status == GAN_E_NO_INPUT);
        assert_true(k % 2 || status != GAN_OK);
        if (status == GAN_OK) {
            assert_memory_equal(gan_data_pixels(data), pixels, sizeof pixels);
        }
        n_bad += status != GAN_OK;
        gan_data_close(data);
        bytes[k / 2] ^= (uint8_t)(k % 2 ? 0x10 : 0);
    }
    free(bytes);
    assert_true(n_bad > (int)n);
}

static void what_is_not_read_says_what_to_do(void **state)
{
    (void)state;
    data_write(data_at(&folder, "py/cifar-10-batches-py/data_batch_1"), "\x80\2}q", 4);
    data_open_fails(data_at(&folder, "py"), NULL, GAN_E_DATA,
                    "CIFAR-10 as Python pickles, which are programs and are not run; `gan data get "
                    "cifar10`");
    data_open_fails(data_at(&folder, "py/cifar-10-batches-py"), NULL, GAN_E_DATA, "Python pickles");
    data_open_fails(data_at(&folder, "py/cifar-10-batches-py/data_batch_1"), NULL, GAN_E_DATA,
                    "it is a Python pickle");
    static const struct {
        const char *name, *bytes, *words;
    } cases[] = {{"a.parquet", "PAR1xxxx", "it is a Parquet file: export its pictures"},
                 {"a.mat", "MATLAB 5.0 MAT-file", "it is a MATLAB file: python3 -c"},
                 {"a.txt", "label,1x1,1x2", "it is a table: end its name in .csv"},
                 {"a.bin.txt", "PK\3\4", "it is a zip archive: end its name in .zip"},
                 {"a.7z", "7z\xbc\xaf", "it is a 7z archive: unpack it"},
                 {"a.gz", "<!DOCTYPE html>", "it is a web page"},
                 {"a.webp", "RIFFxxxxWEBP", "it is a WEBP picture: name the folder that it is in"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = data_at(&folder, "other/%zu/%s", i, cases[i].name);
        data_write(path, cases[i].bytes, strlen(cases[i].bytes));
        data_open_fails(path, NULL, GAN_E_DATA, cases[i].words);
    }
    data_open_fails(data_at(&folder, "other/0"), NULL, GAN_E_NO_INPUT,
                    "a.parquet: a Parquet file: export its pictures");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(torchvision_s_folders_are_found),
        TEST(torchvision_s_root_is_found_beside_the_program),
        TEST(kaggle_s_nesting_is_found),
        TEST(keras_s_archive_is_read),
        TEST(other_archives_and_arrays_are_read),
        TEST(strange_labels_do_no_harm),
        TEST(arrays_that_are_no_images_say_what_to_do),
        TEST(damaged_archives_are_refused),
        TEST(what_is_not_read_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
