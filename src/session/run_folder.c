/* run_folder.c — the numbered folder of a run, its lock and its checkpoints. */
#define _GNU_SOURCE /* flock */
#include "session/run_folder.h"

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
#include "session/latest.h"

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

/* The number that text begins with and where it ends, or -1. */
static int64_t leading_number(const char *text, const char **end)
{
    int64_t number = 0;
    int digits = 0;
    while (digits < 18 && isdigit((unsigned char)text[digits])) {
        number = number * 10 + (text[digits] - '0');
        digits++;
    }
    *end = text + digits;
    return digits >= NUMBER_DIGITS ? number : -1;
}

/* The number of a run folder's name, or -1. */
static int64_t run_of(const char *name)
{
    const char *end = NULL;
    int64_t number = leading_number(name, &end);
    return *end == '-' ? number : -1;
}

/* The step of a checkpoint's name, or -1: a copy under another name is none of ours. */
static int64_t step_of(const char *name)
{
    const char *end = NULL;
    if (strncmp(name, "step-", 5) != 0) {
        return -1;
    }
    int64_t step = leading_number(name + 5, &end);
    return strcmp(end, checkpoint_suffix) == 0 ? step : -1;
}

/* 0 or errno. */
static int lock_now(int fd)
{
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

/* Only who holds the lock makes it fail with EWOULDBLOCK; a file system or a server without locks
 * has other reasons (ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL), and people train there too. */
static gan_status lock(gan_run_folder *run, gan_error *err)
{
    char *path = NULL;
    GAN_TRY(gan_run_folder_path(run, &path, err, "lock"));
    run->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    gan_status status = GAN_OK;
    if (run->lock_fd < 0) {
        status = gan_fail(err, GAN_E_CREATE, "%s: %s", path, strerror(errno));
    } else {
        run->unlocked = lock_now(run->lock_fd);
    }
    if (run->unlocked == EWOULDBLOCK) {
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
        int64_t used = run_of(names.name[i]);
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
    GAN_TRY_DONE(gan_file_sync_folder(outdir, err));
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
    gan_path_kind kind;
    GAN_TRY_DONE(gan_strdup(path, &run->path, err));
    GAN_TRY_DONE(gan_path_look(path, &kind, err));
    if (kind != GAN_PATH_FOLDER) {
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

/* Adds folder/name to paths, which are in falling order of their numbers. */
static gan_status insert(gan_path_names *paths, const char *folder, const char *name,
                         int64_t (*number_of)(const char *name), gan_error *err)
{
    void *array = paths->name;
    char *path = NULL;
    gan_status status = gan_grow(&array, paths->n + 1, sizeof *paths->name, &paths->capacity, err);
    paths->name = array;
    GAN_TRY(status);
    GAN_TRY(gan_path_join(folder, name, &path, err));
    size_t at = paths->n++;
    while (at > 0 && number_of(gan_path_base(paths->name[at - 1])) < number_of(name)) {
        paths->name[at] = paths->name[at - 1];
        at--;
    }
    paths->name[at] = path;
    return GAN_OK;
}

/* What in folder has a number, as paths, the highest number first: by number and not by byte, for
 * step 100000000 comes after step 99999999. A folder that is not there holds nothing; one that
 * cannot be looked at is an error: what is in it must not be taken for nothing. */
static gan_status list_newest_first(const char *folder, int64_t (*number_of)(const char *name),
                                    gan_path_names *paths, gan_error *err)
{
    gan_path_names names = {0};
    gan_path_kind kind;
    gan_status status = GAN_OK;
    *paths = (gan_path_names){0};
    GAN_TRY(gan_path_look(folder, &kind, err));
    if (kind != GAN_PATH_FOLDER) {
        return GAN_OK;
    }
    GAN_TRY(gan_path_list(folder, &names, err));
    for (size_t i = names.n; i-- > 0;) {
        if (number_of(names.name[i]) >= 0) {
            GAN_TRY_DONE(insert(paths, folder, names.name[i], number_of, err));
        }
    }
done:
    gan_path_names_free(&names);
    if (status != GAN_OK) {
        gan_path_names_free(paths);
    }
    return status;
}

gan_status gan_run_folder_checkpoints(const char *folder, gan_path_names *paths, gan_error *err)
{
    char *checkpoints = NULL;
    *paths = (gan_path_names){0};
    GAN_TRY(gan_path_join(folder, "checkpoints", &checkpoints, err));
    gan_status status = list_newest_first(checkpoints, step_of, paths, err);
    free(checkpoints);
    return status;
}

gan_status gan_run_folder_list(const char *outdir, gan_path_names *paths, gan_error *err)
{
    return list_newest_first(outdir, run_of, paths, err);
}

gan_status gan_run_folder_checkpoint(const gan_run_folder *run, int64_t step, char **out,
                                     gan_error *err)
{
    return gan_run_folder_path(run, out, err, "checkpoints/step-%08lld%s", (long long)step,
                               checkpoint_suffix);
}

static gan_status point_at_best(const gan_run_folder *run, int64_t best, gan_error *err)
{
    char *path = NULL;
    gan_path_kind kind;
    gan_status status = GAN_OK;
    if (best < 0) {
        return GAN_OK;
    }
    GAN_TRY_DONE(gan_run_folder_checkpoint(run, best, &path, err));
    GAN_TRY_DONE(gan_path_look(path, &kind, err));
    if (kind == GAN_PATH_FILE) {
        status = gan_best_point(run->path, best, err);
    }
done:
    free(path);
    return status;
}

/* Damaged checkpoints of later steps may lie about: they do not count among the newest. */
gan_status gan_run_folder_publish(const gan_run_folder *run, int64_t step, int64_t best,
                                  int64_t keep, gan_error *err)
{
    gan_path_names paths = {0};
    int64_t kept = 0;
    GAN_TRY(point_at_best(run, best, err));
    GAN_TRY(gan_latest_point(run->path, step, err));
    if (keep == 0) {
        return GAN_OK;
    }
    GAN_TRY(gan_run_folder_checkpoints(run->path, &paths, err));
    gan_status status = GAN_OK;
    for (size_t i = 0; i < paths.n && status == GAN_OK; i++) {
        const int64_t of = step_of(gan_path_base(paths.name[i]));
        const bool counts = of <= step;
        kept += counts;
        if (counts && kept > keep && of != best && unlink(paths.name[i]) != 0 && errno != ENOENT) {
            status =
                gan_fail(err, GAN_E_IO, "%s: cannot remove: %s", paths.name[i], strerror(errno));
        }
    }
    gan_path_names_free(&paths);
    return status;
}
