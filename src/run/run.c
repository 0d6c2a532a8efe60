/* run.c — what all parts of a run do: tell an event, write a checkpoint. */
#include "run/run.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"

/* How many times the images of so many steps are the data set. */
static double epochs_of(const gan_run *r, int64_t steps)
{
    return (double)steps * (double)r->start.options.batch_size /
           (double)gan_data_describe(r->data)->n;
}

void gan_run_emit(gan_run *r, gan_event_kind kind, const char *text, const char *path)
{
    gan_event event = r->latest;
    event.kind = kind;
    event.text = text;
    event.path = path;
    if (r->session) {
        event.step = gan_session_step(r->session);
        const int64_t done = r->taken;
        event.total_steps = r->total;
        event.steps_per_epoch = gan_session_steps_per_epoch(r->session);
        event.epoch = epochs_of(r, event.step);
        event.epochs = epochs_of(r, r->total);
        event.eta =
            r->step_seconds / (double)(done > 0 ? done : 1) * (double)(r->total - event.step);
        event.elapsed = gan_clock_seconds() - r->began;
        double left = r->start.options.max_time - event.elapsed;
        if (r->start.options.max_time > 0 && left < event.eta) {
            event.eta = left > 0 ? left : 0;
        }
    }
    gan_sinks_event(&r->sinks, &event);
    if (r->callbacks && r->callbacks->event) {
        r->callbacks->event(r->callbacks->ctx, &event);
    }
}

gan_status gan_run_save(gan_run *r)
{
    int64_t step = gan_session_step(r->session);
    char *path = NULL, *course = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_sinks_sync(&r->sinks, r->err));
    GAN_TRY_DONE(gan_run_folder_checkpoint(&r->folder, step, &path, r->err));
    GAN_TRY_DONE(gan_watchdog_fold(&r->dog, r->session, &r->course, r->err));
    if (r->course.measured_step >= 0 || r->dog.on) {
        GAN_TRY_DONE(gan_course_text(&r->course, &course, r->err));
    }
    GAN_TRY_DONE(gan_session_keep_course(r->session, course, r->err));
    GAN_TRY_DONE(gan_session_save(r->session, path, r->err));
    r->saved_step = step;
    snprintf(r->result->checkpoint, sizeof r->result->checkpoint, "%s", path);
    GAN_TRY_DONE(gan_run_folder_publish(&r->folder, step, (int64_t)r->course.best_step,
                                        r->start.options.keep, r->err));
    gan_run_emit(r, GAN_EVENT_SAVE, NULL, path);
done:
    free(course);
    free(path);
    return status;
}
