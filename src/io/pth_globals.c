/* pth_globals.c — the names that PyTorch writes tensors by, and what they are made into here.
 *
 * A pickle of torch.save() makes a tensor by calling torch._utils._rebuild_tensor_v2(storage,
 * offset, size, stride, ...), where the storage is a persistent id ("storage", class, key, device,
 * number of elements). See torch/_utils.py and torch/serialization.py. */
#define _GNU_SOURCE /* tsearch */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "io/pth_file.h"

typedef enum global_kind {
    STORAGE_CLASS, /* + the type, by its number */
    ELEMENT_TYPE,
    ORDERED_DICT,
    AS_LIST,  /* a set */
    AS_TUPLE, /* torch.Size */
    TENSOR,   /* _rebuild_tensor, _v2 */
    TENSOR_OF_TYPE,
    PARAMETER,
    FROM_TYPE, /* (function, class, arguments, attributes): a tensor with attributes */
    PASSED_OVER
} global_kind;

static const struct {
    const char *module, *name;
    global_kind kind;
} globals[] = {
    {"collections", "OrderedDict", ORDERED_DICT},
    {"collections", "Counter", ORDERED_DICT},
    {"builtins", "set", AS_LIST},
    {"__builtin__", "set", AS_LIST},
    {"torch", "Size", AS_TUPLE},
    {"torch", "device", PASSED_OVER},
    {"torch", "Tensor", PASSED_OVER},
    {"torch._utils", "_rebuild_tensor", TENSOR},
    {"torch._utils", "_rebuild_tensor_v2", TENSOR},
    {"torch._utils", "_rebuild_tensor_v3", TENSOR_OF_TYPE},
    {"torch._utils", "_rebuild_parameter", PARAMETER},
    {"torch._utils", "_rebuild_parameter_with_state", PARAMETER},
    {"torch._tensor", "_rebuild_from_type_v2", FROM_TYPE},
    {"torch.nn.parameter", "Parameter", PASSED_OVER},
};

static const gan_pth_type_row types[GAN_PTH_TYPES] = {
#define TYPE_ROW(name, storage, bytes) {#name, #storage, bytes},
    GAN_PTH_TYPE_LIST(TYPE_ROW)
#undef TYPE_ROW
};

enum {
    N_GLOBALS = sizeof globals / sizeof *globals,
    KIND_SHIFT = 8,
    MAX_KEY = 256,
    COPIES_MAX = 1 << 22
};

const gan_pth_type_row *gan_pth_type_describe(gan_pth_type type)
{
    return &types[type];
}

static bool is_text(const gan_pickle_value *value, const char *text)
{
    return value->kind == GAN_PICKLE_TEXT && value->n_text == strlen(text) &&
           memcmp(value->text, text, value->n_text) == 0;
}

static gan_status fail(const gan_pth *file, const char *what, gan_error *err)
{
    return gan_fail(err, GAN_E_DATA, "%s: damaged: %s", file->label, what);
}

/* --- what a name is --- */

static bool find_type(const gan_pickle_value *module, const gan_pickle_value *name, int64_t *number)
{
    for (int i = 0; i < GAN_PTH_TYPES; i++) {
        const bool in_torch = is_text(module, "torch");
        if (in_torch && i != GAN_PTH_untyped && is_text(name, types[i].name)) {
            *number = (int64_t)ELEMENT_TYPE << KIND_SHIFT | i;
            return true;
        }
        if ((in_torch || is_text(module, "torch.storage")) && is_text(name, types[i].storage)) {
            *number = (int64_t)STORAGE_CLASS << KIND_SHIFT | i;
            return true;
        }
    }
    return false;
}

static gan_status refuse_global(const gan_pth *file, const gan_pickle_value *module,
                                const gan_pickle_value *name, gan_error *err)
{
    char *text = NULL;
    GAN_TRY(gan_format(&text, err, "%.*s.%.*s", (int)(module->n_text < 200 ? module->n_text : 200),
                       module->text, (int)(name->n_text < 200 ? name->n_text : 200), name->text));
    gan_text_clean_line(text);
    const gan_status status =
        gan_fail(err, GAN_E_DATA,
                 "%s: asks for %s, and nothing of a pickle is run here, tensors are read alone: "
                 "torch.save(model.state_dict(), 'new.pth') writes a file of them",
                 file->label, text);
    free(text);
    return status;
}

