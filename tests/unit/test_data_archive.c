/* test_data_archive.c — zip and tar of pictures are what the folder in them is; what is damaged or
 * dishonest in them is refused or left out. */
#define _GNU_SOURCE /* uselocale */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zip.h>

#include "unit/data_files.h"

enum { MAX_MEMBERS = 16, TAR_ROOM = 1 << 18 };

/* What an archive is made of. */
typedef struct member {
    const char *name;
    char type; /* of a tar: '0' a file, '1' a hard link, '2' a symbolic one */
    uint8_t *bytes;
    size_t n;
} member;

static data_folder folder;
static member members[MAX_MEMBERS];
static int n_members;

static int set_up(void **state)
{
    (void)state;
    data_folder_make(&folder);
    n_members = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < n_members; i++) {
        free(members[i].bytes);
    }
    data_folder_remove(&folder);
    return 0;
}

static member *add(const char *name, const void *bytes, size_t n)
{
    assert_true(n_members < MAX_MEMBERS);
    member *m = &members[n_members++];
    *m = (member){name, '0', malloc(n + 1), n};
    assert_non_null(m->bytes);
    memcpy(m->bytes, bytes, n);
    return m;
}

/* A grey picture of one value, in the archives to come and below folder/f. */
static void add_grey(const char *name, uint8_t value)
{
    uint8_t pixels[16];
    size_t n = 0;
    memset(pixels, value, sizeof pixels);
    const char *path = data_at(&folder, "f/%s", name);
    data_write_png8(path, 4, 4, 1, pixels);
    uint8_t *bytes = data_read(path, &n);
    (void)add(name, bytes, n);
    free(bytes);
}

