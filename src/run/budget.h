/* budget.h — a run's length from the time that it may take. */
#ifndef GAN_RUN_BUDGET_H
#define GAN_RUN_BUDGET_H

#include <signal.h>

#include "gan/data.h"
#include "gan/listener.h"
#include "run/start.h"

/* gan_budget_resolve() — makes --steps of --budget, before the run's session is made.
 *
 * A session is made for it, trains for about a thirtieth of the budget, and is thrown away: nothing
 * of it reaches the run. The listener is told what was measured. start->options.steps is set then,
 * as if it had been given; budget is 0. Nothing happens without a budget, and where the length was
 * said more loudly; a run that is resumed keeps its length, which the listener is told.
 *
 *  stop  may be NULL; a signal ends the measuring with GAN_E_INTERRUPTED
 *
 * Errors of gan_session_create() and gan_session_run(). */
gan_status gan_budget_resolve(gan_start *start, const gan_data *data,
                              const volatile sig_atomic_t *stop, const gan_listener *listener,
                              gan_error *err);

#endif
