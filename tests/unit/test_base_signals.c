/* test_base_signals.c — stopping politely, and the clocks. Signals are tried in child processes. */
#define _GNU_SOURCE /* fork, kill, nanosleep */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/signals.h"

enum { FINE = 0, BAD = 1, REPEAT_NANOSECONDS = 300 * 1000 * 1000 };

static void pause_for(long nanoseconds)
{
    const struct timespec time = {0, nanoseconds};
    (void)nanosleep(&time, NULL);
}

/* What waitpid says of a child that ran body. */
static int run_child(void (*body)(void))
{
    int code = 0;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGHUP, SIG_DFL); /* the tests themselves may run under nohup */
        body();
        _exit(FINE);
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    return code;
}

static void expect(int condition)
{
    if (!condition) {
        _exit(BAD);
    }
}

static gan_signals owned;

static int caught(void)
{
    return gan_signals_read(&owned.caught);
}

/* Sends a signal to the process, and gives its thread a while to end it or to set the flag. */
static void send(int signal)
{
    expect(kill(getpid(), signal) == 0);
    for (int i = 0; i < 5000 && caught() == 0; i++) {
        pause_for(1000 * 1000);
    }
}

static void each_is_caught_once(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR2, SIGXCPU, SIGALRM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        expect(gan_signals_install(&owned, NULL) == GAN_OK && caught() == 0);
        send(signals[i]);
        expect(caught() == signals[i]);
    }
}

static void a_first_signal_sets_the_flag(void **state)
{
    (void)state;
    assert_int_equal(run_child(each_is_caught_once), 0);
}

static bool are_blocked(void)
{
    sigset_t mask;
    return pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0 && sigismember(&mask, SIGINT) &&
           sigismember(&mask, SIGTERM) && sigismember(&mask, SIGHUP) &&
           sigismember(&mask, SIGUSR1) && sigismember(&mask, SIGXCPU) &&
           !sigismember(&mask, SIGQUIT);
}

static void *look(void *blocked)
{
    *(bool *)blocked = are_blocked();
    return NULL;
}

static void a_thread_of_their_own_takes_them(void)
{
    bool blocked = false;
    pthread_t thread;
    for (int i = 0; i < 2; i++) {
        expect(gan_signals_install(&owned, NULL) == GAN_OK && are_blocked());
        expect(pthread_create(&thread, NULL, look, &blocked) == 0);
        expect(pthread_join(thread, NULL) == 0 && blocked);
        send(SIGTERM);
        expect(caught() == SIGTERM);
        gan_signals_remove();
        expect(!are_blocked());
    }
}

/* No thread that computes is interrupted: its stack pointer may point into a library's heap. */
static void no_working_thread_is_interrupted(void **state)
{
    (void)state;
    assert_int_equal(run_child(a_thread_of_their_own_takes_them), 0);
}

static void twice_with_a_pause(void)
{
    expect(gan_signals_install(&owned, NULL) == GAN_OK);
    send(SIGTERM);
    pause_for(REPEAT_NANOSECONDS);
    send(SIGTERM);
    pause_for(REPEAT_NANOSECONDS);
}

static void another_one_at_once(void)
{
    expect(gan_signals_install(&owned, NULL) == GAN_OK);
    send(SIGTERM);
    send(SIGINT);
    pause_for(REPEAT_NANOSECONDS);
}

static void a_second_signal_ends_the_process(void **state)
{
    (void)state;
    const int twice = run_child(twice_with_a_pause), another = run_child(another_one_at_once);
    assert_true(WIFSIGNALED(twice) && WTERMSIG(twice) == SIGTERM);
    assert_true(WIFSIGNALED(another) && WTERMSIG(another) == SIGINT);
}

static void twice_at_once(void)
{
    expect(gan_signals_install(&owned, NULL) == GAN_OK);
    send(SIGTERM);
    send(SIGTERM); /* as timeout(1) does: to the process, and to its group */
    pause_for(REPEAT_NANOSECONDS);
    expect(caught() == SIGTERM);
}

static void the_same_signal_at_once_counts_as_one(void **state)
{
    (void)state;
    assert_int_equal(run_child(twice_at_once), 0);
}

