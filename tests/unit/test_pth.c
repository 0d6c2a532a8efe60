/* test_pth.c — tensors out of PyTorch's files: those that tests/pth/record.py recorded from the
 * real one, and some that were made by hand or damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zip.h>

#include "io/pth.h"
#include "io/safetensors.h"
#include "unit/data_files.h"

#define FOLDER "tests/pth/"

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

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s: %s", gan_status_text(status), err->text);
    }
}

static float *floats(int64_t n)
{
    float *x = malloc(((size_t)n + 1) * sizeof *x);
    assert_non_null(x);
    return x;
}

/* --- recorded --- */

static void expect_tensor(gan_pth *file, gan_safetensors *want, const gan_safetensors_tensor *t)
{
    gan_error err = {0};
    const gan_pth_tensor *got = gan_pth_find(file, strcmp(t->name, "lone") == 0 ? "" : t->name);
    if (!got) {
        fail_msg("no tensor '%s'", t->name);
    }
    assert_int_equal(got->n_dims, t->n_dims);
    assert_int_equal(got->elements, t->elements);
    for (int d = 0; d < t->n_dims; d++) {
        assert_int_equal(got->dims[d], t->dims[d]);
    }
    const int64_t n = t->elements;
    float *a = floats(n), *b = floats(n);
    must(gan_safetensors_read_f32(want, t, 0, n, a, &err), &err);
    must(gan_pth_read_f32(file, got, 0, n, b, &err), &err);
    if (memcmp(a, b, (size_t)n * sizeof *a) != 0) {
        fail_msg("'%s' of type %s differs", t->name, got->type);
    }
    for (int64_t i = 0; i < n; i++) { /* and from any element on */
        must(gan_pth_read_f32(file, got, i, n - i < 3 ? n - i : 3, b, &err), &err);
        assert_memory_equal(a + i, b, (size_t)(n - i < 3 ? n - i : 3) * sizeof *a);
    }
    assert_int_equal(gan_pth_read_f32(file, got, 0, n + 1, b, &err), GAN_E_USAGE);
    assert_int_equal(gan_pth_read_f32(file, got, -1, 1, b, &err), GAN_E_USAGE);
    free(a);
    free(b);
}

static void expect_all(gan_pth *file, const char *name)
{
    gan_error err = {0};
    char path[128];
    gan_safetensors *want = NULL;
    snprintf(path, sizeof path, FOLDER "%s.safetensors", name);
    must(gan_safetensors_open(path, &want, &err), &err);
    assert_int_equal(gan_pth_count(file), gan_safetensors_count(want));
    for (size_t i = 0; i < gan_safetensors_count(want); i++) {
        expect_tensor(file, want, gan_safetensors_at(want, i));
    }
    assert_null(gan_pth_find(file, "none such"));
    gan_safetensors_close(want);
}

static void recorded_files_are_read(void **state)
{
    (void)state;
    static const char *const names[] = {
        "types",         "types_stream", "strides",          "strides_stream", "module",
        "module_stream", "training",     "training_stream",  "parameters",     "lone",
        "protocol4",     "protocol5",    "protocol4_stream", "attributes"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        gan_error err = {0};
        gan_pth *file = NULL;
        char path[128];
        size_t n = 0;
        snprintf(path, sizeof path, FOLDER "%s.pth", names[i]);
        must(gan_pth_open(path, &file, &err), &err);
        expect_all(file, names[i]);
        gan_pth_close(file);
        uint8_t *bytes = data_read(path, &n);
        must(gan_pth_open_memory("memory", bytes, n, &file, &err), &err);
        expect_all(file, names[i]);
        gan_pth_close(file);
        free(bytes);
    }
}

static void tensors_come_in_the_order_of_the_file(void **state)
{
    (void)state;
    static const char *const names[] = {"0.weight",
                                        "0.bias",
                                        "1.weight",
                                        "1.bias",
                                        "1.running_mean",
                                        "1.running_var",
                                        "1.num_batches_tracked",
                                        "2.weight",
                                        "2.bias"};
    gan_error err = {0};
    gan_pth *file = NULL;
    must(gan_pth_open(FOLDER "module.pth", &file, &err), &err);
    assert_int_equal(gan_pth_count(file), 9);
    for (size_t i = 0; i < 9; i++) {
        assert_string_equal(gan_pth_at(file, i)->name, names[i]);
    }
    assert_string_equal(gan_pth_at(file, 6)->type, "int64");
    gan_pth_close(file);
}

