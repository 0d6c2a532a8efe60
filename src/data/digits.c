/* digits.c — a data set that needs no files: handwritten-looking digits drawn by the program. */
#include <string.h>

#include "base/memory.h"
#include "data/digit_pen.h"
#include "data/labels.h"
#include "data/registry.h"
#include "data/store.h"

enum { SIDE = 28, N_TRAIN = 60000, N_TEST = 10000, POLL_EVERY = 256 };

/* Streams of random numbers: any two that differ; "digi" in ASCII. */
static const uint32_t train_stream = 0x64696769, test_stream = 0x6469676a;

static bool is_test(const gan_data_options *options)
{
    return strcmp(options->split, "test") == 0;
}

static gan_status draw_all(const gan_data_options *options, gan_intake *intake, gan_digit_pen *pen,
                           gan_error *err)
{
    gan_data *data = intake->data;
    uint32_t stream = is_test(options) ? test_stream : train_stream;
    for (int64_t i = 0; i < data->info.n; i++) {
        int64_t run = 0;
        if (i % POLL_EVERY == 0) {
            GAN_TRY(gan_data_poll(options->cancel, err));
        }
        uint8_t *to = gan_intake_place(intake, i, 1, &run);
        int digit = gan_digit_pen_draw(pen, options->seed, stream, (uint64_t)i, to);
        data->labels[i] = digit;
        GAN_TRY(gan_intake_accept(intake, i, 1, err));
    }
    return GAN_OK;
}

static gan_status load(const char *path, const gan_data_options *options, gan_data *data,
                       gan_error *err)
{
    (void)path;
    gan_status status = GAN_OK;
    gan_intake intake = {0};
    gan_digit_pen pen = {0};
    int64_t height = options->height ? options->height : SIDE;
    int64_t width = options->width ? options->width : SIDE;
    int64_t n = options->limit ? options->limit : is_test(options) ? N_TEST : N_TRAIN;
    GAN_TRY_DONE(gan_digit_pen_make(&pen, height, width, err));
    GAN_TRY_DONE(gan_intake_begin(&intake, data, options, n, height, width, 1, err));
    GAN_TRY_DONE(gan_labels_make(data, n, err));
    status = draw_all(options, &intake, &pen, err);
done:
    gan_intake_end(&intake);
    gan_digit_pen_free(&pen);
    return status;
}

static bool has_split(const char *path, const char *split)
{
    (void)path;
    (void)split;
    return true;
}

static const gan_data_format drawn = {
    .load = load,
    .has_split = has_split,
};

const gan_dataset gan_dataset_digits = {
    .name = "digits",
    .what = "digits drawn by the program",
    .source = "no files: strokes with random slant, width and wobble, from a seed",
    .licence = "MIT, as gan.c",
    .n_train = N_TRAIN,
    .n_test = N_TEST,
    .height = SIDE,
    .width = SIDE,
    .channels = 1,
    .n_classes = 10,
    .class_names = gan_digit_names,
    .features = "digits",
    .format = &drawn,
};