static gan_status find_global(void *ctx, const gan_pickle_value *module,
                              const gan_pickle_value *name, gan_pickle_value *out, gan_error *err)
{
    for (int i = 0; i < N_GLOBALS; i++) {
        if (is_text(module, globals[i].module) && is_text(name, globals[i].name)) {
            out->integer = (int64_t)globals[i].kind << KIND_SHIFT;
            return GAN_OK;
        }
    }
    return find_type(module, name, &out->integer) ? GAN_OK : refuse_global(ctx, module, name, err);
}

static global_kind kind_of(const gan_pickle_value *global)
{
    return (global_kind)(global->integer >> KIND_SHIFT);
}

static gan_pth_type type_of(const gan_pickle_value *global)
{
    return (gan_pth_type)(global->integer & ((1 << KIND_SHIFT) - 1));
}

/* --- storages --- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const gan_pth_storage *)a)->key, ((const gan_pth_storage *)b)->key);
}

gan_pth_storage *gan_pth_storage_of(const gan_pth *file, const gan_pickle_value *key)
{
    char text[MAX_KEY];
    const gan_pth_storage wanted = {.key = text};
    if (key->kind != GAN_PICKLE_TEXT || key->n_text >= MAX_KEY) {
        return NULL;
    }
    memcpy(text, key->text, key->n_text);
    text[key->n_text] = '\0';
    void *found = tfind(&wanted, &file->by_key, by_key);
    return found ? *(gan_pth_storage **)found : NULL;
}

static gan_status add_storage(gan_pth *file, gan_pth_storage *storage, gan_error *err)
{
    void *array = file->storages;
    const gan_status status = gan_grow(&array, file->n_storages + 1, sizeof *file->storages,
                                       &file->storages_capacity, err);
    file->storages = array;
    GAN_TRY(status);
    if (!tsearch(storage, &file->by_key, by_key)) {
        return gan_fail(err, GAN_E_MEMORY, "no memory for a list of storages");
    }
    file->storages[file->n_storages++] = storage;
    return GAN_OK;
}

/* The storage of a key, new or met before. */
static gan_status meet_storage(gan_pth *file, const gan_pickle_value *key, gan_pth_type type,
                               int64_t numel, gan_pth_storage **out, gan_error *err)
{
    gan_pth_storage *storage = NULL;
    *out = gan_pth_storage_of(file, key);
    if (!*out) {
        GAN_TRY(gan_calloc(1, sizeof *storage, (void **)&storage, err));
        *storage = (gan_pth_storage){NULL, type, numel, -1};
        gan_status status = gan_format(&storage->key, err, "%.*s", (int)key->n_text, key->text);
        if (status == GAN_OK) {
            status = add_storage(file, storage, err);
        }
        if (status != GAN_OK) {
            free(storage->key);
            free(storage);
            return status;
        }
        *out = storage;
    }
    return (*out)->type == type && (*out)->numel == numel
               ? GAN_OK
               : fail(file, "one storage has two sizes or types", err);
}

/* ("storage", class, key, device, numel[, view]) */
static gan_status find_storage(void *ctx, gan_pickle_value *id, gan_pickle_value **out,
                               gan_error *err)
{
    gan_pth *file = ctx;
    gan_pickle_value *const *items = id->items;
    const bool is_storage =
        id->kind == GAN_PICKLE_TUPLE && (id->n_items == 5 || id->n_items == 6) &&
        is_text(items[0], "storage") && items[1]->kind == GAN_PICKLE_GLOBAL &&
        kind_of(items[1]) == STORAGE_CLASS && items[2]->kind == GAN_PICKLE_TEXT &&
        items[2]->n_text > 0 && items[2]->n_text < MAX_KEY && items[4]->kind == GAN_PICKLE_INT;
    if (!is_storage || (id->n_items == 6 && items[5]->kind != GAN_PICKLE_NONE)) {
        return fail(file,
                    is_storage ? "a storage that is a part of another is not read"
                               : "a storage is not named as PyTorch does",
                    err);
    }
    const gan_pth_type type = type_of(items[1]);
    gan_pth_storage *storage = NULL;
    if (items[4]->integer < 0 || items[4]->integer > INT64_MAX / types[type].bytes) {
        return fail(file, "a storage of a size that no memory holds", err);
    }
    GAN_TRY(meet_storage(file, items[2], type, items[4]->integer, &storage, err));
    GAN_TRY(gan_pickle_make(&file->pickle, out, err));
    **out = (gan_pickle_value){.kind = GAN_PICKLE_OBJECT, .integer = 0, .object = storage};
    return GAN_OK;
}

