/* run_folder.c — the numbered folder of a run, its lock and its checkpoints. */
#define _GNU_SOURCE /* flock */
#include "train/run_folder.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

enum { NUMBER_DIGITS = 5 };

static const char *const subfolders[] = {"samples", "checkpoints"};
static const char checkpoint_suffix[] = ".safetensors";

gan_status gan_run_folder_path(const gan_run_folder *run, char **out, gan_error *err,
                               const char *format, ...)
{
    char *below = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&below, format, args);
    va_end(args);
    *out = NULL;
    if (n < 0) {
        return gan_fail(err, GAN_E_MEMORY, "no memory for a path");
    }
    gan_status status = gan_path_join(run->path, below, out, err);
    free(below);
    return status;
}

/* The number that a run folder's name begins with, or -1. */
static int64_t number_of(const char *name)
{
    int64_t number = 0;
    int digits = 0;
    while (isdigit((unsigned char)name[digits]) && digits < 18) {
        number = number * 10 + (name[digits] - '0');
        digits++;
    }
    return digits >= NUMBER_DIGITS && name[digits] == '-' ? number : -1;
}

static gan_status lock(gan_run_folder *run, gan_error *err)
{
    char *path = NULL;
    GAN_TRY(gan_run_folder_path(run, &path, err, "lock"));
    run->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    gan_status status = GAN_OK;
    if (run->lock_fd < 0) {
        status = gan_fail(err, GAN_E_CREATE, "%s: %s", path, strerror(errno));
    } else if (flock(run->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        status = gan_fail(err, GAN_E_LOCKED, "%s: another process is training in this folder",
                          run->path);
    }
    free(path);
    return status;
}

static gan_status make_subfolders(const gan_run_folder *run, gan_error *err)
{
    for (size_t i = 0; i < sizeof subfolders / sizeof subfolders[0]; i++) {
        char *path = NULL;
        GAN_TRY(gan_run_folder_path(run, &path, err, "%s", subfolders[i]));
        gan_status status = gan_path_make_folders(path, err);
        if (status == GAN_OK) {
            status = gan_file_clean_temporary(path, NULL, err);
        }
        free(path);
        GAN_TRY(status);
    }
    return gan_file_clean_temporary(run->path, NULL, err);
}

static gan_status next_number(const char *outdir, int64_t *number, gan_error *err)
{
    gan_path_names names = {0};
    *number = 0;
    GAN_TRY(gan_path_list(outdir, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        int64_t used = number_of(names.name[i]);
        *number = used >= *number ? used + 1 : *number;
    }
    gan_path_names_free(&names);
    return GAN_OK;
}

/* mkdir is the arbiter when several runs start at once: whoever loses takes the next number. */
static gan_status make_numbered(const char *outdir, const char *name, char **out, gan_error *err)
{
    int64_t number = 0;
    GAN_TRY(next_number(outdir, &number, err));
    for (;; number++) {
        GAN_TRY(
            gan_format(out, err, "%s/%0*lld-%s", outdir, NUMBER_DIGITS, (long long)number, name));
        if (mkdir(*out, 0777) == 0) {
            return GAN_OK;
        }
        gan_status status = errno == EEXIST ? GAN_OK
                                            : gan_fail(err, GAN_E_CREATE, "%s: cannot create: %s",
                                                       *out, strerror(errno));
        free(*out);
        *out = NULL;
        GAN_TRY(status);
    }
}

gan_status gan_run_folder_create(const char *outdir, const char *name, gan_run_folder *run,
                                 gan_error *err)
{
    *run = (gan_run_folder){.lock_fd = -1};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_path_make_folders(outdir, err));
    GAN_TRY_DONE(make_numbered(outdir, name, &run->path, err));
    GAN_TRY_DONE(lock(run, err));
    GAN_TRY_DONE(make_subfolders(run, err));
done:
    if (status != GAN_OK) {
        gan_run_folder_close(run);
    }
    return status;
}

gan_status gan_run_folder_open(const char *path, gan_run_folder *run, gan_error *err)
{
    *run = (gan_run_folder){.lock_fd = -1};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_strdup(path, &run->path, err));
    if (!gan_path_is_folder(path)) {
        status = gan_fail(err, GAN_E_NO_INPUT, "%s: not a run folder", path);
        goto done;
    }
    GAN_TRY_DONE(lock(run, err));
    GAN_TRY_DONE(make_subfolders(run, err));
done:
    if (status != GAN_OK) {
        gan_run_folder_close(run);
    }
    return status;
}

