/* store.c — the device's named buffers: memory that outlives programs.
 *
 * Items are found by name, one after another: they are few, and a run looks none up. A captured
 * graph holds addresses, so an item never moves or changes size. */
#include "cuda/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void destroy_item(gan_cuda_stored *item)
{
    if (item->device) {
        (void)cudaFree(item->device);
    }
    if (item->copy) {
        (void)cudaFree(item->copy);
    }
    gan_aligned_free(item->host);
    free(item->name);
    free(item);
}

void gan_cuda_store_clear(gan_cuda_store *store)
{
    for (size_t i = 0; i < store->n; i++) {
        destroy_item(store->items[i]);
    }
    free(store->items);
    *store = (gan_cuda_store){0};
}

gan_cuda_stored *gan_cuda_store_find(const gan_cuda_store *store, const char *name)
{
    for (size_t i = 0; i < store->n; i++) {
        if (strcmp(store->items[i]->name, name) == 0) {
            return store->items[i];
        }
    }
    return NULL;
}

static gan_status make_memory(gan_cuda_stored *item, bool on_host, cudaStream_t stream,
                              gan_error *err)
{
    if (on_host) {
        return gan_aligned_alloc((size_t)item->bytes, &item->host, err);
    }
    /* An empty buffer has an address, too: it is not one that is left out. */
    CUDA_TRY(cudaMalloc(&item->device, item->bytes > 0 ? (size_t)item->bytes : 1));
    if (item->bytes > 0) {
        CUDA_TRY(cudaMemsetAsync(item->device, 0, (size_t)item->bytes, stream));
    }
    return GAN_OK;
}

gan_status gan_cuda_store_need(gan_cuda_store *store, const char *name, int64_t bytes, bool on_host,
                               cudaStream_t stream, gan_cuda_stored **out, gan_error *err)
{
    gan_cuda_stored *item = gan_cuda_store_find(store, name);
    if (item) {
        *out = item;
        return item->bytes == bytes
                   ? GAN_OK
                   : gan_fail(err, GAN_E_FAILED,
                              "the program wants %lld bytes of \"%s\", the device has %lld",
                              (long long)bytes, name, (long long)item->bytes);
    }
    void *memory = store->items;
    gan_status status =
        gan_grow(&memory, store->n + 1, sizeof *store->items, &store->capacity, err);
    store->items = memory;
    GAN_TRY(status);
    GAN_TRY(gan_calloc(1, sizeof *item, &memory, err));
    item = memory;
    item->bytes = bytes;
    status = gan_strdup(name, &item->name, err);
    if (status == GAN_OK) {
        status = make_memory(item, on_host, stream, err);
    }
    if (status != GAN_OK) {
        destroy_item(item);
        return gan_fail_in(err, status, "buffer \"%s\" of %lld bytes", name, (long long)bytes);
    }
    store->items[store->n++] = item;
    *out = item;
    return GAN_OK;
}

/* A copy is half as large as the fp32 weight and begins stale: the first run that reads it makes
 * it. */
gan_status gan_cuda_store_need_copy(gan_cuda_stored *item, gan_dtype type, gan_error *err)
{
    if (item->copy) {
        return item->copy_type == type
                   ? GAN_OK
                   : gan_fail(err, GAN_E_UNSUPPORTED,
                              "\"%s\" has a copy in %s already; one device serves one 16-bit type",
                              item->name, gan_dtype_name(item->copy_type));
    }
    CUDA_TRY(cudaMalloc(&item->copy, (size_t)item->bytes / 2));
    item->copy_type = type;
    item->copy_stale = true;
    return GAN_OK;
}

gan_status gan_cuda_store_span(const gan_cuda_store *store, const char *name, int64_t offset,
                               int64_t bytes, gan_cuda_stored **out, gan_error *err)
{
    gan_cuda_stored *item = gan_cuda_store_find(store, name);
    if (!item) {
        return gan_fail(err, GAN_E_FAILED, "the device has no buffer \"%s\"", name);
    }
    /* In this form no sum can overflow. */
    if (offset < 0 || bytes < 0 || offset > item->bytes || bytes > item->bytes - offset) {
        return gan_fail(err, GAN_E_FAILED, "bytes %lld to %lld are not inside \"%s\" of %lld bytes",
                        (long long)offset, (long long)offset + (long long)bytes, name,
                        (long long)item->bytes);
    }
    *out = item;
    return GAN_OK;
}

int64_t gan_cuda_store_bytes(const gan_cuda_store *store)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < store->n; i++) {
        const gan_cuda_stored *item = store->items[i];
        bytes += item->device ? item->bytes : 0;
        bytes += item->copy ? item->bytes / 2 : 0;
    }
    return bytes;
}
