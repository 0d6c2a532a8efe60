/* random_language.h — a network description of given words, put together at random, as YAML. */
#ifndef TESTS_UNIT_RANDOM_LANGUAGE_H
#define TESTS_UNIT_RANDOM_LANGUAGE_H

#include <stdint.h>

/* The words that it knows how to place: those of the language, and for layers that are no words
 * what makes them: `add` a residual block, `concat` and `multiply` branches; convolutions in groups
 * are words of their own. NULL ends them. */
extern const char *const random_language_words[];

/* YAML of a small network, a function of the seed and the words: image 4..8 pixels a side and 1..3
 * channels, batch 4; each of D's words in D, each of G's in G, in their order, beside convolutions,
 * blocks and what leads to the image and to the logits. Whatever a word may be told is drawn, too.
 * Written into out; size bytes are enough with 16384. */
void random_language(uint64_t seed, const char *const *words_d, int n_d, const char *const *words_g,
                     int n_g, char *out, int size);

#endif