/* --- tensors --- */

enum { IS_VIEW = 1 }; /* integer of an OBJECT: a tensor, not a storage */

const gan_pth_view *gan_pth_view_of(const gan_pickle_value *value)
{
    return value->kind == GAN_PICKLE_OBJECT && value->integer == IS_VIEW ? value->object : NULL;
}

static bool are_whole(const gan_pickle_value *tuple)
{
    bool are = tuple->kind == GAN_PICKLE_TUPLE && tuple->n_items <= GAN_PTH_MAX_DIMS;
    for (size_t i = 0; are && i < tuple->n_items; i++) {
        are = tuple->items[i]->kind == GAN_PICKLE_INT && tuple->items[i]->integer >= 0;
    }
    return are;
}

/* Whether all elements are inside the storage; fills dims, strides, elements. */
static bool take_shape(gan_pth_view *view, const gan_pickle_value *size,
                       const gan_pickle_value *stride)
{
    const int64_t numel =
        view->storage->numel * types[view->storage->type].bytes / types[view->type].bytes;
    int64_t last = view->offset, reach = 0;
    bool fits = true;
    view->elements = 1;
    for (int i = 0; i < view->n_dims; i++) {
        view->dims[i] = size->items[i]->integer;
        view->strides[i] = stride->items[i]->integer;
        fits = fits && !__builtin_mul_overflow(view->elements, view->dims[i], &view->elements);
        if (view->dims[i] > 0) {
            fits = fits && !__builtin_mul_overflow(view->dims[i] - 1, view->strides[i], &reach) &&
                   !__builtin_add_overflow(last, reach, &last);
        }
    }
    /* an expanded tensor may have more elements than its storage: but not more than memory has */
    return fits && view->elements <= INT64_MAX / 16 && (view->elements == 0 || last < numel);
}

static gan_status add_view(gan_pth *file, gan_pth_view **out, int n_dims, gan_error *err)
{
    void *array = file->views, *block = NULL;
    const gan_status status =
        gan_grow(&array, file->n_views + 1, sizeof *file->views, &file->views_capacity, err);
    file->views = array;
    GAN_TRY(status);
    GAN_TRY(gan_calloc(1, sizeof **out, &block, err));
    gan_pth_view *view = file->views[file->n_views++] = block;
    GAN_TRY(gan_calloc(2 * (size_t)n_dims, sizeof *view->dims, &block, err));
    view->dims = block;
    view->strides = view->dims + n_dims;
    view->n_dims = n_dims;
    *out = view;
    return GAN_OK;
}

/* (storage, offset, size, stride, ...); _v3 has the element type in argument 6. */
static gan_status make_tensor(gan_pth *file, const gan_pickle_value *args, bool has_type,
                              gan_pickle_value **out, gan_error *err)
{
    gan_pickle_value *const *a = args->items;
    gan_pth_view *view = NULL;
    const bool right =
        args->n_items >= (has_type ? 7 : 4) && a[0]->kind == GAN_PICKLE_OBJECT &&
        a[0]->integer != IS_VIEW && a[1]->kind == GAN_PICKLE_INT && a[1]->integer >= 0 &&
        are_whole(a[2]) && are_whole(a[3]) && a[2]->n_items == a[3]->n_items &&
        (!has_type || (a[6]->kind == GAN_PICKLE_GLOBAL && kind_of(a[6]) == ELEMENT_TYPE));
    if (!right) {
        return fail(file, "a tensor is not made as PyTorch does", err);
    }
    GAN_TRY(add_view(file, &view, (int)a[2]->n_items, err));
    view->storage = a[0]->object;
    view->type = has_type ? type_of(a[6]) : view->storage->type;
    view->offset = a[1]->integer;
    if (!take_shape(view, a[2], a[3])) {
        return fail(file, "a tensor reaches beyond its storage", err);
    }
    GAN_TRY(gan_pickle_make(&file->pickle, out, err));
    **out = (gan_pickle_value){.kind = GAN_PICKLE_OBJECT, .integer = IS_VIEW, .object = view};
    return GAN_OK;
}

