/* signals.c — handlers that set a flag the program owns. */
#define _GNU_SOURCE /* sigaction, clock_gettime */
#include "gan/signals.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "base/error.h"

enum { REPEAT_MILLISECONDS = 250, CLOCK_WRAP = 1 << 30 };

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP};
static const int ignored_signals[] = {SIGPIPE, SIGXFSZ};

/* The library's one mutable static: a signal handler is given nothing but the signal's number, so
 * the object that it sets must be found from here. */
static gan_signals *volatile installed;

/* A sig_atomic_t's worth of milliseconds; clock_gettime may be called in a handler. */
static sig_atomic_t milliseconds(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (sig_atomic_t)((now.tv_sec * 1000 + now.tv_nsec / 1000000) % CLOCK_WRAP);
}

static void on_signal(int number)
{
    const int saved = errno;
    gan_signals *signals = installed;
    if (signals && !signals->caught) {
        signals->since = milliseconds();
        signals->caught = number;
    } else if (!signals || signals->caught != number ||
               (milliseconds() - signals->since + CLOCK_WRAP) % CLOCK_WRAP > REPEAT_MILLISECONDS) {
        signal(number, SIG_DFL);
        raise(number); /* delivered when this handler returns and the signal is unblocked */
    }
    errno = saved;
}

static gan_status set_action(int number, void (*handler)(int), gan_error *err)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, &action, NULL) != 0) {
        return gan_fail(err, GAN_E_FAILED, "cannot handle signal %d: %s", number, strerror(errno));
    }
    return GAN_OK;
}

/* A sanitizer may have set one already. */
static gan_status set_stack(gan_signals *signals, gan_error *err)
{
    const stack_t own = {.ss_sp = signals->stack, .ss_size = sizeof signals->stack};
    stack_t now;
    if (sigaltstack(NULL, &now) != 0 ||
        ((now.ss_flags & SS_DISABLE) && sigaltstack(&own, NULL) != 0)) {
        return gan_fail(err, GAN_E_FAILED, "no stack for signals: %s", strerror(errno));
    }
    return GAN_OK;
}

/* Takes the stack back if it is that of the object. */
static void remove_stack(const gan_signals *signals)
{
    const stack_t none = {.ss_flags = SS_DISABLE};
    stack_t now;
    if (signals && sigaltstack(NULL, &now) == 0 && now.ss_sp == (const void *)signals->stack) {
        (void)sigaltstack(&none, NULL);
    }
}

static int is_ignored(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

gan_status gan_signals_install(gan_signals *signals, gan_error *err)
{
    signals->caught = 0;
    signals->since = 0;
    remove_stack(installed);
    GAN_TRY(set_stack(signals, err));
    installed = signals;
    for (size_t i = 0; i < sizeof stop_signals / sizeof *stop_signals; i++) {
        if (stop_signals[i] != SIGHUP || !is_ignored(SIGHUP)) {
            GAN_TRY(set_action(stop_signals[i], on_signal, err));
        }
    }
    for (size_t i = 0; i < sizeof ignored_signals / sizeof *ignored_signals; i++) {
        GAN_TRY(set_action(ignored_signals[i], SIG_IGN, err));
    }
    return GAN_OK;
}

void gan_signals_remove(void)
{
    for (size_t i = 0; i < sizeof stop_signals / sizeof *stop_signals; i++) {
        (void)set_action(stop_signals[i], SIG_DFL, NULL);
    }
    for (size_t i = 0; i < sizeof ignored_signals / sizeof *ignored_signals; i++) {
        (void)set_action(ignored_signals[i], SIG_DFL, NULL);
    }
    remove_stack(installed);
    installed = NULL;
}
