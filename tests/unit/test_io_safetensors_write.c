/* test_io_safetensors_write.c — files written: order, bytes, digest, and what goes wrong. */
#define _GNU_SOURCE /* fork, setrlimit */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/path.h"
#include "io/safetensors.h"
#include "unit/data_files.h"

enum { LONG = 700001, KILLED = 77 };

static const char digest_key[] = "gan.sha256";
static const float weights[6] = {1, 2, 3, 4, 5, 6};
static const uint8_t bytes3[3] = {7, 8, 9};
static const int64_t step = 235, dims23[] = {2, 3}, dims3[] = {3}, dims_long[] = {LONG};

/* Element i of a tensor that is nowhere in memory. */
static gan_status produce(void *user, int64_t offset, int64_t n, void *bytes, gan_error *err)
{
    int64_t *next = user;
    if (offset != *next) {
        return gan_fail(err, GAN_E_FAILED, "asked out of order");
    }
    *next += n;
    for (int64_t i = 0; i < n; i++) {
        ((uint8_t *)bytes)[i] = (uint8_t)((offset + i) * 131 >> 3);
    }
    return GAN_OK;
}

/* Four tensors of three element sizes, one of them streamed; next is produce's. */
static void make_entries(gan_safetensors_entry entries[4], int64_t *next)
{
    *next = 0;
    entries[0] = (gan_safetensors_entry){"u8", GAN_SAFETENSORS_U8, dims3, 1, bytes3, NULL, NULL};
    entries[1] =
        (gan_safetensors_entry){"w\"2", GAN_SAFETENSORS_F32, dims23, 2, weights, NULL, NULL};
    entries[2] =
        (gan_safetensors_entry){"long", GAN_SAFETENSORS_F32, dims_long, 1, NULL, produce, next};
    entries[3] = (gan_safetensors_entry){"step", GAN_SAFETENSORS_I64, NULL, 0, &step, NULL, NULL};
}

static const gan_safetensors_meta metadata[] = {{"seed", "7"}, {"net", "a: \"b\"\n\xC3\xA9"}};

static gan_status write_file(const char *path, const gan_file_options *options, gan_error *err)
{
    gan_safetensors_entry entries[4];
    int64_t next = 0;
    make_entries(entries, &next);
    const gan_safetensors_content content = {entries, 4, metadata, 2, digest_key};
    return gan_safetensors_write(path, &content, options, err);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    gan_safetensors *file = NULL;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.safetensors");
    assert_int_equal(write_file(path, NULL, &err), GAN_OK);
    assert_int_equal(gan_safetensors_open(path, &file, &err), GAN_OK);
    assert_int_equal(gan_safetensors_count(file), 4);
    static const char *const order[] = {"step", "long", "w\"2", "u8"};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(gan_safetensors_at(file, i)->name, order[i]);
    }
    int64_t got_step = 0;
    float got[6];
    const gan_safetensors_tensor *w = gan_safetensors_find(file, "w\"2");
    assert_int_equal(
        gan_safetensors_read(file, gan_safetensors_find(file, "step"), 0, 8, &got_step, &err),
        GAN_OK);
    assert_int_equal(got_step, step);
    assert_true(w->n_dims == 2 && w->dims[0] == 2 && w->dims[1] == 3);
    assert_int_equal(gan_safetensors_read_f32(file, w, 0, 6, got, &err), GAN_OK);
    assert_memory_equal(got, weights, sizeof weights);
    uint8_t *streamed = malloc(4 * LONG);
    assert_non_null(streamed);
    assert_int_equal(
        gan_safetensors_read(file, gan_safetensors_find(file, "long"), 0, 4 * LONG, streamed, &err),
        GAN_OK);
    for (int64_t i = 0; i < 4 * LONG; i++) {
        if (streamed[i] != (uint8_t)(i * 131 >> 3)) {
            fail_msg("byte %d of the streamed tensor", (int)i);
        }
    }
    free(streamed);
    assert_string_equal(gan_safetensors_meta_find(file, "net"), metadata[1].value);
    assert_int_equal(gan_safetensors_meta_count(file), 3);
    assert_int_equal(gan_safetensors_verify(file, digest_key, &err), GAN_OK);
    gan_safetensors_close(file);
    data_folder_remove(&folder);
}

