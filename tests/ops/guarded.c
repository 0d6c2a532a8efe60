/* guarded.c — memory that cannot be left unseen. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "ops/guarded.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const unsigned char pattern = 0xa5;

bool guarded_make(guarded *g, size_t bytes, size_t alignment, unsigned char fill)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t inner = (bytes + alignment + page - 1) / page * page;
    *g = (guarded){.bytes = bytes, .n_bytes = inner + 2 * page};
    g->pages = mmap(NULL, g->n_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (g->pages == MAP_FAILED) {
        return false;
    }
    if (mprotect(g->pages + page, inner, PROT_READ | PROT_WRITE) != 0) {
        munmap(g->pages, g->n_bytes);
        return false;
    }
    memset(g->pages + page, pattern, inner);
    unsigned char *end = g->pages + page + inner;
    g->data = end - (bytes + alignment - 1) / alignment * alignment;
    memset(g->data, fill, bytes);
    return true;
}

static bool is_pattern(const unsigned char *from, const unsigned char *to)
{
    while (from < to && *from == pattern) {
        from++;
    }
    return from == to;
}

bool guarded_is_whole(const guarded *g)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const unsigned char *data = g->data;
    return is_pattern(g->pages + page, data) &&
           is_pattern(data + g->bytes, g->pages + g->n_bytes - page);
}

void guarded_free(guarded *g)
{
    if (g->data) {
        munmap(g->pages, g->n_bytes);
    }
    *g = (guarded){0};
}
