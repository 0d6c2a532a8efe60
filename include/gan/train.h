/* train.h — a whole training run: folder, log, samples, checkpoints, resume. */
#ifndef GAN_TRAIN_H
#define GAN_TRAIN_H

#include <signal.h>

#include "gan/listener.h"
#include "gan/session.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef enum gan_event_kind {
    GAN_EVENT_NOTE,     /* text: a fact worth a line */
    GAN_EVENT_START,    /* everything is ready; text: the device; path: the run folder */
    GAN_EVENT_PROGRESS, /* after every step */
    GAN_EVENT_LOG,    /* a line of stats.jsonl was written: metrics are means since the last one */
    GAN_EVENT_SAMPLE, /* path: the sample grid that was written */
    GAN_EVENT_SAVE,   /* path: the checkpoint that was written */
    GAN_EVENT_END     /* the run is over and saved */
} gan_event_kind;

typedef struct gan_event {
    gan_event_kind kind;
    const char *text, *path; /* NULL where the kind has none; live during the call */
    int64_t step, total_steps, steps_per_epoch;
    double epoch, epochs; /* passes over the data done, and in all */
    double img_per_s;     /* real images per second since the last log line */
    double elapsed, eta;  /* seconds of this process; seconds left at this speed */
    gan_metrics metrics;  /* LOG and END: means; PROGRESS: the last ones logged */
    int64_t metric_steps; /* how many steps metrics are the mean of; 0 = not known yet */
} gan_event;

typedef struct gan_train_callbacks {
    void (*event)(void *ctx,
                  const gan_event *event); /* may be NULL; called from the caller's thread */
    void *ctx;
    const volatile sig_atomic_t
        *stop; /* set to a signal's number to end after this step; may be NULL */
    volatile sig_atomic_t
        *save; /* set to 1 for a checkpoint after this step; set to 0 here then; may be NULL */
    gan_pulse *pulse;     /* marked while a step or samples are computed; may be NULL */
    const gan_data *data; /* images to train with in place of those that the options name, such as
                           * gan_data_make() makes, in the network's shape; borrowed during the
                           * call; NULL: as the options say. A resumed run needs them again */
} gan_train_callbacks;

typedef struct gan_train_result {
    char folder[4096];     /* the run folder */
    char checkpoint[4096]; /* the last checkpoint; "" if none was written */
    int64_t step;
    double seconds; /* spent in training steps */
    double img_per_s;
    int64_t peak_bytes;   /* of the process */
    double test_accuracy; /* of a classifier, where it was last tested; NAN = not */
} gan_train_result;

/* gan_train() — trains as the options say, from the start or from a checkpoint, to the end.
 *
 *  options    as given by the user; unset ones are taken from the checkpoint, the network, the
 *             defaults
 *  result     filled as far as the run came, also after a failure; may be NULL
 *
 * The run folder is made, or, on resume, continued: stats.jsonl and the sample grids are cut back
 * to the checkpoint's step. From a checkpoint that is not its run's newest a new run folder is
 * begun. A checkpoint is always written at the end, and when *stop or *save is set. Returns GAN_OK;
 * GAN_E_INTERRUPTED when stopped, everything saved; GAN_E_NONFINITE; GAN_E_USAGE, GAN_E_DATA,
 * GAN_E_NO_INPUT, GAN_E_NO_DEVICE, GAN_E_CREATE, GAN_E_IO, GAN_E_LOCKED, GAN_E_MEMORY and others
 * with the sentence in err; what fails after training began names the last good checkpoint. */
gan_status gan_train(const gan_options *options, const gan_train_callbacks *callbacks,
                     gan_train_result *result, gan_error *err);

/* gan_classify() — the same for one network alone, which learns to tell the classes of labelled
 * images: its last layer has an output for each. At every epoch, and at the end, it is tested with
 * the images of the test split, where there is one. There are no samples; the settings of a GAN
 * (schedule, loss, nz, lr_d) have no meaning, and lr_g is the network's rate. Errors as above;
 * GAN_E_DATA where the data have no labels, or other classes than the network. */
gan_status gan_classify(const gan_options *options, const gan_train_callbacks *callbacks,
                        gan_train_result *result, gan_error *err);

/* gan_train_plan() — what gan_train() or gan_classify() would do, as lines of text; writes nothing.
 * Opens the data set and the device. GAN_E_USAGE if the network is of another kind. */
gan_status gan_train_plan(gan_net_kind kind, const gan_options *options, bool with_program,
                          const gan_listener *listener, gan_error *err);

/* gan_train_plan_json() — the same as one JSON object on one line in a new string (free()): network
 * with its layers, settings, data, steps, memory. The listener, which may be NULL, is told notes.
 */
gan_status gan_train_plan_json(gan_net_kind kind, const gan_options *options,
                               const gan_listener *listener, char **out, gan_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
