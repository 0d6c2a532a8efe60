/* get.c — `gan data get`: where the files go, and one after the other. */
#include "data/get.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/say.h"
#include "base/text.h"
#include "data/fetch.h"
#include "data/locate.h"
#include "data/store.h"
#include "data/transfer.h"

enum { MAX_HINT = 64 };

/* Where the files go. *elsewhere: they need not go anywhere, folder has them already. */
static gan_status choose_folder(const gan_dataset *set, const gan_data_get_options *options,
                                char **folder, bool *elsewhere, gan_error *err)
{
    gan_status status = GAN_OK;
    char *home = NULL, *own = NULL, *found = NULL;
    *elsewhere = false;
    if (options->folder) {
        return gan_strdup(options->folder, folder, err);
    }
    GAN_TRY_DONE(gan_path_data_home(&home, err));
    GAN_TRY_DONE(gan_path_join(home, set->name, &own, err));
    GAN_TRY_DONE(gan_dataset_locate(set, &found, err));
    *elsewhere = found && strcmp(found, own) != 0;
    *folder = *elsewhere ? found : own;
    if (*elsewhere) {
        found = NULL;
    } else {
        own = NULL;
    }
done:
    free(home);
    free(own);
    free(found);
    return status;
}

static gan_status get_files(const gan_dataset *set, const gan_data_get_options *options,
                            const char *folder, gan_error *err)
{
    gan_fetch fetch = {.folder = folder, .options = options};
    fetch.n_files = gan_dataset_n_files(set);
    fetch.mirrors = options->mirrors ? options->mirrors : set->mirrors;
    fetch.n_mirrors = options->mirrors ? options->n_mirrors : gan_dataset_n_mirrors(set);
    for (; fetch.index < fetch.n_files; fetch.index++) {
        fetch.file = &set->files[fetch.index];
        GAN_TRY(gan_fetch_file(&fetch, err));
    }
    return GAN_OK;
}

gan_status gan_dataset_get(const gan_dataset *set, const gan_data_get_options *options,
                           char **folder, gan_error *err)
{
    gan_status status = GAN_OK;
    char *path = NULL;
    bool elsewhere = false;
    if (folder) {
        *folder = NULL;
    }
    GAN_TRY(choose_folder(set, options, &path, &elsewhere, err));
    if (elsewhere) {
        gan_say(options->listener, "%s is here already: %s", set->name, path);
    } else {
        GAN_TRY_DONE(gan_path_make_folders(path, err));
        GAN_TRY_DONE(gan_transfer_start(err));
        status = get_files(set, options, path, err);
        gan_transfer_stop();
    }
done:
    if (status == GAN_OK && folder) {
        *folder = path;
        path = NULL;
    }
    free(path);
    return status;
}

gan_status gan_data_get(const char *name, const gan_data_get_options *options, char **folder,
                        gan_error *err)
{
    static const gan_data_get_options defaults = {0};
    const gan_dataset *set = gan_dataset_find(name);
    if (!set) {
        char clean[GAN_TEXT_CLEAN_SIZE], hint[MAX_HINT];
        gan_dataset_hint(name, hint, sizeof hint);
        return gan_fail(err, GAN_E_NO_INPUT,
                        "no data set '%s' to download%s; `gan data list` tells the known ones",
                        gan_text_clean(name, clean), hint);
    }
    const gan_dataset *files = set->base ? set->base : set;
    if (gan_dataset_n_files(files) == 0) {
        return gan_fail(err, GAN_E_USAGE, "%s needs no download: the program draws it", set->name);
    }
    return gan_dataset_get(files, options ? options : &defaults, folder, err);
}
