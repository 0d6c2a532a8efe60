/* run_log.c — log.txt of a run folder. */
#include "run/run_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

/* The event as a line without its time; "" for those that have none. */
static void describe(const gan_event *e, char *line, size_t size)
{
    line[0] = 0;
    switch (e->kind) {
    case GAN_EVENT_NOTE:
        snprintf(line, size, "%s", e->text);
        break;
    case GAN_EVENT_START:
        snprintf(line, size, "start at step %lld of %lld on %s", (long long)e->step,
                 (long long)e->total_steps, e->text);
        break;
    case GAN_EVENT_LOG:
        snprintf(line, size,
                 "step %lld epoch %.3f Loss_D %.6f Loss_G %.6f D(x) %.4f D(G(z)) %.4f %.1f img/s",
                 (long long)e->step, e->epoch, e->metrics.loss_d, e->metrics.loss_g,
                 e->metrics.d_real, e->metrics.d_fake, e->img_per_s);
        break;
    case GAN_EVENT_SAMPLE:
        snprintf(line, size, "samples %s", e->path);
        break;
    case GAN_EVENT_SAVE:
        snprintf(line, size, "saved %s", e->path);
        break;
    case GAN_EVENT_END:
        snprintf(line, size, "end at step %lld after %.1f s", (long long)e->step, e->elapsed);
        break;
    default:
        break;
    }
}

static void keep(gan_run_log *log, const char *line)
{
    size_t n = strlen(line);
    char *grown = realloc(log->early, log->early_length + n + 1);
    if (grown) {
        memcpy(grown + log->early_length, line, n + 1);
        log->early = grown;
        log->early_length += n;
    }
}

void gan_run_log_event(gan_run_log *log, const gan_event *event)
{
    char text[2048], when[GAN_CLOCK_ISO_SIZE];
    describe(event, text, sizeof text);
    gan_text_clean_line(text);
    if (!text[0]) {
        return;
    }
    gan_clock_iso(gan_clock_wall(), when);
    if (log->file) {
        fprintf(log->file, "%s %s\n", when, text);
        (void)fflush(log->file);
        return;
    }
    char *line = NULL;
    if (gan_format(&line, NULL, "%s %s\n", when, text) == GAN_OK) {
        keep(log, line);
    }
    free(line);
}

gan_status gan_run_log_open(gan_run_log *log, const gan_run_folder *run, gan_error *err)
{
    char *path = NULL;
    GAN_TRY(gan_run_folder_path(run, &path, err, "log.txt"));
    log->file = fopen(path, "ae");
    gan_status status =
        log->file ? GAN_OK : gan_fail(err, GAN_E_CREATE, "%s: %s", path, strerror(errno));
    if (log->file && log->early) {
        fputs(log->early, log->file);
    }
    free(path);
    return status;
}

void gan_run_log_close(gan_run_log *log)
{
    if (log->file) {
        (void)fclose(log->file);
    }
    free(log->early);
    *log = (gan_run_log){0};
}
