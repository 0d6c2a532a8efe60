/* tune.c — how single operations are computed, where measuring has chosen and not a static rule.
 *
 * A tune is a map from an operation's name to a way. The name says everything that decides how fast
 * a way is: program, kind, label, the operands' shapes and types, a convolution's geometry. So a
 * tune of another network or batch size simply has no entry here, and entries of several can share
 * a file. Entries are kept sorted: equal tunes are equal text, and a digest of it tells them apart.
 */
#include "program/tune.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sha256.h"
#include "base/text.h"
#include "base/yaml.h"

static const char format_name[] = "gan.c tune 1";

typedef struct entry {
    char *operation, *way;
} entry;

struct gan_tune {
    char *device;
    entry *entries; /* in the order of their operations */
    size_t n, capacity;
};

gan_status gan_tune_create(const char *device, gan_tune **out, gan_error *err)
{
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_tune), &memory, err));
    gan_tune *tune = memory;
    gan_status status = gan_strdup(device, &tune->device, err);
    if (status != GAN_OK) {
        gan_tune_destroy(tune);
        return status;
    }
    *out = tune;
    return GAN_OK;
}

void gan_tune_destroy(gan_tune *tune)
{
    if (!tune) {
        return;
    }
    for (size_t i = 0; i < tune->n; i++) {
        free(tune->entries[i].operation);
        free(tune->entries[i].way);
    }
    free(tune->entries);
    free(tune->device);
    free(tune);
}

gan_status gan_tune_copy(const gan_tune *tune, gan_tune **out, gan_error *err)
{
    *out = NULL;
    if (!tune) {
        return GAN_OK;
    }
    GAN_TRY(gan_tune_create(tune->device, out, err));
    gan_status status = GAN_OK;
    for (size_t i = 0; i < tune->n && status == GAN_OK; i++) {
        status = gan_tune_set(*out, tune->entries[i].operation, tune->entries[i].way, err);
    }
    if (status != GAN_OK) {
        gan_tune_destroy(*out);
        *out = NULL;
    }
    return status;
}

const char *gan_tune_device(const gan_tune *tune)
{
    return tune->device;
}

size_t gan_tune_size(const gan_tune *tune)
{
    return tune->n;
}

/* --- entries --- */

/* Where an operation is, or would be. */
static size_t place_of(const gan_tune *tune, const char *operation, bool *there)
{
    size_t begin = 0, end = tune->n;
    *there = false;
    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        int order = strcmp(tune->entries[middle].operation, operation);
        if (order == 0) {
            *there = true;
            return middle;
        }
        if (order < 0) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    return begin;
}

static void remove_at(gan_tune *tune, size_t at)
{
    entry *e = &tune->entries[at];
    free(e->operation);
    free(e->way);
    tune->n--;
    memmove(e, e + 1, (tune->n - at) * sizeof *e);
}

static gan_status insert_at(gan_tune *tune, size_t at, const char *operation, const char *way,
                            gan_error *err)
{
    entry added = {0};
    gan_status status = GAN_OK;
    GAN_TRY(gan_grow((void **)&tune->entries, tune->n + 1, sizeof added, &tune->capacity, err));
    GAN_TRY_DONE(gan_strdup(operation, &added.operation, err));
    GAN_TRY_DONE(gan_strdup(way, &added.way, err));
    memmove(tune->entries + at + 1, tune->entries + at, (tune->n - at) * sizeof added);
    tune->entries[at] = added;
    tune->n++;
    return GAN_OK;
done:
    free(added.operation);
    return status;
}

/* way NULL: the operation follows the static rules again. */
gan_status gan_tune_set(gan_tune *tune, const char *operation, const char *way, gan_error *err)
{
    bool there = false;
    size_t at = place_of(tune, operation, &there);
    if (there) {
        remove_at(tune, at);
    }
    return way ? insert_at(tune, at, operation, way, err) : GAN_OK;
}

