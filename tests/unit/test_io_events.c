/* test_io_events.c — TensorBoard's event files: framing, fields, the order of files, histograms. */
#define _GNU_SOURCE /* mkdtemp */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/path.h"
#include "io/crc32c.h"
#include "io/events.h"
#include "unit/events_reader.h"

enum { MAX_RECORDS = 16 };

typedef struct record {
    unsigned char *bytes;
    size_t n;
} record;

typedef struct folder {
    char path[64];
    record got[MAX_RECORDS];
    int n;
} folder;

static void keep(void *ctx, const unsigned char *message, size_t n)
{
    folder *f = ctx;
    assert_true(f->n < MAX_RECORDS);
    record *r = &f->got[f->n++];
    r->n = n;
    r->bytes = malloc(n + 1);
    assert_non_null(r->bytes);
    memcpy(r->bytes, message, n);
}

static void forget(folder *f)
{
    while (f->n > 0) {
        free(f->got[--f->n].bytes);
    }
}

/* The events of the folder's last file; returns how many files there are. */
static size_t read_last(folder *f)
{
    gan_path_names names = {0};
    char path[512];
    forget(f);
    assert_int_equal(gan_path_list(f->path, &names, NULL), GAN_OK);
    const size_t n = names.n;
    assert_true(n > 0);
    snprintf(path, sizeof path, "%s/%s", f->path, names.name[n - 1]);
    gan_path_names_free(&names);
    const int64_t n_events = events_read(path, keep, f);
    assert_int_equal(n_events, f->n);
    return n;
}

static int setup(void **state)
{
    folder *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->path, sizeof f->path, "/tmp/gan-events-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    folder *f = *state;
    gan_path_names names = {0};
    assert_int_equal(gan_path_list(f->path, &names, NULL), GAN_OK);
    for (size_t i = 0; i < names.n; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", f->path, names.name[i]);
        assert_int_equal(unlink(path), 0);
    }
    gan_path_names_free(&names);
    assert_int_equal(rmdir(f->path), 0);
    forget(f);
    free(f);
    return 0;
}