static void expect_refused(const char *path, gan_status want, const char *words)
{
    gan_error err = {0};
    gan_pth *file = NULL;
    const gan_status status = gan_pth_open(path, &file, &err);
    assert_null(file);
    data_expect_error(status, &err, want, words);
}

static void what_would_run_code_is_refused_by_name(void **state)
{
    (void)state;
    expect_refused(FOLDER "refused/whole_model.pth", GAN_E_DATA,
                   "asks for torch.nn.modules.container.Sequential");
    expect_refused(FOLDER "refused/sparse.pth", GAN_E_DATA, "torch._utils._rebuild_sparse_tensor");
    expect_refused(FOLDER "refused/path.pth", GAN_E_DATA, "asks for pathlib");
    expect_refused(FOLDER "refused/no_tensors.pth", GAN_E_DATA, "has no tensors");
    expect_refused(FOLDER "refused/big_endian.pth", GAN_E_DATA, "big-endian");
    expect_refused(FOLDER "refused/big_endian_stream.pth", GAN_E_DATA, "big-endian");
    expect_refused(FOLDER "record.py", GAN_E_DATA, "not a file of torch.save()");
    expect_refused(FOLDER, GAN_E_NO_INPUT, "");
    expect_refused(FOLDER "none", GAN_E_NO_INPUT, "No such file");
}

static void complex_numbers_are_none_of_ours(void **state)
{
    (void)state;
    gan_error err = {0};
    gan_pth *file = NULL;
    float x[2];
    must(gan_pth_open(FOLDER "refused/complex.pth", &file, &err), &err);
    data_expect_error(gan_pth_read_f32(file, gan_pth_at(file, 0), 0, 2, x, &err), &err, GAN_E_DATA,
                      "tensor 'x' is of complex64");
    gan_pth_close(file);
}

/* --- made by hand --- */