static void warned_again_and_again(void)
{
    expect(gan_signals_install(&owned, NULL) == GAN_OK);
    for (int i = 0; i < 3; i++) { /* as the kernel does, each second over the limit */
        send(SIGXCPU);
        pause_for(REPEAT_NANOSECONDS);
    }
    send(SIGUSR2);
    pause_for(REPEAT_NANOSECONDS);
    expect(caught() == SIGXCPU);
    send(SIGTERM); /* the first word of somebody who wants the end: what was begun is finished */
    pause_for(REPEAT_NANOSECONDS);
    expect(caught() == SIGTERM);
    send(SIGXCPU);
    pause_for(REPEAT_NANOSECONDS);
    expect(caught() == SIGTERM);
    send(SIGTERM);
    pause_for(REPEAT_NANOSECONDS);
}

static void warnings_never_end_the_process(void **state)
{
    (void)state;
    const int code = run_child(warned_again_and_again);
    assert_true(WIFSIGNALED(code) && WTERMSIG(code) == SIGTERM);
}

static void asked_to_save(void)
{
    expect(gan_signals_install(&owned, NULL) == GAN_OK && !gan_signals_take(&owned.save));
    for (int i = 0; i < 2; i++) {
        expect(kill(getpid(), SIGUSR1) == 0);
        for (int k = 0; k < 5000 && !gan_signals_read(&owned.save); k++) {
            pause_for(1000 * 1000);
        }
        expect(gan_signals_take(&owned.save) && !gan_signals_take(&owned.save));
    }
    expect(caught() == 0 && !gan_signals_take(NULL));
}

static void a_wish_to_save_stops_nothing(void **state)
{
    (void)state;
    assert_int_equal(run_child(asked_to_save), 0);
}

static void write_to_nobody(void)
{
    int ends[2];
    expect(gan_signals_install(&owned, NULL) == GAN_OK);
    expect(pipe(ends) == 0 && close(ends[0]) == 0);
    expect(write(ends[1], "x", 1) == -1);
    raise(SIGXFSZ);
    expect(caught() == 0);
}

static void a_closed_pipe_is_an_error_and_no_end(void **state)
{
    (void)state;
    assert_int_equal(run_child(write_to_nobody), 0);
}

static void under_nohup(void)
{
    static const int signals[] = {SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU, SIGALRM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        signal(signals[i], SIG_IGN);
        expect(gan_signals_install(&owned, NULL) == GAN_OK);
        expect(kill(getpid(), signals[i]) == 0);
    }
    pause_for(REPEAT_NANOSECONDS);
    expect(caught() == 0 && !gan_signals_read(&owned.save));
}

static void nohup_is_respected(void **state)
{
    (void)state;
    assert_int_equal(run_child(under_nohup), 0);
}

static void removed_again(void)
{
    expect(gan_signals_install(&owned, NULL) == GAN_OK);
    gan_signals_remove();
    raise(SIGINT);
}

static void remove_gives_the_default_back(void **state)
{
    (void)state;
    const int code = run_child(removed_again);
    assert_true(WIFSIGNALED(code) && WTERMSIG(code) == SIGINT);
}

static void monotonic_time_goes_on(void **state)
{
    (void)state;
    const double before = gan_clock_seconds();
    pause_for(2000000);
    const double passed = gan_clock_seconds() - before;
    assert_true(passed >= 0.002 && passed < 60.0);
    assert_true(fabs(gan_clock_wall() - (double)time(NULL)) < 60.0);
}

static void iso_times(void **state)
{
    (void)state;
    static const struct {
        double wall;
        const char *text;
    } cases[] = {{0.0, "1970-01-01T00:00:00Z"},
                 {951782400.0, "2000-02-29T00:00:00Z"},
                 {1738326896.999, "2025-01-31T12:34:56Z"},
                 {-0.5, "1969-12-31T23:59:59Z"},
                 {253402300799.0, "9999-12-31T23:59:59Z"},
                 {253402300800.0, "unknown"},
                 {-1e300, "unknown"},
                 {(double)NAN, "unknown"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[GAN_CLOCK_ISO_SIZE];
        gan_clock_iso(cases[i].wall, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_signal_sets_the_flag),
        cmocka_unit_test(no_working_thread_is_interrupted),
        cmocka_unit_test(a_second_signal_ends_the_process),
        cmocka_unit_test(the_same_signal_at_once_counts_as_one),
        cmocka_unit_test(warnings_never_end_the_process),
        cmocka_unit_test(a_wish_to_save_stops_nothing),
        cmocka_unit_test(a_closed_pipe_is_an_error_and_no_end),
        cmocka_unit_test(nohup_is_respected),
        cmocka_unit_test(remove_gives_the_default_back),
        cmocka_unit_test(monotonic_time_goes_on),
        cmocka_unit_test(iso_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
