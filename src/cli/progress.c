/* progress.c — a bar on a terminal, plain lines elsewhere; all on stderr. */
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "gan/clock.h"
#include "gan/number.h"

enum { DEFAULT_COLUMNS = 80, BAR_COLUMNS = 20 };
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

cli_progress cli_progress_begin(bool quiet)
{
    return (cli_progress){.quiet = quiet, .terminal = is_capable_terminal(), .drawn = -1};
}

static void clear_bar(cli_progress *p)
{
    if (p->bar_shown) {
        fputs("\r\033[K", stderr);
        p->bar_shown = false;
    }
}

static void format_metrics(const gan_event *e, char *out, size_t size)
{
    out[0] = 0;
    if (e->metric_steps > 0) {
        snprintf(out, size, "  Loss_D %.4f  Loss_G %.4f  D(x) %.3f  D(G(z)) %.3f",
                 e->metrics.loss_d, e->metrics.loss_g, e->metrics.d_real, e->metrics.d_fake);
    }
}

/* As much as fits: the step first, then the bar, speed and time left, losses last. */
static void draw_bar(cli_progress *p, const gan_event *e)
{
    char line[512], bar[BAR_COLUMNS + 1], metrics[160], eta[GAN_NUMBER_TEXT_SIZE];
    int width = columns() - 1;
    double share = e->total_steps > 0 ? (double)e->step / (double)e->total_steps : 0;
    int filled = (int)(share * BAR_COLUMNS);
    for (int i = 0; i < BAR_COLUMNS; i++) {
        bar[i] = i < filled ? '=' : i == filled ? '>' : ' ';
    }
    bar[BAR_COLUMNS] = 0;
    gan_number_duration(e->eta, eta);
    format_metrics(e, metrics, sizeof metrics);
    snprintf(line, sizeof line, "[%lld/%lld]%s%s%s epoch %.2f/%.0f  %.0f img/s  eta %s%s",
             (long long)e->step, (long long)e->total_steps, width >= 60 ? " [" : "",
             width >= 60 ? bar : "", width >= 60 ? "]" : "", e->epoch, e->epochs, e->img_per_s, eta,
             metrics);
    fprintf(stderr, "\r%.*s\033[K", width > 0 ? width : 1, line);
    p->bar_shown = true;
}

static void print_log(const gan_event *e)
{
    char metrics[160], eta[GAN_NUMBER_TEXT_SIZE];
    gan_number_duration(e->eta, eta);
    format_metrics(e, metrics, sizeof metrics);
    fprintf(stderr, "[%.2f/%.0f][%lld/%lld]%s  %.0f img/s  eta %s\n", e->epoch, e->epochs,
            (long long)e->step, (long long)e->total_steps, metrics, e->img_per_s, eta);
}

static void print_end(const gan_event *e)
{
    char took[GAN_NUMBER_TEXT_SIZE];
    gan_number_duration(e->elapsed, took);
    fprintf(stderr, "done: %lld steps, %.2f epochs, %s\n", (long long)e->step, e->epoch, took);
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
        fprintf(stderr, "%s\n", e->text);
        break;
    case GAN_EVENT_START:
        fprintf(stderr, "run folder %s\n", e->path);
        break;
    case GAN_EVENT_LOG:
        if (!p->terminal) { /* the bar says the same */
            print_log(e);
        }
        break;
    case GAN_EVENT_SAMPLE:
        fprintf(stderr, "samples %s\n", e->path);
        break;
    case GAN_EVENT_SAVE:
        fprintf(stderr, "saved %s\n", e->path);
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
