/* start.c — what a run begins with: settings, network, and the checkpoint to resume from. */
#define _GNU_SOURCE /* realpath, stat */
#include "run/start.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/say.h"
#include "exchange/initial.h"
#include "net/net.h"
#include "run/recipe.h"
#include "session/latest.h"
#include "session/newest.h"
#include "session/run_folder.h"

typedef struct finder {
    const gan_data *data; /* of the caller's, or NULL */
    const gan_listener *listener;
    gan_error *err;
} finder;

/* The network with another latent size, where one is set. */
static gan_status set_latent(const gan_options *options, gan_net *net, gan_net **out,
                             gan_error *err)
{
    gan_net *changed = NULL;
    if (options->from[GAN_OPTION_ID_nz] > GAN_FROM_NET && options->nz != net->latent) {
        gan_status status = gan_net_with_latent(net, options->nz, &changed, err);
        gan_net_destroy(net);
        GAN_TRY(status);
        net = changed;
    }
    *out = net;
    return GAN_OK;
}

/* The network by name. */
static gan_status load_net(const gan_options *options, gan_net **out, gan_error *err)
{
    gan_net *net = NULL;
    GAN_TRY(gan_net_load(options->net, &net, err));
    return set_latent(options, net, out, err);
}

/* The network of the checkpoint of --init, where no other is named. */
static gan_status take_initial_net(const finder *f, gan_start *out)
{
    gan_net *net = NULL;
    char *name = NULL;
    GAN_TRY(gan_initial_net(&out->options, f->listener, &net, &name, f->err));
    if (!net) {
        return GAN_OK;
    }
    out->options.from[GAN_OPTION_ID_net] = GAN_FROM_DEFAULT;
    gan_status status =
        gan_options_set(&out->options, GAN_OPTION_ID_net, name, GAN_FROM_CHECKPOINT, f->err);
    free(name);
    if (status != GAN_OK) {
        gan_net_destroy(net);
        return status;
    }
    gan_say(f->listener, "network %s, that of %s", gan_net_name(net), out->options.init);
    return set_latent(&out->options, net, &out->net, f->err);
}

/* GAN_E_USAGE at the first setting that must stay the same and differs, of those set at least as
 * explicitly as `least`. The network is compared by its text. Data may have moved: with an explicit
 * path, gan_session_load compares what is in them; `auto` can only go by their name. */
static gan_status compare_fixed(const gan_options *now, const gan_options *saved,
                                gan_option_source least, gan_error *err)
{
    for (int i = 0; i < GAN_OPTION_COUNT; i++) {
        gan_option_id id = (gan_option_id)i;
        const gan_option_resume rule = gan_option_describe(id)->on_resume;
        const bool by_name = rule == GAN_RESUME_content && least == GAN_FROM_DEFAULT;
        const bool is_found = rule == GAN_RESUME_found && least > GAN_FROM_DEFAULT;
        if ((rule != GAN_RESUME_same && !by_name && !is_found) || now->from[id] < least) {
            continue;
        }
        char *a = NULL, *b = NULL;
        gan_status status = gan_options_text(now, id, &a, err);
        if (status == GAN_OK) {
            status = gan_options_text(saved, id, &b, err);
        }
        if (status == GAN_OK && strcmp(a, b) != 0) {
            status = gan_fail(err, GAN_E_USAGE,
                              "%s cannot change on resume: the checkpoint has %s, not %s",
                              gan_option_describe(id)->key, *b ? b : "none", a);
        }
        free(a);
        free(b);
        GAN_TRY(status);
    }
    return GAN_OK;
}

static gan_status read_saved(const gan_checkpoint *checkpoint, const char *path, gan_options *saved,
                             gan_error *err)
{
    GAN_TRY(gan_options_init(saved, err));
    return gan_checkpoint_take_options(checkpoint, path, saved, err);
}

/* The settings of a start from the beginning. */
static gan_status start_fresh(const finder *f, const gan_options *options, gan_start *out)
{
    bool by_data = gan_recipe_is_wanted(options);
    gan_recipe recipe = {0};
    GAN_TRY(gan_options_copy(&out->options, options, f->err));
    if (by_data) {
        GAN_TRY(take_initial_net(f, out));
        by_data = !out->net;
    }
    if (by_data) {
        GAN_TRY(gan_recipe_find(&out->options, f->data, f->listener, &recipe, f->err));
    }
    if (!out->net) {
        GAN_TRY(load_net(&out->options, &out->net, f->err));
    }
    GAN_TRY(gan_options_from_net(&out->options, out->net, f->err));
    return by_data ? gan_recipe_fit(&recipe, f->listener, &out->options, f->err) : GAN_OK;
}

