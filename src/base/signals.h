/* signals.h — stopping a program politely.
 *
 * The program owns a gan_signals, installs it once, and looks at it between two steps of its work.
 * The library itself never installs a handler. */
#ifndef GAN_BASE_SIGNALS_H
#define GAN_BASE_SIGNALS_H

#include <signal.h>

#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_signals {
    volatile sig_atomic_t caught; /* the signal to stop for (SIGINT, ...); 0: none yet */
    volatile sig_atomic_t save;   /* not 0: SIGUSR1 asked for a save; gan_signals_take() */
    volatile sig_atomic_t since;  /* when, in milliseconds of a clock; the handler's own */
} gan_signals;

/* Makes signals set a flag of *signals, which are zeroed here, and do nothing else:
 *  SIGINT, SIGTERM, SIGHUP      caught: somebody wants the end. A second one restores the default
 *                               action and raises itself again: the process ends at once. The same
 *                               within a quarter of a second counts as the first one, because
 *                               timeout(1) and a closing terminal send theirs twice
 *  SIGUSR2, SIGXCPU, SIGALRM    caught, if nothing was: a batch system or a limit warns of the end.
 *                               They may come again and again (SIGXCPU does, each second) and never
 *                               end the process; the first of those above still finishes the work
 *  SIGUSR1                      save: a checkpoint is wanted, and no end
 * System calls are restarted. All but SIGINT and SIGTERM stay ignored where they were (nohup, trap
 * '' USR1). SIGPIPE and SIGXFSZ are ignored, so that a closed pipe and a file size limit are errors
 * of write() and not the end of the process. SIGQUIT is left alone: it ends a process that hangs.
 * The handlers run in a thread of their own that does nothing else; their signals are blocked in
 * the caller's thread and in all that it starts later: a library's kernel may use the stack pointer
 * for something else, and oneDNN 2's products of more than 8192 terms do: what the system put below
 * it would overwrite the heap. So send them to the process (kill), not to a thread (raise).
 * signals must live until gan_signals_remove or the end of the process. One object at a time: a
 * later install replaces the earlier. Process-wide; call it from main, before other threads start.
 * GAN_E_FAILED when the system refuses a handler; some may be installed then. */
gan_status gan_signals_install(gan_signals *signals, gan_error *err);

/* The number in a flag that another thread may be setting, such as caught; 0 if flag is NULL. */
int gan_signals_read(const volatile sig_atomic_t *flag);

/* The same, and the flag is 0 afterwards: for save, by who is about to save. */
int gan_signals_take(volatile sig_atomic_t *flag);

/* Gives all these signals their default action and the caller's thread its mask again, ends the
 * thread, and forgets the object. */
void gan_signals_remove(void);

#ifdef __cplusplus
}
#endif
#endif