/* An archive of this pickle, and storages "0" of 4 floats and "1" of 2 longs. */
static const char *write_archive(const char *name, const void *pickle, size_t n)
{
    static const float numbers[4] = {1, 2, 3, 4};
    static const int64_t longs[2] = {5, -6};
    const char *path = data_at(&folder, "%s", name);
    int error = 0;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    const struct {
        const char *name;
        const void *bytes;
        size_t n;
    } members[] = {{"a/data.pkl", pickle, n},
                   {"a/byteorder", "little", 6},
                   {"a/data/0", numbers, sizeof numbers},
                   {"a/data/1", longs, sizeof longs}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        zip_source_t *source = zip_source_buffer(zip, members[i].bytes, members[i].n, 0);
        assert_true(zip_file_add(zip, members[i].name, source, 0) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    return path;
}

#define STORAGE_OF(class, key, n) "(U\7storagectorch\n" class "\nU\1" key "U\3cpuK" n "tQ"
#define FLOATS STORAGE_OF("FloatStorage", "0", "\4")
#define REBUILD "ctorch._utils\n_rebuild_tensor_v2\n"
#define TENSOR(offset, size, stride) REBUILD "(" FLOATS "K" offset size stride "\x89}tR"
#define ROW(n) "K" n "\x85"

#define PICKLE(text) text, sizeof(text) - 1

static void a_pickle_by_hand_is_read(void **state)
{
    (void)state;
    gan_error err = {0};
    gan_pth *file = NULL;
    float x[4];
    static const float want[] = {2, 4};
    const char *path = write_archive(
        "good.pth",
        PICKLE("\x80\2}(U\1x" TENSOR("\1", ROW("\2"), ROW("\2")) "U\1y" REBUILD "(" STORAGE_OF(
            "LongStorage", "1", "\2") "K\0" ROW("\2") ROW("\1") "\x89}tRu."));
    must(gan_pth_open(path, &file, &err), &err);
    must(gan_pth_read_f32(file, gan_pth_find(file, "x"), 0, 2, x, &err), &err);
    assert_memory_equal(x, want, sizeof want);
    must(gan_pth_read_f32(file, gan_pth_find(file, "y"), 0, 2, x, &err), &err);
    assert_true(x[0] == 5.0f && x[1] == -6.0f);
    gan_pth_close(file);
}

static void wrong_pickles_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *pickle;
        size_t n;
        const char *words;
    } cases[] = {
        {PICKLE(""), "ends within an opcode"},
        {PICKLE("\x80\2"), "ends within an opcode"},
        {PICKLE("\x80\7."), "a protocol"},
        {PICKLE("\x80\2."), "nothing is on its stack"},
        {PICKLE("\x80\2(."), "nothing is on its stack"},
        {PICKLE("\x80\2N"), "ends within"},
        {PICKLE("\x80\2\x01."), "1 is no opcode"},
        {PICKLE("\x80\2cos\nsystem\n(U\4truetR."), "asks for os.system"},
        {PICKLE("\x80\2cbuiltins\neval\n."), "asks for builtins.eval"},
        {PICKLE("\x80\2U\2osU\6system\x93."), "asks for os.system"},
        {PICKLE("\x80\2(cos\nsystem\nU\4trueo."), "asks for os.system"},
        {PICKLE("\x80\2(U\4trueios\nsystem\n."), "opcode INST is not read"},
        {PICKLE("\x80\2ctorch\nSize\n)\x81."), "opcode NEWOBJ is not read"},
        {PICKLE("\x80\2S'x'\n."), "opcode STRING is not read"},
        {PICKLE("\x80\2\x82\1."), "opcode EXT1 is not read"},
        {PICKLE("\x80\2\x97."), "opcode NEXT_BUFFER is not read"},
        {PICKLE("\x80\2ctorch"), "a line without an end"},
        {PICKLE("\x80\2h\0."), "a memo that was not made"},
        {PICKLE("\x80\2Nr\xff\xff\xff\xff."), "a memo of a number that is too large"},
        {PICKLE("\x80\2X\xff\xff\xff\xff."), "longer than the file"},
        {PICKLE("\x80\2U\4x."), "ends within"},
        {PICKLE("\x80\2\x8d\xff\xff\xff\xff\xff\xff\xff\xff."), "longer than the file"},
        {PICKLE("\x80\2NNs."), "no dictionary"},
        {PICKLE("\x80\2NNNs."), "no dictionary"},
        {PICKLE("\x80\2Na."), "no list"},
        {PICKLE("\x80\2}(Nu."), "a key without a value"},
        {PICKLE("\x80\2t."), "no mark"},
        {PICKLE("\x80\2u."), "no mark"},
        {PICKLE("\x80\2(u."), "no dictionary"},
        {PICKLE("\x80\2(\x86."), "nothing is on its stack"},
        {PICKLE("\x80\2NNR."), "a call of what is no function"},
        {PICKLE("\x80\2NQ."), "not named as PyTorch does"},
        {PICKLE("\x80\2(U\7storageNNNNtQ."), "not named as PyTorch does"},
        {PICKLE("\x80\2N}b."), "attributes of what is no dictionary"},
        {PICKLE("\x80\2ctorch\nFloatStorage\n)R."), "no function"},
        {PICKLE("\x80\2" REBUILD ")R."), "not made as PyTorch does"},
        {PICKLE("\x80\2" REBUILD "(" FLOATS "K\0NNN}tR."), "not made as PyTorch does"},
        {PICKLE("\x80\2" TENSOR("\0", ROW("\5"), ROW("\1")) "."), "beyond its storage"},
        {PICKLE("\x80\2" TENSOR("\4", ROW("\1"), ROW("\1")) "."), "beyond its storage"},
        {PICKLE("\x80\2" TENSOR("\1", ROW("\2"), ROW("\3")) "."), "beyond its storage"},
        {PICKLE("\x80\2" TENSOR("\0", ROW("\1"), ")") "."), "not made as PyTorch does"},
        {PICKLE("\x80\2" TENSOR("\0", "J\xff\xff\xff\xff\x85", ROW("\1")) "."),
         "not made as PyTorch does"},
        {PICKLE("\x80\2" TENSOR("\0", ROW("\2"), "J\xff\xff\xff\xff\x85") "."),
         "not made as PyTorch does"},
        {PICKLE("\x80\2" TENSOR("\0", "\x8a\x08\0\0\0\0\0\0\0\x40\x8a\x08\0\0\0\0\0\0\0\x40\x86",
                                "K\0K\0\x86") "."),
         "beyond its storage"},
        {PICKLE("\x80\2" STORAGE_OF("FloatStorage", "0", "\4")
                    STORAGE_OF("FloatStorage", "0", "\3") "\x86."),
         "two sizes or types"},
        {PICKLE("\x80\2" STORAGE_OF("FloatStorage", "0", "\4")
                    STORAGE_OF("IntStorage", "0", "\4") "\x86."),
         "two sizes or types"},
        {PICKLE("\x80\2}(U\1x" TENSOR("\0", ROW("\1"), ROW("\1")) "U\1x" TENSOR("\0", ROW("\1"),
                                                                                ROW("\1")) "u."),
         "two tensors 'x'"},
        {PICKLE("\x80\2]q\0h\0a."), "contain each other"},
        {PICKLE("\x80\2]"), "ends within"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_refused(write_archive("bad.pth", cases[i].pickle, cases[i].n), GAN_E_DATA,
                       cases[i].words);
    }
}

/* Thirty lists, each of the one before twice, are 2^30 lists to walk through. */
static void lists_of_lists_end(void **state)
{
    (void)state;
    uint8_t pickle[512] = {0x80, 2, ']'};
    size_t n = 3;
    for (uint8_t i = 0; i < 30; i++) {
        const uint8_t twice[] = {'q', i, ']', '(', 'h', i, 'h', i, 'e'};
        memcpy(pickle + n, twice, sizeof twice);
        n += sizeof twice;
    }
    pickle[n++] = '.';
    expect_refused(write_archive("bomb.pth", pickle, n), GAN_E_DATA, "too many");
}

/* A list of 1000 tensors; 1000 of that; 1000 of those: 10^9 names. */
static void lists_of_tensors_end(void **state)
{
    (void)state;
    static const char start[] = "\x80\2" TENSOR("\0", ROW("\4"), ROW("\1")) "q\0";
    static uint8_t pickle[8192];
    size_t n = sizeof start - 1;
    memcpy(pickle, start, n);
    for (uint8_t level = 0; level < 3; level++) {
        pickle[n++] = ']';
        pickle[n++] = '(';
        for (int i = 0; i < 1000; i++) {
            pickle[n++] = 'h';
            pickle[n++] = level;
        }
        const uint8_t end[] = {'e', 'q', (uint8_t)(level + 1)};
        memcpy(pickle + n, end, sizeof end);
        n += sizeof end;
    }
    pickle[n++] = '.';
    expect_refused(write_archive("tensors.pth", pickle, n), GAN_E_DATA, "too many");
}

/* A dictionary of 8192 items, copied 8192 times by as few bytes each. */
static void dictionaries_of_dictionaries_end(void **state)
{
    (void)state;
    enum { N = 8192 };
    static uint8_t pickle[2 * N + 8 * N + 64];
    static const char counter[] = "\x80\2ccollections\nCounter\nq\0}(", again[] = "h\0h\1\x85R0";
    size_t n = sizeof counter - 1;
    memcpy(pickle, counter, n);
    memset(pickle + n, 'N', 2 * N);
    n += 2 * N;
    memcpy(pickle + n, "uq\1", 3);
    n += 3;
    for (int i = 0; i < N; i++) {
        memcpy(pickle + n, again, sizeof again - 1);
        n += sizeof again - 1;
    }
    pickle[n++] = '.';
    expect_refused(write_archive("copies.pth", pickle, n), GAN_E_DATA, "made of each other");
}

static void a_storage_that_is_not_there_is_found_when_it_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *pickle;
        size_t n;
        const char *words;
    } cases[] = {
        {PICKLE("\x80\2" REBUILD "(" STORAGE_OF("FloatStorage", "7", "\1") "K\0" ROW("\1")
                    ROW("\1") "\x89}tR."),
         "a/data/7: is not in the archive"},
        {PICKLE("\x80\2" REBUILD "(" STORAGE_OF("FloatStorage", "0", "\5") "K\0" ROW("\1")
                    ROW("\1") "\x89}tR."),
         "a/data/0: has another size"},
    };
    for (size_t i = 0; i < 2; i++) {
        gan_error err = {0};
        gan_pth *file = NULL;
        float x[1];
        must(gan_pth_open(write_archive("lost.pth", cases[i].pickle, cases[i].n), &file, &err),
             &err);
        data_expect_error(gan_pth_read_f32(file, gan_pth_at(file, 0), 0, 1, x, &err), &err,
                          GAN_E_DATA, cases[i].words);
        gan_pth_close(file);
    }
}

