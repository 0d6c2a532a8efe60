/* test_data_idx.c — IDX files, packed or not, whole, damaged, mislabelled, and lying. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sha256.h"
#include "unit/data_files.h"

enum { N = 13, H = 5, W = 7, IMAGE = H * W, N_PIXELS = N * IMAGE };

/* Images, labels, and the files made of them. */
typedef struct fixture {
    data_folder folder;
    uint8_t pixels[N_PIXELS], labels[N];
    uint8_t *images_file, *labels_file;
    size_t n_images_file, n_labels_file;
} fixture;

static int set_up(void **state)
{
    const uint32_t dims[3] = {N, H, W};
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    data_folder_make(&f->folder);
    data_fill(f->pixels, N_PIXELS, 1);
    for (int i = 0; i < N; i++) {
        f->labels[i] = (uint8_t)(i % 10);
    }
    f->images_file = data_idx(8, 3, dims, f->pixels, N_PIXELS, &f->n_images_file);
    f->labels_file = data_idx(8, 1, dims, f->labels, N, &f->n_labels_file);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    data_folder_remove(&f->folder);
    free(f->images_file);
    free(f->labels_file);
    free(f);
    return 0;
}

static void expect_whole(const fixture *f, const gan_data *data)
{
    const gan_data_info *info = gan_data_describe(data);
    assert_int_equal(info->n, N);
    assert_int_equal(info->height, H);
    assert_int_equal(info->width, W);
    assert_int_equal(info->channels, 1);
    assert_int_equal(info->bytes, N_PIXELS);
    assert_int_equal(info->skipped, 0);
    assert_memory_equal(gan_data_pixels(data), f->pixels, N_PIXELS);
}

/* The fingerprint, computed here from its definition. */
static void fingerprint_of(const uint8_t *pixels, const int64_t shape[4], char text[65])
{
    gan_sha256 hash;
    gan_sha256_init(&hash);
    gan_sha256_update(&hash, pixels, (size_t)(shape[0] * shape[1] * shape[2] * shape[3]));
    for (int i = 0; i < 4; i++) {
        uint8_t b[8];
        for (int k = 0; k < 8; k++) {
            b[k] = (uint8_t)(shape[i] >> 8 * k);
        }
        gan_sha256_update(&hash, b, 8);
    }
    gan_sha256_final_text(&hash, text);
}

static void a_plain_file_is_read(void **state)
{
    fixture *f = *state;
    const char *path = data_at(&f->folder, "some.idx");
    data_write(path, f->images_file, f->n_images_file);
    gan_data *data = data_open_ok(path, NULL);
    expect_whole(f, data);
    assert_null(gan_data_labels(data));
    assert_string_equal(gan_data_describe(data)->name, "some.idx");
    assert_string_equal(gan_data_describe(data)->path, path);
    char text[65];
    fingerprint_of(f->pixels, (const int64_t[4]){N, H, W, 1}, text);
    assert_string_equal(gan_data_describe(data)->fingerprint, text);
    gan_data_close(data);
}

static void a_packed_file_is_read_with_its_labels(void **state)
{
    fixture *f = *state;
    const char *path = data_at(&f->folder, "emnist-images-idx3-ubyte.gz");
    data_write_gz(path, f->images_file, f->n_images_file);
    data_write_gz(data_at(&f->folder, "emnist-labels-idx1-ubyte.gz"), f->labels_file,
                  f->n_labels_file);
    gan_data *data = data_open_ok(path, NULL);
    expect_whole(f, data);
    data_expect_labels(data, f->labels, N);
    gan_data_close(data);
}

static void four_dimensions_are_channels_last(void **state)
{
    fixture *f = *state;
    const uint32_t dims[4] = {N, 5, 7, 1}, colour[4] = {3, 4, 2, 3};
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        size_t n_content = i ? 3 * 4 * 2 * 3 : N_PIXELS;
        uint8_t *bytes = data_idx(8, 4, i ? colour : dims, f->pixels, n_content, &n);
        const char *path = data_at(&f->folder, "four%d", i);
        data_write(path, bytes, n);
        gan_data *data = data_open_ok(path, NULL);
        assert_int_equal(gan_data_describe(data)->channels, i ? 3 : 1);
        assert_memory_equal(gan_data_pixels(data), f->pixels, n_content);
        gan_data_close(data);
        free(bytes);
    }
}

