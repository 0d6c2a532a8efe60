/* load.c — finding a network's file: a path, or the name of a shipped network. */
#define _GNU_SOURCE /* readlink, secure_getenv */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/path.h"
#include "base/text.h"
#include "base/yaml.h"
#include "net/net.h"

/* Where `make install` puts data/nets; the build says it for another PREFIX. */
#ifndef GAN_SHARE_DIR
#define GAN_SHARE_DIR "/usr/local/share/gan"
#endif

static const char suffix[] = ".yaml";

/* Folders to look in, in this order. */
typedef struct folder_list {
    char **folder;
    size_t n, capacity;
} folder_list;

/* Takes folder over, also when it fails. */
static gan_status add_folder(folder_list *list, char *folder, gan_error *err)
{
    gan_status status =
        gan_grow((void **)&list->folder, list->n + 1, sizeof(char *), &list->capacity, err);
    if (status != GAN_OK) {
        free(folder);
        return status;
    }
    list->folder[list->n++] = folder;
    return GAN_OK;
}

static gan_status add_joined(folder_list *list, const char *folder, const char *below,
                             gan_error *err)
{
    char *joined = NULL;
    GAN_TRY(gan_path_join(folder, below, &joined, err));
    return add_folder(list, joined, err);
}

/* Folders beside the running program: in its build folder, or in the PREFIX it was installed to.
 * Where /proc does not tell, there are none. */
static gan_status add_beside_program(folder_list *list, gan_error *err)
{
    static const char *const below[] = {"../data/nets", "../../data/nets", "../share/gan/nets"};
    char program[PATH_MAX];
    char *folder = NULL;
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0 || (size_t)length >= sizeof program - 1) {
        return GAN_OK;
    }
    program[length] = '\0';
    GAN_TRY(gan_path_folder(program, &folder, err));
    gan_status status = GAN_OK;
    for (size_t i = 0; i < sizeof below / sizeof *below && status == GAN_OK; i++) {
        status = add_joined(list, folder, below[i], err);
    }
    free(folder);
    return status;
}

static gan_status list_folders(folder_list *list, gan_error *err)
{
    const char *chosen = getenv("GAN_NETS");
    if (chosen && *chosen) {
        GAN_TRY(add_joined(list, "", chosen, err));
    }
    GAN_TRY(add_joined(list, "data", "nets", err));
    GAN_TRY(add_beside_program(list, err));
    return add_joined(list, GAN_SHARE_DIR, "nets", err);
}

static void free_folders(folder_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->folder[i]);
    }
    free(list->folder);
}

static bool has_suffix(const char *name)
{
    const size_t length = strlen(name), tail = strlen(suffix);
    return length > tail && strcmp(name + length - tail, suffix) == 0;
}

/* The first folder's file of that name in *path (free()), or NULL when none has it. */
static gan_status find(const folder_list *list, const char *name, char **path, gan_error *err)
{
    *path = NULL;
    for (size_t i = 0; i < list->n; i++) {
        GAN_TRY(gan_format(path, err, "%s/%s%s", list->folder[i], name, suffix));
        if (gan_path_is_file(*path)) {
            return GAN_OK;
        }
        free(*path);
        *path = NULL;
    }
    return GAN_OK;
}

static bool contains(const gan_path_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->name[i], name) == 0) {
            return true;
        }
    }
    return false;
}

/* Adds the networks of one folder, which need not exist. Names are owned by known. */
static gan_status add_known(gan_path_names *known, const char *folder, gan_error *err)
{
    gan_path_names names = {0};
    gan_status status = GAN_OK;
    if (gan_path_list(folder, &names, NULL) != GAN_OK) {
        return GAN_OK;
    }
    for (size_t i = 0; i < names.n; i++) {
        if (!has_suffix(names.name[i])) {
            continue;
        }
        names.name[i][strlen(names.name[i]) - strlen(suffix)] = '\0';
        if (contains(known, names.name[i])) {
            continue;
        }
        GAN_TRY_DONE(
            gan_grow((void **)&known->name, known->n + 1, sizeof(char *), &known->capacity, err));
        GAN_TRY_DONE(gan_strdup(names.name[i], &known->name[known->n], err));
        known->n++;
    }
done:
    gan_path_names_free(&names);
    return status;
}

static gan_status fail_unknown(const folder_list *list, const char *name, gan_error *err)
{
    gan_path_names known = {0};
    gan_text all = {0};
    gan_status status = GAN_OK;
    char hint[GAN_TEXT_CLEAN_SIZE], shown[GAN_TEXT_CLEAN_SIZE];
    for (size_t i = 0; i < list->n; i++) {
        GAN_TRY_DONE(add_known(&known, list->folder[i], err));
    }
    gan_nearest_hint(name, (const char *const *)known.name, known.n, hint, sizeof hint);
    for (size_t i = 0; i < known.n; i++) {
        gan_text_add(&all, "%s%s", i ? ", " : "", known.name[i]);
    }
    GAN_TRY_DONE(gan_text_check(&all, err));
    status = gan_fail(err, GAN_E_NO_INPUT, "no network and no file '%s'%s; known networks: %s",
                      gan_text_clean(name, shown), hint,
                      all.length ? all.data : "none (set GAN_NETS to a folder of them)");
done:
    gan_text_free(&all);
    gan_path_names_free(&known);
    return status;
}

/* The file that name_or_path stands for, in *path (free()). */
static gan_status locate(const char *name_or_path, char **path, gan_error *err)
{
    folder_list list = {0};
    *path = NULL;
    if (strchr(name_or_path, '/')) {
        return gan_strdup(name_or_path, path, err);
    }
    gan_status status = list_folders(&list, err);
    if (status == GAN_OK) {
        status = find(&list, name_or_path, path, err);
    }
    if (status == GAN_OK && !*path && gan_path_exists(name_or_path)) {
        status = gan_strdup(name_or_path, path, err);
    }
    if (status == GAN_OK && !*path) {
        status = fail_unknown(&list, name_or_path, err);
    }
    free_folders(&list);
    return status;
}

gan_status gan_net_load(const char *name_or_path, gan_net **out, gan_error *err)
{
    char *path = NULL, *text = NULL;
    size_t n = 0;
    gan_status status = GAN_OK;
    *out = NULL;
    GAN_TRY(locate(name_or_path, &path, err));
    GAN_TRY_DONE(gan_file_read_whole(path, GAN_YAML_MAX_BYTES, &text, &n, err));
    if (strlen(text) != n) {
        status = gan_fail(err, GAN_E_DATA, "%s: a zero byte at offset %zu: this is not a text",
                          path, strlen(text));
        goto done;
    }
    status = gan_net_parse(text, path, out, err);
done:
    free(text);
    free(path);
    return status;
}
