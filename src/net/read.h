/* read.h — reading the parts of a network description from YAML nodes, with their ranges checked.
 *
 * Where a key is not there, *out stays what it was: the default. Every error is GAN_E_DATA and
 * names file, line, column and the part. data/nets/README.md describes the language. */
#ifndef GAN_NET_READ_H
#define GAN_NET_READ_H

#include "base/yaml.h"
#include "net/spec.h"

/* What a layer takes where its own keys do not say: the `defaults:` section. */
typedef struct gan_layer_defaults {
    gan_init init;
    gan_batch_norm_attr batch_norm;
    gan_init gamma_init, beta_init;
    double slope;
} gan_layer_defaults;

/* A range of real numbers that has to hold for the value and for the float nearest to it. */
typedef struct gan_real_range {
    double least, most;
    bool below_most;   /* most itself is outside */
    const char *words; /* "at least 0 and below 1" */
} gan_real_range;

extern const gan_real_range gan_range_share;        /* [0, 1) */
extern const gan_real_range gan_range_not_negative; /* from 0 to a million */
extern const gan_real_range gan_range_images;       /* from 0 to 1e15 */
extern const gan_real_range gan_range_positive;     /* more than 0, at most a million */

/* A whole number from least to GAN_NET_MAX_SIZE. */
gan_status gan_net_read_size(gan_yaml_node node, int64_t least, int64_t *out, gan_error *err);
/* The same of a key that must be there, at least 1. */
gan_status gan_net_need_size(gan_yaml_node map, const char *key, int64_t *out, gan_error *err);
gan_status gan_net_read_size_at(gan_yaml_node map, const char *key, int64_t least, int64_t *out,
                                gan_error *err);

/* One such number for both, or [height, width]. */
gan_status gan_net_read_pair(gan_yaml_node node, int64_t least, int64_t *height, int64_t *width,
                             gan_error *err);
gan_status gan_net_read_pair_at(gan_yaml_node map, const char *key, int64_t least, int64_t *height,
                                int64_t *width, gan_error *err);

gan_status gan_net_read_real(gan_yaml_node node, const gan_real_range *range, double *out,
                             gan_error *err);
gan_status gan_net_read_real_at(gan_yaml_node map, const char *key, const gan_real_range *range,
                                double *out, gan_error *err);

/* A rate, in the grammar of gan/rate.h; the range is of both its numbers, one of which may be 0. */
gan_status gan_net_read_rate_at(gan_yaml_node map, const char *key, const gan_real_range *range,
                                gan_rate_setting *out, gan_error *err);

/* What an initializer is of: a kernel has fans, and the bias beside it has those of its kernel. */
typedef enum gan_init_use { GAN_INIT_OF_VECTOR, GAN_INIT_OF_BIAS, GAN_INIT_OF_KERNEL } gan_init_use;

/* An initializer: zeros, ones, {constant: x}, {uniform: a}, {normal: d}, {normal: [m, d]},
 * {truncated_normal: ...}; for a kernel also glorot, he and lecun, each _uniform and _normal,
 * pytorch, which a bias may be too, orthogonal and {orthogonal: gain}. */
gan_status gan_net_read_init_at(gan_yaml_node map, const char *key, gan_init_use use, gan_init *out,
                                gan_error *err);

/* The keys of batch_norm; the slope of leaky_relu, a number or {slope: x}. */
gan_status gan_net_read_batch_norm(gan_yaml_node map, gan_batch_norm_attr *attr,
                                   gan_init *gamma_init, gan_init *beta_init, gan_error *err);
gan_status gan_net_read_slope(gan_yaml_node node, double *slope, gan_error *err);

/* Keras' defaults, and over them what the `defaults:` section (no node: nothing) says. */
gan_status gan_net_read_defaults(gan_yaml_node section, gan_layer_defaults *out, gan_error *err);

/* same, valid, N, [height, width] or [top, left, bottom, right]. */
gan_status gan_net_read_padding(gan_yaml_node node, gan_padding *out, gan_error *err);

/* Whether a word that stands where a number may is meant as one. */
bool gan_net_starts_like_number(const char *text);

/* Keys of the layers that make maps smaller and larger (read_map.c). */
gan_status gan_net_read_max_pool(gan_yaml_node body, gan_layer_spec *out, gan_error *err);
gan_status gan_net_read_average_pool(gan_yaml_node body, gan_layer_spec *out, gan_error *err);
gan_status gan_net_read_adaptive_pool(gan_yaml_node body, gan_layer_spec *out, gan_error *err);
gan_status gan_net_read_upsample(gan_yaml_node body, gan_layer_spec *out, gan_error *err);
gan_status gan_net_read_downsample(gan_yaml_node body, gan_layer_spec *out, gan_error *err);
gan_status gan_net_read_resize(gan_yaml_node body, gan_layer_spec *out, gan_error *err);

/* The lists of layers in a block: of a residual one these two, else `of`, a list of lists. */
typedef struct gan_block {
    gan_yaml_node layers;
    gan_yaml_node shortcut; /* no node: what the block is given, as it is */
    gan_yaml_node of;
    int64_t times;       /* above 0: of `repeat`, how often its layers are read; nothing meets */
    gan_yaml_node scale; /* of a residual one: a factor of what its layers give */
} gan_block;

/* What stands after the word of a block; out->kind is its row's. read_block.c */
gan_status gan_net_read_block(gan_yaml_node body, gan_layer_spec *out, gan_block *block,
                              gan_error *err);

/* One item of a list of layers. Of a block, out->kind is that of the layer where its branches meet
 * and *block is filled; of a single layer, its lists are no nodes. */
gan_status gan_net_read_layer(gan_yaml_node item, const gan_layer_defaults *defaults,
                              gan_layer_spec *out, gan_block *block, gan_error *err);

/* The `outputs:` section, names for results of layers: {features: flatten0}. No node: the last
 * layer's is "output". The stack owns what it gets. */
gan_status gan_net_read_outputs(gan_yaml_node section, gan_stack *stack, gan_error *err);

/* The settings of a tutorial of that kind, and over them what the `train:` section (no node:
 * nothing) says. out->loss is owned by the caller, also after a failure. */
gan_status gan_net_read_train(gan_yaml_node section, gan_net_kind kind, gan_train_defaults *out,
                              gan_error *err);

#endif
