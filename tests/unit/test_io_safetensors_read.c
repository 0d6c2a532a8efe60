/* test_io_safetensors_read.c — files made by hand: what is read, and what is refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/philox.h"
#include "io/safetensors.h"
#include "unit/data_files.h"
#include "unit/safetensors_text.h"

/* Spaces, another order than the data's, an empty tensor, a scalar, escapes. */
static const char good[] =
    "{ \"b\": {\"shape\":[2, 3], \"dtype\":\"U8\", \"data_offsets\":[4, 10]},\n"
    "  \"__metadata__\": {\"seed\": \"7\", \"net\": \"a\\n\\u00e9\", \"\": \"\"},\n"
    "  \"a/\\u00e9\": {\"dtype\":\"F32\", \"shape\":[], \"data_offsets\":[0, 4]},\n"
    "  \"none\": {\"dtype\":\"F64\", \"shape\":[3,0,9], \"data_offsets\":[10, 10]} }    ";

static void tensors_and_metadata_are_found(void **state)
{
    (void)state;
    size_t n = 0;
    unsigned char *bytes = safetensors_text(good, 10, &n);
    gan_safetensors *file = NULL;
    gan_error err = {0};
    assert_int_equal(gan_safetensors_open_memory("x", bytes, n, &file, &err), GAN_OK);
    assert_int_equal(gan_safetensors_count(file), 3);
    assert_string_equal(gan_safetensors_at(file, 0)->name, "a/\xC3\xA9");
    assert_string_equal(gan_safetensors_at(file, 1)->name, "b");
    const gan_safetensors_tensor *b = gan_safetensors_find(file, "b");
    assert_ptr_equal(b, gan_safetensors_at(file, 1));
    assert_true(b->type == GAN_SAFETENSORS_U8 && b->n_dims == 2 && b->dims[0] == 2 &&
                b->dims[1] == 3 && b->elements == 6 && b->begin == 4 && b->end == 10);
    const gan_safetensors_tensor *none = gan_safetensors_find(file, "none");
    assert_true(none && none->elements == 0 && none->n_dims == 3);
    assert_int_equal(gan_safetensors_find(file, "a/\xC3\xA9")->elements, 1);
    assert_null(gan_safetensors_find(file, "c"));
    assert_null(gan_safetensors_find(file, ""));
    assert_int_equal(gan_safetensors_meta_count(file), 3);
    assert_string_equal(gan_safetensors_meta_at(file, 0).key, "seed");
    assert_string_equal(gan_safetensors_meta_find(file, "net"), "a\n\xC3\xA9");
    assert_string_equal(gan_safetensors_meta_find(file, ""), "");
    assert_null(gan_safetensors_meta_find(file, "none"));
    unsigned char got[6];
    assert_int_equal(gan_safetensors_read(file, b, 0, 6, got, &err), GAN_OK);
    assert_memory_equal(got, "\4\5\6\7\10\11", 6);
    assert_int_equal(gan_safetensors_read(file, b, 5, 1, got, &err), GAN_OK);
    assert_int_equal(got[0], 9);
    assert_int_equal(gan_safetensors_read(file, b, 6, 0, got, &err), GAN_OK);
    assert_int_equal(gan_safetensors_read(file, b, 5, 2, got, &err), GAN_E_USAGE);
    assert_int_equal(gan_safetensors_read(file, b, -1, 1, got, &err), GAN_E_USAGE);
    assert_int_equal(gan_safetensors_read(file, b, 7, INT64_MAX, got, &err), GAN_E_USAGE);
    gan_safetensors_close(file);
    free(bytes);
}

