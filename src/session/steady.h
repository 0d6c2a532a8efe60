/* steady.h — a generator's batch statistics, estimated again for its weights as they are.
 *
 * The moving statistics of batch norm lag behind the weights, by tens of steps to hundreds, and an
 * averaged generator's belong to no weights at all. What a sample is normalized by can be measured
 * instead: over batches of noise, as in training ("precise batch norm", Wu and Johnson 2021). */
#ifndef GAN_SESSION_STEADY_H
#define GAN_SESSION_STEADY_H

#include "net/net.h"
#include "program/backend.h"

enum { GAN_STEADY_BATCHES = 16, GAN_STEADY_BATCH = 64 };

/* Replaces the statistics in the device's store ("g.stat" or "ema.stat"), which must be nobody
 * else's: not a session's that trains. They become a function of the weights, batches and batch
 * alone: mean over all z of a layer's input, and variance, that within batches and that of their
 * means. Nothing is done where the generator has no batch_norm. Errors of the device. */
gan_status gan_steady_estimate(const gan_backend *backend, gan_device *device, const gan_net *net,
                               bool averaged, int batches, int64_t batch, gan_error *err);

#endif
