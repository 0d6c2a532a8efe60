/* differ.c — where two network texts say different things. */
#include <string.h>

#include "net/net.h"

/* A line that says something, without its comment and the blanks at its end. */
typedef struct said {
    const char *text;
    size_t length;
    int line; /* from 1 */
} said;

/* A line with a quote in it is taken as it is: a # may be part of the text. */
static size_t said_length(const char *text, size_t length)
{
    size_t n = length;
    if (!memchr(text, '"', length) && !memchr(text, '\'', length)) {
        for (n = 0; n < length; n++) {
            if (text[n] == '#' && (n == 0 || strchr(" \t", text[n - 1]))) {
                break;
            }
        }
    }
    while (n > 0 && strchr(" \t\r", text[n - 1])) {
        n--;
    }
    return n;
}

/* Moves on to the next line that says something; at the end its length is 0. */
static said next(said at, const char *rest, const char **after)
{
    for (at.length = 0; *rest && at.length == 0; at.line++) {
        const size_t length = strcspn(rest, "\n");
        at.text = rest;
        at.length = said_length(rest, length);
        rest += length + (rest[length] == '\n');
    }
    *after = rest;
    return at;
}

bool gan_net_texts_differ(const char *there, const char *here, gan_net_difference *where)
{
    said a = {.text = ""}, b = {.text = ""};
    do {
        a = next(a, there, &there);
        b = next(b, here, &here);
    } while (a.length > 0 && a.length == b.length && memcmp(a.text, b.text, a.length) == 0);
    if (where) {
        *where = (gan_net_difference){.line = b.length > 0 ? b.line : a.line,
                                      .there = a.text,
                                      .here = b.text,
                                      .n_there = a.length,
                                      .n_here = b.length};
    }
    return a.length > 0 || b.length > 0;
}
