/* stuck.h — one signal ends a command whose step does not end. */
#ifndef GAN_CLI_STUCK_H
#define GAN_CLI_STUCK_H

#include "base/signals.h"
#include "gan/pulse.h"

/* Starts a thread that looks, from the first signal on, how long the step at hand takes. After ten
 * seconds, or four times the longest step before, it calls tell(ctx), which prints what was lost,
 * and ends the process with the exit code of the signal. Saving is not a step: it is never cut off.
 * All must live until the end of the process. GAN_E_FAILED where no thread can be had. */
gan_status cli_stuck_watch(const gan_signals *signals, const gan_pulse *pulse,
                           void (*tell)(const void *ctx), const void *ctx, gan_error *err);

#endif
