/* pickle_value.c — the values of a pickle: they live in blocks and are freed together. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/pickle.h"

enum { BLOCK_VALUES = 128 };

struct gan_pickle_block {
    gan_pickle_block *next;
    size_t n;
    gan_pickle_value values[BLOCK_VALUES];
};

gan_status gan_pickle_make(gan_pickle *pickle, gan_pickle_value **out, gan_error *err)
{
    *out = NULL;
    if (!pickle->blocks || pickle->blocks->n == BLOCK_VALUES) {
        gan_pickle_block *block = NULL;
        GAN_TRY(gan_calloc(1, sizeof *block, (void **)&block, err));
        block->next = pickle->blocks;
        pickle->blocks = block;
    }
    *out = &pickle->blocks->values[pickle->blocks->n++];
    return GAN_OK;
}

void gan_pickle_free(gan_pickle *pickle)
{
    while (pickle->blocks) {
        gan_pickle_block *block = pickle->blocks;
        pickle->blocks = block->next;
        for (size_t i = 0; i < block->n; i++) {
            free(block->values[i].items);
        }
        free(block);
    }
}

gan_status gan_pickle_add(gan_pickle_value *to, gan_pickle_value *item, gan_error *err)
{
    void *items = to->items;
    const gan_status status =
        gan_grow(&items, to->n_items + 1, sizeof *to->items, &to->capacity, err);
    to->items = items;
    if (status == GAN_OK) {
        to->items[to->n_items++] = item;
    }
    return status;
}

const gan_pickle_value *gan_pickle_find(const gan_pickle_value *value, const char *key)
{
    const size_t n = strlen(key);
    if (!value || value->kind != GAN_PICKLE_DICT) {
        return NULL;
    }
    for (size_t i = 0; i < value->n_items; i += 2) {
        const gan_pickle_value *k = value->items[i];
        if (k->kind == GAN_PICKLE_TEXT && k->n_text == n && memcmp(k->text, key, n) == 0) {
            return value->items[i + 1];
        }
    }
    return NULL;
}
