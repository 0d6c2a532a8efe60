/* parallel.h — loops over all threads, and the instruction sets their bodies are compiled for
 * (base/clones.h).
 *
 * Work is cut by fixed rules (a grain, a tile) that do not know the number of threads, and sums are
 * kept per piece and added in the order of the pieces: results are the same for any thread count.
 */
#ifndef GAN_CPU_PARALLEL_H
#define GAN_CPU_PARALLEL_H

#include <stdint.h>

#include "base/clones.h"

enum { GAN_CPU_THREADS_MAX = 1024 };

/* Does items [begin, end) of ctx. */
typedef void (*gan_cpu_range)(const void *ctx, int64_t begin, int64_t end);

/* Calls range for all of 0..n-1, split among at most `threads` threads at multiples of grain (the
 * end excepted), each thread one call; n <= grain runs on the calling thread. Denormal numbers are
 * taken as zero inside, where the processor can: a moment that decays towards 0 would otherwise end
 * as one and slow the step down for good. */
void gan_cpu_parallel(int threads, int64_t n, int64_t grain, gan_cpu_range range, const void *ctx);

/* Sets the number of threads that the calling thread's libraries use and returns the former one. */
int gan_cpu_set_threads(int threads);
int gan_cpu_threads(void); /* that number */

#endif