static void a_folder_has_two_splits(void **state)
{
    fixture *f = *state;
    const uint32_t dims[3] = {2, H, W};
    size_t n = 0;
    uint8_t *two = data_idx(8, 3, dims, f->pixels + IMAGE, 2 * IMAGE, &n);
    data_write_gz(data_at(&f->folder, "train-images-idx3-ubyte.gz"), f->images_file,
                  f->n_images_file);
    data_write(data_at(&f->folder, "train-labels-idx1-ubyte"), f->labels_file, f->n_labels_file);
    data_write(data_at(&f->folder, "t10k-images.idx3-ubyte"), two, n);
    gan_data *train = data_open_ok(f->folder.path, NULL);
    expect_whole(f, train);
    data_expect_labels(train, f->labels, N);
    gan_data_close(train);
    const gan_data_options options = {.split = "test"};
    gan_data *test = data_open_ok(f->folder.path, &options);
    assert_int_equal(gan_data_describe(test)->n, 2);
    assert_memory_equal(gan_data_pixels(test), f->pixels + IMAGE, 2 * IMAGE);
    assert_null(gan_data_labels(test));
    gan_data_close(test);
    free(two);
}

static void a_missing_split_is_told(void **state)
{
    fixture *f = *state;
    data_write(data_at(&f->folder, "t10k-images-idx3-ubyte"), f->images_file, f->n_images_file);
    data_open_fails(f->folder.path, NULL, GAN_E_NO_INPUT, "no train-images-idx3-ubyte");
}

static void the_plain_file_is_preferred(void **state)
{
    fixture *f = *state;
    data_write(data_at(&f->folder, "train-images-idx3-ubyte.gz"), "broken", 6);
    data_write(data_at(&f->folder, "train-images-idx3-ubyte"), f->images_file, f->n_images_file);
    gan_data *data = data_open_ok(f->folder.path, NULL);
    expect_whole(f, data);
    gan_data_close(data);
}

static void a_limit_takes_the_first(void **state)
{
    fixture *f = *state;
    const char *path = data_at(&f->folder, "x-images-idx3-ubyte.gz");
    data_write_gz(path, f->images_file, f->n_images_file);
    data_write(data_at(&f->folder, "x-labels-idx1-ubyte.gz"), f->labels_file, f->n_labels_file);
    const int64_t limits[] = {1, N - 1, N, N + 1, 1000000};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const gan_data_options options = {.limit = limits[i]};
        int64_t n = limits[i] < N ? limits[i] : N;
        gan_data *data = data_open_ok(path, &options);
        assert_int_equal(gan_data_describe(data)->n, n);
        assert_memory_equal(gan_data_pixels(data), f->pixels, (size_t)n * IMAGE);
        data_expect_labels(data, f->labels, (size_t)n);
        gan_data_close(data);
    }
}

static void images_are_brought_to_the_network(void **state)
{
    fixture *f = *state;
    const char *path = data_at(&f->folder, "a.idx");
    data_write(path, f->images_file, f->n_images_file);
    const gan_data_options options = {.height = H, .width = W, .channels = 3};
    gan_data *data = data_open_ok(path, &options);
    const gan_data_info *info = gan_data_describe(data);
    assert_int_equal(info->bytes, 3 * N_PIXELS);
    for (int i = 0; i < 3 * N_PIXELS; i++) {
        assert_int_equal(gan_data_pixels(data)[i], f->pixels[i / 3]);
    }
    char text[65];
    fingerprint_of(gan_data_pixels(data), (const int64_t[4]){N, H, W, 3}, text);
    assert_string_equal(info->fingerprint, text);
    gan_data_close(data);
    const gan_data_options two = {.channels = 2};
    data_open_fails(path, &two, GAN_E_USAGE, "1 (grey) or 3 (colour)");
}

static void every_truncation_is_found(void **state)
{
    fixture *f = *state;
    const char *path = data_at(&f->folder, "cut.idx");
    for (size_t n = 0; n < f->n_images_file; n++) {
        data_write(path, f->images_file, n);
        data_open_fails(path, NULL, GAN_E_DATA, "cut.idx: ");
    }
    data_write(path, f->images_file, 100);
    data_open_fails(path, NULL, GAN_E_DATA, "its header promises 471 bytes, and the file has 100");
}

static void every_truncation_of_a_packed_file_is_found(void **state)
{
    fixture *f = *state;
    size_t n = 0;
    const char *path = data_at(&f->folder, "cut.gz");
    data_write_gz(path, f->images_file, f->n_images_file);
    uint8_t *whole = data_read(path, &n);
    for (size_t k = 0; k < n; k++) {
        data_write(path, whole, k);
        data_open_fails(path, NULL, GAN_E_DATA, "cut.gz: ");
    }
    free(whole);
}

