/* team.h — the threads that OpenMP really gives.
 *
 * A parallel region may get fewer threads than it asks for: a thread limit, a dynamic team, a
 * region around it. Loops of this room cover their work with any team. A library's primitive that
 * was made for N threads does not: it leaves out the others' part, or waits for them for ever. So a
 * device finds out how many there are when it is opened, plans for those, and runs only where they
 * are. */
#ifndef GAN_CPU_TEAM_H
#define GAN_CPU_TEAM_H

#include "base/error.h"

/* Threads of a parallel region that asks for `asked` (1 or more) from here: counted in one, which
 * starts them. 1 inside somebody's parallel region of several threads. *why, where it is fewer,
 * becomes a static text with the reason. */
int gan_team_measure(int asked, const char **why);

/* Calls work(ctx, err) where every parallel region that asks for `threads` gets them, and libraries
 * ask for as many: on the calling thread, with its OpenMP settings put back afterwards, or, where
 * that gets fewer, on a thread of its own. Returns what work does; GAN_E_BACKEND when there are
 * fewer nevertheless: work was not called then. */
gan_status gan_team_run(int threads, gan_status (*work)(void *ctx, gan_error *err), void *ctx,
                        gan_error *err);

#endif
