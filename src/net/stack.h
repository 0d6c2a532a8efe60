/* stack.h — building a list of layers: shapes, parameters and their places. */
#ifndef GAN_NET_STACK_H
#define GAN_NET_STACK_H

#include "base/error.h"
#include "net/spec.h"

/* A place in a stack: what the next layer is given. */
typedef struct gan_stack_point {
    int layer; /* whose output it is; GAN_NET_INPUT: the network's input */
    gan_dims3 out;
    bool flat; /* it is a vector: z, or after dense or flatten */
    /* For advice on sizes: the last convolution, -1 if a layer that moves positions follows it. */
    int conv_layer;
    gan_conv_spec conv;
} gan_stack_point;

/* A stack while layers are added to it. The stack itself belongs to the network. */
typedef struct gan_stack_builder {
    gan_stack *stack;
    size_t layer_capacity, param_capacity, stat_capacity;
    int n_of_kind[GAN_LAYER_COUNT], n_of_activation[GAN_ACTIVATION_COUNT];
    int n_of_norm[GAN_NORM_COUNT];
    gan_stack_point at; /* where the next layer goes; a branch begins by setting it back */
} gan_stack_builder;

/* Starts that network's empty stack, whose input is a vector (flat) or a map. It keeps its index.
 */
void gan_stack_begin(gan_stack_builder *builder, gan_stack *stack, gan_network network,
                     gan_dims3 in, bool flat);

/* Appends a layer: works out its output shape, names it and its parameters and gives them their
 * offsets. GAN_E_DATA with a sentence that names sizes, but not file or layer: the caller knows
 * them. After a failure the stack may only be freed. */
gan_status gan_stack_add(gan_stack_builder *builder, const gan_layer_spec *spec, gan_error *err);

/* Appends the layer where branches meet: the sum, the product or the channels side by side of what
 * each of the n points gives, n >= 2. The sentence of GAN_E_DATA, where their shapes differ, speaks
 * of a residual block's layers, the first point, and its shortcut, the second, or of branches. */
gan_status gan_stack_join(gan_stack_builder *builder, const gan_layer_spec *spec,
                          const gan_stack_point *points, int n, gan_error *err);

/* GAN_E_DATA unless the stack's output is the image. The sentence says what the generator gives
 * and, where one change of the last convolution is enough, which. */
gan_status gan_generator_check_output(const gan_stack_builder *builder, gan_dims3 image,
                                      gan_error *err);

/* GAN_E_DATA unless the stack ends in logits: a vector of any length, or a map of one channel. */
gan_status gan_discriminator_check_output(const gan_stack_builder *builder, gan_error *err);

/* Frees what the stack owns and leaves it empty. */
void gan_stack_clear(gan_stack *stack);

/* "generator", for sentences */
const char *gan_stack_name(const gan_stack *stack);

#endif
