/* cifar.c — batches from a folder, a file or the archive, planes to channels last. */
#include "data/cifar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "data/labels.h"
#include "data/reader.h"
#include "data/tar.h"

enum { SIDE = 32, PLANE = SIDE * SIDE, CHANNELS = 3, RECORD = 1 + CHANNELS * PLANE };
enum { N_TRAIN = 5, N_CLASSES = 10, RECORD_100 = RECORD + 1 };
static const int64_t max_batch = (int64_t)1 << 30;

/* The batches of a split, whole, before they are taken apart: an archive has them in any order. */
typedef struct batches {
    int n;
    struct batch {
        char name[32]; /* "data_batch_1.bin" */
        uint8_t *bytes;
        int64_t n_bytes;
    } list[N_TRAIN];
} batches;

static void batches_init(batches *b, const char *split)
{
    *b = (batches){.n = strcmp(split, "test") == 0 ? 1 : N_TRAIN};
    for (int i = 0; i < b->n; i++) {
        if (b->n == 1) {
            snprintf(b->list[i].name, sizeof b->list[i].name, "test_batch.bin");
        } else {
            snprintf(b->list[i].name, sizeof b->list[i].name, "data_batch_%d.bin", i + 1);
        }
    }
}

static void batches_free(batches *b)
{
    for (int i = 0; i < b->n; i++) {
        free(b->list[i].bytes);
    }
}

/* Refuses what cannot be a batch by its size, before it is read. */
static gan_status check_size(const char *path, const char *name, int64_t n_bytes, gan_error *err)
{
    if (n_bytes > 0 && n_bytes <= max_batch && n_bytes % RECORD == 0) {
        return GAN_OK;
    }
    const char *why =
        n_bytes == 0 ? "is empty"
        : n_bytes % RECORD_100 == 0
            ? "looks like CIFAR-100, which is not read (python3 -c \"import numpy as np; x = "
              "np.fromfile('train.bin', 'u1').reshape(-1, 3074)[:, 2:]; np.savez('data.npz', "
              "x_train=x.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))\" makes a file that is)"
            : "is truncated or of another format";
    return gan_fail(err, GAN_E_DATA,
                    "%s%s%s: %s: %lld bytes are not whole CIFAR-10 records of %d bytes", path,
                    *name ? ": " : "", name, why, (long long)n_bytes, RECORD);
}

static gan_status read_batch_file(const char *path, struct batch *batch, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_reader *reader = NULL;
    size_t got = 0;
    GAN_TRY_DONE(gan_reader_open(path, &reader, err));
    if (gan_reader_is_packed(reader)) {
        status = gan_fail(err, GAN_E_DATA, "%s: is packed with gzip: unpack it", path);
        goto done;
    }
    batch->n_bytes = gan_reader_limit(reader);
    GAN_TRY_DONE(check_size(path, "", batch->n_bytes, err));
    GAN_TRY_DONE(gan_calloc((size_t)batch->n_bytes, 1, (void **)&batch->bytes, err));
    GAN_TRY_DONE(gan_reader_read(reader, batch->bytes, (size_t)batch->n_bytes, &got, err));
    if ((int64_t)got < batch->n_bytes) {
        status = gan_fail(err, GAN_E_DATA, "%s: truncated while it was read", path);
    }
done:
    gan_reader_close(reader);
    return status;
}

static gan_status read_folder(const char *folder, batches *b, gan_error *err)
{
    for (int i = 0; i < b->n; i++) {
        char *path = NULL;
        GAN_TRY(gan_path_join(folder, b->list[i].name, &path, err));
        gan_status status = read_batch_file(path, &b->list[i], err);
        free(path);
        GAN_TRY(status);
    }
    return GAN_OK;
}