/* Every byte behind the gzip header: the content, the checksum or the length differ. Low bits, for
 * the high ones of a stored block's first byte are padding. */
static void every_flipped_byte_of_a_packed_file_is_found(void **state)
{
    fixture *f = *state;
    size_t n = 0;
    const char *path = data_at(&f->folder, "flip.gz");
    data_write_gz(path, f->images_file, f->n_images_file);
    uint8_t *whole = data_read(path, &n);
    for (size_t k = 10; k < n; k++) {
        whole[k] ^= 0x03;
        data_write(path, whole, n);
        data_open_fails(path, NULL, GAN_E_DATA, "flip.gz: ");
        whole[k] ^= 0x03;
    }
    free(whole);
}

static void trailing_bytes_are_found(void **state)
{
    fixture *f = *state;
    uint8_t *more = calloc(f->n_images_file + 3, 1);
    assert_non_null(more);
    memcpy(more, f->images_file, f->n_images_file);
    const char *plain = data_at(&f->folder, "more.idx"), *packed = data_at(&f->folder, "more.gz");
    data_write(plain, more, f->n_images_file + 3);
    data_open_fails(plain, NULL, GAN_E_DATA, "and 3 follow them");
    data_write_gz(packed, more, f->n_images_file + 1);
    data_open_fails(packed, NULL, GAN_E_DATA, "unpacks to more than its header promises");
    free(more);
}

static void bytes_after_a_packed_file_are_found(void **state)
{
    fixture *f = *state;
    size_t n = 0;
    const char *path = data_at(&f->folder, "tail.gz");
    data_write_gz(path, f->images_file, f->n_images_file);
    uint8_t *bytes = data_read(path, &n);
    bytes[n] = 'x';
    data_write(path, bytes, n + 1);
    data_open_fails(path, NULL, GAN_E_DATA, "other bytes follow its end");
    free(bytes);
}

static void a_file_of_two_members_is_one(void **state)
{
    fixture *f = *state;
    size_t a = 0, b = 0;
    const char *path = data_at(&f->folder, "two.gz");
    data_write_gz(path, f->images_file, 100);
    uint8_t *first = data_read(path, &a);
    data_write_gz(path, f->images_file + 100, f->n_images_file - 100);
    uint8_t *second = data_read(path, &b);
    uint8_t *both = malloc(a + b);
    assert_non_null(both);
    memcpy(both, first, a);
    memcpy(both + a, second, b);
    data_write(path, both, a + b);
    gan_data *data = data_open_ok(path, NULL);
    expect_whole(f, data);
    gan_data_close(data);
    free(first);
    free(second);
    free(both);
}

/* 16 MB of zeros in 16 KB, with a header that promises one image: one byte more is looked at. */
static void a_gzip_bomb_is_not_unpacked(void **state)
{
    fixture *f = *state;
    const size_t n = (size_t)16 << 20;
    const uint32_t one[3] = {1, H, W}, many[3] = {1u << 30, 28, 28};
    uint8_t *zeros = calloc(n, 1);
    assert_non_null(zeros);
    size_t n_file = 0;
    uint8_t *bomb = data_idx(8, 3, one, zeros, n, &n_file);
    const char *path = data_at(&f->folder, "bomb.gz");
    data_write_gz(path, bomb, n_file);
    data_open_fails(path, NULL, GAN_E_DATA, "unpacks to more than its header promises");
    free(bomb);
    bomb = data_idx(8, 3, many, zeros, n, &n_file); /* promises 800 GB */
    data_write_gz(path, bomb, n_file);
    data_open_fails(path, NULL, GAN_E_DATA, "can unpack to at most");
    free(bomb);
    free(zeros);
}

