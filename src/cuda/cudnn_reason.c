/* cudnn_reason.c — why cuDNN has nothing for a graph, shortened to what can be read. */
#define _GNU_SOURCE /* memmem */
#include "cuda/cudnn_reason.h"

#include <cudnn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char marker[] = "Reason: ";

/* Length of the reason at p: up to the end of its line, or to where the next message begins. */
static size_t length_of(const char *p)
{
    size_t n = strcspn(p, "\n\t");
    const char *next = strstr(p, " Warning:");
    if (next && (size_t)(next - p) < n) {
        n = (size_t)(next - p);
    }
    while (n > 0 && p[n - 1] == ' ') {
        n--;
    }
    return n;
}

static bool contains(const char *list, const char *reason, size_t n)
{
    return memmem(list, strlen(list), reason, n) != NULL;
}

static void append(char *out, size_t size, const char *reason, size_t n)
{
    const size_t used = strlen(out), separator = used ? 2 : 0;
    if (n > 0 && used + separator + n < size && !contains(out, reason, n)) {
        snprintf(out + used, size - used, "%s%.*s", separator ? "; " : "", (int)n, reason);
    }
}

void gan_cudnn_distinct_reasons(const char *text, char *out, size_t size)
{
    out[0] = '\0';
    for (const char *p = strstr(text, marker); p; p = strstr(p, marker)) {
        p += sizeof marker - 1;
        append(out, size, p, length_of(p));
    }
    if (!out[0]) {
        snprintf(out, size, "%s", text);
        for (char *p = out; *p; p++) {
            *p = *p == '\n' || *p == '\t' || *p == '\r' ? ' ' : *p;
        }
    }
}

void gan_cudnn_last_reasons(char *out, size_t size)
{
    char text[4096] = "";
    cudnnGetLastErrorString(text, sizeof text);
    gan_cudnn_distinct_reasons(text, out, size);
}
