/* pictures.c — decoding pictures on all processors, in the order of their paths.
 *
 * Picture i is decoded straight into place i, so the result does not depend on the threads. The
 * first bad file, in that order, is the one that is told: threads go on until no earlier one can
 * turn up. */
#include "data/pictures.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/say.h"
#include "base/text.h"
#include "data/exif.h"
#include "data/holdout.h"
#include "data/labels.h"

enum { MAX_NOTES = 10 }; /* bad files told one by one */

static const int64_t large_bytes = 64 << 20;

/* One that may be left out, and why. */
typedef struct bad_picture {
    int64_t i;
    char why[sizeof(((gan_error *)NULL)->text)];
} bad_picture;

struct gan_pictures_job {
    gan_picture_source *source;
    const gan_data_options *options;
    gan_data *data;
    int64_t n;
    gan_status *results; /* of each file */
    int64_t first_fatal; /* n while there is none; guarded by the critical section */
    gan_error error;     /* of first_fatal */
    int64_t n_bad;       /* failures told of so far, kept in order of the files; likewise guarded */
    bad_picture bad[MAX_NOTES];
    omp_lock_t large; /* held while a large picture is decoded */
};

/* One picture on its way into its place. */
typedef struct reading {
    gan_pictures_job *job;
    uint8_t *to;
    gan_fitting fitting;
    bool is_large;
} reading;

static bool may_skip(const gan_data_options *options, gan_status status)
{
    return options->skip_bad && (status == GAN_E_DATA || status == GAN_E_NO_INPUT);
}

/* What to do about a bad file. */
static gan_status add_way_on(gan_error *err, gan_status status, const char *folder)
{
    if (err && (status == GAN_E_DATA || status == GAN_E_NO_INPUT)) {
        const size_t n = strlen(err->text);
        gan_text word = {0};
        gan_text_add_word(&word, folder);
        snprintf(err->text + n, sizeof err->text - n,
                 "; --skip-bad leaves such files out, `gan data check %s` lists them",
                 gan_text_check(&word, NULL) == GAN_OK ? word.data : folder);
        gan_text_free(&word);
    }
    return status;
}

static gan_status take_shape(void *ctx, const gan_picture_shape *shape, int64_t held,
                             gan_error *err)
{
    gan_picture_shape *seen = ctx;
    (void)held;
    (void)err;
    *seen = *shape;
    if (gan_orientation_transposes(shape->orientation)) {
        seen->height = shape->width;
        seen->width = shape->height;
    }
    return GAN_OK;
}

/* The network's shape, or what is missing of it from the first picture that can be read. */
static gan_status find_shape(gan_picture_source *source, const gan_data_options *options,
                             gan_picture_shape *shape, gan_error *err)
{
    *shape = (gan_picture_shape){options->height, options->width, options->channels, 0};
    if (shape->height && shape->width && shape->channels) {
        return GAN_OK;
    }
    gan_picture_shape first = {0};
    const gan_picture_sink sink = {take_shape, NULL, &first};
    gan_status status = GAN_E_NO_INPUT;
    for (size_t i = 0; i < source->list.n; i++) {
        GAN_TRY(gan_data_poll(options->cancel, err));
        status = source->scan(source, i, 0, 0, &sink, err);
        if (!may_skip(options, status)) {
            break;
        }
    }
    if (may_skip(options, status)) {
        return gan_fail_in(err, status, "none of the %zu pictures can be read; the last of them",
                           source->list.n);
    }
    GAN_TRY(add_way_on(err, status, source->path));
    shape->height = options->height ? options->height : first.height;
    shape->width = options->width ? options->width : first.width;
    shape->channels = options->channels ? options->channels : first.channels >= 3 ? 3 : 1;
    return GAN_OK;
}

static gan_status begin_reading(void *ctx, const gan_picture_shape *shape, int64_t held,
                                gan_error *err)
{
    reading *r = ctx;
    const gan_data_info *info = &r->job->data->info;
    r->is_large = gan_pictures_is_large(held);
    if (r->is_large) {
        omp_set_lock(&r->job->large);
    }
    return gan_fitting_begin(&r->fitting, shape, r->job->options->fit, r->job->options->filter,
                             info->height, info->width, info->channels, r->to, err);
}

static gan_status read_row(void *ctx, const uint8_t *row, gan_error *err)
{
    reading *r = ctx;
    GAN_TRY(gan_data_poll(r->job->options->cancel, err));
    gan_fitting_row(&r->fitting, row);
    return GAN_OK;
}