static struct batch *batch_of_entry(batches *b, const gan_tar_entry *entry)
{
    const char *name = gan_path_base(entry->name);
    for (int i = 0; i < b->n; i++) {
        if (entry->is_file && !b->list[i].bytes && strcmp(name, b->list[i].name) == 0) {
            return &b->list[i];
        }
    }
    return NULL;
}

/* Reads entries until every batch is there; what an entry promises and the archive's size cannot
 * hold is refused before it is unpacked. */
static gan_status read_entries(gan_tar *tar, batches *b, const volatile sig_atomic_t *cancel,
                               gan_error *err)
{
    const int64_t limit = gan_reader_limit(tar->reader);
    int64_t promised = 0;
    for (int missing = b->n; missing > 0;) {
        gan_tar_entry entry = {0};
        bool found = false;
        GAN_TRY(gan_data_poll(cancel, err));
        GAN_TRY(gan_tar_next(tar, &entry, &found, err));
        if (!found) {
            return gan_fail(err, GAN_E_DATA,
                            "%s: has no %s: not CIFAR-10's binary version; "
                            "`gan data get cifar10` gets that",
                            tar->path, b->n == 1 ? "test_batch.bin" : "five data_batch_N.bin");
        }
        struct batch *batch = batch_of_entry(b, &entry);
        if (entry.bytes > max_batch || (promised += entry.bytes) > limit) {
            char clean[GAN_TEXT_CLEAN_SIZE];
            return gan_fail(err, GAN_E_DATA, "%s: damaged: %s promises %lld bytes", tar->path,
                            gan_text_clean(entry.name, clean), (long long)entry.bytes);
        }
        if (batch) {
            GAN_TRY(check_size(tar->path, entry.name, entry.bytes, err));
            GAN_TRY(gan_calloc((size_t)entry.bytes, 1, (void **)&batch->bytes, err));
            GAN_TRY(gan_tar_read(tar, &entry, batch->bytes, err));
            batch->n_bytes = entry.bytes;
            missing--;
        }
    }
    return GAN_OK;
}

static gan_status read_archive(const char *path, batches *b, const volatile sig_atomic_t *cancel,
                               gan_error *err)
{
    gan_reader *reader = NULL;
    GAN_TRY(gan_reader_open(path, &reader, err));
    gan_tar tar = {.reader = reader, .path = path};
    gan_status status = read_entries(&tar, b, cancel, err);
    gan_reader_close(reader);
    return status;
}

static bool has_file(const char *folder, const char *name)
{
    char *path = NULL;
    bool found = gan_path_join(folder, name, &path, NULL) == GAN_OK && gan_path_exists(path);
    free(path);
    return found;
}

static bool has_batches(const char *folder)
{
    return has_file(folder, "data_batch_1.bin") || has_file(folder, "test_batch.bin");
}

/* As torchvision and Keras keep it. */
static bool has_pickles(const char *folder)
{
    return has_file(folder, "data_batch_1") || has_file(folder, "cifar-10-batches-py/data_batch_1");
}

/* From wherever in the folder the batches are. */
static gan_status read_any_folder(const char *folder, batches *b,
                                  const volatile sig_atomic_t *cancel, gan_error *err)
{
    char *inner = NULL;
    if (has_batches(folder)) {
        return read_folder(folder, b, err);
    }
    if (!gan_cifar_in_folder(folder)) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: this is CIFAR-10 as Python pickles, which are programs and are not "
                        "run; `gan data get cifar10` gets the binary version",
                        folder);
    }
    GAN_TRY(gan_path_join(folder, "cifar-10-batches-bin", &inner, err));
    gan_status status = GAN_OK;
    if (has_batches(inner)) {
        status = read_folder(inner, b, err);
    } else {
        free(inner);
        inner = NULL;
        GAN_TRY(gan_path_join(folder, GAN_CIFAR_ARCHIVE, &inner, err));
        status = read_archive(inner, b, cancel, err);
    }
    free(inner);
    return status;
}

