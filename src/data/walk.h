/* walk.h — the picture files of a folder, in an order that is the same everywhere. */
#ifndef GAN_DATA_WALK_H
#define GAN_DATA_WALK_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Why something in a folder is not taken: X(name, one of them, many, what is told of it) */
#define GAN_LEFT_LIST(X)                                                                           \
    X(HIDDEN, "hidden", "hidden", "hidden: its name begins with a dot")                            \
    X(LINK, "broken link", "broken links", "a link that leads nowhere")                            \
    X(SPECIAL, "pipe or device", "pipes and devices", "neither a file nor a folder")               \
    X(UNSEEN, "unreadable file", "unreadable files", "cannot be looked at: not permitted")         \
    X(INNER_LINK, "link", "links", "a link in an archive")                                         \
    X(OUTSIDE, "name that leads out", "names that lead out", "its name leads out of the archive")  \
    X(REPEATED, "repeated folder", "repeated folders", "a folder that is in here already")         \
    X(MISNAMED, "misnamed picture", "misnamed pictures",                                           \
      "a picture by another name: rename it to end in .png or .jpg")                               \
    X(EMPTY, "empty file", "empty files", "empty, and not named as a picture")                     \
    X(FOREIGN, "picture of another format", "pictures of other formats", "")                       \
    X(OTHER, "other file", "other files", "not a picture")

#define GAN_LEFT_ENUM(name, one, many, text) GAN_LEFT_##name,
typedef enum gan_left_reason { GAN_LEFT_LIST(GAN_LEFT_ENUM) GAN_LEFT_COUNT } gan_left_reason;
#undef GAN_LEFT_ENUM

#define GAN_LABELS_FILE "dataset.json" /* in the folder itself: labels, not a picture */

enum { GAN_LEFT_KINDS = 64 }; /* room for the rows of kind.h */

typedef struct gan_file_list {
    char **paths; /* folder/below/name.png, sorted byte-wise */
    size_t n, capacity;
    int32_t *labels;                 /* of each path, or NULL (labels.h) */
    char *labels_file;               /* the path of dataset.json, or NULL */
    int64_t n_left;                  /* files, links and folders that were not taken */
    int64_t left[GAN_LEFT_COUNT];    /* by reason */
    int64_t foreign[GAN_LEFT_KINDS]; /* those of GAN_LEFT_FOREIGN by row of kind.h */
    char *first_left;                /* the path of the first file that is no picture, or NULL */
} gan_file_list;

/* All zero is fine. */
typedef struct gan_file_search {
    const volatile sig_atomic_t *cancel;
    /* Called for each that is not taken, in the order of a walk: both strings live during the call.
     */
    void (*left)(void *ctx, const char *path, const char *why);
    void *ctx;
} gan_file_search;

/* Finds every regular file whose name ends in .png, .jpg, .jpeg, .jpe, .jfif, .webp, .bmp, .gif,
 * .tif or .tiff (in any case), at any depth. Names that begin with a dot are passed over; links are
 * followed; a folder that is reached again, by another link or mount or inside itself, is not
 * entered: of its names, the one that comes first counts. A picture that may not be looked at is
 * taken, and fails when it is read. list is overwritten; gan_file_list_free frees it, after a
 * failure too. GAN_E_NO_INPUT when a folder cannot be read; GAN_E_IO; GAN_E_INTERRUPTED;
 * GAN_E_MEMORY. */
gan_status gan_file_list_find(const char *folder, const gan_file_search *search,
                              gan_file_list *list, gan_error *err);
void gan_file_list_free(gan_file_list *list);

/* Whether a name ends as those of pictures do. */
bool gan_file_is_picture_name(const char *name);

/* Puts a path into the list, which takes it over and sets *path to NULL; sorts the list. */
gan_status gan_file_list_take(gan_file_list *list, char **path, gan_error *err);
void gan_file_list_sort(gan_file_list *list);

/* What was left out, by reason: "10 WEBP pictures, 2 hidden, 1 broken link"; "" for nothing. In a
 * new string (free()); GAN_E_MEMORY. */
gan_status gan_file_list_left(const gan_file_list *list, char **out, gan_error *err);

#endif
