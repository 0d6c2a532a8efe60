/* test_data_cifar.c — CIFAR-10's binary batches: folder, file, archive; planes to channels last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/data_files.h"

enum { RECORD = 3073, IMAGE = 3072, PER_BATCH = 2, BATCH = PER_BATCH * RECORD, N_BATCHES = 6 };

/* Batches 1 .. 5 and the test batch, two records each. */
typedef struct fixture {
    data_folder folder;
    uint8_t batches[N_BATCHES][BATCH];
} fixture;

static const char *const names[N_BATCHES] = {"data_batch_1.bin", "data_batch_2.bin",
                                             "data_batch_3.bin", "data_batch_4.bin",
                                             "data_batch_5.bin", "test_batch.bin"};

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    data_folder_make(&f->folder);
    for (int b = 0; b < N_BATCHES; b++) {
        data_fill(f->batches[b], BATCH, (uint32_t)b);
        for (int i = 0; i < PER_BATCH; i++) {
            f->batches[b][i * RECORD] = (uint8_t)((PER_BATCH * b + i) % 10);
        }
    }
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    data_folder_remove(&f->folder);
    free(f);
    return 0;
}

static void write_batches(fixture *f, const char *below)
{
    for (int b = 0; b < N_BATCHES; b++) {
        data_write(data_at(&f->folder, "%s%s", below, names[b]), f->batches[b], BATCH);
    }
}

/* Image i of the data set is record k of a batch: label, and red, green, blue planes. */
static void expect_record(const gan_data *data, int64_t i, const uint8_t *record)
{
    assert_int_equal(gan_data_labels(data)[i], record[0]);
    for (int p = 0; p < 1024; p++) {
        for (int c = 0; c < 3; c++) {
            assert_int_equal(gan_data_pixels(data)[i * IMAGE + 3 * p + c],
                             record[1 + 1024 * c + p]);
        }
    }
}

static void expect_batches(const fixture *f, const gan_data *data, int first, int n)
{
    const gan_data_info *info = gan_data_describe(data);
    assert_int_equal(info->n, PER_BATCH * n);
    assert_int_equal(info->height, 32);
    assert_int_equal(info->width, 32);
    assert_int_equal(info->channels, 3);
    for (int i = 0; i < PER_BATCH * n; i++) {
        expect_record(data, i, f->batches[first + i / PER_BATCH] + i % PER_BATCH * RECORD);
    }
}

/* An archive with a folder entry, foreign files, and the batches in the order given. free() */
static uint8_t *make_archive(const fixture *f, const int *order, int n_batches, size_t *n)
{
    uint8_t *bytes = calloc((size_t)1 << 17, 1);
    assert_non_null(bytes);
    *n = 0;
    data_tar_add(bytes, n, "cifar-10-batches-bin/", '5', NULL, 0);
    data_tar_add(bytes, n, "cifar-10-batches-bin/batches.meta.txt", '0', "airplane\n", 9);
    data_tar_add(bytes, n, "cifar-10-batches-bin/data_batch_1.bin", '2', NULL, 0); /* a link */
    for (int i = 0; i < n_batches; i++) {
        char name[64];
        snprintf(name, sizeof name, "cifar-10-batches-bin/%s", names[order[i]]);
        data_tar_add(bytes, n, name, '0', f->batches[order[i]], BATCH);
    }
    *n += 1024; /* two blocks of zeros */
    return bytes;
}

static void a_folder_is_read(void **state)
{
    fixture *f = *state;
    write_batches(f, "");
    gan_data *data = data_open_ok(f->folder.path, NULL);
    expect_batches(f, data, 0, 5);
    gan_data_close(data);
    const gan_data_options test = {.split = "test"};
    data = data_open_ok(f->folder.path, &test);
    expect_batches(f, data, 5, 1);
    gan_data_close(data);
}

static void the_unpacked_archive_is_found(void **state)
{
    fixture *f = *state;
    write_batches(f, "cifar-10-batches-bin/");
    gan_data *data = data_open_ok(f->folder.path, NULL);
    expect_batches(f, data, 0, 5);
    gan_data_close(data);
}

static void one_batch_is_a_data_set(void **state)
{
    fixture *f = *state;
    write_batches(f, "");
    gan_data *data = data_open_ok(data_at(&f->folder, "data_batch_3.bin"), NULL);
    expect_batches(f, data, 2, 1);
    gan_data_close(data);
}

static void an_archive_is_read_in_any_order(void **state)
{
    fixture *f = *state;
    const int order[N_BATCHES] = {2, 5, 4, 0, 3, 1};
    size_t n = 0;
    uint8_t *bytes = make_archive(f, order, N_BATCHES, &n);
    const char *packed = data_at(&f->folder, "cifar-10-binary.tar.gz");
    data_write_gz(packed, bytes, n);
    const char *plain = data_at(&f->folder, "other.tar");
    data_write(plain, bytes, n);
    const char *sources[] = {packed, plain, f->folder.path};
    for (int i = 0; i < 3; i++) {
        gan_data *data = data_open_ok(sources[i], NULL);
        expect_batches(f, data, 0, 5);
        gan_data_close(data);
        const gan_data_options test = {.split = "test"};
        data = data_open_ok(sources[i], &test);
        expect_batches(f, data, 5, 1);
        gan_data_close(data);
    }
    free(bytes);
}

