/* train.c — a whole training run: step, log, sample, save, end. What comes before is prepare.c. */
#include "gan/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/say.h"
#include "base/signals.h"
#include "base/system.h"
#include "run/measure.h"
#include "run/run.h"
#include "session/schedule.h"

typedef gan_run run;

static void note(void *ctx, const char *line)
{
    gan_run_emit(ctx, GAN_EVENT_NOTE, line, NULL);
}

/* Adds the time since the last call. A device may still be at steps that were queued: the time is
 * right after everything was waited for. */
static void count_time(run *r)
{
    double now = gan_clock_seconds();
    r->step_seconds += now - r->counted;
    r->counted = now;
}

static gan_status log_line(run *r)
{
    int64_t step = gan_session_step(r->session), used = 0;
    gan_run_measure m = {.seconds = r->step_seconds};
    gan_scalar scalar[GAN_MEASURE_COUNT];
    GAN_TRY(gan_session_metrics(r->session, step - r->logged_step, &m.metrics, &used, r->err));
    double seconds = r->step_seconds - r->logged_seconds;
    double images = (double)(step - r->logged_step) * (double)r->start.options.batch_size;
    m.steps = used > 0 ? (double)used : (double)NAN;
    m.metrics.test_accuracy = r->tester.step == step ? r->tester.accuracy : (double)NAN;
    gan_quality_tell(&r->quality, step, &m);
    m.diversity = r->dog.diversity_step == step ? r->dog.diversity : (double)NAN;
    m.rollbacks = r->session->rollbacks > 0 ? (double)r->session->rollbacks : (double)NAN;
    m.img_per_s = seconds > 0 ? images / seconds : 0;
    GAN_TRY(gan_measure_fill(&m, r->session, r->err));
    r->latest.metrics = m.metrics;
    r->latest.metrics.test_accuracy = r->tester.accuracy;
    r->latest.metric_steps = used;
    r->latest.img_per_s = m.img_per_s;
    m.img_per_s = images > 0 ? m.img_per_s : (double)NAN; /* a measurement that was owed */
    r->logged_step = step;
    r->logged_seconds = r->step_seconds;
    const int n = gan_measure_scalars(&m, scalar);
    const gan_scalars scalars = {step, m.epoch, gan_clock_wall(), scalar, n};
    GAN_TRY(gan_sinks_scalars(&r->sinks, &scalars, r->err));
    gan_run_emit(r, GAN_EVENT_LOG, NULL, NULL);
    return GAN_OK;
}

static gan_status sample(run *r)
{
    char *path = NULL;
    GAN_TRY(gan_pictures_write_samples(&r->folder, r->session, r->grid, &path, r->err));
    r->sampled_step = gan_session_step(r->session);
    gan_status status = gan_sinks_image(&r->sinks, r->sampled_step, "samples", path, r->err);
    if (status == GAN_OK) {
        status = gan_sinks_tensors(&r->sinks, r->session, r->err);
    }
    if (status == GAN_OK) {
        gan_run_emit(r, GAN_EVENT_SAMPLE, NULL, path);
    }
    free(path);
    return status;
}

/* Measures samples; *better if they are the best so far, which are to be saved. */
static gan_status evaluate(run *r, bool *better)
{
    const int64_t step = gan_session_step(r->session);
    *better = false;
    GAN_TRY(gan_quality_run(&r->quality, r->session, r->err));
    if (r->quality.step != step || r->course.measured_step == (double)step) {
        return GAN_OK; /* not measured, or known from before */
    }
    *better = gan_course_take(&r->course, &r->quality.values, step);
    GAN_TRY(gan_quality_log(&r->quality, r->session, r->folder.path, r->err));
    gan_watchdog_measured(&r->dog, &r->course);
    if (*better) {
        gan_say(&r->listener, "step %lld: fd %.6g, the best so far", (long long)step,
                r->course.best);
    } else {
        gan_say(&r->listener, "step %lld: fd %.6g; the best is %.6g of step %.0f", (long long)step,
                r->course.last.fd, r->course.best, r->course.best_step);
    }
    gan_stop_rule_ask(&r->stop_rule, &r->course, r->reason);
    return GAN_OK;
}

