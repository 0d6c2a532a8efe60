/* sink_report.c — report.html of a run folder (--report): the page of `gan report`, written again
 * at every sample grid and at the end, from what the folder holds then. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gan/report.h"
#include "run/sink.h"

typedef struct reporter {
    char *folder, *output;
} reporter;

static bool is_wanted(const gan_options *options)
{
    return options->report;
}

static void close_report(void *sink)
{
    reporter *r = sink;
    free(r->folder);
    free(r->output);
    free(r);
}

static gan_status open_report(const gan_sink_run *run, void **sink, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc(1, sizeof(reporter), &memory, err));
    reporter *r = memory;
    gan_status status = gan_strdup(run->folder->path, &r->folder, err);
    if (status == GAN_OK) {
        status = gan_run_folder_path(run->folder, &r->output, err, "report.html");
    }
    if (status != GAN_OK) {
        close_report(r);
        return status;
    }
    *sink = r;
    return GAN_OK;
}

static gan_status write_report(const reporter *r, gan_error *err)
{
    const char *const runs[] = {r->folder};
    return gan_report_write(runs, 1, r->output, NULL, err);
}

static gan_status take_image(void *sink, int64_t step, const char *name, const char *path,
                             gan_error *err)
{
    (void)step;
    (void)path;
    return strcmp(name, "samples") == 0 ? write_report(sink, err) : GAN_OK;
}

/* A run that is over and saved does not fail by its report. */
static void take_event(void *sink, const gan_event *event, double when)
{
    (void)when;
    if (event->kind == GAN_EVENT_END) {
        (void)write_report(sink, NULL);
    }
}

const gan_sink_kind gan_sink_report = {.is_wanted = is_wanted,
                                       .open = open_report,
                                       .event = take_event,
                                       .image = take_image,
                                       .close = close_report};
