/* progress.c — a bar on a terminal, plain lines elsewhere; all on stderr. */
#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "cli/command.h"
#include "cli/preview.h"

enum { DEFAULT_COLUMNS = 80, BAR_COLUMNS = 20, PREVIEW_COLUMNS = 64 };
static const double redraw_seconds = 0.1;

static bool is_capable_terminal(void)
{
    const char *term = getenv("TERM");
    return isatty(2) && term && *term && strcmp(term, "dumb") != 0;
}

static int columns(void)
{
    struct winsize size;
    if (ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return DEFAULT_COLUMNS;
}

cli_progress cli_progress_begin(bool quiet, bool preview)
{
    cli_progress p = {.quiet = quiet, .terminal = is_capable_terminal(), .drawn = -1};
    p.preview = preview && p.terminal && !quiet;
    if (p.preview && !cli_preview_can()) {
        cli_print_note("--preview: there is no chafa here to draw samples with (apt install "
                       "chafa); they are pictures in the run folder");
        p.preview = false;
    }
    return p;
}

static void clear_bar(cli_progress *p)
{
    if (p->bar_shown) {
        fputs("\r\033[K", stderr);
        p->bar_shown = false;
    }
}

#define PLACE(id, field, key, tag, label, digits) PLACE_##id,
enum { GAN_ALL_METRIC_LIST(PLACE) N_METRICS };
#undef PLACE
enum { N_FIELDS = 4 + N_METRICS, FIELD_SIZE = 96, PART_SIZE = 48 };

/* Each its own text; "" for those without a label, and before any is known. */
static void format_metrics(const gan_event *e, char out[][FIELD_SIZE])
{
    static const struct {
        const char *label;
        int digits;
    } row[] = {
#define METRIC(id, field, key, tag, label, digits) {label, digits},
        GAN_ALL_METRIC_LIST(METRIC)
#undef METRIC
    };
    const double values[] = {
#define METRIC(id, field, key, tag, label, digits) e->metrics.field,
        GAN_ALL_METRIC_LIST(METRIC)
#undef METRIC
    };
    for (int i = 0; i < N_METRICS; i++) {
        out[i][0] = 0;
        if (e->metric_steps > 0 && *row[i].label && !isnan(values[i])) {
            snprintf(out[i], FIELD_SIZE, "%s %.*f", row[i].label, row[i].digits, values[i]);
        }
    }
}

/* "0.56/2", "0.56/1.33" */
static void format_epochs(const gan_event *e, char out[PART_SIZE])
{
    const bool is_whole = e->epochs == floor(e->epochs);
    snprintf(out, PART_SIZE, "%.2f/%.*f", e->epoch, is_whole ? 0 : 2, e->epochs);
}

static void format_bar(const gan_event *e, char out[PART_SIZE])
{
    const double share = e->total_steps > 0 ? (double)e->step / (double)e->total_steps : 0;
    const int filled = (int)(share * BAR_COLUMNS);
    out[0] = '[';
    for (int i = 0; i < BAR_COLUMNS; i++) {
        out[1 + i] = i < filled ? '=' : i == filled ? '>' : ' ';
    }
    snprintf(out + 1 + BAR_COLUMNS, 2, "]");
}

/* The fields that fit into `width` columns, whole: the first that does not ends the line. Returns
 * how many of them did. */
static int join(char fields[][FIELD_SIZE], const char *between, int width, char *line, size_t size)
{
    size_t used = 0;
    int n = 0;
    for (; n < N_FIELDS; n++) {
        const size_t more = fields[n][0] ? strlen(fields[n]) + (n > 0 ? strlen(between) : 0) : 0;
        if (used + more > (size_t)width || used + more >= size) {
            break;
        }
        snprintf(line + used, size - used, "%s%s", more && n > 0 ? between : "", fields[n]);
        used += more;
    }
    return n;
}

/* The step first, then the speed and the time left, the losses last: closer together, or fewer of
 * them, where columns are few. The bar itself comes where there is room for it too. */
static void draw_bar(cli_progress *p, const gan_event *e)
{
    char line[512] = "", fields[N_FIELDS][FIELD_SIZE], step[PART_SIZE], bar[PART_SIZE];
    char epochs[PART_SIZE], eta[GAN_NUMBER_TEXT_SIZE];
    const int width = columns() > 1 ? columns() - 1 : 1;
    gan_number_duration(e->eta, eta);
    format_epochs(e, epochs);
    format_bar(e, bar);
    snprintf(step, sizeof step, "[%lld/%lld]", (long long)e->step, (long long)e->total_steps);
    snprintf(fields[0], FIELD_SIZE, "%s %s", step, bar);
    snprintf(fields[1], FIELD_SIZE, "epoch %s", epochs);
    snprintf(fields[2], FIELD_SIZE, "%.0f img/s", e->img_per_s);
    snprintf(fields[3], FIELD_SIZE, "eta %s", eta);
    format_metrics(e, fields + 4);
    if (join(fields, "  ", width, line, sizeof line) < N_FIELDS) {
        snprintf(fields[0], FIELD_SIZE, "%s", step);
        if (join(fields, "  ", width, line, sizeof line) < N_FIELDS) {
            (void)join(fields, " ", width, line, sizeof line);
        }
    }
    fprintf(stderr, "\r%.*s\033[K", width, *line ? line : step);
    p->bar_shown = true;
}

static void print_log(const gan_event *e)
{
    char metrics[N_METRICS][FIELD_SIZE], epochs[PART_SIZE], eta[GAN_NUMBER_TEXT_SIZE];
    gan_number_duration(e->eta, eta);
    format_epochs(e, epochs);
    format_metrics(e, metrics);
    fprintf(stderr, "[%s][%lld/%lld]", epochs, (long long)e->step, (long long)e->total_steps);
    for (int i = 0; i < N_METRICS; i++) {
        fprintf(stderr, "%s%s", metrics[i][0] ? "  " : "", metrics[i]);
    }
    fprintf(stderr, "  %.0f img/s  eta %s\n", e->img_per_s, eta);
}

static void print_path(const char *what, const char *path)
{
    fprintf(stderr, "%s ", what);
    cli_print_note(path);
}

static void print_end(const gan_event *e)
{
    char took[GAN_NUMBER_TEXT_SIZE];
    gan_number_duration(e->elapsed, took);
    fprintf(stderr, "done: %lld step%s, %.2f epochs, %s\n", (long long)e->step, gan_plural(e->step),
            e->epoch, took);
}

void cli_progress_event(void *progress, const gan_event *e)
{
    cli_progress *p = progress;
    if (p->quiet) {
        return;
    }
    if (e->kind == GAN_EVENT_PROGRESS) {
        double now = gan_clock_seconds();
        if (p->terminal && now - p->drawn >= redraw_seconds) {
            draw_bar(p, e);
            p->drawn = now;
        }
        return;
    }
    clear_bar(p);
    switch (e->kind) {
    case GAN_EVENT_NOTE:
        cli_print_note(e->text);
        break;
    case GAN_EVENT_START:
        print_path("run folder", e->path);
        break;
    case GAN_EVENT_LOG:
        if (!p->terminal) { /* the bar says the same */
            print_log(e);
        }
        break;
    case GAN_EVENT_SAMPLE:
        print_path("samples", e->path);
        if (p->preview) {
            cli_preview_show(e->path, columns() < PREVIEW_COLUMNS ? columns() : PREVIEW_COLUMNS);
        }
        break;
    case GAN_EVENT_SAVE:
        print_path("saved", e->path);
        break;
    case GAN_EVENT_END:
        print_end(e);
        break;
    default:
        break;
    }
}

void cli_progress_end(cli_progress *progress)
{
    clear_bar(progress);
}
