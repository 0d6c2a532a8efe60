/* layer_maker.h — how a layer of each kind is made of what the YAML says of it and of its input:
 * for stack.c, which asks layers.c by the
 * kind, and the files that have kinds of their own. */
#ifndef GAN_NET_LAYER_MAKER_H
#define GAN_NET_LAYER_MAKER_H

#include "net/stack.h"

/* Fills layer->out and layer->u from layer->in and the spec, and adds the layer's parameters. The
 * sentence of GAN_E_DATA is gan_stack_add()'s. */
typedef gan_status gan_layer_maker(gan_stack_builder *b, gan_layer *layer,
                                   const gan_layer_spec *spec, gan_error *err);

/* layers.c: by the spec's kind. */
gan_layer_maker gan_layer_make;

/* map_layers.c */
gan_layer_maker gan_layer_add_max_pool, gan_layer_add_average_pool, gan_layer_add_adaptive_pool,
    gan_layer_add_global_pool, gan_layer_add_upsample, gan_layer_add_downsample,
    gan_layer_add_resize, gan_layer_add_constant;

/* Appends a tensor of the newest layer to the parameters or the statistics, as its role says;
 * *index is its place there. The prototype says role, dims, rank and init. GAN_E_DATA where there
 * are too many. */
gan_status gan_layer_add_param(gan_stack_builder *b, gan_param param, int *index, gan_error *err);

/* GAN_E_DATA where the layer's input is a vector and it takes a map. */
gan_status gan_layer_refuse_vector(const gan_stack_builder *b, const gan_layer *layer,
                                   gan_error *err);

#endif
