/* events_values.c — what an event holds: TensorFlow's Summary messages. */
#include <math.h>
#include <string.h>

#include "io/events_file.h"

enum { SUMMARY_VALUE = 1 };
enum { VALUE_TAG = 1, VALUE_SIMPLE, VALUE_IMAGE = 4, VALUE_HISTOGRAM, VALUE_TENSOR = 8 };
enum { VALUE_METADATA = 9, METADATA_PLUGIN = 1, PLUGIN_NAME = 1, PLUGIN_CONTENT };
enum { IMAGE_HEIGHT = 1, IMAGE_WIDTH, IMAGE_COLOURS, IMAGE_BYTES };
enum { HISTOGRAM_MIN = 1, HISTOGRAM_MAX, HISTOGRAM_N, HISTOGRAM_SUM, HISTOGRAM_SQUARES };
enum { HISTOGRAM_LIMITS = 6, HISTOGRAM_COUNTS, N_BINS = 64 };
enum { TENSOR_TYPE = 1, TENSOR_SHAPE, TENSOR_STRINGS = 8, TYPE_STRING = 7, SHAPE_DIM = 2 };
enum { HPARAMS_START = 3, HPARAMS_END, START_HPARAMS = 1, START_GROUP = 4, START_TIME };
enum { END_STATUS = 1, END_TIME, END_SUCCESS = 1, MAP_KEY = 1, MAP_VALUE };
enum { ANY_NUMBER = 2, ANY_TEXT };

/* Adds Value{tag, field: content} to the summary. */
static void add_value(gan_events *e, const char *tag, int field, gan_text *content)
{
    gan_text value = {0};
    gan_protobuf_add_string(&value, VALUE_TAG, tag);
    gan_protobuf_add_message(&value, field, content);
    gan_protobuf_add_message(&e->summary, SUMMARY_VALUE, &value);
}

void gan_events_scalar(gan_events *e, const char *tag, double value)
{
    gan_text message = {0};
    gan_protobuf_add_string(&message, VALUE_TAG, tag);
    gan_protobuf_add_float(&message, VALUE_SIMPLE, (float)value);
    gan_protobuf_add_message(&e->summary, SUMMARY_VALUE, &message);
}

static int64_t big_endian(const unsigned char *at)
{
    return (int64_t)at[0] << 24 | (int64_t)at[1] << 16 | (int64_t)at[2] << 8 | at[3];
}

/* A PNG file says its size and kind first (PNG, third edition, 11.2.1): 8 bytes of signature, 8 of
 * the chunk's head, width, height, depth, colour type. */
