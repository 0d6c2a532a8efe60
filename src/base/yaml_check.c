/* yaml_check.c — what libyaml takes and we refuse: double keys, cycles, trees grown by aliases. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/yaml_document.h"

enum { BEING_VISITED = -1 };

/* A map's key, for sorting: equal keys become neighbours. */
typedef struct key_ref {
    const char *text;
    size_t length;
    int id;
} key_ref;

static gan_status check_tag(gan_yaml_node node, const yaml_node_t *raw, gan_error *err)
{
    static const char *const known[] = {YAML_STR_TAG,  YAML_SEQ_TAG,   YAML_MAP_TAG, YAML_INT_TAG,
                                        YAML_BOOL_TAG, YAML_FLOAT_TAG, YAML_NULL_TAG};
    char shown[GAN_TEXT_CLEAN_SIZE];
    const char *tag = (const char *)raw->tag;
    for (size_t i = 0; tag && i < sizeof known / sizeof *known; i++) {
        if (strcmp(tag, known[i]) == 0) {
            return GAN_OK;
        }
    }
    return gan_yaml_fail(node, err, "the tag '%s' means nothing here; leave it out",
                         gan_text_clean(tag ? tag : "", shown));
}

static int by_text_then_place(const void *a, const void *b)
{
    const key_ref *x = a, *y = b;
    if (x->length != y->length) {
        return x->length < y->length ? -1 : 1;
    }
    const int order = memcmp(x->text, y->text, x->length);
    return order != 0 ? order : (x->id > y->id) - (x->id < y->id);
}

static gan_status find_double_key(gan_yaml *yaml, gan_yaml_node map, key_ref *keys, size_t n,
                                  gan_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const gan_yaml_node key = gan_yaml_key(map, i);
        const yaml_node_t *raw = gan_yaml_raw(key);
        if (yaml->parent[key.id] == 0 && key.id > 1) {
            yaml->parent[key.id] = map.id; /* known before the visit, for the messages below */
        }
        if (raw->type != YAML_SCALAR_NODE) {
            return gan_yaml_fail(key, err, "a key must be a plain word, not a list or a map");
        }
        keys[i] = (key_ref){(const char *)raw->data.scalar.value, raw->data.scalar.length, key.id};
    }
    qsort(keys, n, sizeof *keys, by_text_then_place);
    for (size_t i = 1; i < n; i++) {
        if (keys[i].length == keys[i - 1].length &&
            memcmp(keys[i].text, keys[i - 1].text, keys[i].length) == 0) {
            char shown[GAN_TEXT_CLEAN_SIZE];
            const gan_yaml_node first = {map.document, keys[i - 1].id};
            const gan_yaml_node second = {map.document, keys[i].id};
            return gan_yaml_fail(second, err, "the key '%s' is here twice, first on line %d",
                                 gan_text_clean(keys[i].text, shown), gan_yaml_line(first));
        }
    }
    return GAN_OK;
}

static gan_status check_keys(gan_yaml *yaml, gan_yaml_node map, gan_error *err)
{
    void *keys = NULL;
    const size_t n = gan_yaml_size(map);
    if (n == 0) {
        return GAN_OK;
    }
    GAN_TRY(gan_calloc(n, sizeof(key_ref), &keys, err));
    const gan_status status = find_double_key(yaml, map, keys, n, err);
    free(keys);
    return status;
}

static gan_status visit(gan_yaml *yaml, int id, int parent, int depth, gan_error *err);

/* Adds a child to its parent's tally. depth is the parent's. */
static gan_status visit_child(gan_yaml *yaml, gan_yaml_node child, int parent, int depth,
                              gan_yaml_tally *sum, gan_error *err)
{
    GAN_TRY(visit(yaml, child.id, parent, depth + 1, err));
    const gan_yaml_tally *below = &yaml->tallies[child.id];
    if (depth + below->height > GAN_YAML_MAX_DEPTH) {
        return gan_yaml_fail(child, err, "nested more than %d deep", GAN_YAML_MAX_DEPTH);
    }
    sum->height = below->height >= sum->height ? below->height + 1 : sum->height;
    sum->nodes += below->nodes;
    if (sum->nodes > GAN_YAML_MAX_NODES) {
        return gan_yaml_fail(child, err, "aliases make more than %d entries of this",
                             GAN_YAML_MAX_NODES);
    }
    return GAN_OK;
}

/* Depth first, in the order of the file. A node met again through an alias counts again but is not
 * walked again, so the time is that of the file's own size. depth counts the collections from the
 * root to this node, itself included; recursion ends at the one that is refused. */
static gan_status visit(gan_yaml *yaml, int id, int parent, int depth, gan_error *err)
{
    const gan_yaml_node node = {yaml, id};
    const yaml_node_t *raw = gan_yaml_raw(node);
    if (yaml->tallies[id].nodes == BEING_VISITED) {
        return gan_yaml_fail(node, err, "an alias inside its own anchor");
    }
    if (yaml->tallies[id].nodes > 0) {
        return GAN_OK;
    }
    yaml->parent[id] = parent;
    yaml->tallies[id].nodes = BEING_VISITED;
    GAN_TRY(check_tag(node, raw, err));
    gan_yaml_tally sum = {.height = raw->type == YAML_SCALAR_NODE ? 0 : 1, .nodes = 1};
    if (sum.height > 0 && depth > GAN_YAML_MAX_DEPTH) {
        return gan_yaml_fail(node, err, "nested more than %d deep", GAN_YAML_MAX_DEPTH);
    }
    const bool is_map = raw->type == YAML_MAPPING_NODE;
    if (is_map) {
        GAN_TRY(check_keys(yaml, node, err));
    }
    const size_t n = gan_yaml_size(node);
    for (size_t i = 0; i < n; i++) {
        if (is_map) {
            GAN_TRY(visit_child(yaml, gan_yaml_key(node, i), id, depth, &sum, err));
        }
        const gan_yaml_node child = is_map ? gan_yaml_value(node, i) : gan_yaml_item(node, i);
        GAN_TRY(visit_child(yaml, child, id, depth, &sum, err));
    }
    yaml->tallies[id] = sum;
    return GAN_OK;
}

gan_status gan_yaml_check(gan_yaml *yaml, gan_error *err)
{
    const size_t n = (size_t)yaml->n_nodes + 1;
    void *block = NULL;
    GAN_TRY(gan_calloc(n, sizeof *yaml->parent, &block, err));
    yaml->parent = block;
    GAN_TRY(gan_calloc(n, sizeof *yaml->tallies, &block, err));
    yaml->tallies = block;
    return visit(yaml, 1, 0, 1, err);
}
