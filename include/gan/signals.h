/* signals.h — stopping a program politely.
 *
 * The program owns a gan_signals, installs it once, and looks at it between two steps of its work.
 * The library itself never installs a handler. */
#ifndef GAN_SIGNALS_H
#define GAN_SIGNALS_H

#include <signal.h>

#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_signals {
    volatile sig_atomic_t caught; /* the first signal caught (SIGINT, ...); 0: none yet */
    volatile sig_atomic_t since;  /* when, in milliseconds of a clock; the handler's own */
} gan_signals;

/* Makes SIGINT, SIGTERM and SIGHUP set signals->caught, which is zeroed here, and do nothing else
 * the first time. A second signal restores the default action and raises itself again: the process
 * ends at once. The same signal within a quarter of a second counts as the first one, because
 * timeout(1) and a closing terminal send theirs twice. System calls are restarted. SIGHUP stays
 * ignored where it was (nohup). SIGPIPE and SIGXFSZ are ignored, so that a closed pipe and a file
 * size limit are errors of write() and not the end of the process.
 * The handlers run in a thread of their own that does nothing else; the three are blocked in the
 * caller's thread and in all that it starts later: a library's kernel may use the stack pointer for
 * something else, and oneDNN 2's products of more than 8192 terms do: what the system put below it
 * would overwrite the heap. So send them to the process (kill), not to a thread (raise).
 * signals must live until gan_signals_remove or the end of the process. One object at a time: a
 * later install replaces the earlier. Process-wide; call it from main, before other threads start.
 * GAN_E_FAILED when the system refuses a handler; some may be installed then. */
gan_status gan_signals_install(gan_signals *signals, gan_error *err);

/* The number in a flag that another thread may be setting, such as caught; 0 if flag is NULL. */
int gan_signals_read(const volatile sig_atomic_t *flag);

/* Gives the five signals their default action and the caller's thread its mask again, ends the
 * thread, and forgets the object. */
void gan_signals_remove(void);

#ifdef __cplusplus
}
#endif
#endif