static void the_bytes_are_these(void **state)
{
    (void)state;
    static const char header[] =
        "{\"__metadata__\":{\"a\":\"1\",\"b\":\"2\"},"
        "\"x\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
        "\"u\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[24,27]}}";
    const gan_safetensors_entry entries[] = {
        {"u", GAN_SAFETENSORS_U8, dims3, 1, bytes3, NULL, NULL},
        {"x", GAN_SAFETENSORS_F32, dims23, 2, weights, NULL, NULL}};
    const gan_safetensors_meta pairs[] = {{"b", "2"}, {"a", "1"}};
    const gan_safetensors_content content = {entries, 2, pairs, 2, NULL};
    data_folder folder;
    size_t n = 0;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.safetensors");
    assert_int_equal(gan_safetensors_write(path, &content, NULL, NULL), GAN_OK);
    uint8_t *got = data_read(path, &n);
    const size_t begin = (8 + sizeof header - 1 + 63) / 64 * 64;
    assert_int_equal(n, begin + 27);
    assert_int_equal(got[0] + 256 * got[1], begin - 8);
    assert_memory_equal(got + 2, "\0\0\0\0\0\0", 6);
    assert_memory_equal(got + 8, header, sizeof header - 1);
    for (size_t i = 8 + sizeof header - 1; i < begin; i++) {
        assert_int_equal(got[i], ' ');
    }
    assert_memory_equal(got + begin, weights, 24);
    assert_memory_equal(got + begin + 24, bytes3, 3);
    free(got);
    data_folder_remove(&folder);
}

static void another_order_gives_the_same_bytes(void **state)
{
    (void)state;
    data_folder folder;
    size_t n[2];
    data_folder_make(&folder);
    assert_int_equal(write_file(data_at(&folder, "0"), NULL, NULL), GAN_OK);
    gan_safetensors_entry entries[4], turned[4];
    int64_t next = 0;
    make_entries(entries, &next);
    for (int i = 0; i < 4; i++) {
        turned[i] = entries[3 - i];
    }
    const gan_safetensors_meta pairs[] = {metadata[1], metadata[0]};
    const gan_safetensors_content content = {turned, 4, pairs, 2, digest_key};
    assert_int_equal(gan_safetensors_write(data_at(&folder, "1"), &content, NULL, NULL), GAN_OK);
    uint8_t *a = data_read(data_at(&folder, "0"), &n[0]);
    uint8_t *b = data_read(data_at(&folder, "1"), &n[1]);
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(a, b, n[0]);
    free(a);
    free(b);
    data_folder_remove(&folder);
}

/* Flips one bit everywhere in the header, its length and the digest included, and here and there
 * in the data. */
