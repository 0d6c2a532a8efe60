/* match.c — which tensor of a file goes where in a network.
 *
 * By name, where every name that gan_export() would write is there. Otherwise by order: what comes
 * before a role in a PyTorch name ("layers.3" of "layers.3.weight") is its module; the modules of a
 * .pth file are taken in its order, those of a safetensors file, which is sorted by other things,
 * in that of their names, numbers within names by value. The k-th module fills the k-th layer that
 * has parameters. Names of Keras are an order already (keras.h). */
#include "exchange/match.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "exchange/keras.h"
#include "exchange/torch.h"
#include "exchange/weights.h"

gan_shape_words gan_shape_describe(const int64_t *dims, int rank)
{
    gan_shape_words words = {"one number"};
    size_t used = 0;
    for (int i = 0; i < rank && used < sizeof words.text; i++) {
        const int n = snprintf(words.text + used, sizeof words.text - used, "%s%" PRId64,
                               i ? " x " : "", dims[i]);
        used += n > 0 ? (size_t)n : sizeof words.text;
    }
    return words;
}

const gan_axes *gan_dialect_axes(gan_dialect dialect)
{
    switch (dialect) {
    case GAN_DIALECT_PYTORCH:
        return &gan_axes_pytorch;
    case GAN_DIALECT_KERAS:
        return &gan_axes_keras;
    case GAN_DIALECT_ONNX:
        return &gan_axes_onnx;
    case GAN_DIALECT_OURS:
        break;
    }
    return &gan_axes_ours;
}

static const gan_tensor *find(const gan_source *s, const char *name)
{
    for (size_t i = 0; i < s->tensors.n; i++) {
        if (strcmp(s->tensors.at[i].name, name) == 0) {
            return &s->tensors.at[i];
        }
    }
    return NULL;
}

/* --- by name --- */

/* The name under which gan_export() writes the k-th tensor of a layer. */
static gan_status name_of(const gan_stack *stack, const gan_keras *keras, gan_dialect dialect,
                          int layer, int k, char **out, gan_error *err)
{
    const gan_param *param = gan_layer_param(stack, &stack->layers[layer], k);
    switch (dialect) {
    case GAN_DIALECT_PYTORCH:
        return gan_format(out, err, "main.%d.%s", gan_torch_place(stack, layer),
                          gan_torch_role(param->role));
    case GAN_DIALECT_KERAS:
        for (size_t i = 0; i < keras->n; i++) {
            if (keras->layers[i].layer == &stack->layers[layer]) {
                return gan_keras_path(&keras->layers[i], k, out, err);
            }
        }
        break;
    case GAN_DIALECT_ONNX:
    case GAN_DIALECT_OURS:
        break;
    }
    return gan_strdup(param->name, out, err);
}

/* What names fill. */
typedef struct names_found {
    size_t n;
    char *missing; /* the first name that is not there; owned */
} names_found;

/* A tensor that is not there is NULL. */
static gan_status match_names(const gan_stack *stack, const gan_keras *keras,
                              const gan_source *source, gan_matches *m, names_found *found,
                              gan_error *err)
{
    m->n = 0;
    for (int i = 0; i < stack->n_layers; i++) {
        const gan_param *param = NULL;
        for (int k = 0; (param = gan_layer_param(stack, &stack->layers[i], k)) != NULL; k++) {
            char *name = NULL;
            GAN_TRY(name_of(stack, keras, source->dialect, i, k, &name, err));
            m->at[m->n] = (gan_match){.param = param, .tensor = find(source, name)};
            if (m->at[m->n++].tensor) {
                found->n++;
            } else if (!found->missing) {
                found->missing = name;
                continue;
            }
            free(name);
        }
    }
    return GAN_OK;
}

/* What is left where not all names are found, and there is no order to go by. */
static gan_status check_names(const gan_matches *m, const names_found *found,
                              const gan_source *source, const char *path, gan_error *err)
{
    for (size_t i = 0; i < m->n; i++) {
        if (!m->at[i].tensor) {
            return gan_fail(err, GAN_E_DATA, "%s: %s finds no tensor: there is no %s", path,
                            m->at[i].param->name, found->missing);
        }
    }
    return m->n == source->tensors.n
               ? GAN_OK
               : gan_fail(err, GAN_E_DATA,
                          "%s: it has %zu tensors, and this network %zu: it is another network",
                          path, source->tensors.n, m->n);
}

/* --- by order --- */

/* The bytes of a name that are its module's; the rest is a role. */
static size_t module_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : 0;
}

static bool same_module(const gan_tensor *a, const gan_tensor *b)
{
    const size_t n = module_length(a->name);
    return n == module_length(b->name) && memcmp(a->name, b->name, n) == 0;
}

/* As text, runs of digits by their value. */
static int compare_names(const char *a, const char *b)
{
    while (*a && *b) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            char *end_a = NULL, *end_b = NULL;
            const unsigned long long x = strtoull(a, &end_a, 10), y = strtoull(b, &end_b, 10);
            if (x != y) {
                return x < y ? -1 : 1;
            }
            a = end_a;
            b = end_b;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != 0) - (*b != 0);
}

static int by_name(const void *a, const void *b)
{
    return compare_names((*(const gan_tensor *const *)a)->name,
                         (*(const gan_tensor *const *)b)->name);
}

