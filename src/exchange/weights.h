/* weights.h — one network of a checkpoint in host memory. */
#ifndef GAN_EXCHANGE_WEIGHTS_H
#define GAN_EXCHANGE_WEIGHTS_H

#include "gan/exchange.h"
#include "net/net.h"

typedef struct gan_weights {
    gan_net *net;           /* owned */
    const gan_stack *stack; /* of net: the network that is meant */
    float *params, *stats;  /* flat, as the stack lays them out; owned */
    int64_t step;
    bool averaged;
    bool precise; /* stats were measured for the weights, as `gan sample` does */
    char *path;   /* of the checkpoint; owned */
} gan_weights;

/* Reads the network that the options name. Errors of gan_export(). Free with gan_weights_free(),
 * after a failure too. */
gan_status gan_weights_load(const char *path, const gan_export_options *options, gan_weights *out,
                            gan_error *err);
void gan_weights_free(gan_weights *weights); /* a zeroed one is fine */

/* A parameter's numbers, or, for a role of a moving statistic, the statistic's. */
const float *gan_weights_at(const gan_weights *weights, const gan_param *param);

/* The k-th tensor of a layer in a fixed order (kernel, bias, gamma, beta, moving mean, moving
 * variance), those that it has alone; NULL behind the last. */
const gan_param *gan_layer_param(const gan_stack *stack, const gan_layer *layer, int k);

#endif
