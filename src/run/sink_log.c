/* sink_log.c — log.txt of a run folder: what happened, a line each, with the time. It is a
 * convenience: a line that cannot be written is left out and nothing fails. It is not cut back on
 * resume: it tells what was done, also what was lost. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "run/sink.h"

static gan_status open_log(const gan_sink_run *run, void **sink, gan_error *err)
{
    char *path = NULL;
    GAN_TRY(gan_run_folder_path(run->folder, &path, err, "log.txt"));
    *sink = fopen(path, "ae");
    const int reason = errno;
    gan_status status =
        *sink ? GAN_OK : gan_fail(err, GAN_E_CREATE, "%s: %s", path, strerror(reason));
    free(path);
    return status;
}

/* Writes the line with its time; an empty one not. The text is freed. */
static void write_line(FILE *file, double when, gan_text *text)
{
    char time[GAN_CLOCK_ISO_SIZE];
    if (gan_text_check(text, NULL) == GAN_OK && text->length > 0) {
        gan_clock_iso(when, time);
        gan_text_clean_line(text->data);
        fprintf(file, "%s %s\n", time, text->data);
        (void)fflush(file);
    }
    gan_text_free(text);
}

static void log_event(void *sink, const gan_event *e, double when)
{
    gan_text line = {0};
    switch (e->kind) {
    case GAN_EVENT_NOTE:
        gan_text_add(&line, "%s", e->text);
        break;
    case GAN_EVENT_START:
        gan_text_add(&line, "start at step %lld of %lld on %s", (long long)e->step,
                     (long long)e->total_steps, e->text);
        break;
    case GAN_EVENT_SAMPLE:
        gan_text_add(&line, "samples %s", e->path);
        break;
    case GAN_EVENT_SAVE:
        gan_text_add(&line, "saved %s", e->path);
        break;
    case GAN_EVENT_END:
        gan_text_add(&line, "end at step %lld after %.1f s", (long long)e->step, e->elapsed);
        break;
    case GAN_EVENT_LOG: /* as scalars */
    case GAN_EVENT_PROGRESS:
        break;
    }
    write_line(sink, when, &line);
}

static gan_status log_scalars(void *sink, const gan_scalars *s, gan_error *err)
{
    gan_text line = {0};
    (void)err;
    gan_text_add(&line, "step %lld epoch %.3f", (long long)s->step, s->epoch);
    for (const gan_scalar *v = s->scalar; v < s->scalar + s->n; v++) {
        if (*v->label || *v->unit) {
            gan_text_add(&line, " %s%s%.*f%s%s", v->label, *v->label ? " " : "", v->digits,
                         v->value, *v->unit ? " " : "", v->unit);
        }
    }
    write_line(sink, s->when, &line);
    return GAN_OK;
}

static void close_log(void *sink)
{
    (void)fclose(sink);
}

const gan_sink_kind gan_sink_log = {
    .open = open_log, .event = log_event, .scalars = log_scalars, .close = close_log};
