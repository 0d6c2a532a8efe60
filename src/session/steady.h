/* steady.h — a generator's batch statistics, estimated again for its weights as they are.
 *
 * The moving statistics of batch norm lag behind the weights, by tens of steps to hundreds, and an
 * averaged generator's belong to no weights at all. What a sample is normalized by can be measured
 * instead: over batches of noise, as in training ("precise batch norm", Wu and Johnson 2021). They
 * are kept beside the moving ones, in the stored buffers g.steady and ema.steady, which no training
 * step reads and no checkpoint holds: they are a function of the weights and of a gan_statistics.
 */
#ifndef GAN_SESSION_STEADY_H
#define GAN_SESSION_STEADY_H

#include "gan/options.h"
#include "gan/sample.h"
#include "net/net.h"
#include "program/backend.h"

typedef struct gan_steady gan_steady;

/* What 0 stands for. */
enum { GAN_STEADY_BATCHES = 16, GAN_STEADY_BATCH = 64 };

/* As a run's options say. */
gan_statistics gan_steady_of_options(const gan_options *options);

/* The same with 0 written out. */
gan_statistics gan_steady_defaults(gan_statistics statistics);

/* True if a generator of that description is sampled by statistics of its own: there are batch
 * statistics, and nobody asked for the moving ones. */
bool gan_steady_is_wanted(const gan_net *net, const gan_statistics *statistics);

/* The program that measures, for a device whose store has, or gets, the program of
 * gan_build_sample(..., steady). backend, device and net are borrowed. Owned by the caller; destroy
 * it before the device. GAN_E_USAGE: no batch_norm. Errors of compiling. */
gan_status gan_steady_create(const gan_backend *backend, gan_device *device, const gan_net *net,
                             bool averaged, const gan_statistics *statistics, gan_steady **out,
                             gan_error *err);
void gan_steady_destroy(gan_steady *steady); /* NULL is fine */

/* Overwrites g.steady, or ema.steady, for the weights that are in the store now: mean over all z of
 * a layer's input, and variance, that within batches and that of their means. The sampling program
 * is compiled before. Errors of the device. */
gan_status gan_steady_run(gan_steady *steady, gan_error *err);

#endif
