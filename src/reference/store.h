/* store.h — the session's buffers: memory that outlives programs, known by name. */
#ifndef GAN_REFERENCE_STORE_H
#define GAN_REFERENCE_STORE_H

#include "program/program.h"

typedef struct gan_reference_stored {
    char *name;
    gan_dtype type; /* in programs */
    int64_t count;
    void *data; /* doubles where type is a real one */
} gan_reference_stored;

typedef struct gan_reference_store {
    gan_reference_stored *items;
    size_t n_items, capacity;
} gan_reference_store;

int64_t gan_reference_size(gan_dtype type); /* bytes of an element here */

void gan_reference_store_clear(gan_reference_store *store);

/* The buffer of that name, or NULL; valid until the next one is made. */
const gan_reference_stored *gan_reference_store_find(const gan_reference_store *store,
                                                     const char *name);

/* The stored buffer of a program, made and zeroed if there is none. GAN_E_FAILED if it has another
 * size or type; GAN_E_MEMORY. */
gan_status gan_reference_store_need(gan_reference_store *store, const gan_buffer *buffer,
                                    void **data, gan_error *err);

/* Copies bytes of the buffer as the host sees it, in its type. GAN_E_FAILED if there is no such
 * buffer, or they are not all inside, or they cut an element in two. */
gan_status gan_reference_store_write(gan_reference_store *store, const char *name, int64_t offset,
                                     const void *from, int64_t bytes, gan_error *err);
gan_status gan_reference_store_read(const gan_reference_store *store, const char *name,
                                    int64_t offset, void *to, int64_t bytes, gan_error *err);

/* The address of n doubles from element first on; GAN_E_FAILED as above, and where the type is not
 * a real one. */
gan_status gan_reference_store_doubles(const gan_reference_store *store, const char *name,
                                       int64_t first, int64_t n, double **at, gan_error *err);

int64_t gan_reference_store_bytes(const gan_reference_store *store);

#endif