static void files_and_memory_read_alike(void **state)
{
    (void)state;
    data_folder folder;
    size_t n = 0;
    unsigned char *bytes = safetensors_text(good, 10, &n), got[6];
    gan_safetensors *file = NULL;
    gan_error err = {0};
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.safetensors");
    data_write(path, bytes, n);
    assert_int_equal(gan_safetensors_open(path, &file, &err), GAN_OK);
    assert_int_equal(gan_safetensors_read(file, gan_safetensors_find(file, "b"), 0, 6, got, &err),
                     GAN_OK);
    assert_memory_equal(got, "\4\5\6\7\10\11", 6);
    data_write(path, bytes, n - 2); /* cut by somebody else, while it is open */
    assert_int_equal(gan_safetensors_read(file, gan_safetensors_find(file, "b"), 0, 6, got, &err),
                     GAN_E_DATA);
    gan_safetensors_close(file);
    assert_int_equal(gan_safetensors_open(path, &file, &err), GAN_E_DATA);
    assert_int_equal(gan_safetensors_open(folder.path, &file, &err), GAN_E_NO_INPUT);
    assert_int_equal(gan_safetensors_open(data_at(&folder, "none"), &file, &err), GAN_E_NO_INPUT);
    assert_int_equal(gan_safetensors_open("/dev/zero", &file, &err), GAN_E_NO_INPUT);
    assert_null(file);
    data_folder_remove(&folder);
    free(bytes);
}

/* A header of one tensor 'a' but for what is wrong, and its data. */
typedef struct refusal {
    const char *header;
    size_t n_data;
    const char *message;
} refusal;

#define OFFSETS "\"data_offsets\":"
#define F32(name, shape, begin_end)                                                                \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape "," OFFSETS begin_end "}"

static const refusal refusals[] = {
    {"[]", 0, "its header is not JSON"},
    {" {}", 0, "its header is not JSON"},
    {"{ ", 0, "of its header"},
    {"{}x", 0, "of its header"},
    {"{\"a\":1,}", 0, "of its header"},
    {"{" F32("a", "[1]", "[0,4]") "," F32("a", "[1]", "[0,4]") "}", 4, "duplicate"},
    {"{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1]," OFFSETS "[0,4]}}", 4,
     "duplicate"},
    {"{\"\xC3(\":1}", 0, "of its header"},
    {"{\"a\\u0000b\":1}", 0, "of its header"},
    {"{\"a\":7}", 0, "tensor 'a' is not described"},
    {"{\"a\":{}}", 0, "tensor 'a' is not described"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "tensor 'a' is not described"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]," OFFSETS "[0,4],\"x\":1}}", 4, "is not described"},
    {"{\"a\":{\"dtype\":3,\"shape\":[1]," OFFSETS "[0,4]}}", 4, "is not described"},
    {"{\"a\":{\"dtype\":\"F33\",\"shape\":[1]," OFFSETS "[0,4]}}", 4, "unknown type 'F33'"},
    {"{\"a\":{\"dtype\":\"f32\",\"shape\":[1]," OFFSETS "[0,4]}}", 4, "unknown type 'f32'"},
    {"{\"a\\u001b[1m\":{\"dtype\":\"\\n\",\"shape\":[1]," OFFSETS "[0,4]}}", 4,
     "tensor 'a?[1m' has the unknown type '?'"},
    {"{" F32("a", "[1.0]", "[0,4]") "}", 4, "not of whole numbers"},
    {"{" F32("a", "[-1]", "[0,4]") "}", 4, "not of whole numbers"},
    {"{" F32("a", "[\"1\"]", "[0,4]") "}", 4, "not of whole numbers"},
    {"{" F32("a", "[4611686018427387904,4]", "[0,4]") "}", 4, "no memory holds"},
    {"{" F32("a", "[0,4611686018427387904,4]", "[0,0]") "}", 0, "no memory holds"},
    {"{" F32("a", "[99999999999999999999]", "[0,4]") "}", 4, "of its header"},
    {"{" F32("a", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
             "[0,4]") "}",
     4, "more than 32 dimensions"},
    {"{" F32("a", "[1]", "[0]") "}", 4, "no two data offsets"},
    {"{" F32("a", "[1]", "[0,4,8]") "}", 4, "no two data offsets"},
    {"{" F32("a", "[1]", "[0,4.0]") "}", 4, "no two data offsets"},
    {"{" F32("a", "[1]", "[-4,0]") "}", 4, "make no range"},
    {"{" F32("a", "[1]", "[4,0]") "}", 4, "make no range"},
    {"{" F32("a", "[1]", "[0,4]") "}", 3, "cut off"},
    {"{" F32("a", "[1]", "[9223372036854775803,9223372036854775807]") "}", 4, "cut off"},
    {"{" F32("a", "[2]", "[0,4]") "}", 4, "other bytes than its shape says"},
    {"{" F32("a", "[1]", "[0,4]") "}", 5, "1 byte after the last tensor"},
    {"{}", 1, "1 byte after the last tensor"},
    {"{" F32("a", "[1]", "[4,8]") "}", 8, "'a' leaves a hole before it"},
    {"{" F32("a", "[1]", "[0,4]") "," F32("b", "[1]", "[8,12]") "}", 12, "'b' leaves a hole"},
    {"{" F32("a", "[2]", "[0,8]") "," F32("b", "[1]", "[4,8]") "}", 8, "'b' overlaps"},
    {"{" F32("a", "[1]", "[0,4]") "," F32("b", "[1]", "[0,4]") "}", 4, "'b' overlaps"},
    {"{\"__metadata__\":[]}", 0, "metadata is no map"},
    {"{\"__metadata__\":{\"a\":1}}", 0, "metadata 'a' is no text"},
    {"{\"__metadata__\":{\"a\":null}}", 0, "metadata 'a' is no text"},
    {"{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "duplicate"},
};

