/* stacked.c — three grey digits as the red, green and blue of one image: the set that counts modes.
 *
 * Of Metz et al. 2017 ("Unrolled generative adversarial networks") and Srivastava et al. 2017
 * (VEEGAN), who draw the three at random. Here image i is a function of i alone, whatever the seed
 * of training is: plane c of it is digit
 *
 *   floor(philox(1000, stream, 0, i)[c] * N / 2^32)
 *
 * of the N of the same split, where stream is "stac" in ASCII, 0x73746163, for train, and the
 * number after it for test. Its class is 100 red + 10 green + blue. Sizes are PacGAN's (Lin et al.
 * 2018: 128,000 to train on, 26,000 samples judged); --limit asks for any number, larger ones too.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/philox.h"
#include "data/labels.h"
#include "data/registry.h"
#include "data/store.h"

enum { SIDE = 28, PLANES = 3, N_TRAIN = 128000, N_TEST = 26000, N_CLASSES = 1000, KEY = 1000 };
enum { POLL_EVERY = 1024 };

static const uint32_t train_stream = 0x73746163, test_stream = 0x73746164;

static bool is_test(const gan_data_options *options)
{
    return strcmp(options->split, "test") == 0;
}

/* All digits of the split, in the size of the images. */
static gan_status open_digits(const gan_dataset *of, const gan_data_options *options,
                              gan_data **digits, gan_error *err)
{
    const gan_data_options wanted = {.height = options->height,
                                     .width = options->width,
                                     .channels = 1,
                                     .fit = options->fit,
                                     .filter = options->filter,
                                     .split = options->split,
                                     .seed = options->seed,
                                     .threads = options->threads,
                                     .listener = options->listener,
                                     .cancel = options->cancel};
    GAN_TRY(gan_data_open(of->name, &wanted, digits, err));
    const bool are_digits = (*digits)->labels && (*digits)->info.n_classes == 10;
    return are_digits ? GAN_OK
                      : gan_fail(err, GAN_E_DATA,
                                 "%s: has no labels of ten digits, and they are "
                                 "stacked by them",
                                 of->name);
}

static gan_status stack_all(const gan_data *digits, const gan_data_options *options,
                            gan_intake *intake, gan_error *err)
{
    const int64_t n_pixels = digits->info.height * digits->info.width;
    const uint64_t n = (uint64_t)digits->info.n;
    const uint32_t stream = is_test(options) ? test_stream : train_stream;
    for (int64_t i = 0; i < intake->data->info.n; i++) {
        int64_t run = 0;
        int32_t label = 0;
        if (i % POLL_EVERY == 0) {
            GAN_TRY(gan_data_poll(options->cancel, err));
        }
        uint8_t *to = gan_intake_place(intake, i, 1, &run);
        const gan_philox4 words = gan_philox(KEY, stream, (uint64_t)i >> 32, (uint32_t)i);
        for (int c = 0; c < PLANES; c++) {
            const int64_t digit = (int64_t)(words.v[c] * n >> 32);
            const uint8_t *from = digits->pixels + digit * n_pixels;
            for (int64_t p = 0; p < n_pixels; p++) {
                to[PLANES * p + c] = from[p];
            }
            label = 10 * label + digits->labels[digit];
        }
        intake->data->labels[i] = label;
        GAN_TRY(gan_intake_accept(intake, i, 1, err));
    }
    return GAN_OK;
}

/* "000" to "999" */
static gan_status name_classes(gan_data *data, gan_error *err)
{
    GAN_TRY(gan_calloc(N_CLASSES, sizeof(char *), (void **)&data->class_names, err));
    for (; data->n_class_names < N_CLASSES; data->n_class_names++) {
        GAN_TRY(
            gan_format(&data->class_names[data->n_class_names], err, "%03d", data->n_class_names));
    }
    return GAN_OK;
}

static gan_status load_of(const gan_dataset *of, const gan_data_options *options, gan_data *data,
                          gan_error *err)
{
    gan_status status = GAN_OK;
    gan_intake intake = {0};
    gan_data *digits = NULL;
    const int64_t n = options->limit ? options->limit : is_test(options) ? N_TEST : N_TRAIN;
    GAN_TRY_DONE(open_digits(of, options, &digits, err));
    GAN_TRY_DONE(gan_intake_begin(&intake, data, options, n, digits->info.height,
                                  digits->info.width, PLANES, err));
    GAN_TRY_DONE(gan_labels_make(data, n, err));
    GAN_TRY_DONE(name_classes(data, err));
    status = stack_all(digits, options, &intake, err);
done:
    gan_intake_end(&intake);
    gan_data_close(digits);
    return status;
}

static gan_status load_mnist(const char *path, const gan_data_options *options, gan_data *data,
                             gan_error *err)
{
    (void)path;
    return load_of(&gan_dataset_mnist, options, data, err);
}

static gan_status load_digits(const char *path, const gan_data_options *options, gan_data *data,
                              gan_error *err)
{
    (void)path;
    return load_of(&gan_dataset_digits, options, data, err);
}

static bool has_split(const char *path, const char *split)
{
    (void)path;
    (void)split;
    return true;
}

static const gan_data_format of_mnist = {.load = load_mnist, .has_split = has_split};
static const gan_data_format of_digits = {.load = load_digits, .has_split = has_split};

const gan_dataset gan_dataset_stacked_mnist = {
    .name = "stacked-mnist",
    .what = "three of MNIST's digits as red, green and blue; a thousand classes",
    .source = "made of mnist by the program (docs/data.md has the rule)",
    .licence = "MNIST's",
    .n_train = N_TRAIN,
    .n_test = N_TEST,
    .height = SIDE,
    .width = SIDE,
    .channels = PLANES,
    .n_classes = N_CLASSES,
    .format = &of_mnist,
    .base = &gan_dataset_mnist,
    .features = "planes:mnist",
};

const gan_dataset gan_dataset_stacked_digits = {
    .name = "stacked-digits",
    .what = "three drawn digits as red, green and blue; a thousand classes",
    .source = "made of digits by the program (docs/data.md has the rule)",
    .licence = "MIT, as gan.c",
    .n_train = N_TRAIN,
    .n_test = N_TEST,
    .height = SIDE,
    .width = SIDE,
    .channels = PLANES,
    .n_classes = N_CLASSES,
    .format = &of_digits,
    .base = &gan_dataset_digits,
    .features = "planes:digits",
};