/* From bytes, or, where they are NULL, from where the source has it. */
static gan_status read_one(gan_pictures_job *job, int64_t i, const uint8_t *bytes, size_t n,
                           gan_error *err)
{
    const gan_data_info *info = &job->data->info;
    reading r = {.job = job};
    const gan_picture_sink sink = {begin_reading, read_row, &r};
    r.to = job->data->pixels + i * info->height * info->width * info->channels;
    const bool may_reduce = job->options->filter == GAN_FILTER_BILINEAR;
    const int64_t h = may_reduce ? info->height : 0, w = may_reduce ? info->width : 0;
    gan_status status = gan_data_poll(job->options->cancel, err);
    if (status == GAN_OK) {
        status =
            bytes ? gan_picture_scan_memory(job->source->list.paths[i], bytes, n, h, w, &sink, err)
                  : job->source->scan(job->source, (size_t)i, h, w, &sink, err);
    }
    gan_fitting_end(&r.fitting);
    if (r.is_large) {
        omp_unset_lock(&job->large);
    }
    return status;
}

/* Keeps the first MAX_NOTES in order of the files. */
static void keep_bad(gan_pictures_job *job, int64_t i, const gan_error *error)
{
    int64_t at = job->n_bad < MAX_NOTES ? job->n_bad : MAX_NOTES;
    while (at > 0 && job->bad[at - 1].i > i) {
        at--;
    }
    if (at < MAX_NOTES) {
        const size_t after = (size_t)((job->n_bad < MAX_NOTES ? job->n_bad : MAX_NOTES - 1) - at);
        memmove(&job->bad[at + 1], &job->bad[at], after * sizeof *job->bad);
        job->bad[at].i = i;
        memcpy(job->bad[at].why, error->text, sizeof error->text);
    }
    job->n_bad++;
}

static void record_failure(gan_pictures_job *job, int64_t i, gan_status status,
                           const gan_error *error)
{
#pragma omp critical(gan_pictures_failure)
    if (may_skip(job->options, status)) {
        keep_bad(job, i, error);
    } else if (i < job->first_fatal) {
        job->first_fatal = i;
        job->error = *error;
    }
}

static int64_t fatal_so_far(gan_pictures_job *job)
{
    int64_t first = 0;
#pragma omp critical(gan_pictures_failure)
    first = job->first_fatal;
    return first;
}

void gan_pictures_miss(gan_pictures_job *job, int64_t i, const gan_error *why)
{
    job->results[i] = why->status;
    record_failure(job, i, why->status, why);
}

void gan_pictures_take(gan_pictures_job *job, int64_t i, const uint8_t *bytes, size_t n)
{
    gan_error error = {0};
    if (i > fatal_so_far(job)) {
        return;
    }
    job->results[i] = read_one(job, i, bytes, n, &error);
    if (job->results[i] != GAN_OK) {
        record_failure(job, i, job->results[i], &error);
    }
}

int64_t gan_pictures_count(const gan_pictures_job *job)
{
    return job->n;
}

const gan_data_options *gan_pictures_options(const gan_pictures_job *job)
{
    return job->options;
}

static gan_status read_all(gan_pictures_job *job, gan_error *err)
{
    gan_status status = GAN_OK;
    omp_init_lock(&job->large);
    if (job->source->scan_all) {
        status = job->source->scan_all(job->source, job, err);
    } else {
#pragma omp parallel for schedule(dynamic, 8)                                                      \
    num_threads(gan_pictures_threads(job->options->threads))
        for (int64_t i = 0; i < job->n; i++) {
            gan_pictures_take(job, i, NULL, 0);
        }
    }
    omp_destroy_lock(&job->large);
    return status;
}

/* Tells the first bad files with their reasons. */
static void note_bad(const gan_pictures_job *job)
{
    const int64_t n_told = job->n_bad < MAX_NOTES ? job->n_bad : MAX_NOTES;
    for (int64_t i = 0; i < n_told; i++) {
        gan_say(job->options->listener, "left out: %s", job->bad[i].why);
    }
    if (job->n_bad > n_told) {
        gan_say(job->options->listener, "left out: %lld more bad files",
                (long long)(job->n_bad - n_told));
    }
}

/* Closes the gaps that bad files left. */
static void close_gaps(gan_pictures_job *job)
{
    gan_data_info *info = &job->data->info;
    size_t image = (size_t)(info->height * info->width * info->channels);
    int64_t kept = 0;
    for (int64_t i = 0; i < job->n; i++) {
        if (job->results[i] != GAN_OK) {
            continue;
        }
        if (kept < i) {
            memcpy(job->data->pixels + (size_t)kept * image, job->data->pixels + (size_t)i * image,
                   image);
        }
        if (job->data->labels) {
            job->data->labels[kept] = job->data->labels[i];
        }
        kept++;
    }
    info->n = kept;
    info->bytes = kept * (int64_t)image;
    info->skipped = job->n - kept;
}

