/* json_memory.h — whether jansson failed for want of memory. */
#ifndef GAN_BASE_JSON_MEMORY_H
#define GAN_BASE_JSON_MEMORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

/* After json_load...() gave NULL: whether that is for want of memory, and not the text's fault. The
 * library says so in one place, says nothing in others, and blames the text in the rest; so it is
 * tried whether there is any. */
static inline bool gan_json_no_memory(const json_error_t *why)
{
    const size_t some = (size_t)1 << 16;
    void *volatile block = malloc(some); /* volatile, or clang leaves both calls out */
    const bool none = !block || gan_memory_room((int64_t)1 << 20, "JSON", NULL) != GAN_OK;
    free(block);
    return none || json_error_code(why) == json_error_out_of_memory || !why->text[0];
}

#endif
