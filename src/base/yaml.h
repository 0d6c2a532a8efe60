/* yaml.h — reading YAML with errors that say where: over libyaml's document nodes.
 *
 * A document is one file, read-only, checked as a whole when it is read. A node is a small handle
 * into it, passed by value, that knows its line, its column and its path. Errors read like
 *     nets/my.yaml:12:7: generator layer 3: unknown key 'kernal' (did you mean 'kernel'?)
 * with status GAN_E_DATA. Lines and columns count from 1, items of sequences too. */
#ifndef GAN_BASE_YAML_H
#define GAN_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum {
    GAN_YAML_MAX_BYTES = 1 << 20,     /* of a file or text */
    GAN_YAML_MAX_NODES = 1000 * 1000, /* with every alias written out */
    GAN_YAML_MAX_ANCHORS = 1000,
    GAN_YAML_MAX_DEPTH = 64 /* of maps and sequences in each other */
};

typedef struct gan_yaml gan_yaml;

/* Valid while its document lives. {document, 0} is no node: what a search did not find. */
typedef struct gan_yaml_node {
    const gan_yaml *document;
    int id;
} gan_yaml_node;

typedef enum gan_yaml_kind {
    GAN_YAML_NONE, /* no node */
    GAN_YAML_NULL, /* written as nothing, ~ or null */
    GAN_YAML_SCALAR,
    GAN_YAML_SEQUENCE,
    GAN_YAML_MAP
} gan_yaml_kind;

/* Reads a file, or n bytes that label stands for in messages (they need not outlive the call).
 * Anchors and aliases are followed; a map's keys are plain words, none twice. GAN_E_DATA: not
 * YAML, not UTF-8, empty, more than one document, a tag beyond YAML's own, %TAG, an alias inside
 * its own anchor, or beyond the limits above. GAN_E_NO_INPUT, GAN_E_IO, GAN_E_MEMORY. *out is
 * owned by the caller (gan_yaml_destroy; NULL is fine) and NULL after a failure. */
gan_status gan_yaml_read(const char *path, gan_yaml **out, gan_error *err);
gan_status gan_yaml_parse(const char *label, const char *text, size_t n, gan_yaml **out,
                          gan_error *err);
void gan_yaml_destroy(gan_yaml *yaml);

/* How messages call the items of the outermost sequence on a path: "generator layer 3" for word
 * "layer"; "item" without a call, and in sequences within it. A sequence under the key "layers" is
 * not named twice. word must outlive the document. */
void gan_yaml_name_items(gan_yaml *document, const char *word);

gan_yaml_node gan_yaml_root(const gan_yaml *document);
gan_yaml_kind gan_yaml_kind_of(gan_yaml_node node);
int gan_yaml_line(gan_yaml_node node); /* 0 for no node */

/* Entries of a sequence or a map; 0 for anything else. */
size_t gan_yaml_size(gan_yaml_node node);

/* The i-th item of a sequence, or the i-th key or value of a map, in the order of the file; no
 * node when there is none. A key reads by gan_yaml_string like any scalar. */
gan_yaml_node gan_yaml_item(gan_yaml_node sequence, size_t i);
gan_yaml_node gan_yaml_key(gan_yaml_node map, size_t i);
gan_yaml_node gan_yaml_value(gan_yaml_node map, size_t i);

/* The value under key, or no node: not there, or not a map. */
gan_yaml_node gan_yaml_find(gan_yaml_node map, const char *key);

/* The same; GAN_E_DATA "... 'kernel' is missing" when it is not there, or map is not a map. */
gan_status gan_yaml_need(gan_yaml_node map, const char *key, gan_yaml_node *value, gan_error *err);

/* GAN_OK when node is a map / a sequence, else GAN_E_DATA with what it is instead. */
gan_status gan_yaml_expect_map(gan_yaml_node node, gan_error *err);
gan_status gan_yaml_expect_sequence(gan_yaml_node node, gan_error *err);

/* GAN_OK when node is a map with no key but words[0..n-1]; else GAN_E_DATA at the first other key,
 * with the nearest word, or the list of them. */
gan_status gan_yaml_check_keys(gan_yaml_node node, const char *const *words, size_t n,
                               gan_error *err);

/* The node's value in *out, which is untouched after a failure: GAN_E_DATA when it is not a scalar
 * of that type. Numbers are unquoted and read as base/number.h says; a bool is true, false, yes,
 * no, on or off; a string is any scalar without a zero byte, and lives as long as the document. */
gan_status gan_yaml_int64(gan_yaml_node node, int64_t *out, gan_error *err);
gan_status gan_yaml_uint64(gan_yaml_node node, uint64_t *out, gan_error *err);
gan_status gan_yaml_double(gan_yaml_node node, double *out, gan_error *err);
gan_status gan_yaml_bool(gan_yaml_node node, bool *out, gan_error *err);
gan_status gan_yaml_string(gan_yaml_node node, const char **out, gan_error *err);

/* The index in words[0..n-1] of the node's text; else GAN_E_DATA with the nearest, or the list. */
gan_status gan_yaml_choice(gan_yaml_node node, const char *const *words, size_t n, int *out,
                           gan_error *err);

/* The value under key into *out. Where the key is not there *out stays what it was, so that a
 * default is what the caller put in it before. Errors as above; map must be a map. */
gan_status gan_yaml_get_int64(gan_yaml_node map, const char *key, int64_t *out, gan_error *err);
gan_status gan_yaml_get_uint64(gan_yaml_node map, const char *key, uint64_t *out, gan_error *err);
gan_status gan_yaml_get_double(gan_yaml_node map, const char *key, double *out, gan_error *err);
gan_status gan_yaml_get_bool(gan_yaml_node map, const char *key, bool *out, gan_error *err);
gan_status gan_yaml_get_string(gan_yaml_node map, const char *key, const char **out,
                               gan_error *err);
gan_status gan_yaml_get_choice(gan_yaml_node map, const char *key, const char *const *words,
                               size_t n, int *out, gan_error *err);

/* Fails with GAN_E_DATA and "file:line:column: path: " before the sentence: for what only the
 * caller can know, such as a range. */
gan_status gan_yaml_fail(gan_yaml_node node, gan_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends string as a YAML scalar that reads back as the same string: plain where that is safe,
 * else double-quoted with escapes. A byte that is not UTF-8 (in a file name) becomes the character
 * of that number, \xNN: the one case that does not read back. */
void gan_yaml_quote(gan_text *text, const char *string);

#endif
