/* keep_words.h — the random words that decide what dropout keeps, many at a time.
 *
 * The same draws as gan_philox() gives one block at a time, in a loop that vectorizes. */
#ifndef GAN_CPU_KEEP_WORDS_H
#define GAN_CPU_KEEP_WORDS_H

#include <stdint.h>

/* Words that a call for n draws may write. */
#define GAN_KEEP_WORDS_ROOM(n) ((n) + 8)

/* Draws first .. first + n - 1 (n < 2^30) of (seed, stream, step): the result points at draw
 * `first`, inside words, which has GAN_KEEP_WORDS_ROOM(n) elements. */
const uint32_t *gan_keep_words(uint64_t seed, uint32_t stream, uint64_t step, int64_t first,
                               int64_t n, uint32_t *words);

#endif
