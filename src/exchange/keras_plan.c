/* keras_plan.c — the layers of a Keras model, and where it stores their weights. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "exchange/keras.h"
#include "exchange/layers.h"

/* --- the order of model.layers --- */

typedef struct place {
    int depth, seen, entry;
} place;

static int by_depth_then_walk(const void *a, const void *b)
{
    const place *x = a, *y = b;
    return x->depth != y->depth ? (x->depth < y->depth) - (x->depth > y->depth)
                                : (x->seen > y->seen) - (x->seen < y->seen);
}

/* Numbers the entries as a depth-first walk from the output meets them. */
static void walk(const gan_keras *k, int entry, place *places, int *n_seen)
{
    if (places[entry].seen >= 0) {
        return;
    }
    places[entry].seen = (*n_seen)++;
    for (int i = 0; i < k->layers[entry].n_inputs; i++) {
        walk(k, k->layers[entry].inputs[i], places, n_seen);
    }
}

static void measure_depths(const gan_keras *k, place *places)
{
    for (size_t i = 0; i < k->n; i++) {
        places[i] = (place){0, -1, (int)i};
    }
    for (size_t i = k->n; i-- > 0;) { /* who reads stands behind what it reads */
        for (int j = 0; j < k->layers[i].n_inputs; j++) {
            place *from = &places[k->layers[i].inputs[j]];
            from->depth = from->depth > places[i].depth ? from->depth : places[i].depth + 1;
        }
    }
}

static void number_classes(gan_keras *k, const place *places)
{
    for (size_t i = 0; i < k->n; i++) {
        gan_keras_layer *layer = &k->layers[places[i].entry];
        layer->order = (int)i;
        for (size_t j = 0; j < i; j++) {
            layer->number += strcmp(k->layers[places[j].entry].group, layer->group) == 0;
        }
    }
}

static gan_status order(gan_keras *k, gan_error *err)
{
    void *places = NULL;
    int n_seen = 0;
    GAN_TRY(gan_calloc(k->n, sizeof(place), &places, err));
    measure_depths(k, places);
    walk(k, (int)k->n - 1, places, &n_seen);
    qsort(places, k->n, sizeof(place), by_depth_then_walk);
    number_classes(k, places);
    free(places);
    return GAN_OK;
}

/* --- the whole --- */

static void add_input(gan_keras *k)
{
    const gan_stack *stack = k->stack;
    const bool is_generator = stack->network == GAN_NETWORK_GENERATOR;
    const gan_dims3 in = stack->in;
    const int entry = gan_keras_add(k, "InputLayer", "input_layer", is_generator ? "z" : "images",
                                    NULL, 0, NULL, "%s", "");
    gan_keras_shape(k, entry, is_generator ? 0 : in.h, is_generator ? 0 : in.w,
                    is_generator ? in.h * in.w * in.c : in.c);
}

/* A generator's image out of a vector. */
static void add_pixel(gan_keras *k)
{
    const gan_stack *stack = k->stack;
    const int last = stack->n_layers - 1;
    if (stack->network == GAN_NETWORK_GENERATOR && gan_layer_gives_vector(stack, last)) {
        const int entry =
            gan_keras_add(k, "Reshape", "reshape", "pixel", &k->value[last], 1, NULL,
                          ", \"target_shape\": [%lld, %lld, %lld]", (long long)stack->out.h,
                          (long long)stack->out.w, (long long)stack->out.c);
        gan_keras_shape(k, entry, stack->out.h, stack->out.w, stack->out.c);
    }
}

gan_status gan_keras_make(const gan_stack *stack, gan_keras *out, gan_error *err)
{
    void *value = NULL;
    *out = (gan_keras){.stack = stack, .err = err};
    GAN_TRY(gan_calloc((size_t)stack->n_layers, sizeof(int), &value, err));
    out->value = value;
    add_input(out);
    for (int i = 0; i < stack->n_layers; i++) {
        GAN_TRY(gan_keras_layer_add(out, i, err));
    }
    add_pixel(out);
    GAN_TRY(out->status);
    return order(out, err);
}

void gan_keras_free(gan_keras *keras)
{
    for (size_t i = 0; i < keras->n; i++) {
        free(keras->layers[i].name);
        free(keras->layers[i].config);
        free(keras->layers[i].inputs);
    }
    free(keras->layers);
    free(keras->value);
    *keras = (gan_keras){0};
}

gan_status gan_keras_path(const gan_keras_layer *layer, int k, char **out, gan_error *err)
{
    if (layer->number == 0) {
        return gan_format(out, err, "layers/%s/vars/%d", layer->group, k);
    }
    return gan_format(out, err, "layers/%s_%d/vars/%d", layer->group, layer->number, k);
}
