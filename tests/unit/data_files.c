/* data_files.c — temporary folders, plain files, and the two calls every data test makes. */
#define _GNU_SOURCE /* nftw, mkdtemp, vasprintf */
#include "unit/data_files.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cmocka.h>

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void data_folder_make(data_folder *folder)
{
    const char *base = getenv("TMPDIR");
    memset(folder, 0, sizeof *folder);
    int n = snprintf(folder->path, sizeof folder->path, "%s/gan-data-XXXXXX",
                     base && *base ? base : "/tmp");
    assert_true(n > 0 && (size_t)n < sizeof folder->path);
    assert_non_null(mkdtemp(folder->path));
}

void data_folder_remove(data_folder *folder)
{
    (void)nftw(folder->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    for (int i = 0; i < folder->n_names; i++) {
        free(folder->names[i]);
    }
    folder->n_names = 0;
}

static void make_folders(char *path, size_t from)
{
    for (char *p = path + from + 1; *p; p++) {
        if (*p == '/') {
            *p = '\0';
            (void)mkdir(path, 0777);
            *p = '/';
        }
    }
}

const char *data_at(data_folder *folder, const char *name, ...)
{
    char *tail = NULL, *path = NULL;
    va_list args;
    va_start(args, name);
    assert_true(vasprintf(&tail, name, args) >= 0);
    va_end(args);
    assert_true(asprintf(&path, "%s/%s", folder->path, tail) >= 0);
    free(tail);
    make_folders(path, strlen(folder->path));
    assert_true(folder->n_names < DATA_FOLDER_NAMES);
    folder->names[folder->n_names++] = path;
    return path;
}

void data_write(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    if (n > 0) {
        assert_int_equal(fwrite(bytes, 1, n, file), n);
    }
    assert_int_equal(fclose(file), 0);
}

void data_write_gz(const char *path, const void *bytes, size_t n)
{
    gzFile file = gzopen(path, "wb6");
    assert_non_null(file);
    if (n > 0) {
        assert_int_equal(gzwrite(file, bytes, (unsigned)n), n);
    }
    assert_int_equal(gzclose(file), Z_OK);
}

uint8_t *data_read(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    uint8_t *bytes = malloc((size_t)size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)size, file), size);
    assert_int_equal(fclose(file), 0);
    *n = (size_t)size;
    return bytes;
}

void data_fill(uint8_t *bytes, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24);
    }
}

uint8_t *data_idx(uint8_t type, int n_dims, const uint32_t *dims, const uint8_t *content, size_t n,
                  size_t *n_file)
{
    size_t head = 4 + 4 * (size_t)n_dims;
    uint8_t *bytes = calloc(head + n + 1, 1);
    assert_non_null(bytes);
    bytes[2] = type;
    bytes[3] = (uint8_t)n_dims;
    for (int d = 0; d < n_dims; d++) {
        for (int k = 0; k < 4; k++) {
            bytes[4 + 4 * d + k] = (uint8_t)(dims[d] >> (24 - 8 * k));
        }
    }
    if (n > 0) {
        memcpy(bytes + head, content, n);
    }
    *n_file = head + n;
    return bytes;
}

void data_tar_add(uint8_t *bytes, size_t *n, const char *name, char type, const void *content,
                  size_t n_content)
{
    uint8_t *header = bytes + *n;
    memset(header, 0, 512);
    memcpy(header, name, strlen(name));
    snprintf((char *)header + 100, 8, "0000644");
    snprintf((char *)header + 124, 12, "%011zo", n_content);
    memset(header + 148, ' ', 8);
    header[156] = (uint8_t)type;
    memcpy(header + 257,
           "ustar\0"
           "00",
           8);
    unsigned sum = 0;
    for (int i = 0; i < 512; i++) {
        sum += header[i];
    }
    snprintf((char *)header + 148, 8, "%06o", sum);
    size_t padded = (n_content + 511) / 512 * 512;
    memset(header + 512, 0, padded);
    if (content) {
        memcpy(header + 512, content, n_content);
    }
    *n += 512 + padded;
}

void data_expect_error(gan_status got, const gan_error *err, gan_status want, const char *words)
{
    if (got != want || !strstr(err->text, words)) {
        fail_msg("got status %d, \"%s\"; want status %d and \"%s\"", got, err->text, want, words);
    }
    assert_int_equal(err->status, want);
    assert_null(strchr(err->text, '\n'));
}

gan_data *data_open_ok(const char *source, const gan_data_options *options)
{
    gan_data *data = NULL;
    gan_error err = {0};
    if (gan_data_open(source, options, &data, &err) != GAN_OK) {
        fail_msg("%s: %s", source, err.text);
    }
    assert_non_null(data);
    return data;
}

void data_open_fails(const char *source, const gan_data_options *options, gan_status want,
                     const char *words)
{
    gan_data *data = (gan_data *)&want;
    gan_error err = {0};
    data_expect_error(gan_data_open(source, options, &data, &err), &err, want, words);
    assert_null(data);
    assert_int_equal(gan_data_open(source, options, &data, NULL), want);
}

void data_expect_labels(const gan_data *data, const uint8_t *want, size_t n)
{
    const int32_t *labels = gan_data_labels(data);
    assert_non_null(labels);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(labels[i], want[i]);
        assert_true(labels[i] < gan_data_describe(data)->n_classes);
    }
}
