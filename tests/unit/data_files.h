/* data_files.h — files for the tests of data sets: a temporary folder, IDX, gzip, PNG, JPEG, tar.
 * Whatever cannot be made fails the test. */
#ifndef TESTS_UNIT_DATA_FILES_H
#define TESTS_UNIT_DATA_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "gan/data.h"

enum { DATA_FOLDER_NAMES = 512 };

/* A temporary folder; names are freed with it. */
typedef struct data_folder {
    char path[256];
    char *names[DATA_FOLDER_NAMES];
    int n_names;
} data_folder;

void data_folder_make(data_folder *folder);
void data_folder_remove(data_folder *folder); /* with all that is in it */

/* folder/NAME, printf-like; lives as long as the folder. Folders in NAME are made. */
const char *data_at(data_folder *folder, const char *name, ...)
    __attribute__((format(printf, 2, 3)));

void data_write(const char *path, const void *bytes, size_t n);
void data_write_gz(const char *path, const void *bytes, size_t n);
uint8_t *data_read(const char *path, size_t *n); /* free() */

/* n bytes that look random and are a function of seed. */
void data_fill(uint8_t *bytes, size_t n, uint32_t seed);

/* An IDX file in memory: header for type and n_dims dimensions, then n bytes of content. free() */
uint8_t *data_idx(uint8_t type, int n_dims, const uint32_t *dims, const uint8_t *content, size_t n,
                  size_t *n_file);

/* Appends one tar entry, header and padded content, to bytes at *n. */
void data_tar_add(uint8_t *bytes, size_t *n, const char *name, char type, const void *content,
                  size_t n_content);

typedef struct data_png {
    uint32_t width, height;
    int colour_type, bit_depth; /* libpng's PNG_COLOR_TYPE_... */
    int interlaced;
    const uint8_t *rows; /* as the file has them, packed */
    size_t row_bytes;
    const uint8_t *palette; /* 3 x n_palette */
    const uint8_t *alpha;   /* n_alpha of a palette */
    int n_palette, n_alpha;
    int clear_grey; /* tRNS of a grey picture: this value is transparent; -1: none */
} data_png;

void data_write_png(const char *path, const data_png *d);

/* 8-bit picture of 1 (grey), 3 (RGB) or 4 (RGBA) channels as PNG. */
void data_write_png8(const char *path, uint32_t height, uint32_t width, int channels,
                     const uint8_t *pixels);

/* channels: 1 grey, 3 RGB, 4 CMYK as Adobe has it (inverted). */
void data_write_jpeg(const char *path, uint32_t height, uint32_t width, int channels,
                     const uint8_t *pixels, int quality, int progressive);

/* Asserts the status, and that the message contains the words. */
void data_expect_error(gan_status got, const gan_error *err, gan_status want, const char *words);

/* Opens and asserts success. */
gan_data *data_open_ok(const char *source, const gan_data_options *options);

/* Opens, asserts failure with the status and the words. */
void data_open_fails(const char *source, const gan_data_options *options, gan_status want,
                     const char *words);

/* Asserts that there are labels, and the first n of them. */
void data_expect_labels(const gan_data *data, const uint8_t *want, size_t n);

#endif