/* OrderedDict(), or of one list of pairs; Counter(dict). A few bytes make a copy of the whole,
 * again and again: not without end. */
static gan_status make_dict(gan_pth *file, const gan_pickle_value *args, gan_pickle_value **out,
                            gan_error *err)
{
    const gan_pickle_value *of = args->n_items == 1 ? args->items[0] : NULL;
    if (args->n_items > 1 || (of && of->kind != GAN_PICKLE_LIST && of->kind != GAN_PICKLE_DICT)) {
        return fail(file, "a dictionary is not made as Python does", err);
    }
    file->n_copied += of ? of->n_items : 0;
    if (file->n_copied > COPIES_MAX) {
        return fail(file, "its dictionaries are made of each other", err);
    }
    GAN_TRY(gan_pickle_make(&file->pickle, out, err));
    (*out)->kind = GAN_PICKLE_DICT;
    for (size_t i = 0; of && i < of->n_items; i++) {
        const gan_pickle_value *pair = of->items[i];
        if (of->kind == GAN_PICKLE_DICT) {
            GAN_TRY(gan_pickle_add(*out, of->items[i], err));
            continue;
        }
        if ((pair->kind != GAN_PICKLE_TUPLE && pair->kind != GAN_PICKLE_LIST) ||
            pair->n_items != 2) {
            return fail(file, "a dictionary is not made of pairs", err);
        }
        GAN_TRY(gan_pickle_add(*out, pair->items[0], err));
        GAN_TRY(gan_pickle_add(*out, pair->items[1], err));
    }
    return GAN_OK;
}

static gan_status call(void *ctx, gan_pickle_value *callee, gan_pickle_value *args,
                       gan_pickle_value **out, gan_error *err);

/* (function, class, arguments, attributes) */
static gan_status call_from_type(gan_pth *file, const gan_pickle_value *args,
                                 gan_pickle_value **out, gan_error *err)
{
    if (args->n_items < 3 || args->items[0]->kind != GAN_PICKLE_GLOBAL ||
        args->items[2]->kind != GAN_PICKLE_TUPLE || kind_of(args->items[0]) == FROM_TYPE) {
        return fail(file, "a tensor is not made as PyTorch does", err);
    }
    return call(file, args->items[0], args->items[2], out, err);
}

static gan_status call(void *ctx, gan_pickle_value *callee, gan_pickle_value *args,
                       gan_pickle_value **out, gan_error *err)
{
    gan_pth *file = ctx;
    const bool has_first = args->n_items > 0;
    switch (kind_of(callee)) {
    case ORDERED_DICT:
        return make_dict(file, args, out, err);
    case TENSOR:
        return make_tensor(file, args, false, out, err);
    case TENSOR_OF_TYPE:
        return make_tensor(file, args, true, out, err);
    case FROM_TYPE:
        return call_from_type(file, args, out, err);
    case PARAMETER: /* (tensor, requires_grad, hooks[, attributes]) */
    case AS_LIST:
    case AS_TUPLE:
        *out = has_first ? args->items[0] : args;
        return GAN_OK;
    case PASSED_OVER:
        return gan_pickle_make(&file->pickle, out, err); /* None */
    case STORAGE_CLASS:
    case ELEMENT_TYPE:
        break;
    }
    return fail(file, "it calls what is no function", err);
}

gan_pickle_reader gan_pth_reader(gan_pth *file)
{
    return (gan_pickle_reader){file, file->label, find_global, call, find_storage};
}