static void limit_and_shape_are_honoured(void **state)
{
    fixture *f = *state;
    write_batches(f, "");
    const gan_data_options three = {.limit = 3};
    gan_data *data = data_open_ok(f->folder.path, &three);
    assert_int_equal(gan_data_describe(data)->n, 3);
    expect_record(data, 2, f->batches[1]);
    gan_data_close(data);
    const gan_data_options grey = {.channels = 1, .height = 16, .width = 16};
    data = data_open_ok(f->folder.path, &grey);
    assert_int_equal(gan_data_describe(data)->bytes, 10 * 16 * 16);
    gan_data_close(data);
}

static void damaged_batches_are_found(void **state)
{
    fixture *f = *state;
    const char *path = data_at(&f->folder, "data_batch_1.bin");
    data_write(path, f->batches[0], 0);
    data_open_fails(path, NULL, GAN_E_DATA, "is empty");
    data_write(path, f->batches[0], BATCH - 1);
    data_open_fails(path, NULL, GAN_E_DATA, "6145 bytes are not whole CIFAR-10 records");
    uint8_t hundred[3074] = {0};
    data_write(path, hundred, sizeof hundred);
    data_open_fails(path, NULL, GAN_E_DATA, "looks like CIFAR-100");
    f->batches[0][RECORD] = 10;
    data_write(path, f->batches[0], BATCH);
    data_open_fails(path, NULL, GAN_E_DATA, "image 1 has label 10");
    data_write_gz(path, f->batches[0], BATCH);
    data_open_fails(path, NULL, GAN_E_DATA, "packed with gzip: unpack it");
}

static void a_missing_batch_is_told(void **state)
{
    fixture *f = *state;
    write_batches(f, "");
    assert_int_equal(remove(data_at(&f->folder, "data_batch_4.bin")), 0);
    data_open_fails(f->folder.path, NULL, GAN_E_NO_INPUT, "data_batch_4.bin");
}

static void damaged_archives_are_found(void **state)
{
    fixture *f = *state;
    const int order[N_BATCHES] = {0, 1, 2, 3, 4, 5};
    size_t n = 0;
    const char *path = data_at(&f->folder, "a.tar.gz"), *plain = data_at(&f->folder, "a.tar");
    uint8_t *bytes = make_archive(f, order, 4, &n);
    data_write_gz(path, bytes, n);
    data_open_fails(path, NULL, GAN_E_DATA, "has no five data_batch_N.bin");
    free(bytes);
    bytes = make_archive(f, order, N_BATCHES, &n);
    const size_t cuts[] = {0, 1, 511, 600, 1536, 1540, 2048, 5000, 20000};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        data_write(plain, bytes, cuts[i]);
        data_open_fails(plain, NULL, GAN_E_DATA, "a.tar: ");
    }
    bytes[512 + 3] ^= 1; /* a name: the checksum is wrong now */
    data_write(plain, bytes, n);
    data_open_fails(plain, NULL, GAN_E_DATA, "not a tar archive, or a damaged one");
    data_write(plain, "just text", 9);
    data_open_fails(plain, NULL, GAN_E_DATA, "truncated tar archive");
    free(bytes);
}

/* An entry that promises what the file cannot hold is refused before it is unpacked. */
static void an_archive_that_lies_is_refused(void **state)
{
    fixture *f = *state;
    uint8_t bytes[4096] = {0};
    size_t n = 0;
    data_tar_add(bytes, &n, "data_batch_1.bin", '0', NULL, 0);
    memcpy(bytes + 124, "06000000000", 11); /* 805 306 368 bytes */
    memset(bytes + 148, ' ', 8);
    unsigned sum = 0;
    for (int i = 0; i < 512; i++) {
        sum += bytes[i];
    }
    snprintf((char *)bytes + 148, 8, "%06o", sum);
    const char *path = data_at(&f->folder, "lie.tar.gz");
    data_write_gz(path, bytes, sizeof bytes);
    data_open_fails(path, NULL, GAN_E_DATA, "data_batch_1.bin promises 805306368 bytes");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_folder_is_read),
        TEST(the_unpacked_archive_is_found),
        TEST(one_batch_is_a_data_set),
        TEST(an_archive_is_read_in_any_order),
        TEST(limit_and_shape_are_honoured),
        TEST(damaged_batches_are_found),
        TEST(a_missing_batch_is_told),
        TEST(damaged_archives_are_found),
        TEST(an_archive_that_lies_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
