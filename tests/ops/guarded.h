/* guarded.h — memory that cannot be left unseen: pages without access on both sides. */
#ifndef OPS_GUARDED_H
#define OPS_GUARDED_H

#include <stdbool.h>
#include <stddef.h>

/* A block whose end is at a page without access, but for what its alignment leaves; there and
 * before its start is a pattern that must stay. */
typedef struct guarded {
    void *data;
    size_t bytes;
    unsigned char *pages;
    size_t n_bytes; /* of pages, the two without access among them */
} guarded;

/* bytes bytes of the value fill; alignment is a power of 2 up to a page. False: no memory. */
bool guarded_make(guarded *g, size_t bytes, size_t alignment, unsigned char fill);
bool guarded_is_whole(const guarded *g); /* nothing was written around the block */
void guarded_free(guarded *g);           /* NULL data is fine */

#endif
