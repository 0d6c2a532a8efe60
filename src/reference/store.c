/* store.c — the session's buffers: memory that outlives programs, known by name.
 *
 * Real numbers of whatever type are doubles here. The host reads and writes them in the buffer's
 * own type, so bytes and offsets that come from outside are turned into elements first. */
#include "reference/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "reference/convert.h"

/* Whole numbers keep their type: counters, labels and pixels are exact in it. */
int64_t gan_reference_size(gan_dtype type)
{
    return (int64_t)(gan_reference_is_real(type) ? sizeof(double) : gan_dtype_size(type));
}

void gan_reference_store_clear(gan_reference_store *store)
{
    for (size_t i = 0; i < store->n_items; i++) {
        gan_aligned_free(store->items[i].data);
        free(store->items[i].name);
    }
    free(store->items);
    *store = (gan_reference_store){0};
}

const gan_reference_stored *gan_reference_store_find(const gan_reference_store *store,
                                                     const char *name)
{
    for (size_t i = 0; i < store->n_items; i++) {
        if (strcmp(store->items[i].name, name) == 0) {
            return &store->items[i];
        }
    }
    return NULL;
}

static gan_status append(gan_reference_store *store, const gan_buffer *buffer, gan_error *err)
{
    void *items = store->items;
    gan_status status =
        gan_grow(&items, store->n_items + 1, sizeof *store->items, &store->capacity, err);
    store->items = items;
    GAN_TRY(status);
    gan_reference_stored *item = &store->items[store->n_items];
    *item = (gan_reference_stored){.type = buffer->type, .count = buffer->count};
    const int64_t bytes = buffer->count * gan_reference_size(buffer->type);
    GAN_TRY(gan_aligned_alloc((size_t)bytes, &item->data, err));
    status = gan_strdup(buffer->name, &item->name, err);
    if (status != GAN_OK) {
        gan_aligned_free(item->data);
        return status;
    }
    store->n_items++;
    return GAN_OK;
}

gan_status gan_reference_store_need(gan_reference_store *store, const gan_buffer *buffer,
                                    void **data, gan_error *err)
{
    const gan_reference_stored *item = gan_reference_store_find(store, buffer->name);
    if (item && (item->count != buffer->count || item->type != buffer->type)) {
        return gan_fail(err, GAN_E_FAILED,
                        "the program wants %lld %s of \"%s\", the device has %lld %s",
                        (long long)buffer->count, gan_dtype_name(buffer->type), buffer->name,
                        (long long)item->count, gan_dtype_name(item->type));
    }
    if (!item) {
        GAN_TRY(append(store, buffer, err));
        item = &store->items[store->n_items - 1];
    }
    *data = item->data;
    return GAN_OK;
}

/* The item, when elements [first, first + n) are inside it. */
static gan_status find(const gan_reference_store *store, const char *name, int64_t first, int64_t n,
                       const gan_reference_stored **out, gan_error *err)
{
    const gan_reference_stored *item = gan_reference_store_find(store, name);
    if (!item) {
        return gan_fail(err, GAN_E_FAILED, "the device has no buffer \"%s\"", name);
    }
    if (first < 0 || n < 0 || first > item->count || n > item->count - first) {
        return gan_fail(err, GAN_E_FAILED,
                        "%lld elements from %lld on are not inside \"%s\" of %lld", (long long)n,
                        (long long)first, name, (long long)item->count);
    }
    *out = item;
    return GAN_OK;
}

/* The same for bytes as the host sees them. */
static gan_status find_bytes(const gan_reference_store *store, const char *name, int64_t offset,
                             int64_t bytes, const gan_reference_stored **out, gan_error *err)
{
    const gan_reference_stored *item = gan_reference_store_find(store, name);
    const int64_t size = item ? (int64_t)gan_dtype_size(item->type) : 1;
    if (offset % size != 0 || bytes % size != 0) {
        return gan_fail(err, GAN_E_FAILED,
                        "%lld bytes from %lld on cut an element of \"%s\" (%s) in two",
                        (long long)bytes, (long long)offset, name, gan_dtype_name(item->type));
    }
    return find(store, name, offset / size, bytes / size, out, err);
}

gan_status gan_reference_store_write(gan_reference_store *store, const char *name, int64_t offset,
                                     const void *from, int64_t bytes, gan_error *err)
{
    const gan_reference_stored *item = NULL;
    GAN_TRY(find_bytes(store, name, offset, bytes, &item, err));
    const int64_t size = (int64_t)gan_dtype_size(item->type);
    if (gan_reference_is_real(item->type)) {
        gan_reference_widen(item->type, from, bytes / size, (double *)item->data + offset / size);
    } else {
        memcpy((char *)item->data + offset, from, (size_t)bytes);
    }
    return GAN_OK;
}

gan_status gan_reference_store_read(const gan_reference_store *store, const char *name,
                                    int64_t offset, void *to, int64_t bytes, gan_error *err)
{
    const gan_reference_stored *item = NULL;
    GAN_TRY(find_bytes(store, name, offset, bytes, &item, err));
    const int64_t size = (int64_t)gan_dtype_size(item->type);
    if (gan_reference_is_real(item->type)) {
        gan_reference_narrow(item->type, (const double *)item->data + offset / size, bytes / size,
                             to);
    } else {
        memcpy(to, (const char *)item->data + offset, (size_t)bytes);
    }
    return GAN_OK;
}

/* For tests and verify, which compare beyond what the buffer's own type can show. */
gan_status gan_reference_store_doubles(const gan_reference_store *store, const char *name,
                                       int64_t first, int64_t n, double **at, gan_error *err)
{
    const gan_reference_stored *item = NULL;
    GAN_TRY(find(store, name, first, n, &item, err));
    if (!gan_reference_is_real(item->type)) {
        return gan_fail(err, GAN_E_FAILED, "\"%s\" is of type %s, which has no doubles", name,
                        gan_dtype_name(item->type));
    }
    *at = (double *)item->data + first;
    return GAN_OK;
}

int64_t gan_reference_store_bytes(const gan_reference_store *store)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < store->n_items; i++) {
        bytes += store->items[i].count * gan_reference_size(store->items[i].type);
    }
    return bytes;
}
