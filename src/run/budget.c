/* budget.c — a run's length from the time that it may take.
 *
 * The clock is looked at once, here, and becomes a number of steps, which is a setting like any
 * other: saved, resumed, the same on every machine that is told it. What it is made of:
 *
 *   steps = (budget - spent on measuring) / (seconds of a step + seconds of a grid / steps between)
 *
 * Steps are run in whole rounds of the list of programs, so that each kind has its share; the first
 * round, in which memory is touched for the first time, is left out. */
#include "run/budget.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/say.h"
#include "base/signals.h"
#include "run/pictures.h"
#include "session/session.h"

enum { WARM_ROUNDS = 1, LEAST_ROUNDS = 1 };
static const double LEAST_SECONDS = 0.2, MOST_SECONDS = 10.0, PART = 1.0 / 30.0;

typedef struct meter {
    gan_session *session;
    const volatile sig_atomic_t *stop;
    gan_error *err;
    int64_t steps;       /* that were measured */
    double seconds;      /* in which */
    double grid_seconds; /* of a sample grid; 0 where there are none */
} meter;

static gan_status run_rounds(const meter *m, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (m->stop && gan_signals_read(m->stop) != 0) {
            return gan_fail(m->err, GAN_E_INTERRUPTED, "stopped while the budget was measured");
        }
        GAN_TRY(gan_session_run(m->session, m->session->list.rows[0].period, m->err));
    }
    return gan_session_check(m->session, m->err); /* waits for the device */
}

/* Doubles the rounds between two looks at the clock, so that looking costs nothing. */
static gan_status measure_steps(meter *m, double budget)
{
    const double wanted = fmin(fmax(budget * PART, LEAST_SECONDS), MOST_SECONDS);
    int64_t rounds = 1, done = 0;
    GAN_TRY(run_rounds(m, WARM_ROUNDS));
    const int64_t first = gan_session_step(m->session);
    const double began = gan_clock_seconds();
    while (done < LEAST_ROUNDS || m->seconds < wanted) {
        GAN_TRY(run_rounds(m, rounds));
        done += rounds;
        m->seconds = gan_clock_seconds() - began;
        const double left = (wanted - m->seconds) * (double)done / m->seconds;
        rounds = left >= (double)(2 * rounds) ? 2 * rounds : left > 1 ? (int64_t)left : 1;
    }
    m->steps = gan_session_step(m->session) - first;
    return GAN_OK;
}

/* The second of two grids: the first makes what draws it. */
static gan_status measure_grid(meter *m, gan_grid_shape grid)
{
    const gan_net_summary net = gan_net_summarize(gan_session_net(m->session));
    const int64_t n = (int64_t)grid.rows * grid.columns;
    const int64_t floats = n * net.height * net.width * net.channels;
    const bool averaged = gan_options_averages(gan_session_options(m->session));
    void *seeds = NULL, *images = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_calloc((size_t)n, sizeof(uint64_t), &seeds, m->err));
    GAN_TRY_DONE(gan_calloc((size_t)floats, sizeof(float), &images, m->err));
    for (int i = 0; i < 2; i++) {
        const double began = gan_clock_seconds();
        GAN_TRY_DONE(gan_session_sample(m->session, seeds, n, averaged, images, m->err));
        m->grid_seconds = gan_clock_seconds() - began;
    }
done:
    free(seeds);
    free(images);
    return status;
}

/* Seconds of grids that come on each step. */
static double grids_of_a_step(const meter *m, const gan_options *o, int64_t n_images)
{
    const double step = m->seconds / (double)m->steps, every = o->sample_every.value;
    const double epoch = (double)n_images / (double)o->batch_size;
    const double per[] = {
        [GAN_EVERY_STEPS] = 1, [GAN_EVERY_EPOCHS] = epoch, [GAN_EVERY_SECONDS] = 1 / step};
    return every > 0 ? m->grid_seconds / fmax(every * per[o->sample_every.unit], 1) : 0;
}

static gan_status measure(meter *m, const gan_start *start, const gan_data *data, double budget)
{
    gan_grid_shape grid;
    GAN_TRY(gan_session_create(start->net, data, &start->options, NULL, &m->session, m->err));
    GAN_TRY(measure_steps(m, budget));
    if (start->options.sample_every.value > 0) {
        GAN_TRY(gan_pictures_plan(start, &grid, m->err));
        GAN_TRY(measure_grid(m, grid));
    }
    return GAN_OK;
}

static void tell(const meter *m, const gan_start *start, int64_t n_images, double budget,
                 double spent, const gan_listener *listener)
{
    char whole[GAN_NUMBER_TEXT_SIZE], step[GAN_NUMBER_TEXT_SIZE], took[GAN_NUMBER_TEXT_SIZE];
    const int64_t steps = start->options.steps;
    const double images = (double)steps * (double)start->options.batch_size;
    gan_number_duration(budget, whole);
    gan_number_duration(m->seconds / (double)m->steps, step);
    gan_number_duration(spent, took);
    gan_say(listener,
            "budget %s: %s a step, over %lld step%s on a scratch state that is thrown away; "
            "measuring took %s: --steps %lld, which is %.0f images, %.2f epochs",
            whole, step, (long long)m->steps, m->steps == 1 ? "" : "s", took, (long long)steps,
            images, images / (double)n_images);
    gan_say(listener, "sample grids are counted in; checkpoints, the test of --eval-every and what "
                      "else this machine does meanwhile are not");
}

static bool is_said_louder(const gan_options *o)
{
    const gan_option_source budget = o->from[GAN_OPTION_ID_budget];
    return o->from[GAN_OPTION_ID_steps] > budget || o->from[GAN_OPTION_ID_epochs] > budget;
}

gan_status gan_budget_resolve(gan_start *start, const gan_data *data,
                              const volatile sig_atomic_t *stop, const gan_listener *listener,
                              gan_error *err)
{
    gan_options *o = &start->options;
    const double budget = o->budget, began = gan_clock_seconds();
    const int64_t n_images = gan_data_describe(data)->n;
    meter m = {.stop = stop, .err = err};
    const bool resumes = start->checkpoint != NULL;
    if (!(budget > 0) || resumes || is_said_louder(o)) {
        if (budget > 0) {
            gan_say(listener, "budget: %s",
                    resumes ? "this run has its length already" : "the length is said otherwise");
        }
        o->budget = 0;
        return GAN_OK;
    }
    o->budget = 0; /* the scratch session is one without */
    const gan_status status = measure(&m, start, data, budget);
    gan_session_destroy(m.session);
    GAN_TRY(status);
    const double spent = gan_clock_seconds() - began;
    const double each = m.seconds / (double)m.steps + grids_of_a_step(&m, o, n_images);
    const double steps = (budget - spent) / each;
    o->steps = steps < 1 ? 1 : steps < 1e15 ? (int64_t)steps : (int64_t)1e15;
    o->from[GAN_OPTION_ID_steps] = o->from[GAN_OPTION_ID_budget];
    o->from[GAN_OPTION_ID_epochs] = GAN_FROM_DEFAULT;
    o->from[GAN_OPTION_ID_budget] = GAN_FROM_DEFAULT;
    tell(&m, start, n_images, budget, spent, listener);
    return GAN_OK;
}
