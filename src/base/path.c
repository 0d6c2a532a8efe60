/* path.c — names of files and folders. */
#define _GNU_SOURCE /* opendir, stat, strcasecmp */
#include "base/path.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

gan_status gan_path_join(const char *folder, const char *name, char **out, gan_error *err)
{
    const size_t length = strlen(folder);
    if (length == 0 || *name == '/') {
        return gan_strdup(name, out, err);
    }
    return gan_format(out, err, "%s%s%s", folder, folder[length - 1] == '/' ? "" : "/", name);
}

const char *gan_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The part of path where `ending` would stand; NULL where nothing would be before it. */
static const char *tail_of(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);
    return n > m ? path + n - m : NULL;
}

bool gan_path_ends(const char *path, const char *ending)
{
    const char *tail = tail_of(path, ending);
    return tail && strcmp(tail, ending) == 0;
}

bool gan_path_ends_in_any_case(const char *path, const char *ending)
{
    const char *tail = tail_of(path, ending);
    return tail && strcasecmp(tail, ending) == 0;
}

gan_status gan_path_folder(const char *path, char **out, gan_error *err)
{
    const size_t length = (size_t)(gan_path_base(path) - path);
    if (length == 0) {
        return gan_strdup(".", out, err);
    }
    return gan_format(out, err, "%.*s", (int)(length == 1 ? 1 : length - 1), path);
}

bool gan_path_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool gan_path_is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool gan_path_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

gan_status gan_path_look(const char *path, gan_path_kind *kind, gan_error *err)
{
    struct stat st;
    *kind = GAN_PATH_NOTHING;
    if (stat(path, &st) == 0) {
        *kind = S_ISREG(st.st_mode)   ? GAN_PATH_FILE
                : S_ISDIR(st.st_mode) ? GAN_PATH_FOLDER
                                      : GAN_PATH_OTHER;
        return GAN_OK;
    }
    const int reason = errno;
    return reason == ENOENT || reason == ENOTDIR
               ? GAN_OK
               : gan_fail(err, gan_file_open_status(reason), "cannot read %s: %s", path,
                          strerror(reason));
}

static gan_status make_folder(const char *path, gan_error *err)
{
    if (mkdir(path, 0777) == 0) {
        return GAN_OK;
    }
    const int reason = errno; /* an existing folder on a read-only disk may say EROFS */
    if (gan_path_is_folder(path)) {
        return GAN_OK;
    }
    return gan_fail(err, GAN_E_CREATE, "cannot make the folder %s: %s", path,
                    reason == EEXIST ? "there is a file of that name" : strerror(reason));
}

gan_status gan_path_make_folders(const char *path, gan_error *err)
{
    if (!*path) {
        return gan_fail(err, GAN_E_CREATE, "cannot make a folder: its name is empty");
    }
    char *copy = NULL;
    GAN_TRY(gan_strdup(path, &copy, err));
    gan_status status = GAN_OK;
    for (char *p = copy + 1; *p && status == GAN_OK; p++) {
        if (*p == '/' && p[-1] != '/') {
            *p = '\0';
            status = make_folder(copy, err);
            *p = '/';
        }
    }
    if (status == GAN_OK) {
        status = make_folder(copy, err);
    }
    free(copy);
    return status;
}

gan_status gan_path_may_make(const char *path, gan_error *err)
{
    char *there = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(gan_strdup(path, &there, err));
    while (status == GAN_OK && !gan_path_exists(there) && strcmp(there, ".") != 0) {
        char *below = there;
        status = gan_path_folder(below, &there, err);
        free(below);
    }
    if (status == GAN_OK && !gan_path_is_folder(there)) {
        status = gan_fail(err, GAN_E_CREATE,
                          "cannot make the folder %s: there is a file of that name", there);
    } else if (status == GAN_OK && access(there, W_OK | X_OK) != 0) {
        status = gan_fail(err, GAN_E_CREATE, "cannot write to the folder %s: %s", there,
                          strerror(errno));
    }
    free(there);
    return status;
}

gan_status gan_path_data_home(char **out, gan_error *err)
{
    const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    *out = NULL;
    if (xdg && *xdg == '/') { /* the specification: a relative path is to be ignored */
        return gan_path_join(xdg, "gan", out, err);
    }
    if (home && *home) {
        return gan_path_join(home, ".local/share/gan", out, err);
    }
    return gan_fail(err, GAN_E_CREATE,
                    "no folder for data: neither XDG_DATA_HOME nor HOME is set; set one of them");
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static gan_status add_name(gan_path_names *names, const char *name, gan_error *err)
{
    void *array = names->name;
    GAN_TRY(gan_grow(&array, names->n + 1, sizeof *names->name, &names->capacity, err));
    names->name = array;
    GAN_TRY(gan_strdup(name, &names->name[names->n], err));
    names->n++;
    return GAN_OK;
}

static gan_status read_names(DIR *stream, const char *folder, gan_path_names *names, gan_error *err)
{
    for (;;) {
        errno = 0; /* readdir's only way to tell the end from a failure */
        const struct dirent *entry = readdir(stream);
        if (!entry) {
            return errno == 0
                       ? GAN_OK
                       : gan_fail(err, GAN_E_IO, "cannot list %s: %s", folder, strerror(errno));
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            GAN_TRY(add_name(names, entry->d_name, err));
        }
    }
}

gan_status gan_path_list(const char *folder, gan_path_names *names, gan_error *err)
{
    *names = (gan_path_names){0};
    DIR *stream = opendir(folder);
    if (!stream) {
        return gan_fail(err, gan_file_open_status(errno), "cannot list %s: %s", folder,
                        strerror(errno));
    }
    const gan_status status = read_names(stream, folder, names, err);
    (void)closedir(stream); /* fails only for what is not a stream */
    if (status != GAN_OK) {
        gan_path_names_free(names);
    } else if (names->n > 1) {
        qsort(names->name, names->n, sizeof *names->name, by_bytes);
    }
    return status;
}

void gan_path_names_free(gan_path_names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        free(names->name[i]);
    }
    free(names->name);
    *names = (gan_path_names){0};
}
