/* store.h — the session's buffers: memory that outlives programs, known by name. */
#ifndef GAN_CPU_STORE_H
#define GAN_CPU_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct gan_cpu_stored {
    char *name;
    void *data;
    int64_t bytes;
    bool adopted; /* data is the caller's */
} gan_cpu_stored;

typedef struct gan_cpu_store {
    gan_cpu_stored *items;
    size_t n_items, capacity;
} gan_cpu_store;

void gan_cpu_store_clear(gan_cpu_store *store);

/* The buffer of that name, or NULL; valid until the next one is made. */
gan_cpu_stored *gan_cpu_store_find(const gan_cpu_store *store, const char *name);

/* The buffer of that name and size, made and zeroed if there is none. GAN_E_FAILED if it has
 * another size; GAN_E_MEMORY. */
gan_status gan_cpu_store_need(gan_cpu_store *store, const char *name, int64_t bytes, void **data,
                              gan_error *err);

/* Takes the caller's memory under that name, in place of what had it before. */
gan_status gan_cpu_store_adopt(gan_cpu_store *store, const char *name, void *data, int64_t bytes,
                               gan_error *err);

/* The address of bytes [offset, offset + bytes) of a buffer; GAN_E_FAILED if there is no such
 * buffer or they are not all inside. */
gan_status gan_cpu_store_span(const gan_cpu_store *store, const char *name, int64_t offset,
                              int64_t bytes, void **span, gan_error *err);

int64_t gan_cpu_store_bytes(const gan_cpu_store *store);

#endif
