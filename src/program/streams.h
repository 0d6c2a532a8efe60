/* streams.h — which stream of random numbers (philox.h) each source of a step draws from. */
#ifndef GAN_PROGRAM_STREAMS_H
#define GAN_PROGRAM_STREAMS_H

#include <stdint.h>

#include "net/net.h"

enum {
    GAN_STREAM_NOISE = 1,
    GAN_STREAM_FLIP = 2,
    GAN_STREAM_LATENT = 3, /* z of a sample, a function of its own seed */
    GAN_STREAM_STEADY = 4, /* z of which statistics are estimated again: seed 0, step = batch */
    GAN_STREAM_FLIP_G = 5,
    GAN_STREAM_ROLLBACK = 6, /* the seed that a run has after its step-th rollback */
    GAN_STREAM_ORDER = 16,   /* and the three that follow: gan_permute() takes four */
    GAN_STREAM_ORDER_G = 20  /* and three; of G's own real images */
};

/* A dropout layer's mask: one stream per network, layer and pass through it, above those of initial
 * values (GAN_NETWORK_LIST). */
static inline uint32_t gan_stream_dropout(gan_network network, int layer, int pass)
{
    return gan_network_describe(network)->dropout_stream | (uint32_t)layer << 4 |
           (uint32_t)pass << 1;
}

#endif