/* Takes what is not set from the checkpoint, and its network unless one was named. */
static gan_status merge(const finder *f, const gan_options *options, const char *path,
                        const gan_checkpoint *checkpoint, gan_start *out)
{
    gan_options saved = {0};
    gan_status status = GAN_OK;
    const bool net_named =
        options->from[GAN_OPTION_ID_net] >= GAN_FROM_FILE && !gan_recipe_is_wanted(options);
    GAN_TRY_DONE(read_saved(checkpoint, path, &saved, f->err));
    GAN_TRY_DONE(compare_fixed(options, &saved, GAN_FROM_FILE, f->err));
    GAN_TRY_DONE(gan_options_copy(&out->options, options, f->err));
    if (!net_named) { /* also by the word that leaves it to the data: the checkpoint's */
        out->options.from[GAN_OPTION_ID_net] = GAN_FROM_DEFAULT;
    }
    GAN_TRY_DONE(gan_checkpoint_take_options(checkpoint, path, &out->options, f->err));
    if (checkpoint->tune) { /* nothing happens where a file was named */
        GAN_TRY_DONE(gan_options_set(&out->options, GAN_OPTION_ID_tune_file, path,
                                     GAN_FROM_CHECKPOINT, f->err));
    }
    GAN_TRY_DONE(net_named ? load_net(&out->options, &out->net, f->err)
                           : gan_net_parse(checkpoint->net, path, &out->net, f->err));
    GAN_TRY_DONE(gan_checkpoint_compare_net(checkpoint, path, out->net, GAN_E_USAGE, f->err));
    GAN_TRY_DONE(gan_options_from_net(&out->options, out->net, f->err));
    GAN_TRY_DONE(gan_strdup(path, &out->checkpoint, f->err));
done:
    gan_options_free(&saved);
    return status;
}

/* The run folder that a checkpoint lies in, links followed: the parent of "checkpoints", if a run
 * was configured there. NULL if it lies elsewhere. */
static gan_status run_around(const char *checkpoint, char **out, gan_error *err)
{
    char *folder = NULL, *config = NULL;
    gan_path_kind kind;
    gan_status status = GAN_OK;
    *out = NULL;
    char *whole = realpath(checkpoint, NULL);
    if (!whole) {
        const int reason = errno;
        return gan_fail(err, gan_file_open_status(reason), "%s: %s", checkpoint, strerror(reason));
    }
    GAN_TRY_DONE(gan_path_folder(whole, &folder, err));
    if (strcmp(gan_path_base(folder), "checkpoints") == 0) {
        GAN_TRY_DONE(gan_path_folder(folder, out, err));
        GAN_TRY_DONE(gan_path_join(*out, "config.yaml", &config, err));
        GAN_TRY_DONE(gan_path_look(config, &kind, err));
        if (kind != GAN_PATH_FILE) {
            free(*out);
            *out = NULL;
        }
    }
done:
    if (status != GAN_OK) {
        free(*out);
        *out = NULL;
    }
    free(whole);
    free(folder);
    free(config);
    return status;
}

/* True if both names lead to one file. Some file systems number a file anew at every look. */
static bool is_same_file(const char *a, const char *b)
{
    struct stat one, other;
    char *whole = strcmp(a, b) == 0 ? NULL : realpath(a, NULL);
    const bool same_name = strcmp(whole ? whole : a, b) == 0;
    free(whole);
    return same_name || (stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
                         one.st_ino == other.st_ino);
}

/* The run folder to continue in with a checkpoint; NULL, for a new one, if it lies in none or if
 * its run went further: what the run has behind that checkpoint is not to be lost. */
static gan_status folder_of(const finder *f, const char *path, char **out)
{
    gan_checkpoint newest = {0};
    char *newest_path = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(run_around(path, out, f->err));
    if (*out) {
        GAN_TRY_DONE(gan_newest_open(*out, NULL, &newest, &newest_path, NULL, f->err));
        if (!newest_path || !is_same_file(path, newest_path)) {
            gan_say(f->listener, "%s has later checkpoints: continuing in a new run folder", *out);
            free(*out);
            *out = NULL;
        }
    }
done:
    gan_checkpoint_close(&newest);
    free(newest_path);
    return status;
}

/* A run continues in its own folder, wherever others are made. */
static gan_status tell_outdir(const finder *f, const gan_options *options, const char *folder)
{
    char *parent = NULL;
    if (folder && options->from[GAN_OPTION_ID_outdir] == GAN_FROM_FLAG) {
        GAN_TRY(gan_path_folder(folder, &parent, f->err));
        if (!is_same_file(parent, options->outdir)) {
            gan_say(f->listener, "the run continues in %s: outdir makes no difference", folder);
        }
        free(parent);
    }
    return GAN_OK;
}

