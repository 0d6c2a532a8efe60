/* safetensors_parse.c — from a header's JSON to checked tensors and metadata.
 *
 * A file is 8 bytes of the header's length, the header, the data. The header maps each name to
 * dtype, shape and [begin, end) in the data. Nothing in it is believed: a tensor must have the
 * bytes that its shape says, and all tensors together must cover the data once, without hole or
 * overlap, as the format demands. So no read of a tensor needs a check of its own. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_memory.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "io/safetensors_file.h"

static const char metadata_key[] = "__metadata__";

static gan_status fail_tensor(const gan_safetensors *file, const char *name, const char *what,
                              gan_error *err)
{
    char shown[GAN_TEXT_CLEAN_SIZE];
    return gan_fail(err, GAN_E_DATA, "%s: damaged, or not safetensors: tensor '%s' %s", file->label,
                    gan_text_clean(name, shown), what);
}

static gan_status parse_metadata(gan_safetensors *file, json_t *object, gan_error *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    void *block = NULL;
    if (!json_is_object(object)) {
        return gan_fail(err, GAN_E_DATA, "%s: damaged, or not safetensors: its metadata is no map",
                        file->label);
    }
    GAN_TRY(gan_calloc(json_object_size(object), sizeof *file->metadata, &block, err));
    file->metadata = block;
    json_object_foreach(object, key, value)
    {
        if (!json_is_string(value)) {
            char shown[GAN_TEXT_CLEAN_SIZE];
            return gan_fail(err, GAN_E_DATA,
                            "%s: damaged, or not safetensors: the metadata '%s' is no text",
                            file->label, gan_text_clean(key, shown));
        }
        file->metadata[file->n_metadata++] = (gan_safetensors_meta){key, json_string_value(value)};
    }
    return GAN_OK;
}

static bool find_type(const char *name, gan_safetensors_type *type)
{
    for (int i = 0; name && i < GAN_SAFETENSORS_TYPES; i++) {
        if (strcmp(name, gan_safetensors_type_name((gan_safetensors_type)i)) == 0) {
            *type = (gan_safetensors_type)i;
            return true;
        }
    }
    return false;
}

static gan_status parse_shape(const gan_safetensors *file, gan_safetensors_tensor *tensor,
                              const json_t *shape, int64_t *dims, gan_error *err)
{
    const size_t n = json_array_size(shape);
    for (size_t i = 0; i < n; i++) {
        const json_t *dim = json_array_get(shape, i);
        if (!json_is_integer(dim) || json_integer_value(dim) < 0) {
            return fail_tensor(file, tensor->name, "has a shape that is not of whole numbers", err);
        }
        dims[i] = json_integer_value(dim);
    }
    tensor->n_dims = (int)n;
    tensor->dims = dims;
    tensor->elements = gan_safetensors_elements(dims, (int)n, tensor->type);
    return tensor->elements >= 0
               ? GAN_OK
               : fail_tensor(file, tensor->name, "has a shape that no memory holds", err);
}

static gan_status parse_offsets(const gan_safetensors *file, gan_safetensors_tensor *tensor,
                                const json_t *offsets, gan_error *err)
{
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    const int64_t data_bytes = file->size - 8 - file->header_bytes;
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end)) {
        return fail_tensor(file, tensor->name, "has no two data offsets", err);
    }
    tensor->begin = json_integer_value(begin);
    tensor->end = json_integer_value(end);
    if (tensor->begin < 0 || tensor->end < tensor->begin) {
        return fail_tensor(file, tensor->name, "has offsets that make no range", err);
    }
    if (tensor->end > data_bytes) {
        return fail_tensor(file, tensor->name, "ends after the end of the file, which is cut off",
                           err);
    }
    if (tensor->end - tensor->begin !=
        tensor->elements * gan_safetensors_type_bytes(tensor->type)) {
        return fail_tensor(file, tensor->name, "has other bytes than its shape says", err);
    }
    return GAN_OK;
}

static gan_status parse_tensor(gan_safetensors *file, const char *name, const json_t *object,
                               int64_t *dims, gan_error *err)
{
    gan_safetensors_tensor *tensor = &file->tensors[file->n_tensors++];
    const json_t *type = json_object_get(object, "dtype");
    const json_t *shape = json_object_get(object, "shape");
    const json_t *offsets = json_object_get(object, "data_offsets");
    tensor->name = name;
    if (!json_is_array(shape) || !json_is_array(offsets) || !json_is_string(type) ||
        json_object_size(object) != 3) {
        return fail_tensor(file, name, "is not described by dtype, shape and data_offsets", err);
    }
    if (!find_type(json_string_value(type), &tensor->type)) {
        char words[GAN_TEXT_CLEAN_SIZE + 32], shown[GAN_TEXT_CLEAN_SIZE];
        snprintf(words, sizeof words, "has the unknown type '%s'",
                 gan_text_clean(json_string_value(type), shown));
        return fail_tensor(file, name, words, err);
    }
    if (json_array_size(shape) > GAN_SAFETENSORS_MAX_DIMS) {
        return fail_tensor(file, name, "has more than 32 dimensions", err);
    }
    GAN_TRY(parse_shape(file, tensor, shape, dims, err));
    return parse_offsets(file, tensor, offsets, err);
}

/* How many tensors and dims there are to make room for. A shape too long counts as none: it is
 * refused before it is stored. */