static void every_flipped_bit_is_seen(void **state)
{
    (void)state;
    const gan_safetensors_entry entry = {"x", GAN_SAFETENSORS_F32, dims23, 2, weights, NULL, NULL};
    const gan_safetensors_content content = {&entry, 1, metadata, 2, digest_key};
    data_folder folder;
    size_t n = 0;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.safetensors");
    assert_int_equal(gan_safetensors_write(path, &content, NULL, NULL), GAN_OK);
    uint8_t *bytes = data_read(path, &n);
    for (size_t bit = 0; bit < 8 * n; bit++) {
        gan_safetensors *file = NULL;
        gan_error err = {0};
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        gan_status status = gan_safetensors_open_memory("x", bytes, n, &file, &err);
        if (status == GAN_OK) {
            status = gan_safetensors_verify(file, digest_key, &err);
        }
        if (status != GAN_E_DATA) {
            fail_msg("bit %zu of %zu was not seen: %d", bit, 8 * n, status);
        }
        gan_safetensors_close(file);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(bytes);
    data_folder_remove(&folder);
}

/* The digest must be the file's own field, wherever the same text is met before it. */
static void the_digest_is_found_among_decoys(void **state)
{
    (void)state;
    data_folder folder;
    gan_safetensors *file = NULL;
    gan_error err = {0};
    const gan_safetensors_meta decoys[] = {
        {"a", "\"gan.sha256\":"
              "\"00000000000000000000000000000000000000000000000000000000000000ff\""},
        {"gan.sha25", "0000000000000000000000000000000000000000000000000000000000000000"},
        {"not gan.sha256", "0000000000000000000000000000000000000000000000000000000000000000"}};
    const gan_safetensors_content content = {NULL, 0, decoys, 3, digest_key};
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.safetensors");
    assert_int_equal(gan_safetensors_write(path, &content, NULL, &err), GAN_OK);
    assert_int_equal(gan_safetensors_open(path, &file, &err), GAN_OK);
    assert_int_equal(gan_safetensors_verify(file, digest_key, &err), GAN_OK);
    assert_int_equal(gan_safetensors_verify(file, "gan.sha25", &err), GAN_E_DATA);
    assert_int_equal(gan_safetensors_verify(file, "a", &err), GAN_E_DATA);
    assert_int_equal(gan_safetensors_verify(file, "absent", &err), GAN_E_DATA);
    assert_non_null(strstr(err.text, "no SHA-256 of its own in 'absent'"));
    gan_safetensors_close(file);
    data_folder_remove(&folder);
}

static void wrong_contents_are_refused(void **state)
{
    (void)state;
    static const int64_t negative[] = {-1}, huge[] = {INT64_MAX, 2};
    const gan_safetensors_entry ok = {"x", GAN_SAFETENSORS_F32, dims3, 1, weights, NULL, NULL};
    gan_safetensors_entry bad[] = {ok, ok, ok, ok, ok, ok, ok};
    static const gan_safetensors_meta twice[] = {{"a", "1"}, {"a", "2"}};
    static const gan_safetensors_meta taken[] = {{"gan.sha256", "1"}}, odd[] = {{"a", "\xff"}};
    data_folder folder;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.safetensors");
    bad[0].name = "__metadata__";
    bad[1].name = "\xC3(";
    bad[2].dims = negative;
    bad[3].dims = huge;
    bad[3].n_dims = 2;
    bad[4].type = GAN_SAFETENSORS_TYPES;
    bad[5].n_dims = 33;
    bad[6].bytes = NULL;
    const gan_safetensors_entry same[] = {ok, ok};
    gan_safetensors_content contents[11];
    for (size_t i = 0; i < 7; i++) {
        contents[i] = (gan_safetensors_content){&bad[i], 1, NULL, 0, NULL};
    }
    contents[7] = (gan_safetensors_content){same, 2, NULL, 0, NULL};
    contents[8] = (gan_safetensors_content){&ok, 1, twice, 2, NULL};
    contents[9] = (gan_safetensors_content){&ok, 1, taken, 1, digest_key};
    contents[10] = (gan_safetensors_content){&ok, 1, odd, 1, NULL};
    for (size_t i = 0; i < 11; i++) {
        gan_error err = {0};
        if (gan_safetensors_write(path, &contents[i], NULL, &err) != GAN_E_USAGE) {
            fail_msg("case %zu was not refused: %s", i, err.text);
        }
        assert_false(gan_path_exists(path));
    }
    data_folder_remove(&folder);
}

static gan_status refuse_late(void *user, int64_t offset, int64_t n, void *bytes, gan_error *err)
{
    (void)user;
    memset(bytes, 0, (size_t)n);
    return offset > 0 ? gan_fail(err, GAN_E_NONFINITE, "no more") : GAN_OK;
}

static void a_source_that_fails_ends_the_writing(void **state)
{
    (void)state;
    data_folder folder;
    gan_error err = {0};
    const gan_safetensors_entry entry = {"x",  GAN_SAFETENSORS_F32, dims_long, 1,
                                         NULL, refuse_late,         NULL};
    const gan_safetensors_content content = {&entry, 1, NULL, 0, NULL};
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.safetensors");
    assert_int_equal(gan_safetensors_write(path, &content, NULL, &err), GAN_E_NONFINITE);
    assert_string_equal(err.text, "no more");
    assert_false(gan_path_exists(path));
    data_folder_remove(&folder);
}

static void an_empty_file_is_a_file(void **state)
{
    (void)state;
    static const int64_t empty[] = {4, 0, 5};
    data_folder folder;
    gan_safetensors *file = NULL;
    const gan_safetensors_entry entry = {"", GAN_SAFETENSORS_F16, empty, 3, NULL, NULL, NULL};
    const gan_safetensors_content contents[] = {
        {NULL, 0, NULL, 0, NULL}, {&entry, 1, NULL, 0, NULL}, {NULL, 0, NULL, 0, digest_key}};
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.safetensors");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(gan_safetensors_write(path, &contents[i], NULL, NULL), GAN_OK);
        assert_int_equal(gan_safetensors_open(path, &file, NULL), GAN_OK);
        assert_int_equal(gan_safetensors_count(file), i == 1);
        gan_safetensors_close(file);
    }
    data_folder_remove(&folder);
}