/* --- damaged --- */

/* Reads all that can be read; nothing may be read beyond the end (run under a sanitizer). */
static gan_status read_all(const uint8_t *bytes, size_t n)
{
    gan_error err = {0};
    gan_pth *file = NULL;
    gan_status status = gan_pth_open_memory("damaged", bytes, n, &file, &err);
    assert_true(status == GAN_OK || err.text[0]);
    for (size_t i = 0; status == GAN_OK && i < gan_pth_count(file); i++) {
        const gan_pth_tensor *t = gan_pth_at(file, i);
        const int64_t some = t->elements < 1000 ? t->elements : 1000;
        float *x = floats(some);
        status = gan_pth_read_f32(file, t, 0, some, x, &err);
        free(x);
    }
    gan_pth_close(file);
    return status;
}

static void cut_and_changed_files_do_no_harm(void **state)
{
    (void)state;
    static const char *const names[] = {"training", "training_stream", "strides_stream"};
    for (int i = 0; i < 3; i++) {
        char path[128];
        size_t n = 0;
        snprintf(path, sizeof path, FOLDER "%s.pth", names[i]);
        uint8_t *bytes = data_read(path, &n), *copy = malloc(n);
        assert_non_null(copy);
        assert_int_equal(read_all(bytes, n), GAN_OK);
        for (size_t k = 0; k < n; k += 1 + n / 400) {
            uint8_t *cut = malloc(k + 1); /* of its own, so that a sanitizer sees its end */
            assert_non_null(cut);
            memcpy(cut, bytes, k);
            assert_int_not_equal(read_all(cut, k), GAN_OK);
            free(cut);
            memcpy(copy, bytes, n);
            copy[k] ^= (uint8_t)(1u << k % 8);
            (void)read_all(copy, n);
        }
        free(copy);
        free(bytes);
    }
}

