/* tune_file.c — tunes as files, and in checkpoints. */
#include "session/tune_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/say.h"
#include "base/yaml.h"
#include "session/checkpoint.h"

/* By its name, or, for one under another name, such as `latest`, by what it begins with: the length
 * of a header, of which the last of eight bytes is 0, and the header. No text has a zero byte. */
static bool is_checkpoint(const char *path)
{
    char start[9] = {0};
    if (gan_path_ends(path, ".safetensors")) {
        return true;
    }
    FILE *file = gan_path_is_file(path) ? fopen(path, "rbe") : NULL; /* a FIFO would wait */
    const bool whole = file && fread(start, 1, sizeof start, file) == sizeof start;
    if (file) {
        (void)fclose(file); /* only read */
    }
    return whole && start[7] == 0 && start[8] == '{';
}

static gan_status read_from_checkpoint(const char *path, gan_tune **out, gan_error *err)
{
    gan_checkpoint checkpoint = {0};
    GAN_TRY(gan_checkpoint_open(path, &checkpoint, err));
    const char *text = checkpoint.tune;
    gan_status status = text ? gan_tune_parse(path, text, strlen(text), out, err) : GAN_OK;
    gan_checkpoint_close(&checkpoint);
    return status;
}

gan_status gan_tune_file_read(const char *path, gan_tune **out, gan_error *err)
{
    char *text = NULL;
    size_t n = 0;
    *out = NULL;
    if (!path || !*path || strcmp(path, GAN_TUNE_FILE_NONE) == 0) {
        return GAN_OK;
    }
    if (is_checkpoint(path)) {
        return read_from_checkpoint(path, out, err);
    }
    GAN_TRY(gan_file_read_whole(path, GAN_YAML_MAX_BYTES, &text, &n, err));
    gan_status status = gan_tune_parse(path, text, n, out, err);
    free(text);
    return status;
}

gan_status gan_tune_file_write(const gan_tune *tune, const char *path, gan_error *err)
{
    char *text = NULL;
    GAN_TRY(gan_tune_text(tune, &text, err));
    gan_status status = gan_file_write_whole(path, text, strlen(text), err);
    free(text);
    return status;
}

bool gan_tune_file_is_for(const gan_tune *tune, const char *choices)
{
    const char *device = gan_tune_device(tune);
    size_t n = strlen(device);
    return strncmp(device, choices, n) == 0 && (choices[n] == '\0' || choices[n] == ';');
}

/* Whether the device knows the way of operation i of a program. */
static bool is_known(const gan_session *s, const gan_program *program, int i, const char *way)
{
    gan_way ways[GAN_WAYS_MAX];
    int n = s->backend->ways ? s->backend->ways(s->device, program, i, ways) : 0;
    for (int k = 0; k < n; k++) {
        if (strcmp(ways[k].name, way) == 0) {
            return true;
        }
    }
    return false;
}

static void tell_unknown(const gan_op *op, const char *way, const gan_listener *listener)
{
    gan_say(
        listener,
        "tune file: algorithm '%s' for %s %s is not available on this device; using the default",
        way, gan_op_describe(op->kind)->name, op->label);
}

void gan_tune_file_tell(const gan_session *s, const gan_listener *listener)
{
    int n = 0, unknown = 0;
    if (!s->tune) {
        return;
    }
    if (!gan_tune_file_is_for(s->tune, s->backend->choices(s->device))) {
        gan_say(listener, "the tune was measured on '%s', and this is '%s'",
                gan_tune_device(s->tune), s->backend->choices(s->device));
    }
    for (int row = 0; row < s->list.n; row++) {
        const gan_program *program = s->programs[row];
        for (int i = 0; i < program->n_ops; i++) {
            const char *way = gan_tune_find(s->tune, program, i);
            n += way != NULL;
            if (way && !is_known(s, program, i, way)) {
                unknown++;
                tell_unknown(&program->ops[i], way, listener);
            }
        }
    }
    gan_say(listener, "tune: %d of its %zu operations are in this step%s", n - unknown,
            gan_tune_size(s->tune),
            n == 0 && gan_tune_size(s->tune) > 0
                ? " (it was measured for another network, batch size or precision)"
                : "");
}