typedef struct fault {
    gan_file_moment moment;
    int count;
} fault;

static int kill_at(void *user, gan_file_moment moment)
{
    fault *f = user;
    if (moment == f->moment && --f->count == 0) {
        _exit(KILLED);
    }
    return 0;
}

static void a_killed_writer_leaves_the_old_file(void **state)
{
    (void)state;
    static const fault faults[] = {{GAN_FILE_WRITE, 1},
                                   {GAN_FILE_WRITE, 3},
                                   {GAN_FILE_WRITE, 5},
                                   {GAN_FILE_SYNC, 1},
                                   {GAN_FILE_RENAME, 1}};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        data_folder folder;
        int code = 0;
        size_t n = 0;
        data_folder_make(&folder);
        const char *path = data_at(&folder, "x.safetensors");
        data_write(path, "old", 3);
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            fault f = faults[i];
            _exit((int)write_file(path, &(gan_file_options){0, kill_at, &f}, NULL));
        }
        assert_int_equal(waitpid(child, &code, 0), child);
        assert_true(WIFEXITED(code) && WEXITSTATUS(code) == KILLED);
        uint8_t *got = data_read(path, &n);
        assert_true(n == 3 && memcmp(got, "old", 3) == 0);
        free(got);
        data_folder_remove(&folder);
    }
}

/* A child writes under a limit of 1 MB; the exit code says how that ended. */
static void a_full_disk_leaves_the_old_file(void **state)
{
    (void)state;
    data_folder folder;
    int code = 0;
    size_t n = 0;
    data_folder_make(&folder);
    const char *path = data_at(&folder, "x.safetensors");
    data_write(path, "old", 3);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit limit = {1000000, 1000000};
        gan_error err = {0};
        signal(SIGXFSZ, SIG_IGN);
        const int set = setrlimit(RLIMIT_FSIZE, &limit);
        _exit(set == 0 && write_file(path, NULL, &err) == GAN_E_IO &&
                      strstr(err.text, strerror(EFBIG))
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
    uint8_t *got = data_read(path, &n);
    assert_true(n == 3 && memcmp(got, "old", 3) == 0);
    free(got);
    data_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(the_bytes_are_these),
        cmocka_unit_test(another_order_gives_the_same_bytes),
        cmocka_unit_test(every_flipped_bit_is_seen),
        cmocka_unit_test(the_digest_is_found_among_decoys),
        cmocka_unit_test(wrong_contents_are_refused),
        cmocka_unit_test(a_source_that_fails_ends_the_writing),
        cmocka_unit_test(an_empty_file_is_a_file),
        cmocka_unit_test(a_killed_writer_leaves_the_old_file),
        cmocka_unit_test(a_full_disk_leaves_the_old_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