void gan_events_image(gan_events *e, const char *tag, const void *png, size_t n)
{
    static const unsigned char start[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    static const int64_t colours[] = {[0] = 1, [2] = 3, [3] = 3, [4] = 2, [6] = 4};
    const unsigned char *at = png;
    gan_text image = {0};
    if (n < 26 || memcmp(at, start, sizeof start - 1) != 0 || at[25] > 6 || !colours[at[25]]) {
        e->fault = GAN_E_DATA;
        return;
    }
    gan_protobuf_add_integer(&image, IMAGE_HEIGHT, big_endian(at + 20));
    gan_protobuf_add_integer(&image, IMAGE_WIDTH, big_endian(at + 16));
    gan_protobuf_add_integer(&image, IMAGE_COLOURS, colours[at[25]]);
    gan_protobuf_add_bytes(&image, IMAGE_BYTES, png, n);
    add_value(e, tag, VALUE_IMAGE, &image);
}

/* What a histogram says of the values beside its bins. */
typedef struct moments {
    double least, largest, sum, squares;
    int64_t n;
} moments;

static moments measure(const float *values, int64_t n)
{
    moments m = {.least = INFINITY, .largest = -INFINITY};
    for (int64_t i = 0; i < n; i++) {
        const double x = (double)values[i];
        if (isfinite(x)) {
            m.least = x < m.least ? x : m.least;
            m.largest = x > m.largest ? x : m.largest;
            m.sum += x;
            m.squares += x * x;
            m.n++;
        }
    }
    return m;
}

/* Bin i ends at limit i, which belongs to the next one; the last ends at the largest value. Values
 * that are all the same have one bin. */
void gan_events_histogram(gan_events *e, const char *tag, const float *values, int64_t n)
{
    double limits[N_BINS], counts[N_BINS] = {0};
    const moments m = measure(values, n);
    const double width = (m.largest - m.least) / N_BINS;
    const size_t n_bins = width > 0 ? N_BINS : 1;
    gan_text histogram = {0};
    if (m.n == 0) {
        return;
    }
    for (size_t i = 0; i < n_bins; i++) {
        limits[i] = i + 1 < n_bins ? m.least + width * (double)(i + 1) : m.largest;
    }
    for (int64_t i = 0; i < n; i++) {
        if (isfinite(values[i])) {
            const double place = width > 0 ? ((double)values[i] - m.least) / width : 0;
            counts[place < (double)(n_bins - 1) ? (size_t)place : n_bins - 1]++;
        }
    }
    gan_protobuf_add_double(&histogram, HISTOGRAM_MIN, m.least);
    gan_protobuf_add_double(&histogram, HISTOGRAM_MAX, m.largest);
    gan_protobuf_add_double(&histogram, HISTOGRAM_N, (double)m.n);
    gan_protobuf_add_double(&histogram, HISTOGRAM_SUM, m.sum);
    gan_protobuf_add_double(&histogram, HISTOGRAM_SQUARES, m.squares);
    gan_protobuf_add_doubles(&histogram, HISTOGRAM_LIMITS, limits, n_bins);
    gan_protobuf_add_doubles(&histogram, HISTOGRAM_COUNTS, counts, n_bins);
    add_value(e, tag, VALUE_HISTOGRAM, &histogram);
}

/* SummaryMetadata: which page of TensorBoard a value is for, and what it is told. */
static void add_metadata(gan_text *value, const char *plugin, gan_text *content)
{
    gan_text metadata = {0}, data = {0};
    gan_protobuf_add_string(&data, PLUGIN_NAME, plugin);
    gan_protobuf_add_message(&data, PLUGIN_CONTENT, content);
    gan_protobuf_add_message(&metadata, METADATA_PLUGIN, &data);
    gan_protobuf_add_message(value, VALUE_METADATA, &metadata);
}

void gan_events_text(gan_events *e, const char *tag, const char *markdown)
{
    gan_text value = {0}, tensor = {0}, shape = {0}, dim = {0}, none = {0};
    gan_protobuf_add_string(&value, VALUE_TAG, tag);
    gan_protobuf_add_integer(&dim, 1, 1);
    gan_protobuf_add_message(&shape, SHAPE_DIM, &dim);
    gan_protobuf_add_integer(&tensor, TENSOR_TYPE, TYPE_STRING);
    gan_protobuf_add_message(&tensor, TENSOR_SHAPE, &shape);
    gan_protobuf_add_string(&tensor, TENSOR_STRINGS, markdown);
    gan_protobuf_add_message(&value, VALUE_TENSOR, &tensor);
    add_metadata(&value, "text", &none);
    gan_protobuf_add_message(&e->summary, SUMMARY_VALUE, &value);
}

/* A value without content: all is in the metadata. */
static void add_hparams(gan_events *e, const char *tag, int field, gan_text *info)
{
    gan_text value = {0}, data = {0};
    gan_protobuf_add_message(&data, field, info);
    gan_protobuf_add_string(&value, VALUE_TAG, tag);
    add_metadata(&value, "hparams", &data);
    gan_protobuf_add_message(&e->summary, SUMMARY_VALUE, &value);
}

void gan_events_hparams(gan_events *e, const char *group, const gan_events_setting *settings,
                        size_t n, double when)
{
    gan_text info = {0};
    for (size_t i = 0; i < n; i++) {
        gan_text entry = {0}, any = {0};
        if (isnan(settings[i].number)) {
            gan_protobuf_add_string(&any, ANY_TEXT, settings[i].text);
        } else {
            gan_protobuf_add_double(&any, ANY_NUMBER, settings[i].number);
        }
        gan_protobuf_add_string(&entry, MAP_KEY, settings[i].name);
        gan_protobuf_add_message(&entry, MAP_VALUE, &any);
        gan_protobuf_add_message(&info, START_HPARAMS, &entry);
    }
    gan_protobuf_add_string(&info, START_GROUP, group);
    gan_protobuf_add_double(&info, START_TIME, when);
    add_hparams(e, "_hparams_/session_start_info", HPARAMS_START, &info);
}

void gan_events_hparams_end(gan_events *e, double when)
{
    gan_text info = {0};
    gan_protobuf_add_integer(&info, END_STATUS, END_SUCCESS);
    gan_protobuf_add_double(&info, END_TIME, when);
    add_hparams(e, "_hparams_/session_end_info", HPARAMS_END, &info);
}