/* The tensor of a module that fills a parameter. */
static const gan_tensor *find_role(const gan_tensor *const *module, size_t n,
                                   const gan_param *param)
{
    for (size_t i = 0; i < n; i++) {
        const char *role = module[i]->name + module_length(module[i]->name);
        if (strcmp(role + (*role == '.'), gan_torch_role(param->role)) == 0) {
            return module[i];
        }
    }
    return NULL;
}

/* Takes the next module of sorted for each layer that has parameters. */
static gan_status match_order(const gan_stack *stack, const gan_source *source,
                              const gan_tensor *const *sorted, const char *path, gan_matches *m,
                              gan_error *err)
{
    const size_t n = source->tensors.n;
    size_t at = 0;
    m->n = 0;
    for (int i = 0; i < stack->n_layers; i++) {
        const gan_layer *layer = &stack->layers[i];
        const gan_param *param = gan_layer_param(stack, layer, 0);
        size_t end = at;
        while (param && end < n && same_module(sorted[at], sorted[end])) {
            end++;
        }
        for (int k = 0; (param = gan_layer_param(stack, layer, k)) != NULL; k++) {
            const gan_tensor *t = find_role(sorted + at, end - at, param);
            if (!t) {
                return gan_fail(err, GAN_E_DATA, "%s: %s finds no tensor: %s%.*s", path,
                                param->name, at < n ? "next in the file is " : "the file has ended",
                                at < n ? (int)module_length(sorted[at]->name) : 0,
                                at < n ? sorted[at]->name : "");
            }
            m->at[m->n++] = (gan_match){.param = param, .tensor = t};
        }
        at = end;
    }
    return at == n ? GAN_OK
                   : gan_fail(err, GAN_E_DATA,
                              "%s: the network has no layer for %s: it is another network", path,
                              sorted[at]->name);
}

/* --- the whole --- */

bool gan_match_fits(const gan_match *match, gan_dialect dialect, gan_shape_words *there,
                    gan_shape_words *here)
{
    int64_t dims[4];
    const gan_tensor *t = match->tensor;
    const int rank = gan_axes_dims(gan_dialect_axes(dialect), match->param, dims);
    *there = gan_shape_describe(t->dims, t->rank);
    *here = gan_shape_describe(dims, rank);
    return t->rank == rank && memcmp(t->dims, dims, (size_t)rank * sizeof *dims) == 0;
}

static gan_status check_shapes(const gan_matches *m, const gan_source *source, const char *path,
                               gan_error *err)
{
    gan_shape_words there, here;
    for (size_t i = 0; i < m->n; i++) {
        if (!gan_match_fits(&m->at[i], source->dialect, &there, &here)) {
            return gan_fail(err, GAN_E_DATA, "%s: %s is %s, but %s of this network would be %s",
                            path, m->at[i].tensor->name, there.text, m->at[i].param->name,
                            here.text);
        }
    }
    return GAN_OK;
}

static gan_status match_sorted(const gan_stack *stack, const gan_source *source, const char *path,
                               gan_matches *m, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc(source->tensors.n, sizeof(gan_tensor *), &memory, err));
    const gan_tensor **sorted = memory;
    for (size_t i = 0; i < source->tensors.n; i++) {
        sorted[i] = &source->tensors.at[i];
    }
    if (source->sorted) {
        qsort(sorted, source->tensors.n, sizeof *sorted, by_name);
    }
    gan_status status = match_order(stack, source, sorted, path, m, err);
    free(memory);
    return status;
}

/* all: every tensor of the network must be found by its name, else they go by order; otherwise one
 * name is enough. */
static gan_status match(const gan_stack *stack, const gan_source *source, const char *path,
                        bool all, gan_matches *out, gan_error *err)
{
    gan_keras keras = {0};
    void *memory = NULL;
    names_found found = {0};
    gan_status status = GAN_OK;
    *out = (gan_matches){0};
    if (source->dialect == GAN_DIALECT_KERAS) {
        GAN_TRY_DONE(gan_keras_make(stack, &keras, err));
    }
    GAN_TRY_DONE(
        gan_calloc((size_t)(stack->n_params + stack->n_stats), sizeof(gan_match), &memory, err));
    out->at = memory;
    GAN_TRY_DONE(match_names(stack, &keras, source, out, &found, err));
    out->by_name =
        source->dialect != GAN_DIALECT_PYTORCH || (all ? found.n == out->n : found.n > 0);
    if (!out->by_name) {
        GAN_TRY_DONE(match_sorted(stack, source, path, out, err));
    } else if (all) {
        GAN_TRY_DONE(check_names(out, &found, source, path, err));
    }
    if (all) {
        GAN_TRY_DONE(check_shapes(out, source, path, err));
    }
done:
    free(found.missing);
    gan_keras_free(&keras);
    if (status != GAN_OK) {
        free(out->at);
        *out = (gan_matches){0};
    }
    return status;
}

gan_status gan_match_make(const gan_stack *stack, const gan_source *source, const char *path,
                          gan_matches *out, gan_error *err)
{
    return match(stack, source, path, true, out, err);
}

gan_status gan_match_find(const gan_stack *stack, const gan_source *source, const char *path,
                          gan_matches *out, gan_error *err)
{
    return match(stack, source, path, false, out, err);
}