static void headers_that_lie_are_refused(void **state)
{
    fixture *f = *state;
    static const struct {
        uint8_t type, n_dims;
        uint32_t dims[4];
        const char *words;
    } cases[] = {
        {0x0d, 3, {N, H, W}, "items of type 0x0d"},
        {8, 0, {0}, "of 0 dimensions"},
        {8, 5, {N, H, W, 1}, "of 5 dimensions"},
        {8, 2, {N, IMAGE}, "holds a table"},
        {8, 3, {0, H, W}, "dimension 1 is 0"},
        {8, 3, {N, 0, W}, "dimension 2 is 0"},
        {8, 3, {N, H, 20000}, "dimension 3 is 20000"},
        {8, 4, {N, H, W, 5}, "dimension 4 is 5"},
        {8, 3, {0xffffffff, 16384, 16384}, "its header promises"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = 0;
        int n_dims = cases[i].n_dims < 4 ? cases[i].n_dims : 4;
        uint8_t *bytes = data_idx(cases[i].type, n_dims, cases[i].dims, f->pixels, N_PIXELS, &n);
        bytes[3] = cases[i].n_dims;
        const char *path = data_at(&f->folder, "lie.idx");
        data_write(path, bytes, n);
        data_open_fails(path, NULL, GAN_E_DATA, cases[i].words);
        free(bytes);
    }
}

static void other_files_are_named(void **state)
{
    fixture *f = *state;
    const char *path = data_at(&f->folder, "what");
    data_write(path, "", 0);
    data_open_fails(path, NULL, GAN_E_DATA, "is empty");
    data_write(path, "\x89PNG\r\n\x1a\n", 8);
    data_open_fails(path, NULL, GAN_E_DATA, "it is a PNG picture: name the folder");
    data_write(path, "\xff\xd8\xff\xe0", 4);
    data_open_fails(path, NULL, GAN_E_DATA, "it is a JPEG picture");
    data_write(path, "PK\3\4", 4);
    data_open_fails(path, NULL, GAN_E_DATA, "it is a zip archive");
    data_write(path, "hello, world", 12);
    data_open_fails(path, NULL, GAN_E_DATA, "wrong magic number");
    data_open_fails("/dev/null", NULL, GAN_E_NO_INPUT, "not a regular file");
}

static void mislabelled_files_are_found(void **state)
{
    fixture *f = *state;
    const char *images = data_at(&f->folder, "train-images-idx3-ubyte");
    const char *labels = data_at(&f->folder, "train-labels-idx1-ubyte");
    data_write(images, f->labels_file, f->n_labels_file);
    data_open_fails(f->folder.path, NULL, GAN_E_DATA, "mislabelled: it holds labels, not images");
    data_write(images, f->images_file, f->n_images_file);
    data_write(labels, f->images_file, f->n_images_file);
    data_open_fails(f->folder.path, NULL, GAN_E_DATA, "where the labels of 13 images belong");
    const uint32_t dims[1] = {N - 1};
    size_t n = 0;
    uint8_t *fewer = data_idx(8, 1, dims, f->labels, N - 1, &n);
    data_write(labels, fewer, n);
    data_open_fails(f->folder.path, NULL, GAN_E_DATA, "mislabelled: 12 items");
    data_write(labels, fewer, n - 1);
    data_open_fails(f->folder.path, NULL, GAN_E_DATA, "train-labels-idx1-ubyte: truncated");
    free(fewer);
}

static void options_are_checked(void **state)
{
    fixture *f = *state;
    const char *path = data_at(&f->folder, "a.idx");
    data_write(path, f->images_file, f->n_images_file);
    const struct {
        gan_data_options options;
        const char *words;
    } cases[] = {
        {{.height = -1}, "are not possible"},
        {{.width = 20000}, "are not possible"},
        {{.channels = 5}, "are not possible"},
        {{.limit = -1}, "are 0 or more"},
        {{.threads = -1}, "are 0 or more"},
        {{.fit = (gan_fit)3}, "unknown fit 3"},
        {{.split = "valid"}, "split: 'valid' is not one of train|test"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        data_open_fails(path, &cases[i].options, GAN_E_USAGE, cases[i].words);
    }
    volatile sig_atomic_t stop = 1;
    const gan_data_options cancelled = {.cancel = &stop};
    data_open_fails(path, &cancelled, GAN_E_INTERRUPTED, "interrupted");
    data_open_fails(data_at(&f->folder, "not-there"), NULL, GAN_E_NO_INPUT, "no data set, file");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_plain_file_is_read),
        TEST(a_packed_file_is_read_with_its_labels),
        TEST(four_dimensions_are_channels_last),
        TEST(a_folder_has_two_splits),
        TEST(a_missing_split_is_told),
        TEST(the_plain_file_is_preferred),
        TEST(a_limit_takes_the_first),
        TEST(images_are_brought_to_the_network),
        TEST(every_truncation_is_found),
        TEST(every_truncation_of_a_packed_file_is_found),
        TEST(every_flipped_byte_of_a_packed_file_is_found),
        TEST(trailing_bytes_are_found),
        TEST(bytes_after_a_packed_file_are_found),
        TEST(a_file_of_two_members_is_one),
        TEST(a_gzip_bomb_is_not_unpacked),
        TEST(headers_that_lie_are_refused),
        TEST(other_files_are_named),
        TEST(mislabelled_files_are_found),
        TEST(options_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
