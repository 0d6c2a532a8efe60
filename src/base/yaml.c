/* yaml.c — nodes of a document: their values, their places, their errors. */
#include "base/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/yaml_document.h"

enum { HINT_SIZE = 96, PATH_SHOWN = 200 };

const yaml_node_t *gan_yaml_raw(gan_yaml_node node)
{
    return node.id > 0 ? node.document->document.nodes.start + (node.id - 1) : NULL;
}

static const char *scalar_text(const yaml_node_t *raw)
{
    return (const char *)raw->data.scalar.value;
}

static bool is_plain(const yaml_node_t *raw)
{
    return raw->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* The key under which a map holds the node; NULL for a key itself. */
static const char *key_of(gan_yaml_node map, int id)
{
    for (size_t i = 0; i < gan_yaml_size(map); i++) {
        if (gan_yaml_value(map, i).id == id) {
            const yaml_node_t *key = gan_yaml_raw(gan_yaml_key(map, i));
            return key->type == YAML_SCALAR_NODE ? scalar_text(key) : NULL;
        }
    }
    return NULL;
}

static size_t place_of(gan_yaml_node sequence, int id)
{
    size_t i = 0;
    while (i < gan_yaml_size(sequence) && gan_yaml_item(sequence, i).id != id) {
        i++;
    }
    return i + 1;
}

/* Appends "generator layer 3" and the like for the node at chain[0], whose ancestors follow. The
 * key "layers" is left out before "layer 3"; a list within a layer has plain items. */
static void add_path(gan_text *text, const gan_yaml *yaml, const int *chain, int n)
{
    char shown[GAN_TEXT_CLEAN_SIZE];
    const size_t word = strlen(yaml->item_word);
    int n_lists = 0;
    for (int i = n - 2; i >= 0; i--) {
        const gan_yaml_node parent = {yaml, chain[i + 1]};
        const char *space = text->length > 0 ? " " : "";
        if (gan_yaml_kind_of(parent) == GAN_YAML_SEQUENCE) {
            gan_text_add(text, "%s%s %zu", space, n_lists++ == 0 ? yaml->item_word : "item",
                         place_of(parent, chain[i]));
            continue;
        }
        const char *key = key_of(parent, chain[i]);
        const bool items_follow =
            i > 0 && gan_yaml_kind_of((gan_yaml_node){yaml, chain[i]}) == GAN_YAML_SEQUENCE;
        const bool plural = key && n_lists == 0 && strncmp(key, yaml->item_word, word) == 0 &&
                            strcmp(key + word, "s") == 0;
        if (key && !(items_follow && plural)) {
            gan_text_add(text, "%s%s", space, gan_text_clean(key, shown));
        }
    }
}

/* "file:12:7: generator layer 3: " */
static void add_place(gan_text *text, gan_yaml_node node)
{
    const yaml_node_t *raw = gan_yaml_raw(node);
    int chain[GAN_YAML_MAX_DEPTH + 2], n = 0;
    gan_text path = {0};
    gan_text_add(text, "%s:", node.document->label);
    if (raw) {
        gan_text_add(text, "%zu:%zu:", raw->start_mark.line + 1, raw->start_mark.column + 1);
    }
    for (int id = node.id; id > 0 && n < GAN_YAML_MAX_DEPTH + 2; id = node.document->parent[id]) {
        chain[n++] = id;
    }
    add_path(&path, node.document, chain, n);
    const bool cut = path.length > PATH_SHOWN; /* the sentence after it matters more */
    const char *shown = cut ? strchr(path.data + path.length - PATH_SHOWN, ' ') : path.data;
    gan_text_add(text, " %s%s%s", cut ? "..." : "", shown ? shown : "", shown ? ": " : "");
    gan_text_free(&path);
}

gan_status gan_yaml_fail(gan_yaml_node node, gan_error *err, const char *format, ...)
{
    char sentence[sizeof err->text];
    gan_text place = {0};
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    add_place(&place, node);
    gan_fail(err, GAN_E_DATA, "%s%s", place.data ? place.data : "", sentence);
    gan_text_free(&place);
    return GAN_E_DATA;
}

void gan_yaml_name_items(gan_yaml *document, const char *word)
{
    document->item_word = word;
}

gan_yaml_node gan_yaml_root(const gan_yaml *document)
{
    return (gan_yaml_node){document, 1};
}

gan_yaml_kind gan_yaml_kind_of(gan_yaml_node node)
{
    const yaml_node_t *raw = gan_yaml_raw(node);
    if (!raw) {
        return GAN_YAML_NONE;
    }
    if (raw->type != YAML_SCALAR_NODE) {
        return raw->type == YAML_SEQUENCE_NODE ? GAN_YAML_SEQUENCE : GAN_YAML_MAP;
    }
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++) {
        if (is_plain(raw) && strcmp(scalar_text(raw), nulls[i]) == 0) {
            return GAN_YAML_NULL;
        }
    }
    return GAN_YAML_SCALAR;
}

int gan_yaml_line(gan_yaml_node node)
{
    const yaml_node_t *raw = gan_yaml_raw(node);
    return raw ? (int)raw->start_mark.line + 1 : 0;
}

