/* store.c — the session's buffers: memory that outlives programs, known by name.
 *
 * A buffer is the store's own, or adopted: a data set is already in memory, and is read where it
 * is. Executables keep the addresses, so a buffer is never moved; one that is adopted anew must be
 * so before anything is compiled. */
#include "cpu/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void release(gan_cpu_stored *item)
{
    if (!item->adopted) {
        gan_aligned_free(item->data);
    }
}

void gan_cpu_store_clear(gan_cpu_store *store)
{
    for (size_t i = 0; i < store->n_items; i++) {
        release(&store->items[i]);
        free(store->items[i].name);
    }
    free(store->items);
    *store = (gan_cpu_store){0};
}

gan_cpu_stored *gan_cpu_store_find(const gan_cpu_store *store, const char *name)
{
    for (size_t i = 0; i < store->n_items; i++) {
        if (strcmp(store->items[i].name, name) == 0) {
            return &store->items[i];
        }
    }
    return NULL;
}

/* An item of that name without memory. */
static gan_status append(gan_cpu_store *store, const char *name, gan_cpu_stored **item,
                         gan_error *err)
{
    void *items = store->items;
    gan_status status =
        gan_grow(&items, store->n_items + 1, sizeof *store->items, &store->capacity, err);
    store->items = items;
    if (status == GAN_OK) {
        *item = &store->items[store->n_items];
        **item = (gan_cpu_stored){0};
        status = gan_strdup(name, &(*item)->name, err);
    }
    if (status == GAN_OK) {
        store->n_items++;
    }
    return status;
}

gan_status gan_cpu_store_need(gan_cpu_store *store, const char *name, int64_t bytes, void **data,
                              gan_error *err)
{
    gan_cpu_stored *item = gan_cpu_store_find(store, name);
    if (item && item->bytes != bytes) {
        return gan_fail(err, GAN_E_FAILED,
                        "the program wants %lld bytes of \"%s\", the device has %lld",
                        (long long)bytes, name, (long long)item->bytes);
    }
    if (!item) {
        void *block = NULL;
        GAN_TRY(gan_aligned_alloc((size_t)bytes, &block, err));
        gan_status status = append(store, name, &item, err);
        if (status != GAN_OK) {
            gan_aligned_free(block);
            return status;
        }
        item->data = block;
        item->bytes = bytes;
    }
    *data = item->data;
    return GAN_OK;
}

gan_status gan_cpu_store_adopt(gan_cpu_store *store, const char *name, void *data, int64_t bytes,
                               gan_error *err)
{
    gan_cpu_stored *item = gan_cpu_store_find(store, name);
    if (item) {
        release(item);
    } else {
        GAN_TRY(append(store, name, &item, err));
    }
    item->data = data;
    item->bytes = bytes;
    item->adopted = true;
    return GAN_OK;
}

gan_status gan_cpu_store_span(const gan_cpu_store *store, const char *name, int64_t offset,
                              int64_t bytes, void **span, gan_error *err)
{
    const gan_cpu_stored *item = gan_cpu_store_find(store, name);
    if (!item) {
        return gan_fail(err, GAN_E_FAILED, "the device has no buffer \"%s\"", name);
    }
    if (offset < 0 || bytes < 0 || offset > item->bytes || bytes > item->bytes - offset) {
        return gan_fail(err, GAN_E_FAILED,
                        "%lld bytes from %lld on are not inside \"%s\" of %lld bytes",
                        (long long)bytes, (long long)offset, name, (long long)item->bytes);
    }
    *span = (char *)item->data + offset;
    return GAN_OK;
}

int64_t gan_cpu_store_bytes(const gan_cpu_store *store)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < store->n_items; i++) {
        bytes += store->items[i].bytes;
    }
    return bytes;
}
