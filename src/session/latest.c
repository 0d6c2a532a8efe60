/* latest.c — the names `latest` and `best` in a run folder, which lead to checkpoints. */
#define _GNU_SOURCE /* symlink, unlink */
#include "session/latest.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"

enum { TARGET_SIZE = 64 };

static const char latest_name[] = "latest", best_name[] = "best", subfolder[] = "checkpoints/";

/* The link's target, in a file. Whatever keeps the link from being made, a disk that is full say,
 * keeps this from being written too, and is then told. The name is free: no link is followed. */
static gan_status write_text(const char *target, const char *path, gan_error *err)
{
    char line[TARGET_SIZE + 1];
    const int n = snprintf(line, sizeof line, "%s\n", target);
    return gan_file_write_whole(path, line, (size_t)n, err);
}

static gan_status point(const char *folder, const char *name, int64_t step, gan_error *err)
{
    char *link = NULL, *beside = NULL, target[TARGET_SIZE];
    snprintf(target, sizeof target, "%sstep-%08lld.safetensors", subfolder, (long long)step);
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_format(&link, err, "%s/%s", folder, name));
    GAN_TRY_DONE(gan_format(&beside, err, "%s/.%s" GAN_FILE_TEMPORARY_SUFFIX, folder, name));
    (void)unlink(beside); /* left by a killed process, or not there */
    if (symlink(target, beside) != 0) {
        GAN_TRY_DONE(write_text(target, beside, err));
    }
    if (rename(beside, link) != 0 && (unlink(link) != 0 || rename(beside, link) != 0)) {
        status = gan_fail(err, GAN_E_IO, "%s: %s", link, strerror(errno));
        goto done;
    }
    GAN_TRY_DONE(gan_file_sync_folder(folder, err)); /* before what it led to is removed */
done:
    free(link);
    free(beside);
    return status;
}

gan_status gan_latest_point(const char *folder, int64_t step, gan_error *err)
{
    return point(folder, latest_name, step, err);
}

gan_status gan_best_point(const char *folder, int64_t step, gan_error *err)
{
    return point(folder, best_name, step, err);
}

/* Whether a file's text is one that write_text() wrote; its line end is cut off. */
static bool is_target(char *text, size_t n)
{
    const size_t folder = sizeof subfolder - 1;
    if (n <= folder || text[n - 1] != '\n') {
        return false;
    }
    text[n - 1] = '\0';
    return strlen(text) == n - 1 && strncmp(text, subfolder, folder) == 0 &&
           !strchr(text + folder, '/') && !strchr(text, '\n');
}

bool gan_latest_is_name(const char *path)
{
    const char *name = gan_path_base(path);
    return strcmp(name, latest_name) == 0 || strcmp(name, best_name) == 0;
}

gan_status gan_latest_follow(const char *path, char **out, gan_error *err)
{
    char *text = NULL, *folder = NULL;
    size_t n = 0;
    gan_path_kind kind;
    gan_status status = GAN_OK;
    *out = NULL;
    if (gan_latest_is_name(path)) {
        GAN_TRY(gan_path_look(path, &kind, err));
        if (kind == GAN_PATH_FILE) {
            status = gan_file_read_whole(path, TARGET_SIZE, &text, &n, err);
            status = status == GAN_E_DATA ? GAN_OK : status; /* longer: a checkpoint */
            GAN_TRY_DONE(status);
        }
    }
    if (text && is_target(text, n)) {
        GAN_TRY_DONE(gan_path_folder(path, &folder, err));
        status = gan_path_join(folder, text, out, err);
    } else {
        status = gan_strdup(path, out, err);
    }
done:
    free(text);
    free(folder);
    return status;
}