size_t gan_yaml_size(gan_yaml_node node)
{
    const yaml_node_t *raw = gan_yaml_raw(node);
    if (!raw || raw->type == YAML_SCALAR_NODE) {
        return 0;
    }
    return raw->type == YAML_SEQUENCE_NODE
               ? (size_t)(raw->data.sequence.items.top - raw->data.sequence.items.start)
               : (size_t)(raw->data.mapping.pairs.top - raw->data.mapping.pairs.start);
}

/* The i-th entry of a collection of that type: 0 the item or key, 1 the value. */
static gan_yaml_node entry(gan_yaml_node node, yaml_node_type_t type, size_t i, int which)
{
    const yaml_node_t *raw = gan_yaml_raw(node);
    gan_yaml_node found = {node.document, 0};
    if (raw && raw->type == type && i < gan_yaml_size(node)) {
        if (type == YAML_SEQUENCE_NODE) {
            found.id = raw->data.sequence.items.start[i];
        } else {
            const yaml_node_pair_t *pair = &raw->data.mapping.pairs.start[i];
            found.id = which == 0 ? pair->key : pair->value;
        }
    }
    return found;
}

gan_yaml_node gan_yaml_item(gan_yaml_node sequence, size_t i)
{
    return entry(sequence, YAML_SEQUENCE_NODE, i, 0);
}

gan_yaml_node gan_yaml_key(gan_yaml_node map, size_t i)
{
    return entry(map, YAML_MAPPING_NODE, i, 0);
}

gan_yaml_node gan_yaml_value(gan_yaml_node map, size_t i)
{
    return entry(map, YAML_MAPPING_NODE, i, 1);
}

/* Equal, zero bytes counted. */
static bool is_text(gan_yaml_node node, const char *text)
{
    const yaml_node_t *raw = gan_yaml_raw(node);
    return raw->data.scalar.length == strlen(text) && strcmp(scalar_text(raw), text) == 0;
}

gan_yaml_node gan_yaml_find(gan_yaml_node map, const char *key)
{
    const bool is_map = gan_yaml_kind_of(map) == GAN_YAML_MAP;
    for (size_t i = 0; is_map && i < gan_yaml_size(map); i++) {
        if (is_text(gan_yaml_key(map, i), key)) {
            return gan_yaml_value(map, i);
        }
    }
    return (gan_yaml_node){map.document, 0};
}

const char *gan_yaml_what_is(gan_yaml_node node)
{
    static const char *const words[] = {[GAN_YAML_NONE] = "nothing",
                                        [GAN_YAML_NULL] = "nothing",
                                        [GAN_YAML_SCALAR] = "a single value",
                                        [GAN_YAML_SEQUENCE] = "a list",
                                        [GAN_YAML_MAP] = "a map"};
    return words[gan_yaml_kind_of(node)];
}

gan_status gan_yaml_expect_map(gan_yaml_node node, gan_error *err)
{
    return gan_yaml_kind_of(node) == GAN_YAML_MAP
               ? GAN_OK
               : gan_yaml_fail(node, err, "a map of 'key: value' is wanted, here is %s",
                               gan_yaml_what_is(node));
}

gan_status gan_yaml_expect_sequence(gan_yaml_node node, gan_error *err)
{
    return gan_yaml_kind_of(node) == GAN_YAML_SEQUENCE
               ? GAN_OK
               : gan_yaml_fail(node, err, "a list is wanted, here is %s", gan_yaml_what_is(node));
}

gan_status gan_yaml_need(gan_yaml_node map, const char *key, gan_yaml_node *value, gan_error *err)
{
    *value = gan_yaml_find(map, key);
    GAN_TRY(gan_yaml_expect_map(map, err));
    return value->id > 0 ? GAN_OK : gan_yaml_fail(map, err, "'%s' is missing", key);
}

gan_status gan_yaml_fail_unknown(gan_yaml_node node, const char *what, const char *const *words,
                                 size_t n, gan_error *err)
{
    char hint[HINT_SIZE], shown[GAN_TEXT_CLEAN_SIZE];
    const char *text = scalar_text(gan_yaml_raw(node));
    gan_text all = {0};
    gan_nearest_hint(text, words, n, hint, sizeof hint);
    for (size_t i = 0; i < n && !*hint; i++) {
        gan_text_add(&all, "%s%s", i == 0 ? "; known here: " : ", ", words[i]);
    }
    gan_yaml_fail(node, err, "unknown %s '%s'%s%s", what, gan_text_clean(text, shown), hint,
                  all.data ? all.data : "");
    gan_text_free(&all);
    return GAN_E_DATA;
}

gan_status gan_yaml_check_keys(gan_yaml_node node, const char *const *words, size_t n,
                               gan_error *err)
{
    GAN_TRY(gan_yaml_expect_map(node, err));
    for (size_t i = 0; i < gan_yaml_size(node); i++) {
        const gan_yaml_node key = gan_yaml_key(node, i);
        size_t k = 0;
        while (k < n && !is_text(key, words[k])) {
            k++;
        }
        if (k == n) {
            return gan_yaml_fail_unknown(key, "key", words, n, err);
        }
    }
    return GAN_OK;
}