/* What is due after a step: the log, the samples, the checkpoint. */
static gan_status after_step(run *r)
{
    const gan_options *o = &r->start.options;
    int64_t n = gan_data_describe(r->data)->n, step = gan_session_step(r->session);
    double now = gan_clock_seconds();
    bool log_due = gan_clockwork_is_due(&r->log_every, step, n, o->batch_size, now);
    bool sample_due = gan_clockwork_is_due(&r->sample_every, step, n, o->batch_size, now);
    bool asked = r->callbacks && gan_signals_take(r->callbacks->save) != 0;
    bool save_due = gan_clockwork_is_due(&r->save_every, step, n, o->batch_size, now) || asked;
    bool test_due =
        gan_clockwork_is_due(&r->test_every, step, n, o->batch_size, now) && r->tester.data != NULL;
    bool eval_due = gan_clockwork_is_due(&r->eval_every, step, n, o->batch_size, now);
    log_due = log_due || test_due || eval_due || step == r->first_step + 1 || step == r->total;
    const bool watch_due = r->dog.on && step % GAN_WATCH_WINDOW == 0;
    bool back = false;
    if (log_due || sample_due || save_due || watch_due) {
        GAN_TRY(gan_run_check(r, &back));
    }
    count_time(r);
    if (watch_due && !back) {
        GAN_TRY(gan_watchdog_fold(&r->dog, r->session, &r->course, r->err));
        GAN_TRY(gan_run_heed(r, &back));
    }
    if (back) {
        r->counted = gan_clock_seconds();
        return GAN_OK;
    }
    if (test_due || step == r->total) {
        GAN_TRY(gan_tester_run(&r->tester, r->session, r->err));
    }
    if (eval_due || (step == r->total && r->quality.asked)) {
        bool better = false;
        GAN_TRY(evaluate(r, &better));
        if (better) { /* an alarm leads back to here, where a process that resumes finds this */
            GAN_TRY(log_due ? log_line(r) : GAN_OK);
            GAN_TRY(sample_due ? sample(r) : GAN_OK);
            log_due = sample_due = false;
        }
        GAN_TRY(gan_run_heed(r, &back));
        if (back) {
            r->counted = gan_clock_seconds();
            return GAN_OK;
        }
        save_due = save_due || better;
    }
    if (log_due) { /* before a last checkpoint */
        GAN_TRY(log_line(r));
    }
    if (sample_due) {
        GAN_TRY(sample(r));
    }
    if (save_due) {
        GAN_TRY(gan_run_save(r));
    }
    if (sample_due || save_due || test_due || eval_due) {
        r->counted = gan_clock_seconds();
    }
    gan_run_emit(r, GAN_EVENT_PROGRESS, NULL, NULL);
    return GAN_OK;
}

static bool is_stopped(const run *r)
{
    return r->callbacks && gan_signals_read(r->callbacks->stop) != 0;
}

static bool is_out_of_time(const run *r)
{
    double limit = r->start.options.max_time;
    return limit > 0 && gan_clock_seconds() - r->began >= limit;
}

static gan_status step_to_the_end(run *r)
{
    r->counted = gan_clock_seconds();
    while (gan_session_step(r->session) < r->total && !*r->reason && r->alarm < 0 &&
           !is_stopped(r) && !is_out_of_time(r)) {
        GAN_TRY(gan_session_run(r->session, 1, r->err));
        r->taken++;
        GAN_TRY(after_step(r));
    }
    return GAN_OK;
}

/* The last line, grid, checkpoint and the GIF, for what is not there yet. */
static gan_status finish(run *r)
{
    int64_t step = gan_session_step(r->session);
    GAN_TRY(gan_session_check(r->session, r->err));
    count_time(r);
    if (step > r->logged_step) {
        GAN_TRY(gan_tester_run(&r->tester, r->session, r->err));
        GAN_TRY(log_line(r));
    }
    if (step != r->saved_step) {
        GAN_TRY(gan_run_save(r));
    }
    if (is_stopped(r)) {
        return gan_fail(r->err, GAN_E_INTERRUPTED, "stopped at step %lld", (long long)step);
    }
    if (step > r->sampled_step && r->start.options.sample_every.value > 0) {
        GAN_TRY(sample(r));
    }
    if (r->start.options.gif) {
        GAN_TRY(gan_pictures_write_gif(&r->folder, r->err));
    }
    gan_run_emit(r, GAN_EVENT_END, NULL, NULL);
    GAN_TRY(gan_sinks_sync(&r->sinks, r->err));
    return r->alarm < 0
               ? GAN_OK
               : gan_fail(r->err, GAN_E_FAILED, "stopped at step %lld: %s (%s)", (long long)step,
                          gan_alarm_text(r->alarm), gan_alarm_id(r->alarm));
}

/* Whether samples are measured at a step, where no clock says it. */
static bool is_measured_at(run *r, int64_t step)
{
    const gan_options *o = &r->start.options;
    return (step == r->total && r->quality.asked) ||
           (r->eval_every.every.unit != GAN_EVERY_SECONDS &&
            gan_clockwork_is_due(&r->eval_every, step, gan_data_describe(r->data)->n, o->batch_size,
                                 0));
}

/* What a process that was interrupted owes at the step of its checkpoint: a measurement. And a run
 * may have been measured to its end there. */
