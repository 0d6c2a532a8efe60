/* labels_of_files.c — labels of picture files, by a dataset.json or by their folders. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_memory.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/labels.h"

/* --- by dataset.json --- */

/* The array of labels as an object, name -> label; NULL where it is not one that is understood. */
static json_t *index_labels(json_t *labels)
{
    json_t *index = json_object();
    for (size_t i = 0; index && i < json_array_size(labels); i++) {
        json_t *row = json_array_get(labels, i);
        const char *name = json_string_value(json_array_get(row, 0));
        json_t *label = json_array_get(row, 1);
        if (json_array_size(row) != 2 || !name ||
            json_object_set_nocheck(index, name, label) != 0) {
            json_decref(index);
            index = NULL;
        }
    }
    return index;
}

/* The label of one file; false, with the reason in data, where it has none. */
static gan_status take_label(gan_data *data, const json_t *index, const char *name, int32_t *label,
                             bool *found, gan_error *err)
{
    char clean[GAN_TEXT_CLEAN_SIZE];
    const json_t *value = json_object_get(index, name);
    const json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;
    *found = number >= 0 && number < GAN_LABELS_CLASSES_MAX;
    if (*found) {
        *label = (int32_t)number;
        return GAN_OK;
    }
    return value ? gan_labels_leave_out(data, err,
                                        "dataset.json gives %s a label that is no whole number of "
                                        "0 to %d",
                                        gan_text_clean(name, clean), GAN_LABELS_CLASSES_MAX - 1)
                 : gan_labels_leave_out(data, err, "dataset.json has no label of %s",
                                        gan_text_clean(name, clean));
}

static gan_status label_by_index(gan_data *data, gan_file_list *list, size_t n_root,
                                 const json_t *index, gan_error *err)
{
    bool found = true;
    GAN_TRY(gan_calloc(list->n, sizeof *list->labels, (void **)&list->labels, err));
    for (size_t i = 0; i < list->n && found; i++) {
        GAN_TRY(take_label(data, index, list->paths[i] + n_root, &list->labels[i], &found, err));
    }
    if (!found) {
        free(list->labels);
        list->labels = NULL;
    }
    return GAN_OK;
}

static gan_status label_by_json(gan_data *data, gan_file_list *list, size_t n_root,
                                const char *text, gan_error *err)
{
    json_error_t why = {0};
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    json_t *labels = json_object_get(root, "labels");
    json_t *index = json_is_array(labels) ? index_labels(labels) : NULL;
    gan_status status = GAN_OK;
    if (!root && gan_json_no_memory(&why)) {
        status = gan_fail(err, GAN_E_MEMORY, "no memory for the labels of %s", data->name);
    } else if (!root) {
        status = gan_labels_leave_out(data, err, "dataset.json, line %d: %s", why.line, why.text);
    } else if (!labels || json_is_null(labels)) {
        status = gan_labels_leave_out(data, err, "its dataset.json has no labels");
    } else if (!index) {
        status = gan_labels_leave_out(
            data, err, "the labels of dataset.json are not [[\"name\", number], ...]");
    } else {
        status = label_by_index(data, list, n_root, index, err);
    }
    json_decref(index);
    json_decref(root);
    return status;
}

/* --- by folders --- */

typedef struct class_name {
    const char *text; /* not terminated */
    size_t n;
} class_name;

static int by_name(const void *a, const void *b)
{
    const class_name *x = a, *y = b;
    const int order = memcmp(x->text, y->text, x->n < y->n ? x->n : y->n);
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

/* Bytes of the longest "folder/folder/" that all paths begin with, at least n. */
static size_t common_folder(const gan_file_list *list, size_t n)
{
    const char *first = list->paths[0], *last = list->paths[list->n - 1]; /* they are sorted */
    size_t common = n;
    for (size_t k = n; first[k] && first[k] == last[k]; k++) {
        common = first[k] == '/' ? k + 1 : common;
    }
    return common;
}

/* The folder of each file below n_root; *n_files is how many have one. */
static void find_names(const gan_file_list *list, size_t n_root, class_name *names, size_t *n_files)
{
    *n_files = 0;
    for (size_t i = 0; i < list->n; i++) {
        const char *below = list->paths[i] + n_root, *slash = strchr(below, '/');
        if (slash) {
            names[(*n_files)++] = (class_name){below, (size_t)(slash - below)};
        }
    }
}

/* Each name once; how many there are. */
static size_t keep_one_each(class_name *names, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || by_name(&names[i], &names[kept - 1]) != 0) {
            names[kept++] = names[i];
        }
    }
    return kept;
}

static gan_status take_class_names(gan_data *data, const class_name *names, size_t n,
                                   gan_error *err)
{
    GAN_TRY(gan_calloc(n, sizeof(char *), (void **)&data->class_names, err));
    for (size_t i = 0; i < n; i++) {
        GAN_TRY(gan_format(&data->class_names[i], err, "%.*s", (int)names[i].n, names[i].text));
        data->n_class_names++;
    }
    return GAN_OK;
}

static gan_status label_by_names(gan_data *data, gan_file_list *list, size_t n_root,
                                 class_name *names, gan_error *err)
{
    size_t n_files = 0;
    find_names(list, n_root, names, &n_files);
    if (n_files == 0) {
        return gan_labels_leave_out(data, err,
                                    "it has no dataset.json, and its pictures are in one "
                                    "folder, not in one for each class");
    }
    if (n_files < list->n) {
        return gan_labels_leave_out(data, err,
                                    "it has no dataset.json, and not all of its pictures "
                                    "are in a folder of their class");
    }
    qsort(names, n_files, sizeof *names, by_name);
    const size_t n = keep_one_each(names, n_files);
    if (n > GAN_LABELS_CLASSES_MAX) {
        return gan_labels_leave_out(data, err, "it has %zu folders, too many for classes", n);
    }
    GAN_TRY(take_class_names(data, names, n, err));
    GAN_TRY(gan_calloc(list->n, sizeof *list->labels, (void **)&list->labels, err));
    for (size_t i = 0; i < list->n; i++) {
        const char *below = list->paths[i] + n_root;
        const class_name name = {below, strcspn(below, "/")};
        const class_name *found = bsearch(&name, names, n, sizeof *names, by_name);
        list->labels[i] = found ? (int32_t)(found - names) : 0;
    }
    return GAN_OK;
}

gan_status gan_labels_of_files(gan_data *data, gan_file_list *list, size_t n_root, const char *json,
                               gan_error *err)
{
    if (json) {
        return label_by_json(data, list, n_root, json, err);
    }
    class_name *names = NULL;
    GAN_TRY(gan_calloc(list->n, sizeof *names, (void **)&names, err));
    const gan_status status = label_by_names(data, list, common_folder(list, n_root), names, err);
    free(names);
    return status;
}
