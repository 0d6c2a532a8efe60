/* run.c — a run folder as a report reads it. */
#define _GNU_SOURCE /* getline */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_memory.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/say.h"
#include "net/net.h"
#include "report/report.h"
#include "session/newest.h"

/* Adds the JSON objects of a file, one a line, to an array. A torn last line of a run that is at
 * work is left out, as anything else that is none. A file that is not there has none. */
static gan_status read_lines(const char *folder, const char *name, json_t *array, gan_error *err)
{
    char *path = NULL, *line = NULL;
    size_t capacity = 0;
    gan_status status = GAN_OK;
    GAN_TRY(gan_path_join(folder, name, &path, err));
    FILE *file = fopen(path, "re");
    if (!file && errno != ENOENT) {
        status = gan_fail(err, GAN_E_IO, "cannot read %s: %s", path, strerror(errno));
    }
    for (ssize_t n; file && status == GAN_OK && (n = getline(&line, &capacity, file)) > 0;) {
        json_error_t why = {0};
        json_t *object = json_loadb(line, (size_t)n, 0, &why);
        if (!object && gan_json_no_memory(&why)) {
            status = gan_fail(err, GAN_E_MEMORY, "no memory for a line of %s", path);
        } else if (json_is_object(object)) {
            json_array_append(array, object);
        }
        json_decref(object);
    }
    if (file) {
        (void)fclose(file); /* only read */
    }
    free(line);
    free(path);
    return status;
}

typedef struct placed {
    json_t *line;
    double step;
    size_t place;
} placed;

static int compare_steps(const void *a, const void *b)
{
    const placed *one = a, *other = b;
    return one->step != other->step    ? (one->step < other->step ? -1 : 1)
           : one->place < other->place ? -1
                                       : 1;
}

/* Lines of two files in the order of their steps. */
static gan_status sort_lines(json_t *lines, gan_error *err)
{
    const size_t n = json_array_size(lines);
    void *memory = NULL;
    GAN_TRY(gan_calloc(n, sizeof(placed), &memory, err));
    placed *order = memory;
    for (size_t i = 0; i < n; i++) {
        json_t *line = json_incref(json_array_get(lines, i));
        order[i] = (placed){line, json_number_value(json_object_get(line, "step")), i};
    }
    qsort(order, n, sizeof *order, compare_steps);
    json_array_clear(lines);
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(lines, order[i].line);
    }
    free(memory);
    return GAN_OK;
}

/* What its newest checkpoint says; without one, what its settings do. */
static gan_status read_checkpoint(gan_report_run *run, const gan_listener *listener, gan_error *err)
{
    gan_checkpoint checkpoint = {0};
    gan_error why = {0};
    char *path = NULL;
    gan_status status = GAN_OK;
    run->step = -1;
    GAN_TRY_DONE(gan_newest_open(run->folder, listener, &checkpoint, &path, NULL, err));
    if (path) {
        const char *device = gan_safetensors_meta_find(checkpoint.file, "device");
        const char *version = gan_safetensors_meta_find(checkpoint.file, "version");
        run->step = checkpoint.step;
        GAN_TRY_DONE(gan_strdup(device ? device : "", &run->device, err));
        GAN_TRY_DONE(gan_strdup(version ? version : "", &run->version, err));
        GAN_TRY_DONE(gan_net_parse(checkpoint.net, path, &run->net, err));
    } else {
        GAN_TRY_DONE(gan_strdup("", &run->device, err));
        GAN_TRY_DONE(gan_strdup("", &run->version, err));
        if (gan_net_load(run->options.net, &run->net, &why) != GAN_OK) {
            gan_say(listener, "%s: its network is left out: %s", run->folder, why.text);
        }
    }
done:
    gan_checkpoint_close(&checkpoint);
    free(path);
    return status;
}

gan_status gan_report_read(const char *folder, const gan_listener *listener, gan_report_run *out,
                           gan_error *err)
{
    char *config = NULL;
    gan_status status = GAN_OK;
    *out = (gan_report_run){.step = -1};
    GAN_TRY(gan_strdup(folder, &out->folder, err));
    for (size_t n = strlen(out->folder); n > 1 && out->folder[n - 1] == '/'; n--) {
        out->folder[n - 1] = 0;
    }
    out->name = gan_path_base(out->folder);
    GAN_TRY_DONE(gan_options_init(&out->options, err));
    GAN_TRY_DONE(gan_path_join(folder, "config.yaml", &config, err));
    status = gan_options_from_file(&out->options, config, GAN_FROM_FILE, err);
    if (status == GAN_E_NO_INPUT) {
        status = gan_fail_in(err, status, "%s is not a run's folder", folder);
    }
    GAN_TRY_DONE(status);
    GAN_TRY_DONE(read_checkpoint(out, listener, err));
    out->lines = json_array();
    out->quality = json_array();
    out->profile = json_array();
    if (!out->lines || !out->quality || !out->profile) {
        status = gan_fail(err, GAN_E_MEMORY, "no memory for the lines of %s", folder);
        goto done;
    }
    GAN_TRY_DONE(read_lines(folder, "stats.jsonl", out->lines, err));
    GAN_TRY_DONE(read_lines(folder, "metrics.jsonl", out->quality, err));
    GAN_TRY_DONE(gan_report_add_quality(out->quality, out->lines, err));
    GAN_TRY_DONE(sort_lines(out->lines, err));
    GAN_TRY_DONE(read_lines(folder, "profile.jsonl", out->profile, err));
done:
    free(config);
    if (status != GAN_OK) {
        gan_report_free(out);
    }
    return status;
}

void gan_report_free(gan_report_run *run)
{
    gan_options_free(&run->options);
    gan_net_destroy(run->net);
    free(run->folder);
    free(run->device);
    free(run->version);
    json_decref(run->lines);
    json_decref(run->quality);
    json_decref(run->profile);
    *run = (gan_report_run){0};
}

double gan_report_last(const gan_report_run *run, const char *key)
{
    for (size_t i = json_array_size(run->lines); i-- > 0;) {
        const json_t *value = json_object_get(json_array_get(run->lines, i), key);
        if (json_is_number(value)) {
            return json_number_value(value);
        }
    }
    return (double)NAN;
}