static gan_status take_record(const uint8_t *record, int64_t i, gan_intake *intake,
                              const struct batch *batch, gan_error *err)
{
    int64_t run = 0;
    uint8_t *to = gan_intake_place(intake, i, 1, &run);
    if (record[0] >= N_CLASSES) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: %s: not CIFAR-10: image %lld has label %d, and there are 10 classes",
                        intake->data->path, batch->name, (long long)i, record[0]);
    }
    intake->data->labels[i] = record[0];
    for (int p = 0; p < PLANE; p++) {
        for (int c = 0; c < CHANNELS; c++) {
            to[CHANNELS * p + c] = record[1 + PLANE * c + p];
        }
    }
    return gan_intake_accept(intake, i, 1, err);
}

static gan_status take_batches(batches *b, const gan_data_options *options, gan_data *data,
                               gan_error *err)
{
    gan_status status = GAN_OK;
    gan_intake intake = {0};
    int64_t n = 0, i = 0;
    for (int k = 0; k < b->n; k++) {
        n += b->list[k].n_bytes / RECORD;
    }
    n = options->limit && options->limit < n ? options->limit : n;
    GAN_TRY_DONE(gan_intake_begin(&intake, data, options, n, SIDE, SIDE, CHANNELS, err));
    GAN_TRY_DONE(gan_labels_make(data, n, err));
    for (int k = 0; k < b->n; k++) {
        const struct batch *batch = &b->list[k];
        for (int64_t at = 0; at < batch->n_bytes && i < n; at += RECORD, i++) {
            GAN_TRY_DONE(take_record(batch->bytes + at, i, &intake, batch, err));
        }
        GAN_TRY_DONE(gan_data_poll(options->cancel, err));
    }
done:
    gan_intake_end(&intake);
    return status;
}

static bool is_archive(const char *path)
{
    return gan_path_ends(path, ".tar.gz") || gan_path_ends(path, ".tgz") ||
           gan_path_ends(path, ".tar");
}

static bool accepts(const char *path, bool is_folder)
{
    return is_folder ? gan_cifar_in_folder(path) || has_pickles(path)
                     : is_archive(path) || gan_path_ends(path, ".bin");
}

static gan_status load(const char *path, const gan_data_options *options, gan_data *data,
                       gan_error *err)
{
    gan_status status = GAN_OK;
    batches b;
    batches_init(&b, options->split);
    if (gan_cifar_in_folder(path) || has_pickles(path)) {
        GAN_TRY_DONE(read_any_folder(path, &b, options->cancel, err));
    } else if (is_archive(path)) {
        GAN_TRY_DONE(read_archive(path, &b, options->cancel, err));
    } else {
        b.n = 1;
        GAN_TRY_DONE(read_batch_file(path, &b.list[0], err));
    }
    GAN_TRY_DONE(take_batches(&b, options, data, err));
done:
    batches_free(&b);
    return status;
}

/* What an archive has is known only when it is read: it is taken to have both. */
static bool has_split(const char *path, const char *split)
{
    bool is_train = strcmp(split, "train") == 0;
    const char *name = is_train ? "data_batch_1.bin" : "test_batch.bin";
    if (!gan_cifar_in_folder(path)) {
        return is_train || is_archive(path);
    }
    char *inner = NULL;
    (void)gan_path_join(path, "cifar-10-batches-bin", &inner, NULL);
    bool loose = has_batches(path) || (inner && has_batches(inner));
    bool found = !loose || has_file(path, name) || (inner && has_file(inner, name));
    free(inner);
    return found;
}

const gan_data_format gan_format_cifar = {
    .accepts = accepts,
    .load = load,
    .has_split = has_split,
};

bool gan_cifar_in_folder(const char *folder)
{
    return has_batches(folder) || has_file(folder, "cifar-10-batches-bin/data_batch_1.bin") ||
           has_file(folder, "cifar-10-batches-bin/test_batch.bin") ||
           has_file(folder, GAN_CIFAR_ARCHIVE);
}
