/* walk.h — the picture files of a folder, in an order that is the same everywhere. */
#ifndef GAN_DATA_WALK_H
#define GAN_DATA_WALK_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct gan_file_list {
    char **paths; /* folder/below/name.png, sorted byte-wise */
    size_t n, capacity;
    int64_t n_others;  /* files with other endings, left out */
    char *first_other; /* the path of one of them, NULL where there is none */
} gan_file_list;

/* Finds every regular file whose name ends in .png, .jpg or .jpeg (in any case), at any depth.
 * Names that begin with a dot are passed over, links are followed, and a folder that is reached
 * again inside itself is not entered. list is overwritten; gan_file_list_free frees it, after a
 * failure too. GAN_E_NO_INPUT when a folder cannot be read; GAN_E_INTERRUPTED; GAN_E_MEMORY. */
gan_status gan_file_list_find(const char *folder, const volatile sig_atomic_t *cancel,
                              gan_file_list *list, gan_error *err);
void gan_file_list_free(gan_file_list *list);

#endif