static gan_status resume_path(const finder *f, const gan_options *options, gan_start *out)
{
    gan_checkpoint checkpoint = {0};
    gan_path_kind kind;
    char *path = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_path_look(options->resume, &kind, f->err));
    if (kind == GAN_PATH_FOLDER) {
        GAN_TRY_DONE(gan_strdup(options->resume, &out->folder, f->err));
        GAN_TRY_DONE(
            gan_newest_open(options->resume, f->listener, &checkpoint, &path, NULL, f->err));
        if (!path) {
            status = gan_fail(f->err, GAN_E_NO_INPUT,
                              "%s: no whole checkpoint in it; name a run's folder or a checkpoint",
                              options->resume);
            goto done;
        }
    } else {
        GAN_TRY_DONE(gan_latest_follow(options->resume, &path, f->err));
        GAN_TRY_DONE(gan_checkpoint_open(path, &checkpoint, f->err));
        GAN_TRY_DONE(folder_of(f, path, &out->folder));
    }
    GAN_TRY_DONE(merge(f, options, path, &checkpoint, out));
    GAN_TRY_DONE(tell_outdir(f, options, out->folder));
done:
    gan_checkpoint_close(&checkpoint);
    free(path);
    return status;
}

/* Whether the run's settings that must stay the same are those of a fresh start. GAN_E_DATA: the
 * checkpoint's are not settings of this program. */
static gan_status compare_run(const gan_start *fresh, const gan_checkpoint *checkpoint,
                              const char *path, bool *same, gan_error *err)
{
    gan_options now = {0}, saved = {0};
    gan_status status = GAN_OK;
    *same = false;
    GAN_TRY_DONE(read_saved(checkpoint, path, &saved, err));
    GAN_TRY_DONE(gan_options_copy(&now, &fresh->options, err));
    GAN_TRY_DONE(gan_checkpoint_fill_options(checkpoint, path, &now, err));
    status = compare_fixed(&now, &saved, GAN_FROM_DEFAULT, err);
    *same =
        status == GAN_OK && !gan_net_texts_differ(checkpoint->net, gan_net_text(fresh->net), NULL);
    status = status == GAN_E_USAGE ? GAN_OK : status;
done:
    gan_options_free(&now);
    gan_options_free(&saved);
    return status;
}

/* Resumes a run, if it has a whole checkpoint and is the one that is asked for. */
static gan_status try_run(const finder *f, const gan_options *options, const gan_start *fresh,
                          const char *folder, gan_start *out)
{
    gan_checkpoint checkpoint = {0};
    gan_error why = {0};
    char *path = NULL;
    bool same = false;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_newest_open(folder, f->listener, &checkpoint, &path, NULL, f->err));
    if (path) {
        status = compare_run(fresh, &checkpoint, path, &same, &why);
    }
    if (status == GAN_E_DATA) {
        gan_say(f->listener, "passed over: %s", why.text);
        status = GAN_OK;
    } else if (status != GAN_OK) {
        status = gan_fail(f->err, status, "%s", why.text);
    } else if (same) {
        GAN_TRY_DONE(gan_strdup(folder, &out->folder, f->err));
        GAN_TRY_DONE(merge(f, options, path, &checkpoint, out));
    }
done:
    gan_checkpoint_close(&checkpoint);
    free(path);
    return status;
}

static gan_status resume_newest(const finder *f, const gan_options *options, gan_start *out)
{
    gan_start fresh = {0};
    gan_path_names runs = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(start_fresh(f, options, &fresh));
    GAN_TRY_DONE(gan_run_folder_list(options->outdir, &runs, f->err));
    for (size_t i = 0; i < runs.n && !out->checkpoint; i++) {
        GAN_TRY_DONE(try_run(f, options, &fresh, runs.name[i], out));
    }
    if (!out->checkpoint) {
        gan_say(f->listener, "nothing to resume in %s: a new run", options->outdir);
        *out = fresh;
        fresh = (gan_start){0};
    }
done:
    gan_path_names_free(&runs);
    gan_start_free(&fresh);
    return status;
}

gan_status gan_start_find(const gan_options *options, const gan_data *data,
                          const gan_listener *listener, gan_start *out, gan_error *err)
{
    const finder f = {data, listener, err};
    *out = (gan_start){0};
    if (!options->resume || !*options->resume) {
        return start_fresh(&f, options, out);
    }
    return strcmp(options->resume, "auto") == 0 ? resume_newest(&f, options, out)
                                                : resume_path(&f, options, out);
}

gan_status gan_start_confirm(const gan_start *start, gan_error *err)
{
    gan_checkpoint newest = {0};
    char *path = NULL;
    GAN_TRY(gan_newest_open(start->folder, NULL, &newest, &path, NULL, err));
    bool same = path && is_same_file(path, start->checkpoint);
    gan_checkpoint_close(&newest);
    free(path);
    return same ? GAN_OK
                : gan_fail(err, GAN_E_LOCKED,
                           "%s: another process went on with this run meanwhile; start again to go "
                           "on from its checkpoint",
                           start->folder);
}

void gan_start_free(gan_start *start)
{
    gan_options_free(&start->options);
    gan_net_destroy(start->net);
    free(start->checkpoint);
    free(start->folder);
    *start = (gan_start){0};
}
