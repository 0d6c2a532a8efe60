/* nearest.h — 'did you mean': the valid word nearest to a mistyped one. */
#ifndef GAN_BASE_NEAREST_H
#define GAN_BASE_NEAREST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The word of words[0..n-1] with the smallest edit distance to word: insertion, deletion,
 * replacement and swap of two neighbours cost 1 each (optimal string alignment, Damerau 1964),
 * upper and lower case are the same letter. NULL when none is near: the distance may be a third
 * of the longer word's length, at least 1, but never all of it. The first of equals wins. n == 0
 * gives NULL. */
const char *gan_nearest(const char *word, const char *const *words, size_t n);

/* Writes " (did you mean 'kernel'?)" into out, or "" when no word is near. size is out's size. */
void gan_nearest_hint(const char *word, const char *const *words, size_t n, char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
