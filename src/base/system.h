/* system.h — what the machine offers this process. */
#ifndef GAN_BASE_SYSTEM_H
#define GAN_BASE_SYSTEM_H

#include <stdint.h>

/* Bytes of memory that this process can still take: what the system calls available, what its
 * control groups leave, or what its own limits (ulimit -v, -d) do, whichever is least. INT64_MAX
 * where none can be told. */
int64_t gan_system_available_memory(void);

/* Bytes of memory that the process has held at most (its peak resident set). */
int64_t gan_system_peak_memory(void);

/* Processors that this process may run on, at least 1. */
int gan_system_processors(void);

/* How many more threads than it has, at most n, the system lets this process have at once: tried,
 * with stacks of the usual size; they have ended when this returns. */
int gan_system_start_threads(int n);

#endif
