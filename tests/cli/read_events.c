/* read_events.c — prints TensorBoard's event files as text, as their readers take them: a line
 * "STEP TAG VALUE" for each value, without those that a later file makes forgotten. read_events
 * FILE...     in the order of their names */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/events_reader.h"

typedef struct line {
    int64_t step;
    char text[160];
} line;

typedef struct lines {
    line *line;
    size_t n;
} lines;

static void forget(lines *all, int64_t step)
{
    size_t kept = 0;
    for (size_t i = 0; i < all->n; i++) {
        if (all->line[i].step < step) {
            all->line[kept++] = all->line[i];
        }
    }
    all->n = kept;
}

/* What a value is: a number, or the kind of something larger and its size. */
static void describe(const unsigned char *value, size_t n, char *out, size_t size)
{
    wire_field tag = {0}, f = {0}, inner = {0}, squares = {0};
    (void)wire_find(value, n, 1, &tag);
    const int used = snprintf(out, size, "%.*s ", (int)tag.n, (const char *)tag.bytes);
    out += used;
    size -= (size_t)used;
    if (wire_find(value, n, 2, &f) > 0) {
        snprintf(out, size, "%.9g", wire_double(&f));
    } else if (wire_find(value, n, 4, &f) > 0 && wire_find(f.bytes, f.n, 4, &inner) > 0) {
        snprintf(out, size, "image of %zu bytes", inner.n);
    } else if (wire_find(value, n, 5, &f) > 0 && wire_find(f.bytes, f.n, 3, &inner) > 0 &&
               wire_find(f.bytes, f.n, 5, &squares) > 0) {
        snprintf(out, size, "histogram of %.0f norm %.9g", wire_double(&inner),
                 sqrt(wire_double(&squares)));
    } else {
        snprintf(out, size, "text");
    }
}

static void take(void *ctx, const unsigned char *message, size_t n)
{
    lines *all = ctx;
    wire_field step = {0}, summary = {0}, session = {0}, f = {0};
    (void)wire_find(message, n, 2, &step);
    if (wire_find(message, n, 7, &session) > 0 && wire_find(session.bytes, session.n, 1, &f) > 0 &&
        f.bits == 1) {
        forget(all, (int64_t)step.bits);
    }
    if (wire_find(message, n, 5, &summary) <= 0) {
        return;
    }
    for (size_t at = 0; wire_next(summary.bytes, summary.n, &at, &f) > 0;) {
        line *grown = realloc(all->line, (all->n + 1) * sizeof *grown);
        if (!grown) {
            exit(71);
        }
        all->line = grown;
        line *l = &all->line[all->n++];
        l->step = step.bits && step.number == 2 ? (int64_t)step.bits : 0;
        describe(f.bytes, f.n, l->text, sizeof l->text);
    }
}

int main(int argc, char **argv)
{
    lines all = {0};
    int broken = 0;
    for (int i = 1; i < argc; i++) {
        const int64_t n = events_read(argv[i], take, &all);
        if (n < 0) {
            fprintf(stderr, "%s: record %" PRId64 " is torn or its CRC is wrong\n", argv[i],
                    -1 - n);
            broken = 1;
        }
    }
    for (size_t i = 0; i < all.n; i++) {
        printf("%" PRId64 " %s\n", all.line[i].step, all.line[i].text);
    }
    free(all.line);
    return broken;
}
