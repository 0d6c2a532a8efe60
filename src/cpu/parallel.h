/* parallel.h — loops over all threads, and the instruction sets their bodies are compiled for.
 *
 * Work is cut by fixed rules (a grain, a tile) that do not know the number of threads, and sums are
 * kept per piece and added in the order of the pieces: results are the same for any thread count.
 */
#ifndef GAN_CPU_PARALLEL_H
#define GAN_CPU_PARALLEL_H

#include <stdint.h>

/* A function compiled for several instruction sets, the best one picked when the program is loaded.
 * Nothing may contract a multiplication and an addition, so all give the same bits. An OpenMP
 * region is outlined and would not be cloned: the attribute belongs on the range function it calls.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GAN_SANITIZED 1
#elif defined(__has_feature)
#define GAN_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define GAN_SANITIZED 0
#endif
#if defined(GAN_CPU_CLONES) /* from outside: tests/lint/vectors.sh wants one set at a time */
#elif !defined(__x86_64__) || !defined(__GLIBC__) || !defined(__GNUC__) || GAN_SANITIZED
#define GAN_CPU_CLONES
#elif defined(__clang__) && __clang_major__ < 14
#define GAN_CPU_CLONES
#elif !defined(__clang__) && __GNUC__ >= 12
#define GAN_CPU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define GAN_CPU_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#endif

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
