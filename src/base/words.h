/* words.h — a word that must be one of a few. */
#ifndef GAN_BASE_WORDS_H
#define GAN_BASE_WORDS_H

#include "base/error.h"

/* GAN_OK if word is one of list, which is written "auto|direct|dft"; else GAN_E_USAGE, which says
 * what it is the value of, the list, and the nearest of its words. */
gan_status gan_words_check(const char *what, const char *word, const char *list, gan_error *err);

#endif
