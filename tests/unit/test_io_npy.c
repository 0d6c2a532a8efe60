/* test_io_npy.c — NumPy arrays: the header to the byte, the data, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/path.h"
#include "base/text.h"
#include "gan/image.h"
#include "unit/data_files.h"

/* The file is magic, version 1.0, a length that makes 64's multiple, the dictionary, blanks, a
 * newline, the data. */
static void expect_npy(const char *path, const char *dictionary, const void *data, size_t n)
{
    size_t size = 0;
    uint8_t *bytes = data_read(path, &size);
    const size_t length = strlen(dictionary);
    assert_memory_equal(bytes, "\x93NUMPY\x01\x00", 8);
    const size_t header = 10 + bytes[8] + 256u * bytes[9];
    assert_int_equal(header % 64, 0);
    assert_true(header < 10 + length + 1 + 64);
    assert_int_equal(size, header + n);
    assert_memory_equal(bytes + 10, dictionary, length);
    for (size_t i = 10 + length; i < header - 1; i++) {
        assert_int_equal(bytes[i], ' ');
    }
    assert_int_equal(bytes[header - 1], '\n');
    assert_memory_equal(bytes + header, data, n);
    free(bytes);
}

static void arrays_are_what_numpy_writes(void **state)
{
    (void)state;
    static const float x[] = {0.0f, -1.5f, 3e38f, 1e-45f, 4.0f, 5.0f};
    static const uint8_t bytes[] = {0, 255, 7};
    const int64_t dims[] = {1, 2, 3}, one[] = {3}, none[] = {0, 5};
    data_folder folder;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.npy");
    assert_int_equal(gan_npy_write_f32(path, x, dims, 3, NULL), GAN_OK);
    expect_npy(path, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }", x, sizeof x);
    assert_int_equal(gan_npy_write_u8(path, bytes, one, 1, NULL), GAN_OK);
    expect_npy(path, "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", bytes, 3);
    assert_int_equal(gan_npy_write_f32(path, x, NULL, 0, NULL), GAN_OK);
    expect_npy(path, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", x, sizeof *x);
    assert_int_equal(gan_npy_write_f32(path, NULL, none, 2, NULL), GAN_OK);
    expect_npy(path, "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 5), }", "", 0);
    data_folder_remove(&folder);
}

/* Every length of the dictionary around a multiple of 64. */
static void headers_are_padded_to_64(void **state)
{
    (void)state;
    static const uint8_t byte = 9;
    int64_t dims[32];
    data_folder folder;
    gan_text want = {0};
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.npy");
    for (int n = 2; n <= 32; n++) {
        gan_text_free(&want);
        gan_text_add(&want, "{'descr': '|u1', 'fortran_order': False, 'shape': (1");
        dims[0] = dims[n - 1] = 1;
        for (int i = 1; i < n; i++) {
            gan_text_add(&want, ", 1");
        }
        gan_text_add(&want, "), }");
        assert_int_equal(gan_npy_write_u8(path, &byte, dims, n, NULL), GAN_OK);
        expect_npy(path, want.data, &byte, 1);
    }
    gan_text_free(&want);
    data_folder_remove(&folder);
}

static void impossible_arrays_are_refused(void **state)
{
    (void)state;
    static const int64_t negative[] = {2, -1}, huge[] = {(int64_t)1 << 31, (int64_t)1 << 31, 2};
    static const int64_t many[33] = {0};
    data_folder folder;
    gan_error err = {0};
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.npy");
    assert_int_equal(gan_npy_write_f32(path, NULL, negative, 2, &err), GAN_E_USAGE);
    assert_int_equal(gan_npy_write_f32(path, NULL, huge, 3, &err), GAN_E_USAGE);
    assert_int_equal(gan_npy_write_f32(path, NULL, many, 33, &err), GAN_E_USAGE);
    assert_int_equal(gan_npy_write_f32(path, NULL, many, -1, &err), GAN_E_USAGE);
    assert_int_equal(gan_npy_write_f32("/proc/x.npy", NULL, many, 1, &err), GAN_E_CREATE);
    assert_false(gan_path_exists(path));
    data_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_are_what_numpy_writes),
        cmocka_unit_test(headers_are_padded_to_64),
        cmocka_unit_test(impossible_arrays_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
