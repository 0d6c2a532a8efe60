/* keras.h — a network as the layers of a functional Keras 3 model.
 *
 * A layer of ours is one or more stock layers of Keras: where its padding cannot be said, zeros are
 * put around the input or rows are cut off the output by layers of their own.
 *
 * Keras stores weights by the class of a layer and its number among those of that class, not by its
 * name ("layers/conv2d_1/vars/0"), in the order of model.layers: by descending distance from the
 * output, those of one distance in the order in which a depth-first walk from the output meets them
 * (keras/src/ops/function.py, map_graph). */
#ifndef GAN_EXCHANGE_KERAS_H
#define GAN_EXCHANGE_KERAS_H

#include "base/text.h"
#include "net/net.h"

/* One layer of Keras. */
typedef struct gan_keras_layer {
    const char *class_name; /* "Conv2D" */
    const char *group;      /* the class as groups of weights are called: "conv2d" */
    char *name;             /* of its own, owned */
    char *config;           /* JSON members behind the name, ", \"units\": 3", or ""; owned */
    int *inputs, n_inputs;  /* entries of the list, owned */
    int64_t shape[3];       /* of its output, without the batch */
    int rank;
    const gan_layer *layer; /* whose parameters it holds; NULL: it has none */
    int order;              /* its place in model.layers */
    int number;             /* among those of its class there, from 0 */
} gan_keras_layer;

typedef struct gan_keras {
    const gan_stack *stack;
    gan_keras_layer *layers; /* the first is the input, the last the output */
    size_t n, capacity;
    int *value; /* [n_layers]: the entry that gives what a layer of the stack gives */
    gan_error *err;
    gan_status status;
} gan_keras;

/* Makes the list. GAN_E_UNSUPPORTED names the first layer that stock layers cannot say. Free with
 * gan_keras_free(), after a failure too. */
gan_status gan_keras_make(const gan_stack *stack, gan_keras *out, gan_error *err);
void gan_keras_free(gan_keras *keras);

/* The path of parameter k of gan_layer_param() in a file of weights, in a new string (free()). */
gan_status gan_keras_path(const gan_keras_layer *layer, int k, char **out, gan_error *err);

/* ---- for the rows, keras_layers.c ---- */

/* Appends a layer; what printf makes of format is its config. Returns its entry. */
int gan_keras_add(gan_keras *keras, const char *class_name, const char *group, const char *name,
                  const int *inputs, int n_inputs, const gan_layer *layer, const char *format, ...)
    __attribute__((format(printf, 8, 9)));

/* Sets the shape of an entry's output: a vector of c where h and w are 0. */
void gan_keras_shape(gan_keras *keras, int entry, int64_t h, int64_t w, int64_t c);

/* Appends the layers of layer `index` of the stack; GAN_E_UNSUPPORTED. */
gan_status gan_keras_layer_add(gan_keras *keras, int index, gan_error *err);

#endif
