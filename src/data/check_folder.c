/* check_folder.c — checking a folder of pictures: each is decoded on its own, then compared. */
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "data/check.h"
#include "data/exif.h"
#include "data/folder.h"
#include "data/picture.h"
#include "data/pictures.h"
#include "data/store.h"

/* What one file turned out to be. */
typedef struct looked {
    gan_status status;
    char *why; /* where it is not GAN_OK; NULL when there was no memory for it */
    int64_t height, width, channels;
    gan_image_digest digest;
} looked;

typedef struct folder_check {
    const gan_data_check_options *options;
    gan_data_report *report;
    gan_file_list list;
    looked *files;    /* list.n */
    omp_lock_t large; /* held while a large picture is decoded */
} folder_check;

/* A picture on its way through the check. */
typedef struct looking {
    folder_check *check;
    looked *file;
    size_t row; /* bytes */
    gan_sha256 hash;
    bool is_large;
} looking;

static gan_status begin_looking(void *ctx, const gan_picture_shape *shape, int64_t held,
                                gan_error *err)
{
    looking *l = ctx;
    (void)err;
    const bool transposes = gan_orientation_transposes(shape->orientation);
    l->file->height = transposes ? shape->width : shape->height;
    l->file->width = transposes ? shape->height : shape->width;
    l->file->channels = shape->channels;
    l->row = (size_t)(shape->width * shape->channels);
    l->is_large = gan_pictures_is_large(held);
    if (l->is_large) {
        omp_set_lock(&l->check->large);
    }
    const int64_t facts[4] = {shape->height, shape->width, shape->channels, shape->orientation};
    gan_sha256_update(&l->hash, facts, sizeof facts);
    return GAN_OK;
}

static gan_status look_at_row(void *ctx, const uint8_t *row, gan_error *err)
{
    looking *l = ctx;
    gan_sha256_update(&l->hash, row, l->row);
    return gan_data_poll(l->check->options->cancel, err);
}

static void look_at(folder_check *c, const char *path, int64_t index, looked *file)
{
    gan_error error = {0};
    looking l = {.check = c, .file = file};
    const gan_picture_sink sink = {begin_looking, look_at_row, &l};
    gan_sha256_init(&l.hash);
    file->status = gan_picture_scan(path, 0, 0, &sink, &error);
    if (l.is_large) {
        omp_unset_lock(&c->large);
    }
    if (file->status != GAN_OK) {
        (void)gan_strdup(error.text, &file->why, NULL);
        return;
    }
    gan_sha256_final(&l.hash, file->digest.bytes);
    file->digest.index = index;
    file->digest.first = index;
}

static void tell_left(void *ctx, const char *path, const char *why)
{
    const folder_check *c = ctx;
    gan_check_tell(c->options, c->report, GAN_FLAW_NOT_TAKEN, path, why);
}

static void look_at_all(folder_check *c)
{
    int64_t n = (int64_t)c->list.n;
    omp_init_lock(&c->large);
#pragma omp parallel for schedule(dynamic, 8) num_threads(gan_pictures_threads(c->options->threads))
    for (int64_t i = 0; i < n; i++) {
        if (gan_data_poll(c->options->cancel, NULL) == GAN_OK) {
            look_at(c, c->list.paths[i], i, &c->files[i]);
        }
    }
    omp_destroy_lock(&c->large);
}

static int compare_shapes(const void *a, const void *b)
{
    const looked *x = *(looked *const *)a, *y = *(looked *const *)b;
    if (x->height != y->height) {
        return x->height < y->height ? -1 : 1;
    }
    return (x->width > y->width) - (x->width < y->width);
}

/* The size that most files have; of equally frequent ones the smaller. */
static gan_status find_usual_size(folder_check *c, gan_error *err)
{
    looked **sorted = NULL;
    size_t n = 0, best = 0;
    GAN_TRY(gan_calloc(c->list.n, sizeof(looked *), (void **)&sorted, err));
    for (size_t i = 0; i < c->list.n; i++) {
        if (c->files[i].status == GAN_OK) {
            sorted[n++] = &c->files[i];
        }
    }
    if (n > 1) {
        qsort(sorted, n, sizeof *sorted, compare_shapes);
    }
    for (size_t i = 0, run = 0; i < n; i++) {
        run = i > 0 && compare_shapes(&sorted[i - 1], &sorted[i]) == 0 ? run + 1 : 1;
        if (run > best) {
            best = run;
            c->report->height = sorted[i]->height;
            c->report->width = sorted[i]->width;
        }
    }
    free(sorted);
    return GAN_OK;
}

