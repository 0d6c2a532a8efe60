/* nearest.c — 'did you mean': the valid word nearest to a mistyped one. */
#define _GNU_SOURCE /* strnlen */
#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 64 }; /* longer words are nobody's typing mistake */

/* ASCII only: tolower would follow the locale. */
static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* Three rows of the optimal string alignment table: the swap looks two rows back. */
static int distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    int rows[3][LONGEST + 1];
    for (size_t j = 0; j <= b_length; j++) {
        rows[0][j] = (int)j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        const int *before = rows[(i + 1) % 3], *above = rows[(i - 1) % 3];
        int *row = rows[i % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= b_length; j++) {
            int same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = least(above[j - 1] + !same, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1])) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
    }
    return rows[a_length % 3][b_length];
}

const char *gan_nearest(const char *word, const char *const *words, size_t n)
{
    const char *best = NULL;
    int best_distance = LONGEST;
    const size_t length = strnlen(word, LONGEST + 1);
    for (size_t k = 0; k < n && length <= LONGEST; k++) {
        const size_t other = strnlen(words[k], LONGEST + 1);
        if (other > LONGEST) {
            continue;
        }
        const size_t longer = length > other ? length : other;
        const int allowed = longer < 6 ? 1 : (int)(longer / 3);
        const int d = distance(word, length, words[k], other);
        if (d <= allowed && d < (int)longer && d < best_distance) {
            best = words[k];
            best_distance = d;
        }
    }
    return best;
}

void gan_nearest_hint(const char *word, const char *const *words, size_t n, char *out, size_t size)
{
    const char *best = gan_nearest(word, words, n);
    if (best) {
        snprintf(out, size, " (did you mean '%s'?)", best);
    } else if (size > 0) {
        out[0] = '\0';
    }
}
