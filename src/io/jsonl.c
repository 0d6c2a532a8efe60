/* jsonl.c — a log of JSON objects, one a line, that a killed run can continue. */
#define _GNU_SOURCE /* getline */
#include "io/jsonl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json_memory.h"
#include "base/memory.h"
#include "base/text.h"
#include "io/json.h"

struct gan_jsonl {
    char *path;
    int fd;
    gan_text line;
};

gan_status gan_jsonl_open(const char *path, gan_jsonl **out, gan_error *err)
{
    gan_status status = GAN_OK;
    void *block = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_jsonl), &block, err));
    gan_jsonl *log = block;
    log->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (log->fd < 0) {
        status = gan_fail(err, GAN_E_CREATE, "cannot write %s: %s", path, strerror(errno));
        goto done;
    }
    GAN_TRY_DONE(gan_strdup(path, &log->path, err));
    *out = log;
    log = NULL;
done:
    gan_jsonl_destroy(log);
    return status;
}

static void add_name(gan_jsonl *log, const char *name)
{
    gan_text_add(&log->line, "%s", log->line.length == 0 ? "{" : ", ");
    gan_json_quote(&log->line, name);
    gan_text_add(&log->line, ": ");
}

void gan_jsonl_int(gan_jsonl *log, const char *name, int64_t value)
{
    add_name(log, name);
    gan_text_add(&log->line, "%" PRId64, value);
}

void gan_jsonl_real(gan_jsonl *log, const char *name, double value)
{
    add_name(log, name);
    if (isfinite(value)) {
        gan_text_add_real(&log->line, value);
    } else {
        gan_text_add(&log->line, "null");
    }
}

void gan_jsonl_text(gan_jsonl *log, const char *name, const char *value)
{
    add_name(log, name);
    gan_json_quote(&log->line, value);
}

gan_status gan_jsonl_end(gan_jsonl *log, gan_error *err)
{
    gan_text_add(&log->line, "%s}\n", log->line.length == 0 ? "{" : "");
    gan_status status = gan_text_check(&log->line, err);
    if (status == GAN_OK) {
        const off_t before = lseek(log->fd, 0, SEEK_END);
        status = gan_file_write_fd(log->fd, log->line.data, log->line.length, log->path, err);
        if (status != GAN_OK && before >= 0 && ftruncate(log->fd, before) != 0) {
            status = gan_fail_in(err, status, "a torn line is left");
        }
    }
    gan_text_free(&log->line);
    return status;
}

gan_status gan_jsonl_sync(gan_jsonl *log, gan_error *err)
{
    const int reason = gan_file_sync_fd(log->fd);
    return reason == 0 ? GAN_OK
                       : gan_fail(err, GAN_E_IO, "cannot sync %s: %s", log->path, strerror(reason));
}

void gan_jsonl_destroy(gan_jsonl *log)
{
    if (log) {
        if (log->fd >= 0) {
            (void)close(log->fd); /* what mattered was synced */
        }
        gan_text_free(&log->line);
        free(log->path);
        free(log);
    }
}

static gan_status is_kept(const char *line, size_t n, int64_t last_step, bool *kept, gan_error *err)
{
    json_error_t why = {0};
    json_t *object = n > 0 && line[n - 1] == '\n' ? json_loadb(line, n, 0, &why) : NULL;
    if (!object && n > 0 && line[n - 1] == '\n' && gan_json_no_memory(&why)) {
        return gan_fail(err, GAN_E_MEMORY, "no memory for a line of %zu bytes", n);
    }
    const json_t *step = json_object_get(object, "step");
    *kept = json_is_object(object) &&
            (!step || (json_is_integer(step) && json_integer_value(step) <= last_step));
    json_decref(object);
    return GAN_OK;
}

/* Copies what is kept of from into to; without a to, only counts. */
static gan_status copy_lines(FILE *from, const char *path, int64_t last_step, gan_file_writer *to,
                             int64_t *removed, gan_error *err)
{
    gan_status status = GAN_OK;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t n = 0;
    *removed = 0;
    while (status == GAN_OK && (n = getline(&line, &capacity, from)) > 0) {
        bool kept = false;
        status = is_kept(line, (size_t)n, last_step, &kept, err);
        if (status != GAN_OK) {
            status = gan_fail_in(err, status, "%s", path);
        } else if (!kept) {
            ++*removed;
        } else if (to) {
            status = gan_file_write(to, line, (size_t)n, err);
        }
    }
    if (status == GAN_OK && !feof(from)) {
        status = gan_fail(err, errno == ENOMEM ? GAN_E_MEMORY : GAN_E_IO, "cannot read %s: %s",
                          path, strerror(errno));
    }
    free(line);
    return status;
}

gan_status gan_jsonl_truncate(const char *path, int64_t last_step, int64_t *removed, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_file_writer *to = NULL;
    int64_t count = 0;
    FILE *from = fopen(path, "re");
    if (!from && errno != ENOENT) {
        status = gan_fail(err, errno == ENOMEM ? GAN_E_MEMORY : GAN_E_IO, "cannot read %s: %s",
                          path, strerror(errno));
    }
    if (!from) {
        goto done;
    }
    GAN_TRY_DONE(copy_lines(from, path, last_step, NULL, &count, err));
    if (count > 0) {
        rewind(from);
        GAN_TRY_DONE(gan_file_create(path, NULL, &to, err));
        GAN_TRY_DONE(copy_lines(from, path, last_step, to, &count, err));
        GAN_TRY_DONE(gan_file_commit(to, err));
    }
done:
    if (from) {
        (void)fclose(from); /* only read */
    }
    gan_file_destroy(to);
    if (removed) {
        *removed = status == GAN_OK ? count : 0;
    }
    return status;
}