const char *gan_tune_find(const gan_tune *tune, const gan_program *program, int i)
{
    char *name = NULL;
    bool there = false;
    if (!tune || tune->n == 0 || gan_tune_name(program, i, &name, NULL) != GAN_OK) {
        return NULL;
    }
    size_t at = place_of(tune, name, &there);
    free(name);
    return there ? tune->entries[at].way : NULL;
}

/* --- the name of an operation --- */

static void add_operand(gan_text *text, const gan_program *program, int id)
{
    if (id < 0) {
        gan_text_add(text, " -");
        return;
    }
    const gan_buffer *b = &program->buffers[id];
    gan_text_add(text, " %lldx%lldx%lldx%lld:%s", (long long)b->dims[0], (long long)b->dims[1],
                 (long long)b->dims[2], (long long)b->dims[3], gan_dtype_name(b->type));
}

static void add_geometry(gan_text *text, const gan_conv_geometry *g)
{
    gan_text_add(text, ", stride %lldx%lld, padding %lld %lld %lld %lld", (long long)g->stride_h,
                 (long long)g->stride_w, (long long)g->pad_top, (long long)g->pad_left,
                 (long long)g->pad_bottom, (long long)g->pad_right);
}

/* The name but for its number among equals. */
static void add_name(gan_text *text, const gan_program *program, const gan_op *op)
{
    const gan_op_row *row = gan_op_describe(op->kind);
    gan_text_add(text, "%s: %s %s:", program->name, row->name, op->label);
    for (int k = 0; k < row->n_in; k++) {
        add_operand(text, program, op->in[k]);
    }
    gan_text_add(text, " ->");
    for (int k = 0; k < row->n_out; k++) {
        add_operand(text, program, op->out[k]);
    }
    if (op->kind == GAN_OP_conv || op->kind == GAN_OP_conv_dx || op->kind == GAN_OP_conv_dw) {
        add_geometry(text, &op->attr.conv);
    }
}

/* How many operations before i have the same name. */
static gan_status count_equals(const gan_program *program, int i, const char *name, int *n,
                               gan_error *err)
{
    gan_text other = {0};
    *n = 0;
    for (int k = 0; k < i; k++) {
        const gan_op *op = &program->ops[k];
        if (op->kind != program->ops[i].kind || strcmp(op->label, program->ops[i].label) != 0) {
            continue;
        }
        add_name(&other, program, op);
        gan_status status = gan_text_check(&other, err);
        *n += status == GAN_OK && strcmp(other.data, name) == 0;
        gan_text_free(&other);
        GAN_TRY(status);
    }
    return GAN_OK;
}

/* Operations that are alike to the last number are told apart by their order: "... (2)". */
gan_status gan_tune_name(const gan_program *program, int i, char **out, gan_error *err)
{
    gan_text text = {0};
    int n = 0;
    *out = NULL;
    add_name(&text, program, &program->ops[i]);
    gan_status status = gan_text_check(&text, err);
    if (status == GAN_OK) {
        status = count_equals(program, i, text.data, &n, err);
    }
    if (status != GAN_OK) {
        gan_text_free(&text);
        return status;
    }
    if (n > 0) {
        gan_text_add(&text, " (%d)", n + 1);
    }
    return gan_text_take(&text, out, err);
}

/* --- as text --- */

gan_status gan_tune_text(const gan_tune *tune, char **out, gan_error *err)
{
    gan_text text = {0};
    gan_text_add(&text, "# How single operations are computed, as gan bench --tune measured it.\n"
                        "# What is not listed follows the static rules.\nformat: ");
    gan_yaml_quote(&text, format_name);
    gan_text_add(&text, "\ndevice: ");
    gan_yaml_quote(&text, tune->device);
    gan_text_add(&text, tune->n > 0 ? "\nways:\n" : "\nways: []\n");
    for (size_t i = 0; i < tune->n; i++) {
        gan_text_add(&text, "  - operation: ");
        gan_yaml_quote(&text, tune->entries[i].operation);
        gan_text_add(&text, "\n    way: ");
        gan_yaml_quote(&text, tune->entries[i].way);
        gan_text_add(&text, "\n");
    }
    return gan_text_take(&text, out, err);
}

