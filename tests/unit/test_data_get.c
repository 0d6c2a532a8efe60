/* test_data_get.c — known data sets: where they are looked for, listed, and brought to. */
#define _GNU_SOURCE /* setenv, realpath */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/md5.h"
#include "data/get.h"
#include "unit/data_files.h"
#include "unit/data_server.h"

static const uint8_t mnist_labels[12] = {5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5};
static const uint8_t fashion_test_labels[12] = {9, 2, 1, 1, 6, 1, 4, 6, 5, 7, 4, 5};

/* A folder that is also the current one, with nothing else to be found. */
typedef struct fixture {
    data_folder folder;
    char *before; /* the current folder */
    char notes[2048];
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    data_folder_make(&f->folder);
    f->before = realpath(".", NULL);
    assert_non_null(f->before);
    assert_int_equal(chdir(f->folder.path), 0);
    unsetenv("GAN_DATA");
    setenv("XDG_DATA_HOME", data_at(&f->folder, "xdg"), 1);
    setenv("no_proxy", "*", 1);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    assert_int_equal(chdir(f->before), 0);
    data_folder_remove(&f->folder);
    free(f->before);
    free(f);
    return 0;
}

/* A split of 12 tiny images whose first pixel is `mark`, with labels where they are given. */
static void write_idx(fixture *f, const char *below, const char *prefix, uint8_t mark,
                      const uint8_t *labels)
{
    const uint32_t dims[3] = {12, 2, 2};
    uint8_t pixels[48] = {mark};
    size_t n = 0;
    uint8_t *bytes = data_idx(8, 3, dims, pixels, sizeof pixels, &n);
    data_write_gz(data_at(&f->folder, "%s/%s-images-idx3-ubyte.gz", below, prefix), bytes, n);
    free(bytes);
    if (labels) {
        bytes = data_idx(8, 1, dims, labels, 12, &n);
        data_write_gz(data_at(&f->folder, "%s/%s-labels-idx1-ubyte.gz", below, prefix), bytes, n);
        free(bytes);
    }
}

static void expect_mark(const char *name, const char *split, uint8_t mark)
{
    const gan_data_options options = {.split = split};
    gan_data *data = data_open_ok(name, &options);
    assert_string_equal(gan_data_describe(data)->name, name);
    assert_int_equal(gan_data_pixels(data)[0], mark);
    gan_data_close(data);
}

static void places_are_searched_in_order(void **state)
{
    fixture *f = *state;
    write_idx(f, "data/mnist", "train", 1, mnist_labels);
    expect_mark("mnist", NULL, 1);
    write_idx(f, "xdg/gan/mnist", "train", 2, mnist_labels);
    expect_mark("mnist", NULL, 2);
    write_idx(f, "named", "train", 3, mnist_labels);
    setenv("GAN_DATA", data_at(&f->folder, "named"), 1);
    expect_mark("mnist", NULL, 3);
    write_idx(f, "named/mnist", "train", 4, mnist_labels);
    expect_mark("mnist", NULL, 4);
}

/* MNIST's and Fashion-MNIST's files have the same names; $GAN_DATA itself could be either. */
static void the_labels_tell_which_data_set_it_is(void **state)
{
    fixture *f = *state;
    write_idx(f, "named", "train", 3, mnist_labels);
    setenv("GAN_DATA", data_at(&f->folder, "named"), 1);
    if (access("/usr/share/datasets/fashion-mnist", R_OK) == 0) { /* Debian's package is here */
        gan_data *data = data_open_ok("fashion-mnist", NULL);
        assert_int_not_equal(gan_data_describe(data)->n, 3);
        gan_data_close(data);
    } else {
        data_open_fails("fashion-mnist", NULL, GAN_E_NO_INPUT,
                        "fashion-mnist is not on this machine");
    }
    write_idx(f, "other", "t10k", 7, fashion_test_labels);
    setenv("GAN_DATA", data_at(&f->folder, "other"), 1);
    expect_mark("fashion-mnist", "test", 7);
    data_open_fails("mnist", NULL, GAN_E_NO_INPUT, "mnist is not on this machine");
    write_idx(f, "none", "train", 7, NULL); /* no labels: nobody can tell */
    setenv("GAN_DATA", data_at(&f->folder, "none"), 1);
    data_open_fails("mnist", NULL, GAN_E_NO_INPUT, "mnist is not on this machine");
    write_idx(f, "deep/mnist", "train", 8, NULL); /* but a folder's own name tells */
    setenv("GAN_DATA", data_at(&f->folder, "deep/mnist"), 1);
    expect_mark("mnist", NULL, 8);
}

