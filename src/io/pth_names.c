/* pth_names.c — the tensors of what a pickle gives, and their names: the keys that lead to them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "io/pth_file.h"

/* What a pickle refers to twice is walked twice: a few lines can stand for more than there is time
 * for, or contain themselves; and long names, for more than there is memory for. */
enum { DEPTH_MAX = 32, VISITS_MAX = 1 << 22, NAME_OF_A_VISIT = 64 /* bytes */ };

typedef struct walk {
    gan_pth *file;
    gan_text path; /* keys with dots between */
    int64_t visits;
    int depth;
    size_t tensors_capacity, views_capacity, names_capacity;
} walk;

static gan_status grow(void *array, size_t n, size_t size, size_t *capacity, gan_error *err)
{
    void *block = NULL;
    memcpy(&block, array, sizeof block);
    const gan_status status = gan_grow(&block, n, size, capacity, err);
    memcpy(array, &block, sizeof block);
    return status;
}

static gan_status take_tensor(walk *w, const gan_pth_view *view, gan_error *err)
{
    gan_pth *file = w->file;
    const size_t n = file->n_tensors + 1;
    GAN_TRY(grow(&file->tensors, n, sizeof *file->tensors, &w->tensors_capacity, err));
    GAN_TRY(grow(&file->view_of, n, sizeof *file->view_of, &w->views_capacity, err));
    GAN_TRY(grow(&file->names, n, sizeof *file->names, &w->names_capacity, err));
    char **name = &file->names[file->n_tensors];
    GAN_TRY(gan_strdup(w->path.data ? w->path.data : "", name, err));
    file->view_of[file->n_tensors] = view;
    file->tensors[file->n_tensors++] =
        (gan_pth_tensor){.name = *name,
                         .type = gan_pth_type_describe(view->type)->name,
                         .n_dims = view->n_dims,
                         .dims = view->dims,
                         .elements = view->elements};
    return GAN_OK;
}

static gan_status visit(walk *w, const gan_pickle_value *value, gan_error *err);

/* One value below the path, under a key that is a text or a number. */
static gan_status visit_under(walk *w, const gan_pickle_value *key, size_t number,
                              const gan_pickle_value *value, gan_error *err)
{
    const size_t length = w->path.length;
    const char *dot = length > 0 ? "." : "";
    if (key && key->kind == GAN_PICKLE_TEXT) {
        gan_text_add(&w->path, "%s", dot);
        gan_text_add_bytes(&w->path, key->text, key->n_text);
    } else if (key && key->kind == GAN_PICKLE_INT) {
        gan_text_add(&w->path, "%s%" PRId64, dot, key->integer);
    } else {
        gan_text_add(&w->path, "%s%zu", dot, number);
    }
    GAN_TRY(gan_text_check(&w->path, err));
    const gan_status status = visit(w, value, err);
    w->path.length = length;
    w->path.data[length] = '\0';
    return status;
}

static gan_status visit(walk *w, const gan_pickle_value *value, gan_error *err)
{
    const gan_pth_view *view = gan_pth_view_of(value);
    gan_status status = GAN_OK;
    w->visits += 1 + (int64_t)(w->path.length / NAME_OF_A_VISIT);
    if (view && w->visits <= VISITS_MAX) {
        return take_tensor(w, view, err);
    }
    if (w->visits > VISITS_MAX || w->depth == DEPTH_MAX) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: damaged: its dictionaries contain each other, or are "
                        "too many",
                        w->file->label);
    }
    w->depth++;
    const bool is_dict = value->kind == GAN_PICKLE_DICT;
    const bool is_list = value->kind == GAN_PICKLE_LIST || value->kind == GAN_PICKLE_TUPLE;
    for (size_t i = 0; i < value->n_items && status == GAN_OK && (is_dict || is_list);
         i += 1 + is_dict) {
        status =
            visit_under(w, is_dict ? value->items[i] : NULL, i, value->items[i + is_dict], err);
    }
    w->depth--;
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const gan_pth_by_name *)a)->name, ((const gan_pth_by_name *)b)->name);
}

static gan_status sort_names(gan_pth *file, gan_error *err)
{
    char clean[GAN_TEXT_CLEAN_SIZE];
    GAN_TRY(gan_calloc(file->n_tensors, sizeof *file->by_name, (void **)&file->by_name, err));
    for (size_t i = 0; i < file->n_tensors; i++) {
        file->by_name[i] = (gan_pth_by_name){file->names[i], i};
    }
    if (file->n_tensors > 1) {
        qsort(file->by_name, file->n_tensors, sizeof *file->by_name, by_name);
    }
    for (size_t i = 1; i < file->n_tensors; i++) {
        if (by_name(&file->by_name[i - 1], &file->by_name[i]) == 0) {
            return gan_fail(err, GAN_E_DATA, "%s: has two tensors '%s'", file->label,
                            gan_text_clean(file->by_name[i].name, clean));
        }
    }
    return GAN_OK;
}

gan_status gan_pth_name_tensors(gan_pth *file, const gan_pickle_value *root, gan_error *err)
{
    walk w = {.file = file};
    const gan_status status = visit(&w, root, err);
    gan_text_free(&w.path);
    GAN_TRY(status);
    if (file->n_tensors == 0) {
        return gan_fail(err, GAN_E_DATA, "%s: has no tensors", file->label);
    }
    return sort_names(file, err);
}

const gan_pth_tensor *gan_pth_find(const gan_pth *file, const char *name)
{
    const gan_pth_by_name key = {name, 0};
    const gan_pth_by_name *found =
        bsearch(&key, file->by_name, file->n_tensors, sizeof key, by_name);
    return found ? &file->tensors[found->number] : NULL;
}
