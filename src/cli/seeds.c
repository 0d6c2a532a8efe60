/* seeds.c — lists of seeds as people write them. */
#include "cli/seeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

enum { MAX_SEEDS = 1000000, MAX_WORD = 64 };

static gan_status bad(const char *text, gan_error *err)
{
    err->status = GAN_E_USAGE;
    snprintf(err->text, sizeof err->text,
             "seeds: '%.200s' is not a list such as 0-63 or 1,5,9-12 (at most a million)", text);
    return GAN_E_USAGE;
}

/* One word, "7" or "3-9", as a range. */
static int parse_range(const char *word, size_t n, uint64_t *first, uint64_t *last)
{
    char copy[MAX_WORD];
    if (n == 0 || n >= sizeof copy) {
        return 0;
    }
    memcpy(copy, word, n);
    copy[n] = 0;
    char *dash = strchr(copy, '-');
    if (dash) {
        *dash = 0;
    }
    if (gan_number_uint64(copy, first, NULL) != GAN_OK) {
        return 0;
    }
    *last = *first;
    return !dash || (gan_number_uint64(dash + 1, last, NULL) == GAN_OK && *last >= *first);
}

gan_status cli_seeds_parse(const char *text, uint64_t **seeds, int64_t *n, gan_error *err)
{
    *seeds = NULL;
    *n = 0;
    for (const char *word = text; word; word = strchr(word, ',') ? strchr(word, ',') + 1 : NULL) {
        uint64_t first, last;
        if (!parse_range(word, strcspn(word, ","), &first, &last) ||
            last - first >= (uint64_t)(MAX_SEEDS - *n)) {
            free(*seeds);
            *seeds = NULL;
            return bad(text, err);
        }
        uint64_t count = last - first + 1;
        uint64_t *grown = realloc(*seeds, (size_t)((uint64_t)*n + count) * sizeof **seeds);
        if (!grown) {
            free(*seeds);
            *seeds = NULL;
            err->status = GAN_E_MEMORY;
            snprintf(err->text, sizeof err->text, "no memory for the seeds");
            return GAN_E_MEMORY;
        }
        *seeds = grown;
        for (uint64_t i = 0; i < count; i++) {
            grown[(uint64_t)*n + i] = first + i;
        }
        *n += (int64_t)count;
    }
    return GAN_OK;
}
