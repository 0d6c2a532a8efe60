/* folder_find.c — the pictures below a folder, and what is said where there is none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/folder.h"
#include "data/kind.h"
#include "data/npz.h"

gan_status gan_folder_find(const char *folder, const gan_file_search *search, gan_file_list *list,
                           gan_error *err)
{
    GAN_TRY(gan_file_list_find(folder, search, list, err));
    if (list->n > 0) {
        return GAN_OK;
    }
    char *left = NULL;
    if (list->n_left == 0) {
        return gan_fail(err, GAN_E_NO_INPUT, "%s: is empty: no picture below it", folder);
    }
    GAN_TRY(gan_file_list_left(list, &left, err));
    const char *file = list->first_left;
    if (file && gan_format_npz.accepts(file, false)) {
        free(left);
        return gan_fail(err, GAN_E_NO_INPUT,
                        "%s: no picture below it; name its array: "
                        "--data %s",
                        folder, file);
    }
    const gan_file_kind *kind = file ? gan_file_kind_of_file(file) : NULL;
    const gan_status status =
        gan_fail(err, GAN_E_NO_INPUT, "%s: no picture below it that is read, only %s%s%s%s%s%s%s",
                 folder, left, file ? " (" : "", file ? file : "", kind ? ": a " : "",
                 kind ? kind->name : "", kind ? ": " : "", kind ? kind->advice : "");
    if (file && err) {
        const size_t n = strlen(err->text);
        snprintf(err->text + n, sizeof err->text - n, ")");
    }
    free(left);
    return status;
}
