/* initial_files.c — the files that --init names.
 *
 * "g=" at the beginning of the text, and ",g=" within it, begin a file of that network; commas and
 * equal signs elsewhere belong to a path, and "./g=x" is a file of such a name. */
#include "exchange/initial_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "exchange/initial.h"
#include "net/net.h"
#include "session/latest.h"
#include "session/newest.h"

enum { PIECE = 1 << 16 };

/* --- the text --- */

/* The bytes of "g=" at the beginning of a text, or 0. */
static size_t prefix_length(const char *text)
{
    for (int i = 0; i < GAN_NETWORK_COUNT; i++) {
        const char *name = gan_network_describe((gan_network)i)->name;
        const size_t n = strlen(name);
        if (strncmp(text, name, n) == 0 && text[n] == '=') {
            return n + 1;
        }
    }
    return 0;
}

/* The end of the file's name that begins at text. */
static const char *end_of_name(const char *text)
{
    const char *comma = strchr(text, ',');
    while (comma && prefix_length(comma + 1) == 0) {
        comma = strchr(comma + 1, ',');
    }
    return comma ? comma : text + strlen(text);
}

static gan_status take_name(gan_initial_files *files, const char *text, size_t prefix,
                            const char *end, gan_error *err)
{
    void *at = files->at;
    gan_status status = gan_grow(&at, files->n + 1, sizeof *files->at, &files->capacity, err);
    files->at = at;
    GAN_TRY(status);
    gan_initial_file *file = &files->at[files->n++];
    if (prefix > 0) {
        GAN_TRY(gan_format(&file->network, err, "%.*s", (int)prefix - 1, text));
    }
    for (size_t i = 0; i + 1 < files->n && file->network; i++) {
        if (strcmp(files->at[i].network, file->network) == 0) {
            return gan_fail(err, GAN_E_USAGE, "init: two files for %s", file->network);
        }
    }
    return gan_format(&file->path, err, "%.*s", (int)(end - text - (ptrdiff_t)prefix),
                      text + prefix);
}

static gan_status take_names(gan_initial_files *files, const char *text, gan_error *err)
{
    size_t prefix = prefix_length(text);
    if (prefix == 0) {
        return take_name(files, text, 0, text + strlen(text), err);
    }
    while (prefix > 0) {
        const char *end = end_of_name(text + prefix);
        GAN_TRY(take_name(files, text, prefix, end, err));
        text = *end ? end + 1 : end;
        prefix = prefix_length(text);
    }
    return GAN_OK;
}

/* --- a file --- */

static gan_status hash_file(gan_initial_file *file, gan_error *err)
{
    gan_sha256 hash;
    void *piece = NULL;
    size_t n = 0;
    FILE *stream = fopen(file->path, "rbe");
    if (!stream) {
        const int reason = errno;
        return gan_fail(err, gan_file_open_status(reason), "%s: %s", file->path, strerror(reason));
    }
    gan_status status = gan_calloc(PIECE, 1, &piece, err);
    gan_sha256_init(&hash);
    while (status == GAN_OK && (n = fread(piece, 1, PIECE, stream)) > 0) {
        gan_sha256_update(&hash, piece, n);
    }
    if (status == GAN_OK && ferror(stream)) {
        status = gan_fail(err, GAN_E_IO, "%s cannot be read", file->path);
    }
    gan_sha256_final_text(&hash, file->hash);
    free(piece);
    (void)fclose(stream);
    return status;
}

/* Whether it is a safetensors file that says it is a checkpoint. Of another file, or a damaged one,
 * whoever opens it tells what is wrong. */
static bool says_checkpoint(const char *path)
{
    gan_safetensors *file = NULL;
    const char *format = NULL;
    bool is = false;
    const size_t n = strlen(path), e = strlen(".safetensors");
    const bool named = n > e && strcmp(path + n - e, ".safetensors") == 0;
    if ((named || gan_latest_is_name(path)) && gan_safetensors_open(path, &file, NULL) == GAN_OK) {
        format = gan_safetensors_meta_find(file, "format");
        is = format && strcmp(format, GAN_CHECKPOINT_FORMAT) == 0;
    }
    gan_safetensors_close(file);
    return is;
}

/* Of a run's folder, the newest whole checkpoint. */
static gan_status open_file(gan_initial_file *file, const gan_listener *listener, gan_error *err)
{
    gan_path_kind kind;
    char *found = NULL;
    GAN_TRY(gan_path_look(file->path, &kind, err));
    if (kind == GAN_PATH_NOTHING) {
        return gan_fail(err, GAN_E_NO_INPUT, "init: %s: no such file or folder", file->path);
    }
    file->is_checkpoint = kind == GAN_PATH_FOLDER;
    if (!file->is_checkpoint) {
        GAN_TRY(gan_latest_follow(file->path, &found, err));
        file->is_checkpoint = says_checkpoint(found);
        free(found);
    }
    if (!file->is_checkpoint) {
        return gan_source_read(file->path, &file->source, err);
    }
    found = NULL;
    gan_status status = gan_newest_open_named(file->path, listener, &file->checkpoint, &found, err);
    if (found) {
        free(file->path);
        file->path = found;
    }
    return status;
}

gan_status gan_initial_files_open(const char *text, const gan_listener *listener,
                                  gan_initial_files *out, gan_error *err)
{
    *out = (gan_initial_files){0};
    GAN_TRY(take_names(out, text, err));
    for (size_t i = 0; i < out->n; i++) {
        GAN_TRY(open_file(&out->at[i], listener, err));
        GAN_TRY(hash_file(&out->at[i], err));
    }
    return GAN_OK;
}

void gan_initial_files_close(gan_initial_files *files)
{
    for (size_t i = 0; i < files->n; i++) {
        gan_checkpoint_close(&files->at[i].checkpoint);
        gan_source_free(&files->at[i].source);
        free(files->at[i].network);
        free(files->at[i].path);
    }
    free(files->at);
    *files = (gan_initial_files){0};
}

/* --- its network --- */

static gan_status take_net(const gan_initial_file *file, gan_net **out, char **name, gan_error *err)
{
    gan_options saved = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_options_init(&saved, err));
    GAN_TRY_DONE(gan_checkpoint_take_options(&file->checkpoint, file->path, &saved, err));
    GAN_TRY_DONE(gan_strdup(saved.net, name, err));
    GAN_TRY_DONE(gan_net_parse(file->checkpoint.net, file->path, out, err));
done:
    gan_options_free(&saved);
    return status;
}

gan_status gan_initial_net(const gan_options *options, const gan_listener *listener, gan_net **out,
                           char **name, gan_error *err)
{
    gan_initial_files files = {0};
    gan_status status = GAN_OK;
    *out = NULL;
    *name = NULL;
    if (*options->init) {
        status = gan_initial_files_open(options->init, listener, &files, err);
    }
    for (size_t i = 0; i < files.n && status == GAN_OK && !*out; i++) {
        if (files.at[i].is_checkpoint) {
            status = take_net(&files.at[i], out, name, err);
        }
    }
    gan_initial_files_close(&files);
    if (status != GAN_OK) {
        free(*name);
        *name = NULL;
    }
    return status;
}
