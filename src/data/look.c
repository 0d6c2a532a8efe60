/* look.c — how many pictures a source has and of which shape. */
#include "data/look.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "data/open.h"
#include "data/registry.h"

static gan_data_look of_one_shape(int64_t n, int64_t height, int64_t width, int64_t channels)
{
    return (gan_data_look){
        .n = n, .height = height, .width = width, .channels = channels, .seen = n};
}

/* What the program draws is as many as are asked for. */
static gan_data_look of_known(const gan_dataset *set, const gan_data_options *options)
{
    int64_t n = strcmp(options->split, "test") == 0 ? set->n_test : set->n_train;
    const bool drawn = !set->is_in || set->base;
    if (options->limit && (drawn || options->limit < n)) {
        n = options->limit;
    }
    return of_one_shape(n, set->height, set->width, set->channels);
}

static gan_status look_by_opening(const char *source, const gan_data_options *options,
                                  gan_data_look *out, gan_error *err)
{
    gan_data *data = NULL;
    gan_data_options native = *options;
    native.height = native.width = native.channels = 0;
    native.listener = NULL;
    GAN_TRY(gan_data_open(source, &native, &data, err));
    const gan_data_info *info = gan_data_describe(data);
    *out = of_one_shape(info->n, info->height, info->width, info->channels);
    gan_data_close(data);
    return GAN_OK;
}

gan_status gan_data_take_look(const char *source, const gan_data_options *options,
                              gan_data_look *out, gan_error *err)
{
    gan_data_options complete = *options;
    const gan_data_format *format = NULL;
    const gan_dataset *set = gan_dataset_find(source);
    char *path = NULL;
    complete.split = complete.split ? complete.split : "train";
    if (set) {
        *out = of_known(set, &complete);
        return GAN_OK;
    }
    GAN_TRY(gan_data_resolve(source, &format, &path, err));
    assert(format); /* or that would have failed */
    gan_status status = format->look ? format->look(path, &complete, out, err)
                                     : look_by_opening(source, &complete, out, err);
    free(path);
    return status;
}
