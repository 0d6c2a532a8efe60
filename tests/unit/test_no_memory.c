/* test_no_memory.c — every reader of files, with memory that ends at its n-th allocation, for every
 * n: that is GAN_E_MEMORY, and never damaged data. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data/picture.h"
#include "data/reader.h"
#include "gan/cost.h"
#include "gan/net.h"
#include "io/jsonl.h"
#include "io/safetensors.h"
#include "plan/catalogue.h"
#include "unit/data_files.h"

#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
#define CAN_FAIL 0 /* the sanitizer has its own malloc */
#else
#define CAN_FAIL 1

/* glibc's own, under the names that these take the place of, in this program and its libraries. */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): glibc's names */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t n);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

#define SEEN_BY_LIBRARIES __attribute__((visibility("default")))

static long left = -1; /* allocations that still work; below 0: all do */

static int fails(void)
{
    if (left == 0) {
        errno = ENOMEM;
        return 1;
    }
    left -= left > 0;
    return 0;
}

SEEN_BY_LIBRARIES void *malloc(size_t n)
{
    return fails() ? NULL : __libc_malloc(n);
}

SEEN_BY_LIBRARIES void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

SEEN_BY_LIBRARIES void *realloc(void *block, size_t n)
{
    return fails() ? NULL : __libc_realloc(block, n);
}
#endif

typedef gan_status read_file(const char *path, gan_error *err);

static gan_status read_picture(const char *path, gan_error *err)
{
    gan_picture picture = {0};
    gan_status status = gan_picture_read(path, &picture, err);
    free(picture.pixels);
    return status;
}

static gan_status read_tensors(const char *path, gan_error *err)
{
    gan_safetensors *file = NULL;
    gan_status status = gan_safetensors_open(path, &file, err);
    gan_safetensors_close(file);
    return status;
}

static gan_status read_net(const char *path, gan_error *err)
{
    gan_net *net = NULL;
    gan_status status = gan_net_load(path, &net, err);
    gan_net_destroy(net);
    return status;
}

static gan_status read_catalogue(const char *path, gan_error *err)
{
    gan_catalogue catalogue = {0};
    gan_status status = gan_catalogue_load(path, &catalogue, err);
    gan_catalogue_free(&catalogue);
    return status;
}

static gan_status read_prices(const char *path, gan_error *err)
{
    gan_planner_set *set = NULL;
    gan_prices *prices = NULL;
    gan_status status = gan_planner_set_open(path, &set, err);
    if (status == GAN_OK) {
        status = gan_prices_open(set, NULL, &prices, err);
    }
    gan_prices_close(prices);
    gan_planner_set_close(set);
    return status;
}

static gan_status read_packed(const char *path, gan_error *err)
{
    gan_reader *reader = NULL;
    uint8_t bytes[512];
    size_t got = 0;
    gan_status status = gan_reader_open(path, &reader, err);
    if (status == GAN_OK) {
        status = gan_reader_read(reader, bytes, sizeof bytes, &got, err);
    }
    gan_reader_close(reader);
    return status;
}

/* Every line is kept, so the file stays. */
static gan_status read_lines(const char *path, gan_error *err)
{
    int64_t removed = 0;
    gan_status status = gan_jsonl_truncate(path, 100, &removed, err);
    if (status == GAN_OK && removed > 0) {
        return gan_fail(err, GAN_E_FAILED, "%lld lines lost", (long long)removed);
    }
    return status;
}

static void check(const char *path, read_file *reader)
{
#if CAN_FAIL
    gan_status status = GAN_E_MEMORY;
    long n = 0;
    for (; status != GAN_OK && n < 100000; n++) {
        gan_error err = {0};
        left = n;
        status = reader(path, &err);
        left = -1;
        if (status != GAN_OK && status != GAN_E_MEMORY) {
            fail_msg("%s, memory for %ld allocations: %s: %s", path, n, gan_status_text(status),
                     err.text);
        }
    }
    if (status != GAN_OK || n < 2) {
        fail_msg("%s: %s after %ld", path, gan_status_text(status), n);
    }
#else
    (void)path, (void)reader;
#endif
}

static void is_never_damaged_data(void **state)
{
    static const char lines[] = "{\"step\": 1, \"a\": 0.5}\n{\"step\": 2, \"b\": \"word\"}\n";
    static uint8_t bytes[3 * 60 * 70];
    (void)state;
#if !CAN_FAIL
    skip();
#endif
    data_folder folder;
    const char *path = NULL;
    data_folder_make(&folder);
    data_fill(bytes, sizeof bytes, 5);
    path = data_at(&folder, "a.png");
    data_write_png8(path, 60, 70, 3, bytes);
    check(path, read_picture);
    path = data_at(&folder, "a.jpg");
    data_write_jpeg(path, 60, 70, 3, bytes, 90, 1);
    check(path, read_picture);
    path = data_at(&folder, "a.gz");
    data_write_gz(path, bytes, sizeof bytes);
    check(path, read_packed);
    path = data_at(&folder, "a.jsonl");
    data_write(path, lines, sizeof lines - 1);
    check(path, read_lines);
    check("tests/golden/keras_small.safetensors", read_tensors);
    check("data/nets/tiny.yaml", read_net);
    check("data/gpus.json", read_catalogue);
    check("data/gpus.json", read_prices);
    data_folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_never_damaged_data)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
