/* prepare.c — everything of a training run before its first step: where it starts, its data, its
 * session and its folder.
 *
 * The order is the protocol. What the user may have got wrong is looked at before anything is made,
 * so a refused run leaves no folder. The folder of a run that is resumed is locked before its
 * checkpoint is read, and cut back to it only when the session has taken it. */
#include "run/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/say.h"
#include "base/text.h"
#include "base/yaml.h"
#include "exchange/initial.h"
#include "run/budget.h"
#include "run/dry_run.h"
#include "run/idle.h"
#include "run/recipe.h"
#include "session/schedule.h"
#include "session/tune_file.h"

enum { NAME_PART = 80 /* bytes of a network's or a data set's name in the run folder's */ };

static const gan_data *given_data(const gan_run *r)
{
    return r->callbacks ? r->callbacks->data : NULL;
}

static gan_status open_data(gan_run *r)
{
    gan_data_options options;
    r->data = given_data(r);
    if (r->data) {
        r->tester = (gan_tester){.step = -1, .accuracy = (double)NAN};
        return GAN_OK;
    }
    GAN_TRY(gan_plan_data_options(&r->start, &options, r->err));
    options.listener = &r->listener;
    options.cancel = r->callbacks ? r->callbacks->stop : NULL;
    GAN_TRY(gan_data_open(r->start.options.data, &options, &r->opened, r->err));
    r->data = r->opened;
    return gan_tester_open(&r->start, &r->listener, options.cancel, &r->tester, r->err);
}

/* The folder of the run that is resumed, before its checkpoint is read: nobody may remove that. */
static gan_status lock_folder(gan_run *r)
{
    GAN_TRY(gan_run_folder_open(r->start.folder, &r->folder, r->err));
    return gan_start_confirm(&r->start, r->err);
}

/* Makes it what it was at the checkpoint's step. */
static gan_status restore_folder(gan_run *r)
{
    snprintf(r->result->checkpoint, sizeof r->result->checkpoint, "%s", r->start.checkpoint);
    GAN_TRY(gan_run_folder_publish(&r->folder, r->first_step, (int64_t)r->course.best_step,
                                   r->start.options.keep, r->err));
    GAN_TRY(gan_quality_cut_back(r->folder.path, r->first_step, r->err));
    return gan_pictures_cut_back(&r->folder, r->first_step, r->err);
}

static gan_status make_folder(gan_run *r)
{
    const gan_options *o = gan_session_options(r->session);
    char *name = NULL;
    GAN_TRY(gan_format(&name, r->err, "%.*s-%.*s-b%lld", NAME_PART, gan_net_name(r->start.net),
                       NAME_PART, gan_data_describe(r->data)->name, (long long)o->batch_size));
    for (char *c = name; *c; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || *c == '-' || *c == '.' || *c == '_';
        *c = plain ? *c : '_';
    }
    gan_status status = gan_run_folder_create(o->outdir, name, &r->folder, r->err);
    free(name);
    return status;
}

/* The network as it is trained, for --net of other runs: a shipped one may be another one day. */
static gan_status write_net(gan_run *r)
{
    const char *text = gan_net_text(r->start.net);
    char *path = NULL;
    GAN_TRY(gan_run_folder_path(&r->folder, &path, r->err, "network.yaml"));
    gan_status status = gan_file_write_whole(path, text, strlen(text), r->err);
    free(path);
    return status;
}

/* The settings, the network, and the tune beside them, where there is one. */
static gan_status write_config(gan_run *r)
{
    char *yaml = NULL, *path = NULL, *tune = NULL;
    gan_text text = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_options_yaml(gan_session_options(r->session), &yaml, r->err));
    gan_text_add(&text, "%s", yaml);
    if (r->session->tune) {
        GAN_TRY_DONE(gan_run_folder_path(&r->folder, &tune, r->err, "tune.yaml"));
        GAN_TRY_DONE(gan_tune_file_write(r->session->tune, tune, r->err));
        gan_text_add(&text, "tune_file: ");
        gan_yaml_quote(&text, tune);
        gan_text_add(&text, "\n");
    }
    GAN_TRY_DONE(gan_text_check(&text, r->err));
    GAN_TRY_DONE(gan_run_folder_path(&r->folder, &path, r->err, "config.yaml"));
    GAN_TRY_DONE(gan_file_write_whole(path, text.data, text.length, r->err));
    GAN_TRY_DONE(write_net(r));
done:
    gan_text_free(&text);
    free(yaml);
    free(path);
    free(tune);
    return status;
}

static void tell_unlocked(const gan_run *r)
{
    if (r->folder.unlocked) {
        gan_say(&r->listener,
                "%s cannot be locked (%s): nothing keeps a second process from training there; do "
                "not start one",
                r->folder.path, strerror(r->folder.unlocked));
    }
}