static void a_missing_data_set_names_the_ways_on(void **state)
{
    (void)state;
    data_open_fails("mnist", NULL, GAN_E_NO_INPUT, "`gan data get mnist`");
    data_open_fails("mnist", NULL, GAN_E_NO_INPUT, "`--data PATH` or GAN_DATA=FOLDER");
    data_open_fails("cifar10", NULL, GAN_E_NO_INPUT, "`--data digits`");
    data_open_fails("mnist", NULL, GAN_E_NO_INPUT, "xdg/gan/mnist, data/mnist");
    data_open_fails("mnits", NULL, GAN_E_NO_INPUT, "did you mean 'mnist'?");
    data_open_fails("", NULL, GAN_E_NO_INPUT, "no data set, file or folder ''");
}

static void a_name_wins_over_a_file_of_that_name(void **state)
{
    fixture *f = *state;
    data_write(data_at(&f->folder, "digits"), "x", 1);
    const gan_data_options one = {.limit = 1};
    gan_data_close(data_open_ok("digits", &one));
    data_open_fails("./digits", &one, GAN_E_DATA, "not an IDX file");
}

typedef struct rows {
    int n;
    char names[256], hints[512], mnist_path[256];
} rows;

static void take_row(void *ctx, const gan_data_entry *entry)
{
    rows *r = ctx;
    r->n++;
    strcat(r->names, entry->name);
    strcat(r->names, " ");
    strcat(r->hints, entry->hint);
    strcat(r->hints, ";");
    assert_true(entry->n_train >= 50000 && entry->n_test >= 10000);
    assert_true(entry->height == entry->width && entry->height >= 28);
    assert_true(*entry->what && *entry->source && *entry->licence);
    assert_true((entry->download_bytes == 0) == (strstr(entry->name, "digits") != NULL));
    if (strcmp(entry->name, "mnist") == 0 && entry->path) {
        snprintf(r->mnist_path, sizeof r->mnist_path, "%s", entry->path);
    }
}

static void the_list_says_what_is_here(void **state)
{
    fixture *f = *state;
    rows r = {0};
    assert_int_equal(gan_data_list(take_row, &r, NULL), GAN_OK);
    assert_string_equal(r.names,
                        "mnist fashion-mnist cifar10 digits stacked-mnist stacked-digits ");
    assert_non_null(strstr(r.hints, "gan data get mnist;"));
    assert_non_null(strstr(r.hints, "gan data get cifar10;;")); /* digits are always here */
    assert_non_null(strstr(r.hints, "gan data get stacked-mnist;;"));
    assert_string_equal(r.mnist_path, "");
    write_idx(f, "xdg/gan/mnist", "train", 2, mnist_labels);
    r = (rows){0};
    assert_int_equal(gan_data_list(take_row, &r, NULL), GAN_OK);
    assert_string_equal(r.mnist_path, data_at(&f->folder, "xdg/gan/mnist"));
}

static void only_what_can_be_downloaded_is(void **state)
{
    (void)state;
    gan_error err = {0};
    gan_status status = gan_data_get("digits", NULL, NULL, &err);
    data_expect_error(status, &err, GAN_E_USAGE, "needs no download");
    status = gan_data_get("stacked-digits", NULL, NULL, &err);
    data_expect_error(status, &err, GAN_E_USAGE, "needs no download");
    status = gan_data_get("cifar", NULL, NULL, &err);
    data_expect_error(status, &err, GAN_E_NO_INPUT, "did you mean 'cifar10'?");
}

static void take_note(void *ctx, const char *line)
{
    fixture *f = ctx;
    size_t used = strlen(f->notes);
    snprintf(f->notes + used, sizeof f->notes - used, "%s\n", line);
}

