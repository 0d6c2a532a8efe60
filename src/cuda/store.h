/* store.h — the device's named buffers: memory that outlives programs.
 *
 * A buffer lies in device memory, or, for a data set that is streamed, in host memory. A weight
 * that 16-bit programs read has a copy in their type beside it: Adam writes it along, and whoever
 * else writes the weight makes the copy stale, so that it is made anew before the next run. */
#ifndef GAN_CUDA_STORE_H
#define GAN_CUDA_STORE_H

#include "cuda/check.h"
#include "program/program.h"

typedef struct gan_cuda_stored {
    char *name;
    int64_t bytes;
    void *device; /* NULL for one on the host */
    void *host;   /* NULL for one on the device */
    void *copy;   /* fp32 weights in 16 bits; NULL if none */
    gan_dtype copy_type;
    bool copy_stale;
} gan_cuda_stored;

/* Items keep their addresses while the store lives. Zero-initialize. */
typedef struct gan_cuda_store {
    gan_cuda_stored **items;
    size_t n, capacity;
} gan_cuda_store;

void gan_cuda_store_clear(gan_cuda_store *store);
gan_cuda_stored *gan_cuda_store_find(const gan_cuda_store *store, const char *name);

/* The buffer of that name, made and zeroed on the stream if there is none. GAN_E_FAILED if there is
 * one of another size; GAN_E_MEMORY. */
gan_status gan_cuda_store_need(gan_cuda_store *store, const char *name, int64_t bytes, bool on_host,
                               cudaStream_t stream, gan_cuda_stored **out, gan_error *err);

/* Gives a weight a copy of that type, stale. One of another type is GAN_E_UNSUPPORTED. */
gan_status gan_cuda_store_need_copy(gan_cuda_stored *item, gan_dtype type, gan_error *err);

/* Checks that bytes [offset, offset + bytes) are in the buffer of that name. GAN_E_FAILED. */
gan_status gan_cuda_store_span(const gan_cuda_store *store, const char *name, int64_t offset,
                               int64_t bytes, gan_cuda_stored **out, gan_error *err);

/* Device memory of all buffers and copies. */
int64_t gan_cuda_store_bytes(const gan_cuda_store *store);

#endif