static gan_status write_reals(gan_run *r)
{
    char *path = NULL;
    GAN_TRY(gan_pictures_write_reals(&r->folder, r->data, r->grid, &path, r->err));
    gan_status status = gan_sinks_image(&r->sinks, r->first_step, "reals", path, r->err);
    free(path);
    return status;
}

/* The start of a run; images that the caller gives are known by their name. */
static gan_status find_start(gan_run *r, const gan_options *options)
{
    gan_options named = {0};
    gan_status status = GAN_OK;
    if (!given_data(r)) {
        return gan_start_find(options, NULL, &r->listener, &r->start, r->err);
    }
    GAN_TRY_DONE(gan_options_copy(&named, options, r->err));
    GAN_TRY_DONE(gan_options_set(&named, GAN_OPTION_ID_data, gan_data_describe(given_data(r))->name,
                                 GAN_FROM_FLAG, r->err));
    status = gan_start_find(&named, given_data(r), &r->listener, &r->start, r->err);
done:
    gan_options_free(&named);
    return status;
}

/* The session with the state that the run begins with. A resumed one does not look at --init. */
static gan_status make_session(gan_run *r, const gan_initial *initial)
{
    GAN_TRY(gan_session_create(r->start.net, r->data, &r->start.options, &r->listener, &r->session,
                               r->err));
    gan_session_set_pulse(r->session, r->callbacks ? r->callbacks->pulse : NULL);
    return r->start.checkpoint
               ? gan_session_load(r->session, r->start.checkpoint, &r->listener, r->err)
               : gan_initial_write(initial, r->session, r->err);
}

/* Reads what --init names before the data: it may not fit. */
static gan_status open_inputs(gan_run *r, gan_initial *initial)
{
    if (!r->start.checkpoint) {
        GAN_TRY(gan_initial_read(r->start.net, &r->start.options, &r->listener, initial, r->err));
    }
    GAN_TRY(open_data(r));
    return gan_budget_resolve(&r->start, r->data, r->callbacks ? r->callbacks->stop : NULL,
                              &r->listener, r->err);
}

static gan_status open_session(gan_run *r)
{
    gan_initial initial = {0};
    gan_status status = open_inputs(r, &initial);
    if (status == GAN_OK) {
        status = make_session(r, &initial);
    }
    gan_initial_free(&initial);
    return status;
}

/* The recipes of --net auto are GANs. A run that is resumed has its network. */
static gan_status refuse_recipe(const gan_options *options, gan_error *err)
{
    return gan_recipe_is_wanted(options) && !(options->resume && *options->resume)
               ? gan_fail(
                     err, GAN_E_USAGE,
                     "net auto: it chooses GANs; name a classifier: --net mnist-classifier, or "
                     "a file of your own")
               : GAN_OK;
}

gan_status gan_run_prepare(gan_run *r, gan_net_kind kind, const gan_options *options)
{
    GAN_TRY(kind == GAN_NET_KIND_SINGLE ? refuse_recipe(options, r->err) : GAN_OK);
    GAN_TRY(find_start(r, options));
    GAN_TRY(gan_net_need_kind(r->start.net, kind, r->err));
    GAN_TRY(gan_options_check(&r->start.options, r->err));
    GAN_TRY(gan_stop_rule_read(&r->start.options, &r->stop_rule, r->err));
    GAN_TRY(gan_pictures_plan(&r->start, &r->grid, r->err));
    GAN_TRY(r->start.folder ? lock_folder(r) : gan_path_may_make(r->start.options.outdir, r->err));
    GAN_TRY(open_session(r));
    gan_schedule_tell(&r->session->build, &r->listener);
    GAN_TRY(gan_course_read(r->session->course, &r->course, r->err));
    r->first_step = gan_session_step(r->session);
    if (!r->start.folder) {
        gan_course_move(&r->course, r->first_step);
    }
    r->logged_step = r->first_step;
    r->sampled_step = -1;
    r->saved_step = r->start.folder ? r->first_step : -1; /* in this run folder */
    r->total = gan_schedule_total_steps(&r->start.options, gan_data_describe(r->data)->n);
    gan_idle_tell(&r->start, r->total, &r->listener);
    GAN_TRY(gan_watchdog_open(r->session, r->data, &r->dog, r->err));
    GAN_TRY(gan_quality_open(r->session, r->data, &r->listener,
                             r->callbacks ? r->callbacks->stop : NULL, &r->quality, r->err));
    GAN_TRY(r->start.folder ? restore_folder(r) : make_folder(r));
    snprintf(r->result->folder, sizeof r->result->folder, "%s", r->folder.path);
    tell_unlocked(r);
    GAN_TRY(write_config(r));
    const gan_sink_run sink_run = {&r->folder, r->session, r->first_step, r->total};
    GAN_TRY(gan_sinks_open(&r->sinks, &sink_run, r->err));
    return write_reals(r);
}
