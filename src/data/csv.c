/* csv.c — a table of numbers, read whole and then taken apart. */
#include "data/csv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "data/labels.h"
#include "data/reader.h"

enum { MAX_SIDE = 1 << 14, PART = 1 << 20 };
static const size_t most_bytes = (size_t)1 << 34;

typedef struct table {
    const char *path;
    char *text; /* ends in a zero byte */
    size_t n;
    const char *rows; /* behind the line of names */
    int64_t n_rows, n_columns, side;
    int64_t line; /* of the file, where it is being read */
    bool has_labels;
} table;

static gan_status fail(const table *t, const char *why, gan_error *err)
{
    return gan_fail(err, GAN_E_DATA, "%s, line %lld: %s", t->path, (long long)t->line, why);
}

static gan_status read_text(table *t, const volatile sig_atomic_t *cancel, gan_error *err)
{
    gan_reader *reader = NULL;
    gan_status status = GAN_OK;
    size_t capacity = 0, got = PART;
    void *block = NULL;
    GAN_TRY_DONE(gan_reader_open(t->path, &reader, err));
    while (got == PART) {
        GAN_TRY_DONE(gan_data_poll(cancel, err));
        GAN_TRY_DONE(gan_grow(&block, t->n + PART + 1, 1, &capacity, err));
        t->text = block;
        GAN_TRY_DONE(gan_reader_read(reader, (uint8_t *)t->text + t->n, PART, &got, err));
        t->n += got;
        if (t->n > most_bytes) {
            status = gan_fail(err, GAN_E_DATA, "%s: a table of more than 16 GiB", t->path);
            goto done;
        }
    }
    t->text[t->n] = '\0';
done:
    gan_reader_close(reader);
    return status;
}

static int64_t square_root(int64_t n)
{
    int64_t side = 0;
    while (side * side < n) {
        side++;
    }
    return side * side == n ? side : 0;
}

static int64_t count_columns(const char *line)
{
    int64_t n = 1;
    for (; *line && *line != '\n'; line++) {
        n += *line == ',';
    }
    return n;
}

/* The line of names, if the first is one; how wide the table is, and how many rows follow. */
static gan_status read_shape(table *t, gan_error *err)
{
    const bool has_names = !isdigit((unsigned char)t->text[0]);
    const bool named_label =
        strncmp(t->text, "label,", 6) == 0 || strncmp(t->text, "\"label\",", 8) == 0;
    const char *end = strchr(t->text, '\n');
    t->line = 1;
    t->rows = has_names && end ? end + 1 : t->text;
    t->n_columns = count_columns(t->text);
    t->has_labels = named_label || (!has_names && square_root(t->n_columns) == 0);
    t->side = square_root(t->n_columns - t->has_labels);
    if (t->side < 1 || t->side > MAX_SIDE || t->n_columns < 2) {
        return fail(t,
                    "not images: its columns are not a square of pixels, with or without a first "
                    "one named label",
                    err);
    }
    for (const char *at = t->rows; *at; at++) {
        t->n_rows += (*at == '\n' || at[1] == '\0') && at > t->rows && at[-1] != '\n';
    }
    t->line = has_names ? 2 : 1;
    return t->n_rows > 0 ? GAN_OK : fail(t, "no rows", err);
}

/* A whole number at *at, and what ends it: a comma, or the line. */
static bool take_number(const char **at, int64_t most, char end, int64_t *out)
{
    const char *start = *at;
    *out = 0;
    while (isdigit((unsigned char)**at) && *out <= most) {
        *out = *out * 10 + (*(*at)++ - '0');
    }
    const bool good = *at > start && *out <= most;
    *at += **at == '\r';
    const bool ends = end == ',' ? **at == ',' : **at == '\n' || **at == '\0';
    *at += ends && **at != '\0';
    return good && ends;
}

static gan_status take_row(table *t, const char **at, uint8_t *pixels, int32_t *label,
                           gan_error *err)
{
    const int64_t n_pixels = t->side * t->side;
    int64_t number = 0;
    while (**at == '\n') { /* an empty line */
        ++*at;
        t->line++;
    }
    if (t->has_labels) {
        if (!take_number(at, GAN_LABELS_CLASSES_MAX - 1, ',', &number)) {
            return fail(t, "its label is no whole number of 0 and more", err);
        }
        *label = (int32_t)number;
    }
    for (int64_t p = 0; p < n_pixels; p++) {
        if (!take_number(at, 255, p + 1 < n_pixels ? ',' : '\n', &number)) {
            return fail(t, "a pixel that is no whole number of 0 to 255, or another number of them",
                        err);
        }
        pixels[p] = (uint8_t)number;
    }
    t->line++;
    return GAN_OK;
}

static gan_status take_rows(table *t, gan_intake *intake, const gan_data_options *options,
                            gan_data *data, gan_error *err)
{
    const char *at = t->rows;
    for (int64_t i = 0, run = 0; i < data->info.n; i++) {
        int32_t label = 0;
        GAN_TRY(gan_data_poll(options->cancel, err));
        GAN_TRY(take_row(t, &at, gan_intake_place(intake, i, 1, &run), &label, err));
        if (data->labels) {
            data->labels[i] = label;
        }
        GAN_TRY(gan_intake_accept(intake, i, 1, err));
    }
    return GAN_OK;
}

static gan_status load(const char *path, const gan_data_options *options, gan_data *data,
                       gan_error *err)
{
    gan_status status = GAN_OK;
    gan_intake intake = {0};
    table t = {.path = path};
    if (strcmp(options->split, "train") != 0) {
        return gan_fail(err, GAN_E_USAGE, "%s: a table has no %s split", path, options->split);
    }
    GAN_TRY_DONE(read_text(&t, options->cancel, err));
    GAN_TRY_DONE(read_shape(&t, err));
    const int64_t n = options->limit && options->limit < t.n_rows ? options->limit : t.n_rows;
    GAN_TRY_DONE(gan_intake_begin(&intake, data, options, n, t.side, t.side, 1, err));
    if (t.has_labels) {
        GAN_TRY_DONE(gan_labels_make(data, n, err));
    } else {
        GAN_TRY_DONE(gan_labels_leave_out(data, err, "its table has no column named label"));
    }
    status = take_rows(&t, &intake, options, data, err);
done:
    gan_intake_end(&intake);
    free(t.text);
    return status;
}

static bool accepts(const char *path, bool is_folder)
{
    return !is_folder &&
           (gan_path_ends_in_any_case(path, ".csv") || gan_path_ends_in_any_case(path, ".csv.gz"));
}

static bool has_split(const char *path, const char *split)
{
    (void)path;
    return strcmp(split, "train") == 0;
}

const gan_data_format gan_format_csv = {
    .accepts = accepts,
    .load = load,
    .has_split = has_split,
};