void gan_run_folder_close(gan_run_folder *run)
{
    if (run->path && run->lock_fd >= 0) {
        close(run->lock_fd);
    }
    free(run->path);
    *run = (gan_run_folder){.lock_fd = -1};
}

/* Keeps the names that `wanted` accepts, as paths below folder, in reversed order. */
static gan_status select_newest_first(const char *folder, bool (*wanted)(const char *name),
                                      gan_path_names *paths, gan_error *err)
{
    gan_path_names names = {0};
    *paths = (gan_path_names){0};
    GAN_TRY(gan_path_list(folder, &names, err));
    gan_status status = GAN_OK;
    void *array = NULL;
    GAN_TRY_DONE(gan_grow(&array, names.n + 1, sizeof(char *), &paths->capacity, err));
    paths->name = array;
    for (size_t i = names.n; i-- > 0;) {
        if (wanted(names.name[i])) {
            GAN_TRY_DONE(gan_path_join(folder, names.name[i], &paths->name[paths->n], err));
            paths->n++;
        }
    }
done:
    gan_path_names_free(&names);
    if (status != GAN_OK) {
        gan_path_names_free(paths);
    }
    return status;
}

static bool is_checkpoint(const char *name)
{
    size_t n = strlen(name), s = strlen(checkpoint_suffix);
    return strncmp(name, "step-", 5) == 0 && n > s && strcmp(name + n - s, checkpoint_suffix) == 0;
}

static bool is_run(const char *name)
{
    return number_of(name) >= 0;
}

gan_status gan_run_folder_checkpoints(const char *folder, gan_path_names *paths, gan_error *err)
{
    char *checkpoints = NULL;
    *paths = (gan_path_names){0};
    GAN_TRY(gan_path_join(folder, "checkpoints", &checkpoints, err));
    gan_status status = GAN_OK;
    if (gan_path_is_folder(checkpoints)) {
        status = select_newest_first(checkpoints, is_checkpoint, paths, err);
    }
    free(checkpoints);
    return status;
}

gan_status gan_run_folder_list(const char *outdir, gan_path_names *paths, gan_error *err)
{
    *paths = (gan_path_names){0};
    return gan_path_is_folder(outdir) ? select_newest_first(outdir, is_run, paths, err) : GAN_OK;
}

static gan_status point_latest(const gan_run_folder *run, int64_t step, gan_error *err)
{
    char *link = NULL, *beside = NULL, target[64];
    snprintf(target, sizeof target, "checkpoints/step-%08lld%s", (long long)step,
             checkpoint_suffix);
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_run_folder_path(run, &link, err, "latest"));
    GAN_TRY_DONE(gan_run_folder_path(run, &beside, err, ".latest" GAN_FILE_TEMPORARY_SUFFIX));
    (void)unlink(beside); /* left by a killed process, or not there */
    if (symlink(target, beside) != 0 || rename(beside, link) != 0) {
        status = gan_fail(err, GAN_E_IO, "%s: %s", link, strerror(errno));
    }
done:
    free(link);
    free(beside);
    return status;
}

gan_status gan_run_folder_publish(const gan_run_folder *run, int64_t step, int64_t keep,
                                  gan_error *err)
{
    gan_path_names paths = {0};
    GAN_TRY(point_latest(run, step, err));
    if (keep == 0) {
        return GAN_OK;
    }
    GAN_TRY(gan_run_folder_checkpoints(run->path, &paths, err));
    gan_status status = GAN_OK;
    for (size_t i = (size_t)keep; i < paths.n && status == GAN_OK; i++) {
        if (unlink(paths.name[i]) != 0) {
            status =
                gan_fail(err, GAN_E_IO, "%s: cannot remove: %s", paths.name[i], strerror(errno));
        }
    }
    gan_path_names_free(&paths);
    return status;
}
