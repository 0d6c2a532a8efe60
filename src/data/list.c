/* list.c — every known data set, and whether it is here. */
#include <stdlib.h>

#include "base/memory.h"
#include "data/locate.h"
#include "data/registry.h"
#include "gan/data.h"

static gan_status describe(const gan_dataset *set, void (*row)(void *, const gan_data_entry *),
                           void *ctx, gan_error *err)
{
    gan_status status = GAN_OK;
    char *path = NULL, *hint = NULL;
    const gan_dataset *files = set->base ? set->base : set;
    GAN_TRY_DONE(files->is_in ? gan_dataset_locate(files, &path, err) : gan_strdup("", &path, err));
    GAN_TRY_DONE(gan_format(&hint, err, "gan data get %s", set->name));
    const gan_data_entry entry = {
        .name = set->name,
        .what = set->what,
        .source = set->source,
        .licence = set->licence,
        .n_train = set->n_train,
        .n_test = set->n_test,
        .height = set->height,
        .width = set->width,
        .channels = set->channels,
        .download_bytes = gan_dataset_bytes(files),
        .path = path,
        .hint = path ? "" : hint,
    };
    row(ctx, &entry);
done:
    free(path);
    free(hint);
    return status;
}

gan_status gan_data_list(void (*row)(void *ctx, const gan_data_entry *entry), void *ctx,
                         gan_error *err)
{
    const gan_dataset *set = NULL;
    for (size_t i = 0; (set = gan_dataset_at(i)) != NULL; i++) {
        GAN_TRY(describe(set, row, ctx, err));
    }
    return GAN_OK;
}
