/* session.h — training a GAN or a classifier, step by step.
 *
 * A session is a network, a data set and a device: it owns the parameters, the moments of Adam, the
 * moving statistics and the step counter, and replays the training program. Given the same
 * options, data, device choices and library build, it computes the same bits. One session is used
 * by one thread at a time; several sessions do not know of each other. */
#ifndef GAN_SESSION_H
#define GAN_SESSION_H

#include <stdint.h>

#include "gan/data.h"
#include "gan/listener.h"
#include "gan/metrics.h"
#include "gan/net.h"
#include "gan/options.h"
#include "gan/pulse.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct gan_session gan_session;

/* What a session takes, known before anything is allocated. Bytes. */
typedef struct gan_session_plan {
    int64_t state_bytes;     /* parameters, moments, statistics, averages */
    int64_t data_bytes;      /* the data set */
    int64_t arena_bytes;     /* activations, gradients, scratch */
    int64_t workspace_bytes; /* of the device's libraries; for compiling, and for samples */
    int64_t needed_bytes;    /* to be allocated: the above, but for data that are there already */
    int64_t available_bytes; /* on the device; -1 = not known */
    int operations;          /* of a step */
    double flops;            /* useful floating-point operations of a step */
    double bytes_moved;      /* the least that a step must move */
} gan_session_plan;

/* gan_session_create() — opens the device, builds the programs, gives initial values.
 *
 *  net      borrowed for the session's life
 *  data     borrowed for the session's life; its shape must be the network's
 *  options  copied; unset fields are taken from the network
 *  listener  told facts worth a line in a log: which device, what cannot be honoured; may be NULL
 *
 * Returns GAN_OK and *out, owned by the caller; GAN_E_USAGE; GAN_E_DATA if the data do not fit the
 * network; GAN_E_NO_DEVICE; GAN_E_MEMORY when the device does not have enough memory, with what is
 * needed, what there is, and the largest batch that fits: said before anything large is allocated;
 * GAN_E_UNSUPPORTED, GAN_E_BACKEND. */
gan_status gan_session_create(const gan_net *net, const gan_data *data, const gan_options *options,
                              const gan_listener *listener, gan_session **out, gan_error *err);
void gan_session_destroy(gan_session *session); /* NULL is fine */

/* gan_session_forecast() — the plan alone, without making anything but a device handle.
 * n_images: of the data set. */
gan_status gan_session_forecast(const gan_net *net, int64_t n_images, const gan_options *options,
                                gan_session_plan *out, gan_error *err);

gan_session_plan gan_session_describe(const gan_session *session); /* of what was allocated */
const char *gan_session_device(const gan_session *session); /* one line; lives with the session */

/* Runs n more steps. On a GPU it may return while they run. GAN_E_NONFINITE is found by
 * gan_session_check(), not here. GAN_E_BACKEND: the session can only be destroyed. */
gan_status gan_session_run(gan_session *session, int64_t n, gan_error *err);

/* Marks there from now on when the session computes: steps, checks, metrics, samples. NULL: no
 * more. It must live as long as the session. */
void gan_session_set_pulse(gan_session *session, gan_pulse *pulse);

/* Steps done since step 0 of the run, those before a resume included. */
int64_t gan_session_step(const gan_session *session);
int64_t gan_session_steps_per_epoch(const gan_session *session); /* rounded up */

/* GAN_OK, or GAN_E_NONFINITE with the step at which a loss or gradient was not finite. From that
 * step on nothing was changed: the state is the last good one. Waits for the device. */
gan_status gan_session_check(gan_session *session, gan_error *err);

/* The mean of the metrics of the last n steps (fewer if there were fewer since the session was made
 * or loaded, or if n exceeds 1024); *used tells how many, 0 with all metrics NAN if none. */
gan_status gan_session_metrics(gan_session *session, int64_t n, gan_metrics *mean, int64_t *used,
                               gan_error *err);

/* gan_session_sample() — images of the generator, its batch norm as the options precise_bn,
 * bn_batches and bn_batch say.
 *
 *  seeds     n seeds; image i is a function of seeds[i] and the weights alone
 *  averaged  of the averaged generator; GAN_E_USAGE if the session keeps none
 *  images    (n,H,W,C) f32 in [-1,1], overwritten */
gan_status gan_session_sample(gan_session *session, const uint64_t *seeds, int64_t n, bool averaged,
                              float *images, gan_error *err);

/* gan_session_test() — the share of a data set's images that a classifier gets right: the largest
 * output is the label's, the first of equal ones. Of the averaged parameters, if the session keeps
 * them. GAN_E_USAGE of a GAN; GAN_E_DATA if the images or classes are not the network's. */
gan_status gan_session_test(gan_session *session, const gan_data *data, double *accuracy,
                            gan_error *err);

/* gan_session_save() — writes a checkpoint (a safetensors file, see checkpoint.h), whole or not at
 * all. GAN_E_NONFINITE if the state is frozen: a checkpoint never holds NaN. GAN_E_IO,
 * GAN_E_CREATE. */
gan_status gan_session_save(gan_session *session, const char *path, gan_error *err);

/* gan_session_load() — takes the state of a checkpoint of the same network and options.
 *
 *  listener  is told, a line each, what will make the continuation differ from an unbroken run
 *
 * GAN_E_DATA if the file is damaged, or is of another network, other data or other fixed options:
 * what differs is said and the session is as before. GAN_E_NO_INPUT, GAN_E_IO. */
gan_status gan_session_load(gan_session *session, const char *path, const gan_listener *listener,
                            gan_error *err);

/* The network it was made with. */
const gan_net *gan_session_net(const gan_session *session);

/* The options as resolved; lives with the session. */
const gan_options *gan_session_options(const gan_session *session);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