static void count_tensors(json_t *root, size_t *n_tensors, size_t *n_dims)
{
    const char *name = NULL;
    json_t *object = NULL;
    *n_tensors = *n_dims = 0;
    json_object_foreach(root, name, object)
    {
        if (strcmp(name, metadata_key) != 0) {
            const size_t n = json_array_size(json_object_get(object, "shape"));
            *n_tensors += 1;
            *n_dims += n <= GAN_SAFETENSORS_MAX_DIMS ? n : 0;
        }
    }
}

/* Empty tensors may share a place with a full one: they come first there. */
static int by_place(const void *a, const void *b)
{
    const gan_safetensors_tensor *x = a, *y = b;
    if (x->begin != y->begin) {
        return x->begin < y->begin ? -1 : 1;
    }
    if (x->end != y->end) {
        return x->end < y->end ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const gan_safetensors_tensor *const *)a)->name,
                  (*(const gan_safetensors_tensor *const *)b)->name);
}

/* Every byte of the data belongs to one tensor. */
static gan_status check_places(gan_safetensors *file, gan_error *err)
{
    const int64_t data_bytes = file->size - 8 - file->header_bytes;
    int64_t end = 0;
    qsort(file->tensors, file->n_tensors, sizeof *file->tensors, by_place);
    for (size_t i = 0; i < file->n_tensors; i++) {
        const gan_safetensors_tensor *tensor = &file->tensors[i];
        if (tensor->begin != end) {
            return fail_tensor(file, tensor->name,
                               tensor->begin < end ? "overlaps the one before it"
                                                   : "leaves a hole before it",
                               err);
        }
        end = tensor->end;
    }
    if (end != data_bytes) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: damaged, or not safetensors: %" PRId64 " byte%s after the last tensor",
                        file->label, data_bytes - end, gan_plural(data_bytes - end));
    }
    return GAN_OK;
}

static gan_status parse_tensors(gan_safetensors *file, gan_error *err)
{
    size_t n_tensors = 0, n_dims = 0;
    void *block = NULL;
    const char *name = NULL;
    json_t *value = NULL;
    count_tensors(file->root, &n_tensors, &n_dims);
    GAN_TRY(gan_calloc(n_tensors, sizeof *file->tensors, &block, err));
    file->tensors = block;
    /* Shapes of all tensors are one block; each tensor points into it. */
    GAN_TRY(gan_calloc(n_dims, sizeof *file->dims, &block, err));
    file->dims = block;
    GAN_TRY(gan_calloc(n_tensors, sizeof *file->by_name, &block, err));
    file->by_name = block;
    int64_t *dims = file->dims;
    json_object_foreach(file->root, name, value)
    {
        if (strcmp(name, metadata_key) == 0) {
            GAN_TRY(parse_metadata(file, value, err));
        } else {
            GAN_TRY(parse_tensor(file, name, value, dims, err));
            dims += file->tensors[file->n_tensors - 1].n_dims;
        }
    }
    return GAN_OK;
}

gan_status gan_safetensors_parse(gan_safetensors *file, gan_error *err)
{
    json_error_t why = {0};
    file->root = file->header[0] == '{' ? json_loadb(file->header, (size_t)file->header_bytes,
                                                     JSON_REJECT_DUPLICATES, &why)
                                        : NULL;
    if (!file->root && file->header[0] == '{' && gan_json_no_memory(&why)) {
        return gan_fail(err, GAN_E_MEMORY, "%s: no memory to read its header", file->label);
    }
    if (!file->root && file->header[0] == '{') {
        char shown[GAN_TEXT_CLEAN_SIZE];
        return gan_fail(err, GAN_E_DATA,
                        "%s: damaged, or not safetensors: byte %d of its header: %s", file->label,
                        why.position, gan_text_clean(why.text, shown));
    }
    if (!file->root) {
        return gan_fail(err, GAN_E_DATA, "%s: not safetensors: its header is not JSON",
                        file->label);
    }
    GAN_TRY(parse_tensors(file, err));
    GAN_TRY(check_places(file, err));
    for (size_t i = 0; i < file->n_tensors; i++) {
        file->by_name[i] = &file->tensors[i];
    }
    qsort(file->by_name, file->n_tensors, sizeof *file->by_name, by_name);
    return GAN_OK;
}
