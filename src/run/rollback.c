/* rollback.c — what a run does when its watchdog barks: tell it, end, or go back to its best. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/say.h"
#include "run/run.h"

static const double GAN_ROLLBACK_FACTOR = 0.5; /* of the learning rates, at each rollback */

bool gan_run_watches(const gan_run *r, const char *word)
{
    return strcmp(r->start.options.watch, word) == 0;
}

/* What was written of steps after the session's is of a way that is no longer gone. The newest
 * goes first: after a kill here, what is left leads to this rollback again. */
static gan_status forget_later(gan_run *r)
{
    gan_path_names paths = {0};
    gan_status status = GAN_OK;
    const int64_t step = gan_session_step(r->session);
    char *here = NULL;
    GAN_TRY_DONE(gan_run_folder_checkpoint(&r->folder, step, &here, r->err));
    GAN_TRY_DONE(gan_run_folder_checkpoints(r->folder.path, &paths, r->err));
    for (size_t i = 0; i < paths.n && strcmp(paths.name[i], here) != 0; i++) {
        if (unlink(paths.name[i]) != 0 && errno != ENOENT) {
            status =
                gan_fail(r->err, GAN_E_IO, "%s: cannot remove: %s", paths.name[i], strerror(errno));
            goto done;
        }
    }
    GAN_TRY_DONE(gan_quality_cut_back(r->folder.path, step, r->err));
    status = gan_pictures_cut_back(&r->folder, step, r->err);
done:
    gan_path_names_free(&paths);
    free(here);
    return status;
}

/* The session, the course and the counts of the run, as of the best checkpoint. One that was
 * measured just now, at the step of the alarm, is not written yet: it is the state at hand. */
static gan_status take_best(gan_run *r)
{
    char *path = NULL;
    gan_status status = GAN_OK;
    const int64_t number = r->session->rollbacks + 1, best = (int64_t)r->course.best_step;
    const double factor = GAN_ROLLBACK_FACTOR * r->session->lr_factor;
    if (best == gan_session_step(r->session) && r->saved_step != best) {
        GAN_TRY_DONE(gan_session_roll_back(r->session, NULL, number, factor, r->err));
    } else {
        GAN_TRY_DONE(gan_run_folder_checkpoint(&r->folder, best, &path, r->err));
        GAN_TRY_DONE(gan_session_roll_back(r->session, path, number, factor, r->err));
        GAN_TRY_DONE(gan_course_read(r->session->course, &r->course, r->err));
    }
    gan_course_calm(&r->course);
    gan_stop_rule_ask(&r->stop_rule, &r->course, r->reason);
    r->first_step = r->logged_step = gan_session_step(r->session);
    r->logged_seconds = r->step_seconds;
    r->sampled_step = r->quality.step = r->tester.step = r->dog.diversity_step = -1;
done:
    free(path);
    return status;
}

/* Back to the best, as a process would be that resumed there. The checkpoint that is written first
 * is the one that counts: until the later ones are gone a resumed run takes the old way once more,
 * and comes here. */
static gan_status roll_back(gan_run *r, int alarm)
{
    const int64_t from = gan_session_step(r->session), most = r->start.options.rollbacks;
    if (r->course.best_step < 0 || r->session->rollbacks >= most) {
        return gan_fail(r->err, GAN_E_FAILED, "step %lld: %s (%s); %s", (long long)from,
                        gan_alarm_text(alarm), gan_alarm_id(alarm),
                        r->course.best_step < 0 ? "there is no best checkpoint to roll back to"
                                                : "rolling back has not helped: see --rollbacks");
    }
    gan_sinks_close(&r->sinks);
    GAN_TRY(take_best(r));
    gan_say(&r->listener,
            "step %lld: %s (%s): rolled back to step %lld, learning rates times %g (rollback %lld "
            "of %lld)",
            (long long)from, gan_alarm_text(alarm), gan_alarm_id(alarm), (long long)r->first_step,
            r->session->lr_factor, (long long)r->session->rollbacks, (long long)most);
    GAN_TRY(gan_run_save(r));
    GAN_TRY(forget_later(r));
    const gan_sink_run sink_run = {&r->folder, r->session, r->first_step, r->total};
    return gan_sinks_open(&r->sinks, &sink_run, r->err);
}

/* Tells what is new; *back if the run went back, and nothing that was due is due any more. */
gan_status gan_run_heed(gan_run *r, bool *back)
{
    for (int alarm; !*back && r->alarm < 0 && (alarm = gan_watchdog_next(&r->course)) >= 0;) {
        if (gan_run_watches(r, "rollback")) {
            *back = true;
            GAN_TRY(roll_back(r, alarm));
        } else {
            gan_say(&r->listener, "watch: step %lld: %s (%s; docs/training.md)",
                    (long long)gan_session_step(r->session), gan_alarm_text(alarm),
                    gan_alarm_id(alarm));
            r->alarm = gan_run_watches(r, "stop") ? alarm : -1;
        }
    }
    return GAN_OK;
}

/* What is not finite, and where it began. */
static gan_status explain_nonfinite(gan_run *r, gan_status status)
{
    const gan_error inner = *r->err;
    char *where = NULL;
    if (status != GAN_E_NONFINITE || gan_run_watches(r, "off")) {
        return status;
    }
    if (gan_session_blame(r->session, &where, NULL) == GAN_OK && *where) {
        status = gan_fail(r->err, status, "%s: %s", inner.text, where);
    }
    free(where);
    return status;
}

/* The session's state is whole, or becomes so. */
gan_status gan_run_check(gan_run *r, bool *back)
{
    const gan_status status = explain_nonfinite(r, gan_session_check(r->session, r->err));
    if (status != GAN_E_NONFINITE || !gan_run_watches(r, "rollback")) {
        return status;
    }
    gan_say(&r->listener, "%s", r->err->text);
    *back = true;
    return roll_back(r, GAN_ALARM_nonfinite);
}
