/* folder.c — decoding a folder of pictures on all processors, in the order of their paths.
 *
 * Picture i is decoded straight into place i, so the result does not depend on the threads. The
 * first bad file, in that order, is the one that is told: threads go on until no earlier one can
 * turn up. */
#include "data/folder.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/say.h"
#include "data/check.h"
#include "data/exif.h"
#include "data/holdout.h"
#include "data/kind.h"
#include "data/labels.h"
#include "data/npz.h"
#include "data/picture.h"

enum { MAX_NOTES = 10 }; /* bad files told one by one */

static const int64_t large_bytes = 64 << 20;

typedef struct folder_job {
    const gan_file_list *list;
    const gan_data_options *options;
    gan_data *data;
    int64_t n;
    gan_status *results; /* of each file */
    int64_t first_fatal; /* n while there is none; guarded by the critical section */
    gan_error error;     /* of first_fatal */
    omp_lock_t large;    /* held while a large picture is decoded */
} folder_job;

/* One picture on its way into its place. */
typedef struct reading {
    folder_job *job;
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
        snprintf(err->text + n, sizeof err->text - n,
                 "; --skip-bad leaves such files out, `gan data check %s` lists them", folder);
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
static gan_status find_shape(const gan_file_list *list, const gan_data_options *options,
                             const char *folder, gan_picture_shape *shape, gan_error *err)
{
    *shape = (gan_picture_shape){options->height, options->width, options->channels, 0};
    if (shape->height && shape->width && shape->channels) {
        return GAN_OK;
    }
    gan_picture_shape first = {0};
    const gan_picture_sink sink = {take_shape, NULL, &first};
    gan_status status = GAN_E_NO_INPUT;
    for (size_t i = 0; i < list->n; i++) {
        GAN_TRY(gan_data_poll(options->cancel, err));
        status = gan_picture_scan(list->paths[i], 0, 0, &sink, err);
        if (!may_skip(options, status)) {
            break;
        }
    }
    if (may_skip(options, status)) {
        return gan_fail_in(err, status, "none of the %zu pictures can be read; the last of them",
                           list->n);
    }
    GAN_TRY(add_way_on(err, status, folder));
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
    r->is_large = gan_folder_is_large(held);
    if (r->is_large) {
        omp_set_lock(&r->job->large);
    }
    return gan_fitting_begin(&r->fitting, shape, r->job->options->fit, info->height, info->width,
                             info->channels, r->to, err);
}

static gan_status read_row(void *ctx, const uint8_t *row, gan_error *err)
{
    reading *r = ctx;
    GAN_TRY(gan_data_poll(r->job->options->cancel, err));
    gan_fitting_row(&r->fitting, row);
    return GAN_OK;
}

static gan_status read_one(folder_job *job, int64_t i, gan_error *err)
{
    const gan_data_info *info = &job->data->info;
    reading r = {.job = job};
    const gan_picture_sink sink = {begin_reading, read_row, &r};
    r.to = job->data->pixels + i * info->height * info->width * info->channels;
    GAN_TRY(gan_data_poll(job->options->cancel, err));
    const gan_status status =
        gan_picture_scan(job->list->paths[i], info->height, info->width, &sink, err);
    gan_fitting_end(&r.fitting);
    if (r.is_large) {
        omp_unset_lock(&job->large);
    }
    return status;
}

static void record_failure(folder_job *job, int64_t i, gan_status status, const gan_error *error)
{
#pragma omp critical(gan_folder_failure)
    if (!may_skip(job->options, status) && i < job->first_fatal) {
        job->first_fatal = i;
        job->error = *error;
    }
}

static int64_t fatal_so_far(folder_job *job)
{
    int64_t first = 0;
#pragma omp critical(gan_folder_failure)
    first = job->first_fatal;
    return first;
}

static void read_all(folder_job *job)
{
    omp_init_lock(&job->large);
#pragma omp parallel for schedule(dynamic, 8) num_threads(gan_folder_threads(job->options->threads))
    for (int64_t i = 0; i < job->n; i++) {
        if (i > fatal_so_far(job)) {
            continue;
        }
        gan_error error = {0};
        job->results[i] = read_one(job, i, &error);
        if (job->results[i] != GAN_OK) {
            record_failure(job, i, job->results[i], &error);
        }
    }
    omp_destroy_lock(&job->large);
}

/* Tells the first bad files with their reasons, which are found by reading them again. */
static void note_bad(folder_job *job)
{
    const gan_data_options *options = job->options;
    int64_t n_told = 0;
    for (int64_t i = 0; i < job->n && n_told < MAX_NOTES && options->listener; i++) {
        if (job->results[i] != GAN_OK) {
            gan_error error = {0};
            const gan_picture_sink sink = {0};
            (void)gan_picture_scan(job->list->paths[i], 0, 0, &sink, &error);
            gan_say(options->listener, "left out: %s", error.text);
            n_told++;
        }
    }
    if (job->data->info.skipped > n_told) {
        gan_say(options->listener, "left out: %lld more bad files",
                (long long)(job->data->info.skipped - n_told));
    }
}

/* Closes the gaps that bad files left. */
static void close_gaps(folder_job *job)
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

static gan_status finish(folder_job *job, const char *path, gan_error *err)
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

/* One line on what the folder has besides. */
static gan_status note_left(const gan_file_list *list, const char *folder,
                            const gan_data_options *options, gan_error *err)
{
    char *left = NULL;
    if (list->n_left == 0) {
        return GAN_OK;
    }
    GAN_TRY(gan_file_list_left(list, &left, err));
    gan_say(options->listener, "%s: not taken: %s; `gan data check %s` %s", folder, left, folder,
            list->n_left == 1 ? "names it" : "lists them");
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
static gan_status label_and_split(gan_file_list *list, const char *folder,
                                  const gan_data_options *options, gan_data *data, gan_error *err)
{
    char *json = NULL;
    size_t n_json = 0, n_root = strlen(folder);
    n_root += n_root > 0 && folder[n_root - 1] != '/';
    if (list->labels_file) {
        GAN_TRY(gan_file_read_whole(list->labels_file, GAN_LABELS_FILE_CAP, &json, &n_json, err));
    }
    const gan_status status = gan_labels_of_files(data, list, n_root, json, err);
    free(json);
    GAN_TRY(status);
    if (options->holdout > 0) {
        gan_holdout_keep(list, n_root, options->holdout, strcmp(options->split, "test") == 0);
    }
    return list->n > 0 ? GAN_OK
                       : gan_fail(err, GAN_E_NO_INPUT,
                                  "%s: no picture is in its %s split: hold %s "
                                  "out",
                                  folder, options->split,
                                  strcmp(options->split, "test") == 0 ? "more" : "less");
}

static gan_status load(const char *path, const gan_data_options *options, gan_data *data,
                       gan_error *err)
{
    gan_status status = GAN_OK;
    gan_file_list list = {0};
    gan_picture_shape shape = {0};
    const gan_file_search search = {.cancel = options->cancel};
    folder_job job = {.list = &list, .options = options, .data = data};
    GAN_TRY(check_split(path, options, err));
    GAN_TRY_DONE(gan_folder_find(path, &search, &list, err));
    GAN_TRY_DONE(note_left(&list, path, options, err));
    GAN_TRY_DONE(label_and_split(&list, path, options, data, err));
    job.n = (int64_t)list.n;
    job.n = options->limit && options->limit < job.n ? options->limit : job.n;
    job.first_fatal = job.n;
    GAN_TRY_DONE(find_shape(&list, options, path, &shape, err));
    GAN_TRY_DONE(gan_fit_possible(3, shape.channels, err));
    GAN_TRY_DONE(gan_store_reserve(data, job.n, shape.height, shape.width, shape.channels, err));
    GAN_TRY_DONE(gan_calloc((size_t)job.n, sizeof *job.results, (void **)&job.results, err));
    gan_say(options->listener, "reading %lld picture%s from %s as %lldx%lldx%lld", (long long)job.n,
            gan_plural(job.n), path, (long long)shape.height, (long long)shape.width,
            (long long)shape.channels);
    data->labels = list.labels;
    list.labels = NULL;
    read_all(&job);
    status = finish(&job, path, err);
done:
    gan_file_list_free(&list);
    free(job.results);
    return status;
}

static bool has_split(const char *path, const char *split)
{
    (void)path;
    return strcmp(split, "train") == 0;
}

static bool accepts(const char *path, bool is_folder)
{
    (void)path;
    return is_folder;
}

const gan_data_format gan_format_folder = {
    .accepts = accepts,
    .load = load,
    .has_split = has_split,
    .holds_out = true,
    .check = gan_check_folder,
};

gan_status gan_folder_find(const char *folder, const gan_file_search *search, gan_file_list *list,
                           gan_error *err)
{
    GAN_TRY(gan_file_list_find(folder, search, list, err));
    if (list->n > 0) {
        return GAN_OK;
    }
    char *left = NULL;
    if (list->n_left == 0) {
        return gan_fail(err, GAN_E_NO_INPUT, "%s: is empty: no picture below it", folder);
    }
    GAN_TRY(gan_file_list_left(list, &left, err));
    const char *file = list->first_left;
    if (file && gan_format_npz.accepts(file, false)) {
        free(left);
        return gan_fail(err, GAN_E_NO_INPUT,
                        "%s: no picture below it; name its array: "
                        "--data %s",
                        folder, file);
    }
    const gan_file_kind *kind = file ? gan_file_kind_of_file(file) : NULL;
    const gan_status status =
        gan_fail(err, GAN_E_NO_INPUT, "%s: no picture below it that is read, only %s%s%s%s%s%s%s",
                 folder, left, file ? " (" : "", file ? file : "", kind ? ": a " : "",
                 kind ? kind->name : "", kind ? ": " : "", kind ? kind->advice : "");
    if (file && err) {
        const size_t n = strlen(err->text);
        snprintf(err->text + n, sizeof err->text - n, ")");
    }
    free(left);
    return status;
}

bool gan_folder_is_large(int64_t held)
{
    return held > large_bytes;
}

int gan_folder_threads(int wish)
{
    return wish > 0 ? wish : omp_get_num_procs();
}