/* A field of a message by the numbers that lead to it. */
static wire_field find(const record *r, const uint32_t *way, size_t depth)
{
    wire_field f = {.bytes = r->bytes, .n = r->n};
    for (size_t i = 0; i < depth; i++) {
        const wire_field outer = f;
        assert_int_equal(wire_find(outer.bytes, outer.n, way[i], &f), 1);
    }
    return f;
}
#define FIND(r, ...)                                                                               \
    find((r), (const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static gan_events *begin(folder *f, int64_t first_step)
{
    gan_events *e = NULL;
    gan_error err = {0};
    if (gan_events_open(f->path, first_step, &e, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    return e;
}

static void the_crc_is_castagnolis(void **state)
{
    unsigned char zeros[32] = {0};
    (void)state;
    assert_int_equal(gan_crc32c("123456789", 9), 0xe3069283u);
    assert_int_equal(gan_crc32c(zeros, sizeof zeros), 0x8a9136aau); /* RFC 3720, B.4 */
    assert_int_equal(gan_crc32c("", 0), 0);
}

static void scalars_come_back(void **state)
{
    folder *f = *state;
    gan_events *e = begin(f, 0);
    gan_events_scalar(e, "Loss/D/loss", 0.25);
    gan_events_scalar(e, "other", -3);
    assert_int_equal(gan_events_end(e, 300, 1.5e9, NULL), GAN_OK);
    assert_int_equal(gan_events_end(e, 301, 1.5e9, NULL), GAN_OK); /* nothing: no event */
    assert_int_equal(gan_events_sync(e, NULL), GAN_OK);
    gan_events_close(e);
    assert_int_equal(read_last(f), 1);
    assert_int_equal(f->n, 2);
    const wire_field version = FIND(&f->got[0], 3);
    assert_memory_equal(version.bytes, "brain.Event:2", version.n);
    wire_field tag = FIND(&f->got[1], 5, 1, 1), value = FIND(&f->got[1], 5, 1, 2);
    assert_memory_equal(tag.bytes, "Loss/D/loss", tag.n);
    assert_true(wire_double(&value) == 0.25);
    value = FIND(&f->got[1], 1);
    assert_true(wire_double(&value) == 1.5e9);
    assert_int_equal(FIND(&f->got[1], 2).bits, 300);
}

static void a_later_file_forgets_steps_and_comes_later(void **state)
{
    folder *f = *state;
    for (int i = 0; i < 3; i++) { /* within one second */
        gan_events_close(begin(f, i * 10));
        assert_int_equal(read_last(f), (size_t)i + 1);
        assert_int_equal(f->n, i > 0 ? 2 : 1);
        if (i > 0) {
            assert_int_equal(FIND(&f->got[1], 2).bits, (uint64_t)i * 10);
            assert_int_equal(FIND(&f->got[1], 7, 1).bits, 1); /* SessionLog START */
        }
    }
}

static void a_histogram_counts_every_finite_value(void **state)
{
    const float values[] = {0, 1, 2, 64, 63.5f, NAN, INFINITY, 63.9f};
    const float same[] = {7, 7, 7};
    double sum = 0;
    folder *f = *state;
    gan_events *e = begin(f, 0);
    gan_events_histogram(e, "h", values, 8);
    assert_int_equal(gan_events_end(e, 1, 0, NULL), GAN_OK);
    gan_events_histogram(e, "same", same, 3);
    assert_int_equal(gan_events_end(e, 2, 0, NULL), GAN_OK);
    gan_events_histogram(e, "nothing", values + 5, 2);
    assert_int_equal(gan_events_end(e, 3, 0, NULL), GAN_OK);
    gan_events_close(e);
    (void)read_last(f);
    assert_int_equal(f->n, 3);
    wire_field counts = FIND(&f->got[1], 5, 1, 5, 7), n = FIND(&f->got[1], 5, 1, 5, 3);
    assert_true(wire_double(&n) == 6 && counts.n == 64 * sizeof(double));
    double bins[64];
    memcpy(bins, counts.bytes, sizeof bins);
    for (int i = 0; i < 64; i++) {
        sum += bins[i];
    }
    assert_true(sum == 6 && bins[0] == 1 && bins[1] == 1 && bins[2] == 1 && bins[63] == 3);
    counts = FIND(&f->got[2], 5, 1, 5, 7);
    assert_int_equal(counts.n, sizeof(double));
    memcpy(bins, counts.bytes, sizeof *bins);
    assert_true(bins[0] == 3);
}

static void a_picture_is_a_png_file(void **state)
{
    static const unsigned char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\2\0\0\0\5\x8\x2\0\0\0";
    gan_error err = {0};
    folder *f = *state;
    gan_events *e = begin(f, 0);
    gan_events_image(e, "samples", png, sizeof png - 1);
    assert_int_equal(gan_events_end(e, 1, 0, NULL), GAN_OK);
    gan_events_image(e, "samples", "GIF89a-----------------------", 30);
    assert_int_equal(gan_events_end(e, 2, 0, &err), GAN_E_DATA);
    assert_non_null(strstr(err.text, "not a PNG"));
    gan_events_scalar(e, "and on", 1);
    assert_int_equal(gan_events_end(e, 3, 0, NULL), GAN_OK);
    gan_events_close(e);
    (void)read_last(f);
    assert_int_equal(f->n, 3);
    assert_int_equal(FIND(&f->got[1], 5, 1, 4, 1).bits, 5);
    assert_int_equal(FIND(&f->got[1], 5, 1, 4, 2).bits, 258);
    assert_int_equal(FIND(&f->got[1], 5, 1, 4, 3).bits, 3);
}

static void settings_are_numbers_or_texts(void **state)
{
    const gan_events_setting settings[] = {{"lr", "0.5", 0.5}, {"net", "tiny", (double)NAN}};
    folder *f = *state;
    gan_events *e = begin(f, 0);
    gan_events_hparams(e, "run", settings, 2, 5);
    assert_int_equal(gan_events_end(e, 0, 0, NULL), GAN_OK);
    gan_events_close(e);
    (void)read_last(f);
    const wire_field plugin = FIND(&f->got[1], 5, 1, 9, 1, 1);
    assert_memory_equal(plugin.bytes, "hparams", plugin.n);
    const wire_field number = FIND(&f->got[1], 5, 1, 9, 1, 2, 3, 1, 2, 2);
    assert_true(wire_double(&number) == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_crc_is_castagnolis),
        cmocka_unit_test_setup_teardown(scalars_come_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_later_file_forgets_steps_and_comes_later, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_histogram_counts_every_finite_value, setup, teardown),
        cmocka_unit_test_setup_teardown(a_picture_is_a_png_file, setup, teardown),
        cmocka_unit_test_setup_teardown(settings_are_numbers_or_texts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
