/* stuck.c — one signal ends a command whose step does not end.
 *
 * The one who computes looks at the signals between two steps, which a step that hangs never
 * reaches. What it has computed since the last save cannot be had: the memory may be half written.
 */
#define _GNU_SOURCE /* nanosleep */
#include "cli/stuck.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static const double patience = 10, times_the_longest = 4; /* seconds; steps */
static const struct timespec pause_between = {0, 100 * 1000 * 1000};

typedef struct watch {
    const gan_signals *signals;
    const gan_pulse *pulse;
    void (*tell)(const void *ctx);
    const void *ctx;
} watch;

static void *look(void *ctx)
{
    const watch *w = ctx;
    double since = 0; /* the first look at which there was a signal */
    for (;;) {
        (void)nanosleep(&pause_between, NULL);
        const int caught = gan_signals_read(&w->signals->caught);
        const double now = gan_clock_seconds();
        since = caught && since <= 0 ? now : since;
        double longest = 0, began = gan_pulse_read(w->pulse, &longest);
        const double limit =
            times_the_longest * longest > patience ? times_the_longest * longest : patience;
        if (caught && began > 0 && now - (began > since ? began : since) > limit) {
            w->tell(w->ctx);
            _exit(128 + caught);
        }
    }
    return NULL;
}

gan_status cli_stuck_watch(const gan_signals *signals, const gan_pulse *pulse,
                           void (*tell)(const void *ctx), const void *ctx, gan_error *err)
{
    static watch only; /* one command runs in a process */
    pthread_t thread;
    only = (watch){signals, pulse, tell, ctx};
    const int code = pthread_create(&thread, NULL, look, &only);
    if (code == 0) {
        (void)pthread_detach(thread);
        return GAN_OK;
    }
    snprintf(err->text, sizeof err->text, "no thread to look after the steps: %s", strerror(code));
    return err->status = GAN_E_FAILED;
}
