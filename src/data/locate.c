/* locate.c — looking for a known data set in the places where it may be. */
#include "data/locate.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"

enum { GAN_DATA_SUBFOLDER, GAN_DATA_ITSELF, DATA_HOME, SYSTEM, HERE, N_PLACES };

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

/* The folder that a place is for this data set; NULL in *folder where there is no such place. */
static gan_status place_of(const gan_dataset *set, int place, char **folder, gan_error *err)
{
    const char *named = getenv("GAN_DATA");
    *folder = NULL;
    switch (place) {
    case GAN_DATA_SUBFOLDER:
        return named && *named ? gan_path_join(named, set->name, folder, err) : GAN_OK;
    case GAN_DATA_ITSELF: return named && *named ? gan_strdup(named, folder, err) : GAN_OK;
    case DATA_HOME: return data_home_of(set, folder, err);
    case SYSTEM: return set->system_folder ? gan_strdup(set->system_folder, folder, err) : GAN_OK;
    default: return gan_path_join("data", set->name, folder, err);
    }
}

gan_status gan_dataset_locate(const gan_dataset *set, char **folder, gan_error *err)
{
    *folder = NULL;
    for (int place = 0; place < N_PLACES; place++) {
        char *path = NULL;
        GAN_TRY(place_of(set, place, &path, err));
        bool shared = place == GAN_DATA_ITSELF && strcmp(gan_path_base(path ? path : ""),
                                                         set->name) != 0;
        if (path && gan_path_is_folder(path) && set->is_in(path, shared)) {
            *folder = path;
            return GAN_OK;
        }
        free(path);
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
        "%s is not on this machine (looked in %s%s%s%s%s%sdata/%s). Three ways on: `gan data get "
        "%s` downloads it; `--data PATH` or GAN_DATA=FOLDER names files that you have; `--data "
        "digits` draws digits and needs no files",
        set->name, named ? named : "", named && *named ? ", " : "", home ? home : "",
        home ? ", " : "", set->system_folder ? set->system_folder : "",
        set->system_folder ? ", " : "", set->name, set->name);
    free(home);
    return status;
}
