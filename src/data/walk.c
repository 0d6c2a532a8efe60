/* walk.c — the picture files of a folder, recursively. */
#define _GNU_SOURCE /* strcasecmp, stat */
#include "data/walk.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/path.h"
#include "data/store.h"

/* The folders above the one that is being read: a link back to one of them is a loop. */
typedef struct ancestor {
    dev_t device;
    ino_t inode;
    const struct ancestor *above;
} ancestor;

static bool is_picture_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && (strcasecmp(dot, ".png") == 0 || strcasecmp(dot, ".jpg") == 0 ||
                   strcasecmp(dot, ".jpeg") == 0);
}

static bool is_within(const struct stat *st, const ancestor *above)
{
    for (; above; above = above->above) {
        if (above->device == st->st_dev && above->inode == st->st_ino) {
            return true;
        }
    }
    return false;
}

/* Takes *path over when it is kept, and sets it to NULL then. */
static gan_status keep_file(gan_file_list *list, char **path, gan_error *err)
{
    if (!is_picture_name(gan_path_base(*path))) {
        list->n_others++;
        if (!list->first_other) {
            list->first_other = *path;
            *path = NULL;
        }
        return GAN_OK;
    }
    void *array = list->paths;
    GAN_TRY(gan_grow(&array, list->n + 1, sizeof *list->paths, &list->capacity, err));
    list->paths = array;
    list->paths[list->n++] = *path;
    *path = NULL;
    return GAN_OK;
}

static gan_status read_folder(const char *folder, const ancestor *self,
                              const volatile sig_atomic_t *cancel, gan_file_list *list,
                              gan_error *err);

static gan_status read_entry(const char *folder, const char *name, const ancestor *self,
                             const volatile sig_atomic_t *cancel, gan_file_list *list,
                             gan_error *err)
{
    gan_status status = GAN_OK;
    struct stat st;
    char *path = NULL;
    GAN_TRY(gan_path_join(folder, name, &path, err));
    if (stat(path, &st) != 0) {
        list->n_others++; /* a dangling link */
    } else if (S_ISDIR(st.st_mode) && !is_within(&st, self)) {
        ancestor below = {st.st_dev, st.st_ino, self};
        status = read_folder(path, &below, cancel, list, err);
    } else if (S_ISREG(st.st_mode)) {
        status = keep_file(list, &path, err);
    }
    free(path);
    return status;
}

static gan_status read_folder(const char *folder, const ancestor *self,
                              const volatile sig_atomic_t *cancel, gan_file_list *list,
                              gan_error *err)
{
    gan_path_names names = {0};
    GAN_TRY(gan_data_poll(cancel, err));
    GAN_TRY(gan_path_list(folder, &names, err));
    gan_status status = GAN_OK;
    for (size_t i = 0; i < names.n && status == GAN_OK; i++) {
        if (names.name[i][0] != '.') {
            status = read_entry(folder, names.name[i], self, cancel, list, err);
        }
    }
    gan_path_names_free(&names);
    return status;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

gan_status gan_file_list_find(const char *folder, const volatile sig_atomic_t *cancel,
                              gan_file_list *list, gan_error *err)
{
    struct stat st;
    *list = (gan_file_list){0};
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return gan_fail(err, GAN_E_NO_INPUT, "%s: is not a folder", folder);
    }
    ancestor top = {st.st_dev, st.st_ino, NULL};
    GAN_TRY(read_folder(folder, &top, cancel, list, err));
    if (list->n > 1) {
        qsort(list->paths, list->n, sizeof *list->paths, by_bytes);
    }
    return GAN_OK;
}

void gan_file_list_free(gan_file_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->paths[i]);
    }
    free(list->paths);
    free(list->first_other);
    *list = (gan_file_list){0};
}
