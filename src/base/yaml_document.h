/* yaml_document.h — the inside of a gan_yaml, shared by its reader and its getters. */
#ifndef GAN_BASE_YAML_DOCUMENT_H
#define GAN_BASE_YAML_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <yaml.h>

#include "base/yaml.h"

/* The tree below a node and with it, aliases written out. */
typedef struct gan_yaml_tally {
    int height;    /* collections in each other; 0 for a scalar */
    int64_t nodes; /* 0: not visited, -1: being visited */
} gan_yaml_tally;

struct gan_yaml {
    char *label; /* the file's name in messages */
    const char *item_word;
    yaml_document_t document;
    bool loaded; /* document must be deleted */
    int n_nodes; /* ids are 1..n_nodes; the root is 1 */
    int *parent; /* by id, 0 for the root: the collection where the node is written, not aliased */
    gan_yaml_tally *tallies; /* by id; for the check alone */
};

/* Fills parent and tallies and refuses what the contract of gan_yaml_parse says. */
gan_status gan_yaml_check(gan_yaml *yaml, gan_error *err);

/* libyaml's node, NULL for no node. */
const yaml_node_t *gan_yaml_raw(gan_yaml_node node);

/* What stands there instead of what was wanted: "a list". */
const char *gan_yaml_what_is(gan_yaml_node node);

/* Fails at a scalar: "unknown key 'kernal' (did you mean 'kernel'?)", or with all the words. */
gan_status gan_yaml_fail_unknown(gan_yaml_node node, const char *what, const char *const *words,
                                 size_t n, gan_error *err);

#endif
