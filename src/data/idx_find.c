/* idx_find.c — names and folders of IDX files. */
#include "data/idx_find.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"

static const char *const parts[2][2] = {{"-images-idx3-ubyte", "-images.idx3-ubyte"},
                                        {"-labels-idx1-ubyte", "-labels.idx1-ubyte"}};

/* Below a folder: those of one set, then those of torchvision's sets, which must be one. */
static const char *const places[] = {"", "/raw"};
static const char *const roots[] = {"/MNIST/raw", "/FashionMNIST/raw", "/KMNIST/raw"};

enum { N_PLACES = sizeof places / sizeof *places, N_ROOTS = sizeof roots / sizeof *roots };

/* folder/name where that is a file, or folder/name/(either name) where it is a folder; else NULL.
 */
static gan_status try_name(const char *folder, const char *prefix, const char *const names[2],
                           int which, const char *packed, char **path, gan_error *err)
{
    GAN_TRY(gan_format(path, err, "%s/%s%s%s", folder, prefix, names[which], packed));
    for (int i = 0; i < 3; i++) {
        if (gan_path_is_file(*path)) {
            return GAN_OK;
        }
        free(*path);
        *path = NULL;
        if (i < 2) {
            GAN_TRY(gan_format(path, err, "%s/%s%s%s/%s%s%s", folder, prefix, names[which], packed,
                               prefix, names[i], packed));
        }
    }
    return GAN_OK;
}

static gan_status find_in(const char *folder, const char *below, const char *split,
                          gan_idx_part part, char **path, gan_error *err)
{
    static const char *const packed[] = {"", ".gz"};
    const char *prefix = strcmp(split, "test") == 0 ? "t10k" : "train";
    char *place = NULL;
    gan_status status = gan_format(&place, err, "%s%s", folder, below);
    *path = NULL;
    for (int i = 0; i < 4 && status == GAN_OK && !*path; i++) {
        status = try_name(place, prefix, parts[part], i % 2, packed[i / 2], path, err);
    }
    free(place);
    return status;
}

/* In one of torchvision's sets; *n: how many are there. */
static gan_status find_in_roots(const char *folder, const char *split, gan_idx_part part,
                                char **path, int *n, gan_error *err)
{
    *path = NULL;
    *n = 0;
    for (int i = 0; i < N_ROOTS; i++) {
        char *found = NULL;
        GAN_TRY(find_in(folder, roots[i], split, part, &found, err));
        *n += found != NULL;
        if (*path) {
            free(found);
        } else {
            *path = found;
        }
    }
    return GAN_OK;
}

gan_status gan_idx_find(const char *folder, const char *split, gan_idx_part part, char **path,
                        gan_error *err)
{
    int n = 0;
    *path = NULL;
    for (int i = 0; i < N_PLACES; i++) {
        GAN_TRY(find_in(folder, places[i], split, part, path, err));
        if (*path) {
            return GAN_OK;
        }
    }
    GAN_TRY(find_in_roots(folder, split, part, path, &n, err));
    if (n <= 1) {
        return GAN_OK;
    }
    const gan_status status =
        gan_fail(err, GAN_E_USAGE, "%s: holds several data sets; name one, as in --data %s%s",
                 folder, folder, strstr(*path, "FashionMNIST/raw") ? "/FashionMNIST" : "/MNIST");
    free(*path);
    *path = NULL;
    return status;
}

gan_status gan_idx_find_labels(const char *images, char **path, gan_error *err)
{
    static const char *const from[] = {"-images-idx3-", "-images.idx3-"};
    static const char *const to[] = {"-labels-idx1-", "-labels.idx1-"};
    *path = NULL;
    for (int i = 0; i < 2; i++) {
        const char *at = strstr(gan_path_base(images), from[i]);
        if (!at) {
            continue;
        }
        GAN_TRY(gan_format(path, err, "%.*s%s%s", (int)(at - images), images, to[i],
                           at + strlen(from[i])));
        if (gan_path_is_file(*path)) {
            return GAN_OK;
        }
        free(*path);
        *path = NULL;
    }
    return GAN_OK;
}

bool gan_idx_has(const char *folder, const char *split)
{
    char *path = NULL;
    const gan_status status = gan_idx_find(folder, split, GAN_IDX_IMAGES, &path, NULL);
    const bool found = path != NULL || status == GAN_E_USAGE;
    free(path);
    return found;
}
