/* share.c — where the files are that come with gan.c. */
#define _GNU_SOURCE /* dladdr, readlink */
#include "base/share.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

#ifndef GAN_SHARE_DIR /* mk/flags.mk says it */
#define GAN_SHARE_DIR "/usr/local/share/gan"
#endif

/* From a code's folder: of a build in build/release, of one elsewhere, of PREFIX/bin or PREFIX/lib,
 * and of PREFIX/lib/<architecture>. */
static const char *const beside[] = {"../../data", "../data", "../share/gan", "../../share/gan"};

gan_status gan_path_names_add(gan_path_names *names, const char *name, gan_error *err)
{
    GAN_TRY(gan_grow((void **)&names->name, names->n + 1, sizeof(char *), &names->capacity, err));
    GAN_TRY(gan_strdup(name, &names->name[names->n], err));
    names->n++;
    return GAN_OK;
}

static gan_status add_folder_of(gan_path_names *folders, const char *file, gan_error *err)
{
    char *folder = NULL;
    GAN_TRY(gan_path_folder(file, &folder, err));
    gan_status status = GAN_OK;
    if (folders->n == 0 || strcmp(folders->name[0], folder) != 0) {
        status = gan_path_names_add(folders, folder, err);
    }
    free(folder);
    return status;
}

gan_status gan_share_code_folders(gan_path_names *folders, gan_error *err)
{
    char program[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    Dl_info code;
    *folders = (gan_path_names){0};
    gan_status status = GAN_OK;
    if (n > 0) {
        program[n] = '\0';
        status = add_folder_of(folders, program, err);
    }
    /* Of the program itself the loader knows no more than how it was called. */
    if (status == GAN_OK && dladdr(&beside, &code) != 0 && code.dli_fname &&
        strchr(code.dli_fname, '/')) {
        status = add_folder_of(folders, code.dli_fname, err);
    }
    if (status != GAN_OK) {
        gan_path_names_free(folders);
    }
    return status;
}

gan_status gan_share_folders(gan_path_names *folders, gan_error *err)
{
    gan_path_names code = {0};
    gan_status status = GAN_OK;
    *folders = (gan_path_names){0};
    GAN_TRY_DONE(gan_share_code_folders(&code, err));
    GAN_TRY_DONE(gan_path_names_add(folders, "data", err));
    for (size_t i = 0; i < code.n; i++) {
        for (size_t k = 0; k < sizeof beside / sizeof *beside; k++) {
            char *joined = NULL;
            GAN_TRY_DONE(gan_path_join(code.name[i], beside[k], &joined, err));
            status = gan_path_names_add(folders, joined, err);
            free(joined);
            GAN_TRY_DONE(status);
        }
    }
    GAN_TRY_DONE(gan_path_names_add(folders, GAN_SHARE_DIR, err));
done:
    gan_path_names_free(&code);
    if (status != GAN_OK) {
        gan_path_names_free(folders);
    }
    return status;
}

gan_status gan_share_find(const char *name, char **path, gan_error *err)
{
    gan_path_names folders = {0};
    *path = NULL;
    GAN_TRY(gan_share_folders(&folders, err));
    gan_status status = GAN_OK;
    for (size_t i = 0; i < folders.n && !*path && status == GAN_OK; i++) {
        status = gan_path_join(folders.name[i], name, path, err);
        if (status == GAN_OK && !gan_path_is_file(*path)) {
            free(*path);
            *path = NULL;
        }
    }
    gan_path_names_free(&folders);
    return status;
}
