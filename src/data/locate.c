/* locate.c — looking for a known data set in the places where it may be. */
#include "data/locate.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"

enum {
    GAN_DATA_SUBFOLDER,
    GAN_DATA_INNER,
    GAN_DATA_ITSELF,
    DATA_HOME,
    SYSTEM,
    HERE,
    HERE_INNER,
    KERAS,
    KERAS_SUBFOLDER,
    N_PLACES
};

/* Where Keras keeps what it downloads, below the home folder. */
#define KERAS_FOLDER ".keras/datasets"

/* Without HOME there is nothing to find in the data folder: NULL, not an error. */
static gan_status data_home_of(const gan_dataset *set, char **folder, gan_error *err)
{
    char *home = NULL;
    *folder = NULL;
    if (gan_path_data_home(&home, NULL) != GAN_OK) {
        return GAN_OK;
    }
    gan_status status = gan_path_join(home, set->name, folder, err);
    free(home);
    return status;
}

/* ~/.keras/datasets/below; NULL where below is, or without HOME. */
static gan_status keras_folder(const char *below, char **folder, gan_error *err)
{
    const char *home = getenv("HOME");
    *folder = NULL;
    return home && *home && below
               ? gan_format(folder, err, "%s/" KERAS_FOLDER "%s%s", home, *below ? "/" : "", below)
               : GAN_OK;
}

/* The folder that a place is for this data set; NULL in *folder where there is no such place. */
static gan_status place_of(const gan_dataset *set, int place, char **folder, gan_error *err)
{
    const char *named = getenv("GAN_DATA");
    *folder = NULL;
    switch (place) {
    case GAN_DATA_SUBFOLDER:
        return named && *named ? gan_path_join(named, set->name, folder, err) : GAN_OK;
    case GAN_DATA_INNER:
        return named && *named && set->inner ? gan_path_join(named, set->inner, folder, err)
                                             : GAN_OK;
    case GAN_DATA_ITSELF:
        return named && *named ? gan_strdup(named, folder, err) : GAN_OK;
    case DATA_HOME:
        return data_home_of(set, folder, err);
    case SYSTEM:
        return set->system_folder ? gan_strdup(set->system_folder, folder, err) : GAN_OK;
    case HERE:
        return gan_path_join("data", set->name, folder, err);
    case HERE_INNER:
        return set->inner ? gan_path_join("data", set->inner, folder, err) : GAN_OK;
    case KERAS:
        return keras_folder(set->archive ? "" : NULL, folder, err);
    default:
        return keras_folder(set->name, folder, err);
    }
}

/* What is in the folder at path of the set: the folder itself, or an archive in it; NULL in *found
 * where it is not there. Takes path over. */
static gan_status look_in(const gan_dataset *set, char *path, bool shared, char **found,
                          gan_error *err)
{
    char *archive = NULL;
    gan_status status = GAN_OK;
    if (gan_path_is_folder(path) && set->is_in(path, shared)) {
        *found = path;
        return GAN_OK;
    }
    if (set->archive) {
        status = gan_path_join(path, set->archive, &archive, err);
    }
    if (archive && gan_path_is_file(archive)) {
        *found = archive;
        archive = NULL;
    }
    free(archive);
    free(path);
    return status;
}

gan_status gan_dataset_locate(const gan_dataset *set, char **folder, gan_error *err)
{
    *folder = NULL;
    for (int place = 0; place < N_PLACES; place++) {
        char *path = NULL;
        GAN_TRY(place_of(set, place, &path, err));
        if (path) {
            const char *name = gan_path_base(path);
            const bool shared = (place == GAN_DATA_ITSELF || place == KERAS) &&
                                strcmp(name, set->name) != 0 &&
                                !(set->inner && strcmp(name, set->inner) == 0);
            GAN_TRY(look_in(set, path, shared, folder, err));
        }
        if (*folder) {
            return GAN_OK;
        }
    }
    return GAN_OK;
}

gan_status gan_dataset_missing(const gan_dataset *set, gan_error *err)
{
    char *home = NULL;
    (void)data_home_of(set, &home, NULL);
    const char *named = getenv("GAN_DATA");
    gan_status status = gan_fail(
        err, GAN_E_NO_INPUT,
        "%s is not on this machine (looked in %s%s%s%s%s%sdata/%s, ~/" KERAS_FOLDER
        "). Three ways on: `gan data get %s` downloads it; `--data PATH` or GAN_DATA=FOLDER names "
        "files that you have; `--data digits` draws digits and needs no files",
        set->name, named ? named : "", named && *named ? ", " : "", home ? home : "",
        home ? ", " : "", set->system_folder ? set->system_folder : "",
        set->system_folder ? ", " : "", set->name, set->name);
    free(home);
    return status;
}
