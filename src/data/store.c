/* store.c — the memory of an open data set, its fingerprint, and pictures on their way in.
 *
 * The fingerprint is SHA-256 of all pixels in order and then of n, height, width and channels: the
 * data set as training sees it, whatever file it came from. Images are hashed as they are
 * committed, in order, while they are still in the cache. */
#define _GNU_SOURCE /* sysconf(_SC_PHYS_PAGES) */
#include "data/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/say.h"
#include "base/signals.h"
#include "data/fit.h"

static const int64_t run_bytes = 256 << 10; /* read, then hashed while in the cache */

/* Little-endian on every machine, so that a fingerprint means the same everywhere. */
static void hash_number(gan_sha256 *hash, int64_t number)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)((uint64_t)number >> 8 * i);
    }
    gan_sha256_update(hash, bytes, sizeof bytes);
}

gan_status gan_store_create(const char *name, const char *path, gan_data **out, gan_error *err)
{
    gan_data *data = NULL;
    gan_status status = GAN_OK;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof *data, (void **)&data, err));
    GAN_TRY_DONE(gan_strdup(name, &data->name, err));
    GAN_TRY_DONE(gan_strdup(path, &data->path, err));
    data->info.name = data->name;
    data->info.path = data->path;
    gan_sha256_init(&data->hash);
done:
    if (status == GAN_OK) {
        *out = data;
    } else {
        gan_data_close(data);
    }
    return status;
}

gan_status gan_store_reserve(gan_data *data, int64_t n, int64_t height, int64_t width,
                             int64_t channels, gan_error *err)
{
    int64_t bytes = 0;
    int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    double memory = pages > 0 && page > 0 ? (double)pages * (double)page : 1e18;
    /* As doubles first: a file may claim sizes whose product does not fit 64 bits. */
    double wanted = (double)n * (double)height * (double)width * (double)channels;
    if ((!data->spill && !(wanted <= memory)) || __builtin_mul_overflow(n, height, &bytes) ||
        __builtin_mul_overflow(bytes, width, &bytes) ||
        __builtin_mul_overflow(bytes, channels, &bytes)) {
        return gan_fail(err, GAN_E_MEMORY,
                        "%s: %lld image%s of %lldx%lldx%lld take%s %.3g GB, and this machine has "
                        "%.3g GB of memory; take fewer or smaller ones",
                        data->name, (long long)n, gan_plural(n), (long long)height,
                        (long long)width, (long long)channels, n == 1 ? "s" : "", wanted / 1e9,
                        memory / 1e9);
    }
    GAN_TRY(data->spill ? gan_store_spill(data, (size_t)bytes, err)
                        : gan_aligned_alloc((size_t)bytes, (void **)&data->pixels, err));
    data->info.n = n;
    data->info.height = height;
    data->info.width = width;
    data->info.channels = channels;
    data->info.bytes = bytes;
    return GAN_OK;
}

void gan_store_commit(gan_data *data, int64_t first, int64_t n)
{
    int64_t image = data->info.height * data->info.width * data->info.channels;
    gan_sha256_update(&data->hash, data->pixels + first * image, (size_t)(n * image));
}

void gan_store_finish(gan_data *data)
{
    /* Given by what was opened: a packed data set carries it. */
    if (data->info.fingerprint[0]) {
        return;
    }
    hash_number(&data->hash, data->info.n);
    hash_number(&data->hash, data->info.height);
    hash_number(&data->hash, data->info.width);
    hash_number(&data->hash, data->info.channels);
    gan_sha256_final_text(&data->hash, data->info.fingerprint);
}

gan_status gan_intake_begin(gan_intake *intake, gan_data *data, const gan_data_options *options,
                            int64_t n, int64_t height, int64_t width, int64_t channels,
                            gan_error *err)
{
    int64_t h = options->height ? options->height : height;
    int64_t w = options->width ? options->width : width;
    int64_t c = options->channels ? options->channels : channels;
    *intake = (gan_intake){.data = data, .fit = options->fit, .filter = options->filter};
    intake->height = height;
    intake->width = width;
    intake->channels = channels;
    intake->converts = h != height || w != width || c != channels;
    if (intake->converts) {
        GAN_TRY(gan_fit_possible(channels, c, err));
        GAN_TRY(gan_calloc((size_t)(height * width * channels), 1, (void **)&intake->raw, err));
        gan_say(options->listener, "%s: images of %lldx%lldx%lld are brought to %lldx%lldx%lld",
                data->name, (long long)height, (long long)width, (long long)channels, (long long)h,
                (long long)w, (long long)c);
    }
    return gan_store_reserve(data, n, h, w, c, err);
}

/* Pictures that are right as they are are read straight into their place, several at once; others
 * go through one picture's worth of memory. */
uint8_t *gan_intake_place(gan_intake *intake, int64_t i, int64_t wanted, int64_t *run)
{
    *run = 1;
    if (intake->converts) {
        return intake->raw;
    }
    int64_t image = intake->height * intake->width * intake->channels;
    int64_t most = run_bytes / image > 1 ? run_bytes / image : 1;
    *run = wanted < most ? wanted : most;
    return intake->data->pixels + i * image;
}

gan_status gan_intake_accept(gan_intake *intake, int64_t i, int64_t run, gan_error *err)
{
    gan_data *data = intake->data;
    if (intake->converts) {
        const gan_data_info *info = &data->info;
        gan_picture picture = {intake->raw, intake->height, intake->width, intake->channels};
        uint8_t *to = data->pixels + i * info->height * info->width * info->channels;
        GAN_TRY(gan_picture_fit(&picture, intake->fit, intake->filter, info->height, info->width,
                                info->channels, to, err));
    }
    gan_store_commit(data, i, run);
    return GAN_OK;
}

void gan_intake_end(gan_intake *intake)
{
    free(intake->raw);
    intake->raw = NULL;
}

gan_status gan_data_poll(const volatile sig_atomic_t *cancel, gan_error *err)
{
    return gan_signals_read(cancel) ? gan_fail(err, GAN_E_INTERRUPTED, "interrupted") : GAN_OK;
}

const gan_data_info *gan_data_describe(const gan_data *data)
{
    return &data->info;
}

const uint8_t *gan_data_pixels(const gan_data *data)
{
    return data->pixels;
}

void gan_data_close(gan_data *data)
{
    if (!data) {
        return;
    }
    gan_store_unmap(data);
    gan_aligned_free(data->pixels);
    free(data->labels);
    for (int32_t i = 0; i < data->n_class_names; i++) {
        free(data->class_names[i]);
    }
    free(data->class_names);
    free(data->unlabelled);
    free(data->name);
    free(data->path);
    free(data);
}
