/* labels.c — labels of a data set: their memory, their classes, their fingerprint. */
#include "data/labels.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const char *const gan_digit_names[10] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

gan_status gan_labels_make(gan_data *data, int64_t n, gan_error *err)
{
    return gan_calloc((size_t)n, sizeof *data->labels, (void **)&data->labels, err);
}

gan_status gan_labels_leave_out(gan_data *data, gan_error *err, const char *format, ...)
{
    char why[512];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    free(data->labels);
    free(data->unlabelled);
    data->labels = NULL;
    data->unlabelled = NULL;
    return gan_strdup(why, &data->unlabelled, err);
}

/* The largest label and one, or the known number of classes where no label is beyond it. */
static int32_t count_classes(const gan_data *data, const gan_dataset *set)
{
    int32_t largest = -1, known = set ? set->n_classes : 0;
    for (int64_t i = 0; i < data->info.n; i++) {
        largest = data->labels[i] > largest ? data->labels[i] : largest;
    }
    known = data->n_known_classes > known ? data->n_known_classes : known;
    known = data->n_class_names > known ? data->n_class_names : known;
    return largest < known ? known : largest + 1;
}

static gan_status take_names(gan_data *data, const gan_dataset *set, gan_error *err)
{
    if (data->class_names || !set || !set->class_names || set->n_classes != data->info.n_classes) {
        return GAN_OK;
    }
    GAN_TRY(gan_calloc((size_t)set->n_classes, sizeof(char *), (void **)&data->class_names, err));
    for (; data->n_class_names < set->n_classes; data->n_class_names++) {
        GAN_TRY(gan_strdup(set->class_names[data->n_class_names],
                           &data->class_names[data->n_class_names], err));
    }
    return GAN_OK;
}

static void add_number(gan_sha256 *hash, uint32_t number)
{
    const uint8_t bytes[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                              (uint8_t)(number >> 24)};
    gan_sha256_update(hash, bytes, sizeof bytes);
}

/* Of the fingerprint of the pictures, as text, then each label and the number of classes. */
static void make_fingerprint(gan_data *data)
{
    gan_sha256 hash;
    gan_sha256_init(&hash);
    gan_sha256_update(&hash, data->info.fingerprint, strlen(data->info.fingerprint));
    for (int64_t i = 0; i < data->info.n; i++) {
        add_number(&hash, (uint32_t)data->labels[i]);
    }
    add_number(&hash, (uint32_t)data->info.n_classes);
    gan_sha256_final_text(&hash, data->info.labelled_fingerprint);
}

gan_status gan_labels_finish(gan_data *data, const gan_dataset *set, gan_error *err)
{
    if (!data->labels) {
        if (!data->unlabelled) {
            GAN_TRY(gan_labels_leave_out(data, err, "it comes with none"));
        }
        data->info.unlabelled = data->unlabelled;
        return GAN_OK;
    }
    data->info.n_classes = count_classes(data, set);
    data->info.unlabelled = "";
    GAN_TRY(take_names(data, set, err));
    make_fingerprint(data);
    return GAN_OK;
}

const int32_t *gan_data_labels(const gan_data *data)
{
    return data->labels;
}

const char *gan_data_class_name(const gan_data *data, int32_t label)
{
    return label >= 0 && label < data->n_class_names ? data->class_names[label] : NULL;
}
