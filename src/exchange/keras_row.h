/* keras_row.h — what the files of Keras' rows share. */
#ifndef GAN_EXCHANGE_KERAS_ROW_H
#define GAN_EXCHANGE_KERAS_ROW_H

#include "exchange/keras.h"

/* A layer where it is applied. */
typedef struct gan_keras_call {
    gan_keras *keras;
    const gan_layer *layer;
    int index;
    int x; /* the entry of the first that it reads */
} gan_keras_call;

typedef struct gan_keras_row {
    /* returns the entry of the output; NULL: the layer is refused */
    int (*apply)(const gan_keras_call *c);
    const char *(*cannot)(const gan_layer *layer); /* why this one is refused, or NULL */
} gan_keras_row;

/* Gives an entry the layer's output's shape; returns it. */
int gan_keras_shaped(const gan_keras_call *c, int entry);

extern const gan_keras_row gan_keras_max_pool, gan_keras_average_pool, gan_keras_upsample,
    gan_keras_normalize; /* keras_map_layers.c */

#endif
