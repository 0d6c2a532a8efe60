/* keras_add.c — one more layer of a Keras model. */
#include <stdarg.h>
#include <stdio.h>

#include "base/memory.h"
#include "exchange/keras.h"

static gan_status append(gan_keras *k, const char *name, const int *inputs, int n_inputs,
                         gan_error *err)
{
    void *layers = k->layers, *copy = NULL;
    gan_status status = gan_grow(&layers, k->n + 1, sizeof *k->layers, &k->capacity, err);
    k->layers = layers;
    GAN_TRY(status);
    gan_keras_layer *layer = &k->layers[k->n++];
    *layer = (gan_keras_layer){.n_inputs = n_inputs};
    GAN_TRY(gan_strdup(name, &layer->name, err));
    GAN_TRY(gan_calloc((size_t)n_inputs, sizeof(int), &copy, err));
    layer->inputs = copy;
    for (int i = 0; i < n_inputs; i++) {
        layer->inputs[i] = inputs[i];
    }
    return GAN_OK;
}

int gan_keras_add(gan_keras *keras, const char *class_name, const char *group, const char *name,
                  const int *inputs, int n_inputs, const gan_layer *layer, const char *format, ...)
{
    char config[512];
    va_list args;
    va_start(args, format);
    vsnprintf(config, sizeof config, format, args); /* numbers and words of rows */
    va_end(args);
    if (keras->status == GAN_OK) {
        keras->status = append(keras, name, inputs, n_inputs, keras->err);
    }
    if (keras->status != GAN_OK) {
        return 0;
    }
    gan_keras_layer *added = &keras->layers[keras->n - 1];
    added->class_name = class_name;
    added->group = group;
    added->layer = layer;
    keras->status = gan_strdup(config, &added->config, keras->err);
    return (int)keras->n - 1;
}

void gan_keras_shape(gan_keras *keras, int entry, int64_t h, int64_t w, int64_t c)
{
    if (keras->status == GAN_OK) {
        gan_keras_layer *layer = &keras->layers[entry];
        const bool vector = h == 0 && w == 0;
        layer->rank = vector ? 1 : 3;
        layer->shape[0] = vector ? c : h;
        layer->shape[1] = w;
        layer->shape[2] = c;
    }
}