static const char *write_zip(const char *name)
{
    const char *path = data_at(&folder, "%s", name);
    int error = 0;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    for (int i = n_members - 1; i >= 0; i--) { /* not in their order */
        zip_source_t *source = zip_source_buffer(zip, members[i].bytes, members[i].n, 0);
        assert_true(zip_file_add(zip, members[i].name, source, ZIP_FL_ENC_UTF_8) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    return path;
}

/* Writes where a link leads into a tar's header, and the sum anew: of all bytes, its own as blanks.
 */
static void point_link(uint8_t *head, const char *target)
{
    unsigned sum = 0;
    memcpy(head + 157, target, strlen(target));
    memset(head + 148, ' ', 8);
    for (int i = 0; i < 512; i++) {
        sum += head[i];
    }
    snprintf((char *)head + 148, 8, "%06o", sum);
}

static const char *write_tar(const char *name, int packed)
{
    static uint8_t bytes[TAR_ROOM];
    size_t n = 0;
    const char *path = data_at(&folder, "%s", name);
    for (int i = n_members - 1; i >= 0; i--) {
        uint8_t *head = bytes + n;
        data_tar_add(bytes, &n, members[i].name, members[i].type, members[i].bytes, members[i].n);
        if (members[i].type != '0') {
            point_link(head, "good.png");
        }
    }
    memset(bytes + n, 0, 1024);
    (packed ? data_write_gz : data_write)(path, bytes, n + 1024);
    return path;
}

typedef struct heard {
    char all[4096];
} heard;

static void take_line(void *ctx, const char *line)
{
    heard *h = ctx;
    const size_t used = strlen(h->all);
    snprintf(h->all + used, sizeof h->all - used, "%s\n", line);
}

static void need_libarchive(void)
{
    gan_error err = {0};
    gan_data *data = NULL;
    const char *path = data_at(&folder, "try.zip");
    data_write(path, "x", 1);
    (void)gan_data_open(path, NULL, &data, &err);
    if (strstr(err.text, "was built without")) {
        print_message("%s\n", err.text);
        skip();
    }
}

static void expect_like_folder(const char *archive, const gan_data_options *options)
{
    gan_data *a = data_open_ok(data_at(&folder, "f"), options), *b = data_open_ok(archive, options);
    const gan_data_info *x = gan_data_describe(a), *y = gan_data_describe(b);
    assert_int_equal(x->n, y->n);
    assert_string_equal(x->fingerprint, y->fingerprint);
    assert_string_equal(x->labelled_fingerprint, y->labelled_fingerprint);
    assert_int_equal(x->n_classes, y->n_classes);
    for (int32_t k = 0; k < x->n_classes; k++) {
        const char *name = gan_data_class_name(a, k), *same = gan_data_class_name(b, k);
        assert_true(name && same ? strcmp(name, same) == 0 : name == same);
    }
    gan_data_close(a);
    gan_data_close(b);
}

static void archives_are_what_their_folder_is(void **state)
{
    (void)state;
    need_libarchive();
    const char *const names[] = {"cat/1.png", "cat/2.png", "cat-big/1.png", "dog/1.png"};
    for (int i = 0; i < 4; i++) {
        add_grey(names[i], (uint8_t)(10 * i));
    }
    const char *const archives[] = {write_zip("a.zip"), write_tar("a.tar", 0),
                                    write_tar("a.tar.gz", 1), write_tar("a.tgz", 1)};
    const gan_data_options some[] = {{0},
                                     {.threads = 3},
                                     {.limit = 2},
                                     {.holdout = 0.6},
                                     {.holdout = 0.6, .split = "test"},
                                     {.height = 8, .width = 6, .channels = 3, .threads = 2}};
    for (size_t i = 0; i < sizeof archives / sizeof *archives; i++) {
        for (size_t k = 0; k < sizeof some / sizeof *some; k++) {
            expect_like_folder(archives[i], &some[k]);
        }
    }
}

static void labels_come_from_dataset_json(void **state)
{
    (void)state;
    static const char json[] = "{\"labels\": [[\"00000/img0.png\", 3], [\"00000/img1.png\", 0]]}";
    need_libarchive();
    add_grey("00000/img0.png", 1);
    add_grey("00000/img1.png", 2);
    (void)add("dataset.json", json, sizeof json - 1);
    data_write(data_at(&folder, "f/dataset.json"), json, sizeof json - 1);
    const char *const archives[] = {write_zip("a.zip"), write_tar("a.tar", 0)};
    for (int i = 0; i < 2; i++) {
        gan_data *data = data_open_ok(archives[i], NULL);
        assert_string_equal(gan_data_describe(data)->unlabelled, "");
        assert_int_equal(gan_data_labels(data)[0], 3);
        assert_int_equal(gan_data_labels(data)[1], 0);
        gan_data_close(data);
        expect_like_folder(archives[i], NULL);
    }
}

/* Names that lead out, links and hidden files are not taken; nothing is written anywhere. */
static void dishonest_members_are_left_out(void **state)
{
    (void)state;
    need_libarchive();
    heard h = {""};
    const gan_listener listener = {take_line, &h};
    const gan_data_options options = {.listener = &listener};
    add_grey("good.png", 9);
    const char *const bad[] = {"../out.png",       "a/../../out.png", "/tmp/gan-out.png",
                               "__MACOSX/._x.png", ".hidden.png",     "notes.txt"};
    for (int i = 0; i < 6; i++) {
        (void)add(bad[i], members[0].bytes, members[0].n);
    }
    const char *zip = write_zip("a.zip");
    add("link.png", "", 0)->type = '2';
    add("hard.png", "", 0)->type = '1';
    const char *const archives[] = {zip, write_tar("a.tar", 0)};
    for (int i = 0; i < 2; i++) {
        h.all[0] = '\0';
        gan_data *data = data_open_ok(archives[i], &options);
        assert_int_equal(gan_data_describe(data)->n, 1);
        assert_int_equal(gan_data_pixels(data)[0], 9);
        gan_data_close(data);
        assert_non_null(strstr(h.all, i == 0 ? "not taken: 2 hidden, 3 names that lead out, 1 other"
                                             : "not taken: 2 hidden, 2 links, 3 names that lead "
                                               "out, 1 other"));
    }
}

/* Names beyond ASCII, in the program's locale "C": as a zip's flag says they are UTF-8. */
static void names_are_in_utf8(void **state)
{
    (void)state;
    need_libarchive();
    add_grey("zw\xc3\xb6lf \xe6\x97\xa5/a.png", 12);
    add_grey("b/b.png", 3);
    const char *const archives[] = {write_zip("a.zip"), write_tar("a.tar", 0)};
    for (int i = 0; i < 2; i++) {
        gan_data *data = data_open_ok(archives[i], NULL);
        assert_int_equal(gan_data_describe(data)->n, 2);
        assert_int_equal(gan_data_describe(data)->n_classes, 2);
        assert_int_equal(gan_data_pixels(data)[0], 3);
        assert_int_equal(gan_data_pixels(data)[16], 12);
        gan_data_close(data);
    }
    assert_string_equal(setlocale(LC_CTYPE, NULL), "C"); /* and nothing is left of it */
    assert_true(uselocale((locale_t)0) == LC_GLOBAL_LOCALE);
}

static void a_member_that_is_there_twice_is_refused(void **state)
{
    (void)state;
    need_libarchive();
    add_grey("x.png", 1);
    (void)add("x.png", members[0].bytes, members[0].n);
    data_open_fails(write_tar("a.tar", 0), NULL, GAN_E_DATA, "x.png: is in its archive twice");
}

static void nothing_to_take_is_told(void **state)
{
    (void)state;
    need_libarchive();
    (void)add("notes.txt", "x", 1);
    data_open_fails(write_zip("a.zip"), NULL, GAN_E_NO_INPUT, "no picture in it, only 1 other");
    data_write(data_at(&folder, "b.zip"), "not a zip", 9);
    data_open_fails(data_at(&folder, "b.zip"), NULL, GAN_E_DATA, "damaged archive");
}

/* A sum that is wrong spoils one picture; an archive that is cut off is of no use. */
static void damage_is_found(void **state)
{
    (void)state;
    need_libarchive();
    size_t n = 0;
    const gan_data_options skip = {.skip_bad = 1};
    for (int i = 0; i < 6; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d.png", i);
        add_grey(name, (uint8_t)i);
        members[i].name = data_at(&folder, "%d.png", i) + strlen(folder.path) + 1;
    }
    uint8_t *zip = data_read(write_zip("a.zip"), &n);
    uint8_t *pixels = NULL; /* of 3.png: of a stored or packed member, some byte of its content */
    for (size_t k = 0; k + 5 < n && !pixels; k++) {
        pixels = memcmp(zip + k, "3.png", 5) == 0 ? zip + k + 40 : NULL;
    }
    assert_non_null(pixels);
    *pixels ^= 0x10;
    data_write(data_at(&folder, "b.zip"), zip, n);
    data_open_fails(data_at(&folder, "b.zip"), NULL, GAN_E_DATA, "3.png");
    gan_data *data = data_open_ok(data_at(&folder, "b.zip"), &skip);
    assert_int_equal(gan_data_describe(data)->n, 5);
    assert_int_equal(gan_data_describe(data)->skipped, 1);
    gan_data_close(data);
    for (size_t k = 1; k < n; k += n / 60) {
        gan_error err = {0};
        data_write(data_at(&folder, "c.zip"), zip, k);
        assert_int_not_equal(gan_data_open(data_at(&folder, "c.zip"), &skip, &data, &err), GAN_OK);
        assert_true(err.text[0]);
    }
    free(zip);
    uint8_t *tar = data_read(write_tar("a.tar.gz", 1), &n);
    for (size_t k = 1; k < n - 8; k += n / 60) {
        gan_error err = {0};
        data_write(data_at(&folder, "c.tar.gz"), tar, k);
        assert_int_not_equal(gan_data_open(data_at(&folder, "c.tar.gz"), NULL, &data, &err),
                             GAN_OK);
        assert_true(err.text[0]);
    }
    free(tar);
}

/* 64 MB of zeros by the name of a picture are not unpacked to find that they are none. */
static void what_is_no_picture_is_not_unpacked(void **state)
{
    (void)state;
    need_libarchive();
    enum { ZEROS = 64 << 20 };
    add_grey("a.png", 7);
    const gan_data_options skip = {.skip_bad = 1, .height = 4, .width = 4, .channels = 1};
    uint8_t *zeros = calloc(ZEROS, 1);
    assert_non_null(zeros);
    (void)add("bomb.png", zeros, ZEROS);
    free(zeros);
    const char *path = write_zip("a.zip");
    data_open_fails(path, NULL, GAN_E_DATA, "bomb.png: not a picture");
    gan_data *data = data_open_ok(path, &skip);
    assert_int_equal(gan_data_describe(data)->n, 1);
    gan_data_close(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        TEST(archives_are_what_their_folder_is),
        TEST(labels_come_from_dataset_json),
        TEST(dishonest_members_are_left_out),
        TEST(names_are_in_utf8),
        TEST(a_member_that_is_there_twice_is_refused),
        TEST(nothing_to_take_is_told),
        TEST(damage_is_found),
        TEST(what_is_no_picture_is_not_unpacked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