gan_status gan_tune_digest(const gan_tune *tune, char out[GAN_TUNE_DIGEST_SIZE], gan_error *err)
{
    gan_sha256 hash;
    char *text = NULL, digits[GAN_SHA256_TEXT];
    GAN_TRY(gan_tune_text(tune, &text, err));
    gan_sha256_init(&hash);
    gan_sha256_update(&hash, text, strlen(text));
    gan_sha256_final_text(&hash, digits);
    free(text);
    memcpy(out, digits, GAN_TUNE_DIGEST_SIZE - 1);
    out[GAN_TUNE_DIGEST_SIZE - 1] = '\0';
    return GAN_OK;
}

static gan_status need_string(gan_yaml_node map, const char *key, gan_yaml_node *node,
                              const char **out, gan_error *err)
{
    GAN_TRY(gan_yaml_need(map, key, node, err));
    return gan_yaml_string(*node, out, err);
}

static gan_status read_entry(gan_tune *tune, gan_yaml_node item, gan_error *err)
{
    static const char *const keys[] = {"operation", "way"};
    const char *operation = NULL, *way = NULL;
    gan_yaml_node node;
    bool there = false;
    GAN_TRY(gan_yaml_expect_map(item, err));
    GAN_TRY(gan_yaml_check_keys(item, keys, sizeof keys / sizeof keys[0], err));
    GAN_TRY(need_string(item, "operation", &node, &operation, err));
    (void)place_of(tune, operation, &there);
    if (there) {
        return gan_yaml_fail(node, err, "this operation is listed twice");
    }
    GAN_TRY(need_string(item, "way", &node, &way, err));
    if (!*way || strlen(way) >= GAN_WAY_SIZE) {
        return gan_yaml_fail(node, err, "a way is a word of at most %d characters",
                             GAN_WAY_SIZE - 1);
    }
    return gan_tune_set(tune, operation, way, err);
}

static gan_status read_tune(gan_yaml_node root, gan_tune **tune, gan_error *err)
{
    static const char *const keys[] = {"format", "device", "ways"};
    const char *format = NULL, *device = NULL;
    gan_yaml_node node;
    GAN_TRY(gan_yaml_expect_map(root, err));
    GAN_TRY(need_string(root, "format", &node, &format, err));
    if (strcmp(format, format_name) != 0) {
        return gan_yaml_fail(node, err, "'%s' is not '%s': not a tune file that this gan.c reads",
                             format, format_name);
    }
    GAN_TRY(gan_yaml_check_keys(root, keys, sizeof keys / sizeof keys[0], err));
    GAN_TRY(need_string(root, "device", &node, &device, err));
    GAN_TRY(gan_tune_create(device, tune, err));
    GAN_TRY(gan_yaml_need(root, "ways", &node, err));
    GAN_TRY(gan_yaml_expect_sequence(node, err));
    for (size_t i = 0; i < gan_yaml_size(node); i++) {
        GAN_TRY(read_entry(*tune, gan_yaml_item(node, i), err));
    }
    return GAN_OK;
}

gan_status gan_tune_parse(const char *label, const char *text, size_t n, gan_tune **out,
                          gan_error *err)
{
    gan_yaml *document = NULL;
    *out = NULL;
    GAN_TRY(gan_yaml_parse(label, text, n, &document, err));
    gan_status status = read_tune(gan_yaml_root(document), out, err);
    gan_yaml_destroy(document);
    if (status != GAN_OK) {
        gan_tune_destroy(*out);
        *out = NULL;
    }
    return status;
}
