/* onnx.h — a network as an ONNX graph under construction.
 *
 * Field numbers are those of onnx.proto (onnx/onnx, IR version 4 to 9). Values are named by the
 * layer that gives them, its parameters by our own names. Maps are (N, C, H, W), vectors (N,
 * features). */
#ifndef GAN_EXCHANGE_ONNX_H
#define GAN_EXCHANGE_ONNX_H

#include "base/text.h"
#include "exchange/weights.h"

/* The opset that is written where none is asked for, and the newest that may be. */
enum { GAN_ONNX_OPSET = 17 };

/* A value's name. */
typedef struct gan_onnx_name {
    char text[64];
} gan_onnx_name;

typedef struct gan_onnx {
    const gan_weights *weights;
    gan_text nodes, initializers; /* fields of a GraphProto */
    gan_error *err;
    gan_status status;    /* the first failure */
    int n_nodes, n_made;  /* for names */
    gan_onnx_name output; /* of the last layer */
} gan_onnx;

/* The name of what layer `index` gives; GAN_NET_INPUT: the network's input. */
gan_onnx_name gan_onnx_value(const gan_onnx *onnx, int index);

/* A name that nothing has yet. */
gan_onnx_name gan_onnx_fresh(gan_onnx *onnx);

/* Appends an operator. inputs may hold NULL behind the last: n_inputs counts up to there.
 * attributes: fields that the functions below made, freed; NULL: none. */
void gan_onnx_node(gan_onnx *onnx, const char *op, const char *const *inputs, int n_inputs,
                   const char *output, gan_text *attributes);

void gan_onnx_attribute_integer(gan_text *attributes, const char *name, int64_t value);
void gan_onnx_attribute_float(gan_text *attributes, const char *name, double value);
void gan_onnx_attribute_integers(gan_text *attributes, const char *name, const int64_t *values,
                                 int n);

/* Appends constants. */
void gan_onnx_integers(gan_onnx *onnx, const char *name, const int64_t *values, int64_t n);
void gan_onnx_floats(gan_onnx *onnx, const char *name, const int64_t *dims, int rank,
                     const float *x);
void gan_onnx_repeated(gan_onnx *onnx, const char *name, float value, int64_t n);
void gan_onnx_number(gan_onnx *onnx, const char *name, float value); /* of rank 0 */

/* The name of parameter `index` of the stack, its kernel in ONNX's order of axes; it is appended.
 */
const char *gan_onnx_param(gan_onnx *onnx, int index);
const char *gan_onnx_stat(gan_onnx *onnx, int index);

/* ---- the rows, onnx_layers.c ---- */

/* The oldest opset that has every operator of the network; GAN_E_UNSUPPORTED names the first layer
 * that cannot be said. */
gan_status gan_onnx_oldest(const gan_stack *stack, int *opset, gan_error *err);

/* Appends the operators of a layer. */
void gan_onnx_layer(gan_onnx *onnx, int index);

#endif
