/* walk.c — the picture files of a folder, recursively, and what is there besides. */
#define _GNU_SOURCE /* strcasecmp, stat, tdestroy */
#include "data/walk.h"

#include <errno.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "data/kind.h"
#include "data/store.h"

/* What a folder is, whatever path leads to it. */
typedef struct folder_key {
    dev_t device;
    ino_t inode;
} folder_key;

typedef struct walk {
    const char *root;
    const gan_file_search *search;
    gan_file_list *list;
    void *seen; /* a tree of folder_key (tsearch) */
} walk;

static const char *const left_texts[GAN_LEFT_COUNT][3] = {
#define LEFT_ROW(name, one, many, text) [GAN_LEFT_##name] = {one, many, text},
    GAN_LEFT_LIST(LEFT_ROW)
#undef LEFT_ROW
};

bool gan_file_is_picture_name(const char *name)
{
    static const char *const endings[] = {".png",  ".jpg", ".jpeg", ".jpe", ".jfif",
                                          ".webp", ".bmp", ".gif",  ".tif", ".tiff"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++) {
        if (strcasecmp(dot, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int by_key(const void *a, const void *b)
{
    const folder_key *x = a, *y = b;
    if (x->device != y->device) {
        return x->device < y->device ? -1 : 1;
    }
    return (x->inode > y->inode) - (x->inode < y->inode);
}

/* *is_new: the folder was not met before; it is now. Some file systems give no numbers, and then
 * only links can lead to a folder twice. */
static gan_status meet_folder(walk *w, const char *path, const struct stat *st, bool *is_new,
                              gan_error *err)
{
    folder_key *key = NULL;
    if (st->st_ino == 0) {
        struct stat itself;
        *is_new = lstat(path, &itself) == 0 && !S_ISLNK(itself.st_mode);
        return GAN_OK;
    }
    GAN_TRY(gan_calloc(1, sizeof *key, (void **)&key, err));
    *key = (folder_key){st->st_dev, st->st_ino};
    void *node = tsearch(key, &w->seen, by_key);
    *is_new = node && *(folder_key **)node == key;
    if (!*is_new) {
        free(key);
    }
    return node ? GAN_OK : gan_fail(err, GAN_E_MEMORY, "no memory for a list of folders");
}

static void leave(walk *w, const char *path, gan_left_reason reason, const char *why)
{
    w->list->n_left++;
    w->list->left[reason]++;
    if (w->search->left) {
        w->search->left(w->search->ctx, path, why);
    }
}

static void leave_foreign(walk *w, const char *path, const gan_file_kind *kind)
{
    char why[128];
    size_t row = 0;
    while (strcmp(gan_file_kind_at(row)->name, kind->name) != 0) {
        row++; /* the first of those with this name */
    }
    w->list->foreign[row]++;
    snprintf(why, sizeof why, "%s, which is not read: %s", kind->name, kind->advice);
    leave(w, path, GAN_LEFT_FOREIGN, why);
}

/* A file that has no picture's name: what is in it? */
static gan_status leave_file(walk *w, const char *path, int64_t bytes, gan_error *err)
{
    const gan_file_kind *kind = gan_file_kind_of_file(path);
    const gan_left_reason reason = bytes == 0 ? GAN_LEFT_EMPTY : GAN_LEFT_OTHER;
    if (!w->list->first_left) {
        GAN_TRY(gan_strdup(path, &w->list->first_left, err));
    }
    if (kind && kind->picture != GAN_PICTURE_NONE) {
        leave(w, path, GAN_LEFT_MISNAMED, left_texts[GAN_LEFT_MISNAMED][2]);
    } else if (kind && kind->is_picture) {
        leave_foreign(w, path, kind);
    } else {
        leave(w, path, reason, left_texts[reason][2]);
    }
    return GAN_OK;
}

gan_status gan_file_list_take(gan_file_list *list, char **path, gan_error *err)
{
    void *array = list->paths;
    GAN_TRY(gan_grow(&array, list->n + 1, sizeof *list->paths, &list->capacity, err));
    list->paths = array;
    list->paths[list->n++] = *path;
    *path = NULL;
    return GAN_OK;
}

static gan_status read_folder(walk *w, const char *folder, gan_error *err);

/* What stat cannot look at, by its errno. */
static gan_status read_unseen(walk *w, char **path, int reason, gan_error *err)
{
    if (reason == ENOENT || reason == ELOOP) {
        leave(w, *path, GAN_LEFT_LINK, left_texts[GAN_LEFT_LINK][2]);
        return GAN_OK;
    }
    const gan_status status = gan_file_open_status(reason);
    if (status != GAN_E_NO_INPUT) {
        return gan_fail(err, status, "cannot look at %s: %s", *path, strerror(reason));
    }
    if (gan_file_is_picture_name(gan_path_base(*path))) {
        return gan_file_list_take(w->list, path, err);
    }
    leave(w, *path, GAN_LEFT_UNSEEN, left_texts[GAN_LEFT_UNSEEN][2]);
    return GAN_OK;
}

static gan_status read_subfolder(walk *w, const char *path, const struct stat *st, gan_error *err)
{
    bool is_new = false;
    GAN_TRY(meet_folder(w, path, st, &is_new, err));
    if (is_new) {
        return read_folder(w, path, err);
    }
    leave(w, path, GAN_LEFT_REPEATED, left_texts[GAN_LEFT_REPEATED][2]);
    return GAN_OK;
}

static gan_status read_entry(walk *w, const char *folder, const char *name, gan_error *err)
{
    gan_status status = GAN_OK;
    struct stat st;
    char *path = NULL;
    GAN_TRY(gan_path_join(folder, name, &path, err));
    if (name[0] == '.') {
        leave(w, path, GAN_LEFT_HIDDEN, left_texts[GAN_LEFT_HIDDEN][2]);
    } else if (stat(path, &st) != 0) {
        status = read_unseen(w, &path, errno, err);
    } else if (S_ISDIR(st.st_mode)) {
        status = read_subfolder(w, path, &st, err);
    } else if (!S_ISREG(st.st_mode)) {
        leave(w, path, GAN_LEFT_SPECIAL, left_texts[GAN_LEFT_SPECIAL][2]);
    } else if (gan_file_is_picture_name(name)) {
        status = gan_file_list_take(w->list, &path, err);
    } else if (folder == w->root && strcmp(name, GAN_LABELS_FILE) == 0) {
        w->list->labels_file = path;
        path = NULL;
    } else {
        status = leave_file(w, path, st.st_size, err);
    }
    free(path);
    return status;
}

static gan_status read_folder(walk *w, const char *folder, gan_error *err)
{
    gan_path_names names = {0};
    GAN_TRY(gan_path_list(folder, &names, err));
    gan_status status = GAN_OK;
    for (size_t i = 0; i < names.n && status == GAN_OK; i++) {
        status = gan_data_poll(w->search->cancel, err);
        if (status == GAN_OK) {
            status = read_entry(w, folder, names.name[i], err);
        }
    }
    gan_path_names_free(&names);
    return status;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void gan_file_list_sort(gan_file_list *list)
{
    if (list->n > 1) {
        qsort(list->paths, list->n, sizeof *list->paths, by_bytes);
    }
}

gan_status gan_file_list_find(const char *folder, const gan_file_search *search,
                              gan_file_list *list, gan_error *err)
{
    gan_status status = GAN_OK;
    struct stat st;
    bool is_new = false;
    walk w = {.root = folder, .search = search, .list = list};
    *list = (gan_file_list){0};
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return gan_fail(err, GAN_E_NO_INPUT, "%s: is not a folder", folder);
    }
    GAN_TRY_DONE(gan_data_poll(search->cancel, err));
    GAN_TRY_DONE(meet_folder(&w, folder, &st, &is_new, err));
    GAN_TRY_DONE(read_folder(&w, folder, err));
    gan_file_list_sort(list);
done:
    tdestroy(w.seen, free);
    return status;
}

void gan_file_list_free(gan_file_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->paths[i]);
    }
    free(list->paths);
    free(list->first_left);
    free(list->labels);
    free(list->labels_file);
    *list = (gan_file_list){0};
}

static void add_count(gan_text *text, int64_t n, const char *one, const char *many, const char *s)
{
    if (n > 0) {
        gan_text_add(text, "%s%lld %s%s", text->length ? ", " : "", (long long)n,
                     n == 1 ? one : many, n == 1 ? "" : s);
    }
}

gan_status gan_file_list_left(const gan_file_list *list, char **out, gan_error *err)
{
    gan_text text = {0};
    const gan_file_kind *kind = NULL;
    for (size_t i = 0; (kind = gan_file_kind_at(i)) != NULL; i++) {
        add_count(&text, list->foreign[i], kind->name, kind->name, "s");
    }
    for (int i = 0; i < GAN_LEFT_COUNT; i++) {
        if (i != GAN_LEFT_FOREIGN) {
            add_count(&text, list->left[i], left_texts[i][0], left_texts[i][1], "");
        }
    }
    return gan_text_take(&text, out, err);
}
