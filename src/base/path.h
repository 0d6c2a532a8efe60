/* path.h — names of files and folders. */
#ifndef GAN_BASE_PATH_H
#define GAN_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* folder/name in a new string (free()). An empty folder gives name, a name that begins with '/'
 * gives itself, and there is one '/' between the two. GAN_E_MEMORY; *out is then NULL. */
gan_status gan_path_join(const char *folder, const char *name, char **out, gan_error *err);

/* What follows the last '/', inside path; path itself where there is none. "a/" gives "". */
const char *gan_path_base(const char *path);

/* Whether path ends in `ending` and has more before it: a file named ".png" is no picture. */
bool gan_path_ends(const char *path, const char *ending);
bool gan_path_ends_in_any_case(const char *path, const char *ending); /* ".PNG" too */

/* What is before the last '/' in a new string (free()): "." where there is none, "/" for "/a". */
gan_status gan_path_folder(const char *path, char **out, gan_error *err);

/* Symbolic links are followed. What cannot be looked at does not exist. */
bool gan_path_exists(const char *path);
bool gan_path_is_file(const char *path); /* a regular file */
bool gan_path_is_folder(const char *path);

/* What is there. Unlike with the three above, what cannot be looked at is a failure, of
 * gan_file_open_status(), with the path and the system's reason; *kind is then GAN_PATH_NOTHING. */
typedef enum gan_path_kind {
    GAN_PATH_NOTHING, /* also where a folder above is none */
    GAN_PATH_FILE,
    GAN_PATH_FOLDER,
    GAN_PATH_OTHER
} gan_path_kind;
gan_status gan_path_look(const char *path, gan_path_kind *kind, gan_error *err);

/* Makes path and every missing folder above it, as `mkdir -p` does, with the process's umask. An
 * existing folder is fine. GAN_E_CREATE: not permitted, or a part of it is a file. */
gan_status gan_path_make_folders(const char *path, gan_error *err);

/* Whether that would work, as far as can be told without trying: what is there of the path is a
 * folder that this process may write to. GAN_E_CREATE, GAN_E_MEMORY. */
gan_status gan_path_may_make(const char *path, gan_error *err);

/* The folder for data that programs keep, of this program: $XDG_DATA_HOME/gan, where that is set
 * to an absolute path, else $HOME/.local/share/gan (XDG base directory specification 0.8). In a
 * new string (free()); it may not exist yet. GAN_E_CREATE where HOME is not set either. */
gan_status gan_path_data_home(char **out, gan_error *err);

/* The names in a folder. */
typedef struct gan_path_names {
    char **name;
    size_t n;
    size_t capacity;
} gan_path_names;

/* The names in folder, without "." and "..", hidden ones included, sorted by byte, so that the
 * order is the same on every file system and in every locale. names is overwritten; the caller
 * frees it by gan_path_names_free. GAN_E_NO_INPUT: not a folder, not permitted. GAN_E_IO,
 * GAN_E_MEMORY. names is empty after a failure. */
gan_status gan_path_list(const char *folder, gan_path_names *names, gan_error *err);
void gan_path_names_free(gan_path_names *names);

#endif
