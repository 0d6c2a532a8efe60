/* folder.c — decoding a folder of pictures on all processors, in the order of their paths.
 *
 * Picture i is decoded straight into place i, so the result does not depend on the threads. The
 * first bad file, in that order, is the one that is told: threads go on until no earlier one can
 * turn up. */
#include "data/folder.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/check.h"
#include "data/picture.h"

enum { MAX_NOTES = 10 }; /* bad files told one by one */

typedef struct folder_job {
    const gan_file_list *list;
    const gan_data_options *options;
    gan_data *data;
    int64_t n;
    gan_status *results; /* of each file */
    int64_t first_fatal; /* n while there is none; guarded by the critical section */
    gan_error error;     /* of first_fatal */
} folder_job;

static bool may_skip(const gan_data_options *options, gan_status status)
{
    return options->skip_bad && (status == GAN_E_DATA || status == GAN_E_NO_INPUT);
}

/* The network's shape, or what is missing of it from the first picture that can be read. */
static gan_status find_shape(const gan_file_list *list, const gan_data_options *options,
                             gan_picture *shape, gan_error *err)
{
    *shape = (gan_picture){NULL, options->height, options->width, options->channels};
    if (shape->height && shape->width && shape->channels) {
        return GAN_OK;
    }
    gan_picture first = {0};
    gan_status status = GAN_E_NO_INPUT;
    for (size_t i = 0; i < list->n; i++) {
        GAN_TRY(gan_data_poll(options->cancel, err));
        status = gan_picture_read(list->paths[i], 0, 0, &first, err);
        if (!may_skip(options, status)) {
            break;
        }
    }
    if (may_skip(options, status)) {
        return gan_fail_in(err, status, "none of the %zu pictures can be read; the last of them",
                           list->n);
    }
    GAN_TRY(status);
    shape->height = options->height ? options->height : first.height;
    shape->width = options->width ? options->width : first.width;
    shape->channels = options->channels ? options->channels : first.channels >= 3 ? 3 : 1;
    free(first.pixels);
    return GAN_OK;
}

static gan_status read_one(folder_job *job, int64_t i, gan_error *err)
{
    const gan_data_info *info = &job->data->info;
    uint8_t *to = job->data->pixels + i * info->height * info->width * info->channels;
    gan_picture picture = {0};
    GAN_TRY(gan_data_poll(job->options->cancel, err));
    GAN_TRY(gan_picture_read(job->list->paths[i], info->height, info->width, &picture, err));
    gan_status status = gan_picture_fit(&picture, job->options->fit, info->height, info->width,
                                        info->channels, to, err);
    free(picture.pixels);
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
}

/* Tells the first bad files with their reasons, which are found by reading them again. */
static void note_bad(folder_job *job)
{
    const gan_data_options *options = job->options;
    int64_t n_told = 0;
    for (int64_t i = 0; i < job->n && n_told < MAX_NOTES && options->note; i++) {
        if (job->results[i] != GAN_OK) {
            gan_error error = {0};
            gan_picture picture = {0};
            (void)gan_picture_read(job->list->paths[i], 0, 0, &picture, &error);
            free(picture.pixels);
            gan_data_notef(options->note, options->note_ctx, "left out: %s", error.text);
            n_told++;
        }
    }
    if (job->data->info.skipped > n_told) {
        gan_data_notef(options->note, options->note_ctx, "left out: %lld more bad files",
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
            memcpy(job->data->pixels + (size_t)kept * image,
                   job->data->pixels + (size_t)i * image, image);
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
        return job->error.status;
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

static gan_status load(const char *path, const gan_data_options *options, gan_data *data,
                       gan_error *err)
{
    gan_status status = GAN_OK;
    gan_file_list list = {0};
    gan_picture shape = {0};
    folder_job job = {.list = &list, .options = options, .data = data};
    if (strcmp(options->split, "train") != 0) {
        return gan_fail(err, GAN_E_USAGE, "%s: a folder of pictures has no %s split", path,
                        options->split);
    }
    GAN_TRY_DONE(gan_folder_find(path, options->cancel, &list, err));
    job.n = (int64_t)list.n;
    job.n = options->limit && options->limit < job.n ? options->limit : job.n;
    job.first_fatal = job.n;
    GAN_TRY_DONE(find_shape(&list, options, &shape, err));
    GAN_TRY_DONE(gan_fit_possible(3, shape.channels, err));
    GAN_TRY_DONE(gan_store_reserve(data, job.n, shape.height, shape.width, shape.channels, err));
    GAN_TRY_DONE(gan_calloc((size_t)job.n, sizeof *job.results, (void **)&job.results, err));
    gan_data_notef(options->note, options->note_ctx,
                   "reading %lld pictures from %s as %lldx%lldx%lld", (long long)job.n, path,
                   (long long)shape.height, (long long)shape.width, (long long)shape.channels);
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
    .check = gan_check_folder,
};

gan_status gan_folder_find(const char *folder, const volatile sig_atomic_t *cancel,
                           gan_file_list *list, gan_error *err)
{
    GAN_TRY(gan_file_list_find(folder, cancel, list, err));
    if (list->n > 0) {
        return GAN_OK;
    }
    if (list->n_others == 0) {
        return gan_fail(err, GAN_E_NO_INPUT, "%s: is empty: no PNG or JPEG file below it", folder);
    }
    return gan_fail(err, GAN_E_NO_INPUT,
                    "%s: no PNG or JPEG file below it, only %lld other file%s (%s)", folder,
                    (long long)list->n_others, list->n_others == 1 ? "" : "s",
                    list->first_other ? list->first_other : "links");
}

int gan_folder_threads(int wish)
{
    return wish > 0 ? wish : omp_get_num_procs();
}