static gan_status catch_up(run *r)
{
    const int64_t step = r->first_step;
    bool better = false, back = false;
    for (int i = 0; i < GAN_ALARM_COUNT && gan_run_watches(r, "stop"); i++) {
        r->alarm = gan_watchdog_is_on(&r->course, i) ? i : r->alarm;
    }
    if (step == 0 && gan_run_watches(r, "rollback") && r->saved_step < 0) {
        GAN_TRY(evaluate(r, &better)); /* something to go back to */
        return better ? gan_run_save(r) : GAN_OK;
    }
    if (step == 0) {
        return GAN_OK;
    }
    if (!r->start.folder && r->course.best_step == (double)step) {
        GAN_TRY(gan_run_save(r)); /* the best so far of the new folder */
    }
    if (r->course.measured_step == (double)step) {
        gan_stop_rule_ask(&r->stop_rule, &r->course, r->reason);
    } else if (is_measured_at(r, step)) {
        GAN_TRY(evaluate(r, &better));
        GAN_TRY(r->quality.step == step ? log_line(r) : GAN_OK);
        GAN_TRY(gan_run_heed(r, &back));
        GAN_TRY(!back && r->course.measured_step == (double)step ? gan_run_save(r) : GAN_OK);
    }
    return GAN_OK;
}

static gan_status run_to_the_end(run *r)
{
    double now = gan_clock_seconds();
    const gan_options *o = &r->start.options;
    r->log_every = (gan_clockwork){o->log_every, now};
    r->sample_every = (gan_clockwork){o->sample_every, now};
    r->save_every = (gan_clockwork){o->save_every, now};
    r->test_every = (gan_clockwork){{.value = 1, .unit = GAN_EVERY_EPOCHS}, now};
    r->eval_every = (gan_clockwork){gan_quality_every(o, gan_data_describe(r->data)->n), now};
    r->began = now;
    gan_run_emit(r, GAN_EVENT_START, gan_session_device(r->session), r->folder.path);
    if (r->first_step >= r->total) {
        gan_say(&r->listener,
                "this run is complete: nothing is left to train (ask for more with --epochs or "
                "--steps)");
    } else if (r->first_step == 0 && o->sample_every.value > 0) {
        GAN_TRY(sample(r));
    }
    GAN_TRY(catch_up(r));
    GAN_TRY(step_to_the_end(r));
    if (!*r->reason && r->alarm < 0 && !is_stopped(r) && gan_session_step(r->session) < r->total) {
        snprintf(r->reason, sizeof r->reason,
                 "the time is over (--max-time %g); resumed, it continues", o->max_time);
    }
    if (*r->reason) {
        gan_say(&r->listener, "ends at step %lld: %s", (long long)gan_session_step(r->session),
                r->reason);
    }
    return finish(r);
}

/* Adds what a person needs to resume to the message of a run that failed while training. */
static gan_status explain_failure(run *r, gan_status status)
{
    if (status == GAN_OK || status == GAN_E_INTERRUPTED) {
        return status;
    }
    gan_error inner = *r->err;
    return gan_fail(r->err, status, "%s. Last good checkpoint: %s", inner.text,
                    r->result->checkpoint[0] ? r->result->checkpoint : "none yet");
}

static void fill_result(run *r)
{
    if (r->session) {
        r->result->step = gan_session_step(r->session);
        const int64_t steps = r->taken;
        r->result->seconds = r->step_seconds;
        r->result->img_per_s =
            r->step_seconds > 0
                ? (double)steps * (double)r->start.options.batch_size / r->step_seconds
                : 0;
    }
    r->result->test_accuracy = r->tester.data ? r->tester.accuracy : (double)NAN;
    r->result->peak_bytes = gan_system_peak_memory();
}

/* The same loop for all kinds of training: what a step is, is its program's. */
static gan_status train_kind(gan_net_kind kind, const gan_options *options,
                             const gan_train_callbacks *callbacks, gan_train_result *result,
                             gan_error *err)
{
    gan_train_result own_result = {0};
    gan_error own_err = {0};
    run r = {.callbacks = callbacks,
             .result = result ? result : &own_result,
             .err = err ? err : &own_err,
             .alarm = -1,
             .folder = {.lock_fd = -1}};
    memset(r.result, 0, sizeof *r.result);
    r.listener = (gan_listener){note, &r};
    r.began = gan_clock_seconds();
    gan_status status = gan_run_prepare(&r, kind, options);
    if (status == GAN_OK) {
        status = explain_failure(&r, run_to_the_end(&r));
    }
    fill_result(&r);
    gan_sinks_close(&r.sinks);
    gan_session_destroy(r.session);
    gan_tester_close(&r.tester);
    gan_quality_close(&r.quality);
    gan_data_close(r.opened);
    gan_run_folder_close(&r.folder);
    gan_start_free(&r.start);
    return status;
}

gan_status gan_train(const gan_options *options, const gan_train_callbacks *callbacks,
                     gan_train_result *result, gan_error *err)
{
    return train_kind(GAN_NET_KIND_GAN, options, callbacks, result, err);
}

gan_status gan_classify(const gan_options *options, const gan_train_callbacks *callbacks,
                        gan_train_result *result, gan_error *err)
{
    return train_kind(GAN_NET_KIND_SINGLE, options, callbacks, result, err);
}