/* What tests/fuzz/make_pth.py made right is read: else the corpus would show little. */
static void the_good_files_of_the_corpus_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t n;
        gan_status read;
    } cases[] = {
        {"good", 1, GAN_OK},        {"good-stream", 1, GAN_OK},   {"packed", 1, GAN_OK},
        {"packed-bomb", 1, GAN_OK}, {"strides", 4, GAN_OK},       {"from-type", 1, GAN_OK},
        {"typed", 1, GAN_OK},       {"sum-wrong", 1, GAN_E_DATA}, {"storage-short", 1, GAN_E_DATA}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gan_error err = {0};
        gan_pth *file = NULL;
        char path[128];
        size_t n = 0;
        snprintf(path, sizeof path, "tests/fuzz/corpus/pth/%s.pth", cases[i].name);
        must(gan_pth_open(path, &file, &err), &err);
        assert_int_equal(gan_pth_count(file), cases[i].n);
        gan_pth_close(file);
        uint8_t *bytes = data_read(path, &n);
        assert_int_equal(read_all(bytes, n), cases[i].read);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(recorded_files_are_read),
        TEST(tensors_come_in_the_order_of_the_file),
        TEST(what_would_run_code_is_refused_by_name),
        TEST(complex_numbers_are_none_of_ours),
        TEST(a_pickle_by_hand_is_read),
        TEST(wrong_pickles_are_refused),
        TEST(lists_of_lists_end),
        TEST(lists_of_tensors_end),
        TEST(dictionaries_of_dictionaries_end),
        TEST(a_storage_that_is_not_there_is_found_when_it_is_read),
        TEST(the_good_files_of_the_corpus_are_read),
        TEST(cut_and_changed_files_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