static void wrong_headers_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        gan_error err = {0};
        const refusal *r = &refusals[i];
        const gan_status status = safetensors_text_open(r->header, r->n_data, &err);
        if (status != GAN_E_DATA || !strstr(err.text, r->message) ||
            strncmp(err.text, "x.safetensors: ", 15) != 0) {
            fail_msg("case %zu: %d \"%s\", want \"%s\"", i, status, err.text, r->message);
        }
    }
}

static void right_headers_are_taken(void **state)
{
    (void)state;
    assert_int_equal(safetensors_text_open("{}", 0, NULL), GAN_OK);
    assert_int_equal(safetensors_text_open("{\"__metadata__\":{}}", 0, NULL), GAN_OK);
    assert_int_equal(safetensors_text_open("{" F32("a", "[1]", "[0,4]") "}", 4, NULL), GAN_OK);
    assert_int_equal(safetensors_text_open("{" F32("", "[0]", "[0,0]") "}", 0, NULL), GAN_OK);
    assert_int_equal(safetensors_text_open(good, 10, NULL), GAN_OK);
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    size_t n = 0;
    unsigned char *bytes = safetensors_text(good, 10, &n);
    for (size_t cut = 0; cut < n; cut++) {
        gan_error err = {0};
        assert_int_equal(safetensors_bytes_open(bytes, cut, &err), GAN_E_DATA);
    }
    assert_int_equal(safetensors_bytes_open(bytes, n, NULL), GAN_OK);
    free(bytes);
}

static void absurd_lengths_are_refused(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {0, 1, 100000001, INT64_MAX, UINT64_MAX, UINT64_MAX - 7, 11};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        unsigned char bytes[18] = "12345678{}        ";
        for (int k = 0; k < 8; k++) {
            bytes[k] = (unsigned char)(lengths[i] >> (8 * k));
        }
        assert_int_equal(safetensors_bytes_open(bytes, sizeof bytes, NULL), GAN_E_DATA);
    }
}

/* Whatever single bytes are changed to, nothing is read outside (see safetensors_text_open). */
static void random_damage_is_survived(void **state)
{
    (void)state;
    size_t n = 0;
    int taken = 0;
    unsigned char *bytes = safetensors_text(good, 10, &n);
    for (uint32_t i = 0; i < 3000; i++) {
        const gan_philox4 r = gan_philox(11, 0, 0, i);
        unsigned char *at = &bytes[r.v[0] % n];
        const unsigned char before = *at;
        *at = (unsigned char)r.v[1];
        taken += safetensors_bytes_open(bytes, n, NULL) == GAN_OK;
        *at = before;
    }
    assert_true(taken > 0 && taken < 2900); /* a changed blank or name is fine, a length is not */
    free(bytes);
}

