/* sink.h — where a run's numbers and pictures go: log.txt, stats.jsonl, and others.
 *
 * A sink is a gan_sink_kind named gan_sink_<name>, in a file of its own, and a row of sinks.def;
 * the run knows none by name. Each file of a run folder holds what the checkpoint stands for: a
 * sink is opened at a step and forgets what an earlier process wrote of later ones, and is synced
 * before a checkpoint is written. */
#ifndef GAN_RUN_SINK_H
#define GAN_RUN_SINK_H

#include "gan/train.h"
#include "session/run_folder.h"

/* One number of a step. */
typedef struct gan_scalar {
    const char *key;          /* in stats.jsonl; NULL = not there */
    const char *tag;          /* in TensorBoard; NULL = not there */
    const char *label, *unit; /* in log.txt, before and after the number; both "": not there */
    int digits;               /* after the point in log.txt */
    bool is_whole;
    double value;
} gan_scalar;

/* What is measured at one step. */
typedef struct gan_scalars {
    int64_t step;
    double epoch;
    double when; /* seconds since 1970 */
    const gan_scalar *scalar;
    int n;
} gan_scalars;

/* The run that a sink is opened for; lives until it is closed. */
typedef struct gan_sink_run {
    const gan_run_folder *folder;
    const gan_session *session;
    int64_t step;  /* where it begins or continues */
    int64_t steps; /* where it ends */
} gan_sink_run;

/* Any function but open and close may be NULL: this sink does not take that. */
typedef struct gan_sink_kind {
    /* NULL: in every run. */
    bool (*is_wanted)(const gan_options *options);

    /* *sink is the sink's own, NULL after a failure. */
    gan_status (*open)(const gan_sink_run *run, void **sink, gan_error *err);

    /* when: seconds since 1970; notes come with the time at which they were made, which may be
     * before the sink was opened. Not called for GAN_EVENT_PROGRESS. */
    void (*event)(void *sink, const gan_event *event, double when);

    gan_status (*scalars)(void *sink, const gan_scalars *scalars, gan_error *err);

    /* A picture was written to the PNG file at path; name: "samples", "reals". */
    gan_status (*image)(void *sink, int64_t step, const char *name, const char *path,
                        gan_error *err);

    /* A weight or a gradient when samples are taken, named as by gan_look (session/look.h). Reading
     * them takes time: it is only done where a sink has this. */
    gan_status (*tensor)(void *sink, int64_t step, const char *name, const float *values, int64_t n,
                         gan_error *err);

    /* All that was told is durable. */
    gan_status (*sync)(void *sink, gan_error *err);

    /* Also after a failure of any of the above. */
    void (*close)(void *sink);
} gan_sink_kind;

#define GAN_SINK(name) extern const gan_sink_kind gan_sink_##name;
#include "run/sinks.def"
#undef GAN_SINK

#define GAN_SINK(name) GAN_SINK_ID_##name,
enum {
#include "run/sinks.def"
    GAN_SINK_COUNT
};
#undef GAN_SINK

/* A note of before the sinks were opened. */
typedef struct gan_early_note {
    char *text;
    double when;
} gan_early_note;

/* The sinks of one run. Zero-initialize; gan_sinks_close() is fine at any time. */
typedef struct gan_sinks {
    void *sink[GAN_SINK_COUNT]; /* NULL: not wanted, or not open yet */
    bool is_open;
    gan_early_note *early;
    size_t n_early, early_capacity;
} gan_sinks;

/* Opens those that the session's options want and tells them the notes that were kept. run is
 * copied by sinks that need it later. Errors of the sinks. */
gan_status gan_sinks_open(gan_sinks *sinks, const gan_sink_run *run, gan_error *err);

/* Tells an event. Notes of before the opening are kept, other events then are not for sinks. */
void gan_sinks_event(gan_sinks *sinks, const gan_event *event);

gan_status gan_sinks_scalars(gan_sinks *sinks, const gan_scalars *scalars, gan_error *err);
gan_status gan_sinks_image(gan_sinks *sinks, int64_t step, const char *name, const char *path,
                           gan_error *err);
/* Tells every weight and gradient of the session. */
gan_status gan_sinks_tensors(gan_sinks *sinks, gan_session *session, gan_error *err);
gan_status gan_sinks_sync(gan_sinks *sinks, gan_error *err);
void gan_sinks_close(gan_sinks *sinks);

#endif
