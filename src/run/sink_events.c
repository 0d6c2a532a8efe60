/* sink_events.c — TensorBoard's event files of a run folder (--tensorboard): scalars, sample grids,
 * histograms of weights and gradients, settings, the network.
 *
 * A resumed run begins a new file, which makes readers forget what an earlier process wrote of the
 * steps that are taken again: a file that a reader has open is never cut. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/path.h"
#include "base/text.h"
#include "io/events.h"
#include "run/sink.h"

enum { MAX_PNG = 1 << 30 };

static bool is_wanted(const gan_options *options)
{
    return options->tensorboard;
}

/* A text as a block of code in Markdown. */
static gan_status add_code(gan_events *events, const char *tag, const char *text, gan_error *err)
{
    gan_text code = {0};
    for (const char *at = text; *at;) {
        const int n = (int)strcspn(at, "\n");
        gan_text_add(&code, "    %.*s\n", n, at);
        at += n + (at[n] == '\n');
    }
    gan_text_add(&code, "%s", "");
    gan_status status = gan_text_check(&code, err);
    if (status == GAN_OK) {
        gan_events_text(events, tag, code.data);
    }
    gan_text_free(&code);
    return status;
}

/* Every setting that has a value, as TensorBoard's table of runs wants it. */
static gan_status add_settings(gan_events *events, const gan_sink_run *run, gan_error *err)
{
    const gan_options *o = gan_session_options(run->session);
    gan_events_setting settings[GAN_OPTION_COUNT];
    char *text[GAN_OPTION_COUNT] = {0};
    size_t n = 0;
    gan_status status = GAN_OK;
    for (int i = 0; i < GAN_OPTION_COUNT; i++) {
        const gan_option_row *row = gan_option_describe((gan_option_id)i);
        GAN_TRY_DONE(gan_options_text(o, (gan_option_id)i, &text[n], err));
        if (!*text[n] || row->on_resume == GAN_RESUME_unsaved) {
            free(text[n]);
            text[n] = NULL;
            continue;
        }
        settings[n] = (gan_events_setting){row->key, text[n], (double)NAN};
        if (!gan_option_is_text(row->type)) {
            (void)gan_number_double(text[n], &settings[n].number, NULL);
        }
        n++;
    }
    gan_events_hparams(events, gan_path_base(run->folder->path), settings, n, gan_clock_wall());
done:
    for (size_t i = 0; i <= n && i < GAN_OPTION_COUNT; i++) {
        free(text[i]);
    }
    return status;
}

static gan_status describe_run(gan_events *events, const gan_sink_run *run, gan_error *err)
{
    char *yaml = NULL;
    GAN_TRY(gan_options_yaml(gan_session_options(run->session), &yaml, err));
    gan_status status = add_code(events, "config", yaml, err);
    free(yaml);
    GAN_TRY(status);
    GAN_TRY(add_code(events, "network", gan_net_text(gan_session_net(run->session)), err));
    GAN_TRY(add_code(events, "device", gan_session_device(run->session), err));
    GAN_TRY(add_settings(events, run, err));
    return gan_events_end(events, run->step, gan_clock_wall(), err);
}

static gan_status open_events(const gan_sink_run *run, void **sink, gan_error *err)
{
    gan_events *events = NULL;
    GAN_TRY(gan_events_open(run->folder->path, run->step > 0 ? run->step + 1 : 0, &events, err));
    *sink = events;
    return describe_run(events, run, err);
}

static gan_status write_scalars(void *sink, const gan_scalars *s, gan_error *err)
{
    for (const gan_scalar *v = s->scalar; v < s->scalar + s->n; v++) {
        if (v->tag) {
            gan_events_scalar(sink, v->tag, v->value);
        }
    }
    return gan_events_end(sink, s->step, s->when, err);
}

static gan_status write_image(void *sink, int64_t step, const char *name, const char *path,
                              gan_error *err)
{
    char *bytes = NULL;
    size_t n = 0;
    GAN_TRY(gan_file_read_whole(path, MAX_PNG, &bytes, &n, err));
    gan_events_image(sink, name, bytes, n);
    free(bytes);
    return gan_events_end(sink, step, gan_clock_wall(), err);
}

static gan_status write_tensor(void *sink, int64_t step, const char *name, const float *values,
                               int64_t n, gan_error *err)
{
    gan_events_histogram(sink, name, values, n);
    return gan_events_end(sink, step, gan_clock_wall(), err);
}

/* The table of runs is a convenience: nothing fails by it. */
static void tell_end(void *sink, const gan_event *event, double when)
{
    if (event->kind == GAN_EVENT_END) {
        gan_events_hparams_end(sink, when);
        (void)gan_events_end(sink, event->step, when, NULL);
    }
}

static gan_status sync_events(void *sink, gan_error *err)
{
    return gan_events_sync(sink, err);
}

static void close_events(void *sink)
{
    gan_events_close(sink);
}

const gan_sink_kind gan_sink_events = {.is_wanted = is_wanted,
                                       .open = open_events,
                                       .event = tell_end,
                                       .scalars = write_scalars,
                                       .image = write_image,
                                       .tensor = write_tensor,
                                       .sync = sync_events,
                                       .close = close_events};