static void what_is_elsewhere_is_not_downloaded(void **state)
{
    fixture *f = *state;
    const char *dead[] = {"http://127.0.0.1:1"};
    char *folder = NULL;
    gan_data_get_options options = {
        .mirrors = dead, .n_mirrors = 1, .listener = &(gan_listener){take_note, f}};
    write_idx(f, "named/mnist", "train", 3, mnist_labels);
    setenv("GAN_DATA", data_at(&f->folder, "named"), 1);
    assert_int_equal(gan_data_get("mnist", &options, &folder, NULL), GAN_OK);
    assert_string_equal(folder, data_at(&f->folder, "named/mnist"));
    assert_non_null(strstr(f->notes, "mnist is here already"));
    free(folder);
    f->notes[0] = '\0';
    assert_int_equal(gan_data_get("stacked-mnist", &options, &folder, NULL), GAN_OK);
    assert_non_null(strstr(f->notes, "mnist is here already")); /* what it is made of */
    free(folder);
    gan_error err = {0};
    options.folder = data_at(&f->folder, "mine/new"); /* unless a folder is named */
    gan_status status = gan_data_get("mnist", &options, &folder, &err);
    data_expect_error(status, &err, GAN_E_IO, "train-images-idx3-ubyte.gz cannot be downloaded");
    assert_null(folder);
    assert_int_equal(access(options.folder, F_OK), 0);
}

/* A data set like MNIST, with files that the server has. */
static void a_data_set_is_downloaded_and_opened(void **state)
{
    fixture *f = *state;
    static const char *const names[] = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"};
    char sums[2][GAN_MD5_TEXT], paths[2][64];
    uint8_t *bytes[2];
    data_page pages[2] = {{.manner = DATA_WHOLE}, {.manner = DATA_WHOLE}};
    gan_dataset set = *gan_dataset_find("mnist");
    memset(set.files, 0, sizeof set.files);
    write_idx(f, "origin", "train", 42, mnist_labels);
    for (int i = 0; i < 2; i++) {
        bytes[i] = data_read(data_at(&f->folder, "origin/%s", names[i]), &pages[i].n);
        gan_md5 hash;
        gan_md5_init(&hash);
        gan_md5_update(&hash, bytes[i], pages[i].n);
        gan_md5_final_text(&hash, sums[i]);
        snprintf(paths[i], sizeof paths[i], "/set/%s", names[i]);
        pages[i].path = paths[i];
        pages[i].bytes = bytes[i];
        set.files[i] = (gan_dataset_file){names[i], sums[i], (int64_t)pages[i].n};
    }
    data_server *server = data_server_start(pages, 2);
    char mirror[96];
    snprintf(mirror, sizeof mirror, "%s/set/", data_server_address(server));
    const char *mirrors[] = {mirror};
    const gan_data_get_options options = {.mirrors = mirrors, .n_mirrors = 1};
    char *folder = NULL;
    assert_int_equal(gan_dataset_get(&set, &options, &folder, NULL), GAN_OK);
    assert_string_equal(folder, data_at(&f->folder, "xdg/gan/mnist"));
    assert_int_equal(data_server_n_requests(server), 2);
    expect_mark("mnist", NULL, 42);
    data_server_stop(server);
    free(folder);
    free(bytes[0]);
    free(bytes[1]);
}

static void a_file_where_the_folder_should_be_is_told(void **state)
{
    fixture *f = *state;
    gan_error err = {0};
    data_write(data_at(&f->folder, "xdg"), "x", 1);
    gan_status status = gan_data_get("mnist", NULL, NULL, &err);
    data_expect_error(status, &err, GAN_E_CREATE, "there is a file of that name");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(places_are_searched_in_order),
        TEST(the_labels_tell_which_data_set_it_is),
        TEST(a_missing_data_set_names_the_ways_on),
        TEST(a_name_wins_over_a_file_of_that_name),
        TEST(the_list_says_what_is_here),
        TEST(only_what_can_be_downloaded_is),
        TEST(what_is_elsewhere_is_not_downloaded),
        TEST(a_data_set_is_downloaded_and_opened),
        TEST(a_file_where_the_folder_should_be_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
