/* load.c — finding a network's file: a path, or the name of a shipped network. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/nearest.h"
#include "base/share.h"
#include "base/text.h"
#include "base/yaml.h"
#include "net/net.h"

static const char suffix[] = ".yaml";

/* The folders of networks, in the order to look in. */
static gan_status list_folders(gan_path_names *list, gan_error *err)
{
    gan_path_names share = {0};
    gan_status status = GAN_OK;
    const char *chosen = getenv("GAN_NETS");
    *list = (gan_path_names){0};
    GAN_TRY_DONE(gan_share_folders(&share, err));
    if (chosen && *chosen) {
        GAN_TRY_DONE(gan_path_names_add(list, chosen, err));
    }
    for (size_t i = 0; i < share.n; i++) {
        char *nets = NULL;
        GAN_TRY_DONE(gan_path_join(share.name[i], "nets", &nets, err));
        status = gan_path_names_add(list, nets, err);
        free(nets);
        GAN_TRY_DONE(status);
    }
done:
    gan_path_names_free(&share);
    return status;
}

/* The first folder's file of that name in *path (free()), or NULL when none has it. */
static gan_status find(const gan_path_names *list, const char *name, char **path, gan_error *err)
{
    *path = NULL;
    for (size_t i = 0; i < list->n; i++) {
        GAN_TRY(gan_format(path, err, "%s/%s%s", list->name[i], name, suffix));
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
        if (!gan_path_ends(names.name[i], suffix)) {
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

static gan_status fail_unknown(const gan_path_names *list, const char *name, gan_error *err)
{
    gan_path_names known = {0};
    gan_text all = {0};
    gan_status status = GAN_OK;
    char hint[GAN_TEXT_CLEAN_SIZE], shown[GAN_TEXT_CLEAN_SIZE];
    for (size_t i = 0; i < list->n; i++) {
        GAN_TRY_DONE(add_known(&known, list->name[i], err));
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
    gan_path_names list = {0};
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
    gan_path_names_free(&list);
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
