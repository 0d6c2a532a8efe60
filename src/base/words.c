/* words.c — a word that must be one of a few. */
#include "base/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"

/* Cuts the list at its bars, in place; words has room for as many as it has, which are returned. */
static size_t split(char *list, const char **words)
{
    size_t n = 0;
    for (char *at = list; at; n++) {
        char *bar = strchr(at, '|');
        words[n] = at;
        if (bar) {
            *bar++ = 0;
        }
        at = bar;
    }
    return n;
}

static size_t count(const char *list)
{
    size_t n = 1;
    for (; *list; list++) {
        n += *list == '|';
    }
    return n;
}

gan_status gan_words_check(const char *what, const char *word, const char *list, gan_error *err)
{
    char *copy = NULL, hint[64];
    void *words = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_strdup(list, &copy, err));
    GAN_TRY_DONE(gan_calloc(count(list), sizeof(char *), &words, err));
    const size_t n = split(copy, words);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(((const char **)words)[i], word) == 0) {
            goto done;
        }
    }
    gan_nearest_hint(word, words, n, hint, sizeof hint);
    status = gan_fail(err, GAN_E_USAGE, "%s: '%s' is not one of %s%s", what, word, list, hint);
done:
    free(words);
    free(copy);
    return status;
}