static void read_as_float(const char *type, const void *data, size_t n, int64_t count, float *x)
{
    char header[256];
    snprintf(header, sizeof header, "{\"a\":{\"dtype\":\"%s\",\"shape\":[%d]," OFFSETS "[0,%zu]}}",
             type, (int)count, n);
    size_t size = 0;
    gan_safetensors *file = NULL;
    gan_error err = {0};
    unsigned char *bytes = safetensors_text(header, n, &size);
    memcpy(bytes + size - n, data, n);
    if (gan_safetensors_open_memory("x", bytes, size, &file, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    const gan_safetensors_tensor *a = gan_safetensors_at(file, 0);
    assert_int_equal(gan_safetensors_read_f32(file, a, 0, count, x, &err), GAN_OK);
    float last;
    assert_int_equal(gan_safetensors_read_f32(file, a, count - 1, 1, &last, &err), GAN_OK);
    assert_memory_equal(&last, &x[count - 1], sizeof last);
    assert_int_equal(gan_safetensors_read_f32(file, a, 1, count, x, &err), GAN_E_USAGE);
    assert_int_equal(gan_safetensors_read_f32(file, a, -1, 1, x, &err), GAN_E_USAGE);
    gan_safetensors_close(file);
    free(bytes);
}

static void wide_and_narrow_types_become_floats(void **state)
{
    (void)state;
    static const float singles[] = {1.5f, -0.0f, 1e-45f, 3e38f};
    static const double doubles[] = {1.5, 0.1, 1e300, -1e-300};
    static const uint16_t brains[] = {0x3FC0, 0x8000, 0x0001, 0x7F80};
    float x[4];
    read_as_float("F32", singles, sizeof singles, 4, x);
    assert_memory_equal(x, singles, sizeof singles);
    read_as_float("F64", doubles, sizeof doubles, 4, x);
    assert_true(x[0] == 1.5f && x[1] == 0.1f && isinf(x[2]) && x[3] == 0.0f && signbit(x[3]));
    read_as_float("BF16", brains, sizeof brains, 4, x);
    assert_true(x[0] == 1.5f && x[1] == 0.0f && signbit(x[1]) && x[2] == 0x1p-133f && isinf(x[3]));
}

/* All 65 536 halves against their definition: (-1)^s 2^(e-15) 1.f, or 2^-14 0.f for e = 0. */
static void every_half_is_exact(void **state)
{
    (void)state;
    enum { HALVES = 65536 };
    uint16_t *halves = malloc(HALVES * sizeof *halves);
    float *x = malloc(HALVES * sizeof *x);
    assert_true(halves && x);
    for (int i = 0; i < HALVES; i++) {
        halves[i] = (uint16_t)i;
    }
    read_as_float("F16", halves, HALVES * sizeof *halves, HALVES, x);
    for (int i = 0; i < HALVES; i++) {
        const int e = i >> 10 & 31, f = i & 1023, negative = i >= 0x8000;
        const double size = e == 0 ? ldexp(f, -24) : ldexp(1024 + f, e - 25);
        if (e == 31 && f != 0) {
            assert_true(isnan(x[i]));
        } else if (e == 31) {
            assert_true(isinf(x[i]) && (signbit(x[i]) != 0) == negative);
        } else {
            assert_true((double)x[i] == (negative ? -size : size));
            assert_true((signbit(x[i]) != 0) == negative);
        }
    }
    free(halves);
    free(x);
}

static void whole_numbers_are_no_floats(void **state)
{
    (void)state;
    size_t n = 0;
    float x[6];
    gan_safetensors *file = NULL;
    gan_error err = {0};
    unsigned char *bytes = safetensors_text(good, 10, &n);
    assert_int_equal(gan_safetensors_open_memory("x", bytes, n, &file, NULL), GAN_OK);
    const gan_safetensors_tensor *b = gan_safetensors_find(file, "b");
    assert_int_equal(gan_safetensors_read_f32(file, b, 0, 6, x, &err), GAN_E_DATA);
    assert_string_equal(err.text, "x: tensor 'b' is U8; F32, F64, F16 or BF16 is wanted");
    gan_safetensors_close(file);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_and_metadata_are_found),
        cmocka_unit_test(files_and_memory_read_alike),
        cmocka_unit_test(wrong_headers_are_refused),
        cmocka_unit_test(right_headers_are_taken),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(absurd_lengths_are_refused),
        cmocka_unit_test(random_damage_is_survived),
        cmocka_unit_test(wide_and_narrow_types_become_floats),
        cmocka_unit_test(every_half_is_exact),
        cmocka_unit_test(whole_numbers_are_no_floats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