static gan_status finish(gan_pictures_job *job, const char *path, gan_error *err)
{
    if (job->first_fatal < job->n) {
        if (err) {
            *err = job->error;
        }
        return add_way_on(err, job->error.status, path);
    }
    close_gaps(job);
    note_bad(job);
    if (job->data->info.n == 0) {
        return gan_fail(err, GAN_E_DATA, "%s: none of its %lld pictures can be read", path,
                        (long long)job->n);
    }
    gan_store_commit(job->data, 0, job->data->info.n);
    return GAN_OK;
}

/* One line on what the source has besides. */
static gan_status note_left(const gan_picture_source *source, const gan_data_options *options,
                            gan_error *err)
{
    const gan_file_list *list = &source->list;
    gan_text word = {0};
    char *left = NULL;
    if (list->n_left == 0) {
        return GAN_OK;
    }
    GAN_TRY(gan_file_list_left(list, &left, err));
    gan_text_add_word(&word, source->path);
    if (source->scan_all) {
        gan_say(options->listener, "%s: not taken: %s", source->path, left);
    } else {
        gan_say(options->listener, "%s: not taken: %s; `gan data check %s` %s", source->path, left,
                gan_text_check(&word, NULL) == GAN_OK ? word.data : source->path,
                list->n_left == 1 ? "names it" : "lists them");
    }
    gan_text_free(&word);
    free(left);
    return GAN_OK;
}

static gan_status check_split(const char *path, const gan_data_options *options, gan_error *err)
{
    return strcmp(options->split, "train") == 0 || options->holdout > 0
               ? GAN_OK
               : gan_fail(err, GAN_E_USAGE,
                          "%s: pictures of a folder have no %s split of their own; --holdout 0.1 "
                          "holds a tenth of them out",
                          path, options->split);
}

/* The labels of all files, so that both splits have the same classes; then those of one split. */
static gan_status label_and_split(gan_picture_source *source, const gan_data_options *options,
                                  gan_data *data, gan_error *err)
{
    gan_file_list *list = &source->list;
    size_t n_root = strlen(source->path);
    n_root += n_root > 0 && source->path[n_root - 1] != '/';
    GAN_TRY(gan_labels_of_files(data, list, n_root, source->labels_json, err));
    const bool is_test = strcmp(options->split, "test") == 0;
    if (options->holdout > 0) {
        gan_holdout_keep(list, n_root, options->holdout, is_test);
    }
    return list->n > 0
               ? GAN_OK
               : gan_fail(err, GAN_E_NO_INPUT, "%s: no picture is in its %s split: hold %s out",
                          source->path, options->split, is_test ? "more" : "less");
}

/* The pictures' shape and memory for them. */
static gan_status prepare(gan_pictures_job *job, gan_error *err)
{
    const gan_data_options *options = job->options;
    gan_picture_source *source = job->source;
    gan_picture_shape shape = {0};
    job->n = (int64_t)source->list.n;
    job->n = options->limit && options->limit < job->n ? options->limit : job->n;
    job->first_fatal = job->n;
    GAN_TRY(find_shape(source, options, &shape, err));
    GAN_TRY(gan_fit_possible(3, shape.channels, err));
    GAN_TRY(gan_store_reserve(job->data, job->n, shape.height, shape.width, shape.channels, err));
    GAN_TRY(gan_calloc((size_t)job->n, sizeof *job->results, (void **)&job->results, err));
    gan_say(options->listener, "reading %lld picture%s from %s as %lldx%lldx%lld",
            (long long)job->n, gan_plural(job->n), source->path, (long long)shape.height,
            (long long)shape.width, (long long)shape.channels);
    return GAN_OK;
}

gan_status gan_pictures_load(gan_picture_source *source, const gan_data_options *options,
                             gan_data *data, gan_error *err)
{
    gan_pictures_job *job = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(check_split(source->path, options, err));
    GAN_TRY(note_left(source, options, err));
    GAN_TRY(label_and_split(source, options, data, err));
    GAN_TRY(gan_calloc(1, sizeof *job, (void **)&job, err));
    *job = (gan_pictures_job){.source = source, .options = options, .data = data};
    GAN_TRY_DONE(prepare(job, err));
    data->labels = source->list.labels;
    source->list.labels = NULL;
    GAN_TRY_DONE(read_all(job, err));
    status = finish(job, source->path, err);
done:
    free(job->results);
    free(job);
    return status;
}

bool gan_pictures_is_large(int64_t held)
{
    return held > large_bytes;
}

int gan_pictures_threads(int wish)
{
    return wish > 0 ? wish : omp_get_num_procs();
}
