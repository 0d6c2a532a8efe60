/* signals.c — handlers that set a flag the program owns, and the thread that they run in. */
#define _GNU_SOURCE /* sigaction, clock_gettime, pthread_sigmask */
#include "base/signals.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

enum { REPEAT_MILLISECONDS = 250, CLOCK_WRAP = 1 << 30 };
enum { RECEIVER_STACK = 1 << 18 /* bytes; a frame with AMX registers takes 11 KiB */ };

typedef enum signal_kind { STOPS, WARNS, SAVES } signal_kind;

static const struct {
    int number;
    signal_kind kind;
    bool may_be_ignored; /* stays so where the process was started so */
} handled[] = {{SIGINT, STOPS, false}, {SIGTERM, STOPS, false}, {SIGHUP, STOPS, true},
               {SIGUSR2, WARNS, true}, {SIGXCPU, WARNS, true},  {SIGALRM, WARNS, true},
               {SIGUSR1, SAVES, true}};
static const int ignored_signals[] = {SIGPIPE, SIGXFSZ};

enum { N_HANDLED = sizeof handled / sizeof *handled };

/* The library's mutable statics: a signal handler is given nothing but the signal's number, so the
 * object that it sets must be found from here, and signals have one receiver in a process. */
static gan_signals *installed;
static struct {
    bool runs;
    pthread_t thread;
    sigset_t callers_mask;
} receiver;

static sigset_t handled_set(void)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < N_HANDLED; i++) {
        sigaddset(&set, handled[i].number);
    }
    return set;
}

static signal_kind kind_of(int number)
{
    int i = 0;
    while (i + 1 < N_HANDLED && handled[i].number != number) {
        i++;
    }
    return handled[i].kind;
}

/* A sig_atomic_t's worth of milliseconds; clock_gettime may be called in a handler. */
static sig_atomic_t milliseconds(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (sig_atomic_t)((now.tv_sec * 1000 + now.tv_nsec / 1000000) % CLOCK_WRAP);
}

/* By the signal itself, when this handler returns and the signal is unblocked. */
static void end_by(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

/* Whether a signal that stops comes after another one of them, and is not that one sent twice. */
static bool is_second(const gan_signals *signals, int caught, int number)
{
    return caught && kind_of(caught) == STOPS && kind_of(number) == STOPS &&
           (caught != number ||
            (milliseconds() - signals->since + CLOCK_WRAP) % CLOCK_WRAP > REPEAT_MILLISECONDS);
}

static void on_signal(int number)
{
    const int saved = errno;
    const signal_kind kind = kind_of(number);
    gan_signals *signals = __atomic_load_n(&installed, __ATOMIC_ACQUIRE);
    const int caught = gan_signals_read(signals ? &signals->caught : NULL);
    if (!signals || is_second(signals, caught, number)) {
        end_by(number);
    } else if (kind == SAVES) {
        __atomic_store_n(&signals->save, 1, __ATOMIC_RELAXED);
    } else if (!caught || (kind == STOPS && kind_of(caught) == WARNS)) {
        signals->since = milliseconds();
        __atomic_store_n(&signals->caught, number, __ATOMIC_RELAXED);
    }
    errno = saved;
}

int gan_signals_read(const volatile sig_atomic_t *flag)
{
    return flag ? __atomic_load_n(flag, __ATOMIC_RELAXED) : 0;
}

int gan_signals_take(volatile sig_atomic_t *flag)
{
    return flag ? __atomic_exchange_n(flag, 0, __ATOMIC_RELAXED) : 0;
}

static gan_status set_action(int number, void (*handler)(int), gan_error *err)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, &action, NULL) != 0) {
        return gan_fail(err, GAN_E_FAILED, "cannot handle signal %d: %s", number, strerror(errno));
    }
    return GAN_OK;
}

static void *receive(void *unused)
{
    (void)unused;
    sigset_t own = handled_set();
    (void)pthread_sigmask(SIG_UNBLOCK, &own, NULL);
    for (;;) {
        (void)pause();
    }
    return NULL;
}

/* Starts the receiver, which inherits a mask of everything and opens its own, and leaves its
 * signals blocked in the caller and in all threads that it starts from here on. */
static gan_status start_receiver(gan_error *err)
{
    sigset_t all, blocked = handled_set();
    pthread_attr_t attributes;
    sigfillset(&all);
    int code = pthread_attr_init(&attributes);
    if (code == 0) {
        (void)pthread_attr_setstacksize(&attributes, RECEIVER_STACK);
        (void)pthread_sigmask(SIG_SETMASK, &all, &receiver.callers_mask);
        code = pthread_create(&receiver.thread, &attributes, receive, NULL);
        (void)pthread_sigmask(SIG_SETMASK, &receiver.callers_mask, NULL);
        (void)pthread_attr_destroy(&attributes);
    }
    if (code != 0) {
        return gan_fail(err, GAN_E_FAILED, "no thread for signals: %s", strerror(code));
    }
    (void)pthread_sigmask(SIG_BLOCK, &blocked, NULL);
    receiver.runs = true;
    return GAN_OK;
}

static void stop_receiver(void)
{
    if (receiver.runs) {
        (void)pthread_cancel(receiver.thread);
        (void)pthread_join(receiver.thread, NULL);
        (void)pthread_sigmask(SIG_SETMASK, &receiver.callers_mask, NULL);
        receiver.runs = false;
    }
}

static int is_ignored(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

gan_status gan_signals_install(gan_signals *signals, gan_error *err)
{
    stop_receiver();
    __atomic_store_n(&signals->caught, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&signals->save, 0, __ATOMIC_RELAXED);
    signals->since = 0;
    __atomic_store_n(&installed, signals, __ATOMIC_RELEASE);
    for (int i = 0; i < N_HANDLED; i++) {
        if (!handled[i].may_be_ignored || !is_ignored(handled[i].number)) {
            GAN_TRY(set_action(handled[i].number, on_signal, err));
        }
    }
    for (size_t i = 0; i < sizeof ignored_signals / sizeof *ignored_signals; i++) {
        GAN_TRY(set_action(ignored_signals[i], SIG_IGN, err));
    }
    return start_receiver(err);
}

void gan_signals_remove(void)
{
    for (int i = 0; i < N_HANDLED; i++) {
        (void)set_action(handled[i].number, SIG_DFL, NULL);
    }
    for (size_t i = 0; i < sizeof ignored_signals / sizeof *ignored_signals; i++) {
        (void)set_action(ignored_signals[i], SIG_DFL, NULL);
    }
    stop_receiver();
    installed = NULL;
}
