/* run.h — the inside of a training run, for the files that drive it. */
#ifndef GAN_RUN_RUN_H
#define GAN_RUN_RUN_H

#include "gan/train.h"
#include "run/cadence.h"
#include "run/course.h"
#include "run/pictures.h"
#include "run/quality.h"
#include "run/sink.h"
#include "run/start.h"
#include "run/stop_rule.h"
#include "run/tester.h"
#include "run/watchdog.h"
#include "session/session.h"

typedef struct gan_run {
    const gan_train_callbacks *callbacks;
    gan_train_result *result;
    gan_error *err;
    gan_listener listener; /* its notes are events */
    gan_start start;
    const gan_data *data; /* the caller's, or: */
    gan_data *opened;
    gan_tester tester;
    gan_quality quality;
    gan_course course;
    gan_stop_rule stop_rule;
    char reason[GAN_STOP_REASON]; /* why it ends before its last step; "": it does not */
    gan_watchdog dog;
    int alarm; /* that ends it; -1: none */
    gan_session *session;
    gan_run_folder folder;
    gan_sinks sinks;
    gan_grid_shape grid;
    gan_clockwork log_every, sample_every, save_every, test_every, eval_every;
    int64_t total, first_step;
    int64_t taken;       /* steps of this process, those that were rolled back too */
    int64_t logged_step; /* of the last line of stats */
    int64_t sampled_step, saved_step;
    double began;          /* when stepping began */
    double step_seconds;   /* in steps, all of this process: samples and saving are left out */
    double counted;        /* when step_seconds was last brought up to date */
    double logged_seconds; /* step_seconds at the last line of stats */
    gan_event latest;      /* what the last line of stats said */
} gan_run;

/* Finds where the run starts and opens its data, session, folder and sinks: all before the first
 * step. callbacks, result, err and listener are set. */
gan_status gan_run_prepare(gan_run *r, gan_net_kind kind, const gan_options *options);

/* Tells sinks and callbacks; text and path as gan_event has them. */
void gan_run_emit(gan_run *r, gan_event_kind kind, const char *text, const char *path);

/* A checkpoint of the session as it is, and the names that lead to it. */
gan_status gan_run_save(gan_run *r);

/* Whether --watch is that word. */
bool gan_run_watches(const gan_run *r, const char *word);

/* Tells the alarms that are new; *back if the run went back to its best, and nothing that was due
 * is due any more. */
gan_status gan_run_heed(gan_run *r, bool *back);

/* gan_session_check(), with where a step went wrong; with --watch rollback the run goes back
 * instead. */
gan_status gan_run_check(gan_run *r, bool *back);

#endif