static void find_usual_channels(folder_check *c)
{
    int64_t seen[5] = {0};
    for (size_t i = 0; i < c->list.n; i++) {
        seen[c->files[i].status == GAN_OK ? c->files[i].channels : 0]++;
    }
    for (int64_t k = 1; k <= 4; k++) {
        if (seen[k] > 0 && (c->report->channels == 0 || seen[k] > seen[c->report->channels])) {
            c->report->channels = k;
        }
    }
}

static void tell_corrupt(folder_check *c)
{
    for (size_t i = 0; i < c->list.n; i++) {
        const looked *file = &c->files[i];
        c->report->images += file->status == GAN_OK;
        if (file->status != GAN_OK) {
            gan_check_tell(c->options, c->report, GAN_FLAW_CORRUPT, c->list.paths[i],
                           file->why ? file->why : "cannot be read");
        }
    }
}

static const char *channel_text(int64_t channels)
{
    static const char *const texts[] = {"unknown", "grey", "grey and alpha", "colour",
                                        "colour and alpha"};
    return texts[channels >= 1 && channels <= 4 ? channels : 0];
}

static gan_status tell_odd(folder_check *c, gan_error *err)
{
    const gan_data_report *usual = c->report;
    for (size_t i = 0; i < c->list.n; i++) {
        const looked *file = &c->files[i];
        char *text = NULL;
        if (file->status != GAN_OK) {
            continue;
        }
        if (file->height != usual->height || file->width != usual->width) {
            GAN_TRY(gan_format(&text, err,
                               "%lld pixels wide and %lld high, most are %lld wide and %lld high",
                               (long long)file->width, (long long)file->height,
                               (long long)usual->width, (long long)usual->height));
            gan_check_tell(c->options, c->report, GAN_FLAW_SIZE, c->list.paths[i], text);
            free(text);
        }
        if (file->channels != usual->channels) {
            GAN_TRY(gan_format(&text, err, "%s, most are %s", channel_text(file->channels),
                               channel_text(usual->channels)));
            gan_check_tell(c->options, c->report, GAN_FLAW_CHANNELS, c->list.paths[i], text);
            free(text);
        }
    }
    return GAN_OK;
}

static gan_status tell_duplicates(folder_check *c, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_image_digest *digests = NULL;
    int64_t n = 0;
    GAN_TRY(gan_calloc(c->list.n, sizeof *digests, (void **)&digests, err));
    for (size_t i = 0; i < c->list.n; i++) {
        if (c->files[i].status == GAN_OK) {
            digests[n++] = c->files[i].digest;
        }
    }
    gan_image_digests_match(digests, n);
    for (int64_t i = 0; i < n; i++) {
        const gan_image_digest *d = &digests[i];
        char *text = NULL;
        if (d->first == d->index) {
            continue;
        }
        GAN_TRY_DONE(gan_format(&text, err, "same pixels as %s", c->list.paths[d->first]));
        gan_check_tell(c->options, c->report, GAN_FLAW_DUPLICATE, c->list.paths[d->index], text);
        free(text);
    }
done:
    free(digests);
    return status;
}

/* A file that could not be judged (no memory, a failing disk) is no finding but an error. */
static gan_status first_fatal(const folder_check *c, gan_error *err)
{
    for (size_t i = 0; i < c->list.n; i++) {
        const looked *file = &c->files[i];
        if (file->status != GAN_OK && file->status != GAN_E_DATA &&
            file->status != GAN_E_NO_INPUT) {
            return gan_fail(err, file->status, "%s", file->why ? file->why : "out of memory");
        }
    }
    return GAN_OK;
}

gan_status gan_check_folder(const char *path, const gan_data_check_options *options,
                            gan_data_report *report, gan_error *err)
{
    gan_status status = GAN_OK;
    folder_check c = {.options = options, .report = report};
    const gan_file_search search = {options->cancel, tell_left, &c};
    GAN_TRY_DONE(gan_folder_find(path, &search, &c.list, err));
    GAN_TRY_DONE(gan_calloc(c.list.n, sizeof *c.files, (void **)&c.files, err));
    look_at_all(&c);
    GAN_TRY_DONE(gan_data_poll(options->cancel, err));
    GAN_TRY_DONE(first_fatal(&c, err));
    GAN_TRY_DONE(find_usual_size(&c, err));
    find_usual_channels(&c);
    tell_corrupt(&c);
    GAN_TRY_DONE(tell_odd(&c, err));
    status = tell_duplicates(&c, err);
done:
    for (size_t i = 0; c.files && i < c.list.n; i++) {
        free(c.files[i].why);
    }
    free(c.files);
    gan_file_list_free(&c.list);
    return status;
}
