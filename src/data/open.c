/* open.c — from what a person names to an open data set. */
#define _GNU_SOURCE /* realpath */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "base/words.h"
#include "data/labels.h"
#include "data/locate.h"
#include "data/open.h"
#include "data/registry.h"
#include "data/store.h"
#include "gan/data.h"

enum { MAX_SIDE = 1 << 14, MAX_HINT = 64 };

gan_status gan_data_options_check(const gan_data_options *o, gan_error *err)
{
    if (o->height < 0 || o->width < 0 || o->height > MAX_SIDE || o->width > MAX_SIDE) {
        return gan_fail(err, GAN_E_USAGE, "images of %lldx%lld are not possible: sides are 1 to %d",
                        (long long)o->height, (long long)o->width, MAX_SIDE);
    }
    if (o->channels < 0 || o->channels > 4) {
        return gan_fail(err, GAN_E_USAGE,
                        "images of %lld channels are not possible: channels are 1 to 4",
                        (long long)o->channels);
    }
    if (o->limit < 0 || o->threads < 0) {
        return gan_fail(err, GAN_E_USAGE,
                        "the limit (%lld) and the threads (%d) of a data set are "
                        "0 or more",
                        (long long)o->limit, o->threads);
    }
    if ((unsigned)o->fit > GAN_FIT_STRETCH) {
        return gan_fail(err, GAN_E_USAGE, "unknown fit %d: crop, pad and stretch are known",
                        (int)o->fit);
    }
    if ((unsigned)o->filter > GAN_FILTER_LANCZOS) {
        return gan_fail(err, GAN_E_USAGE,
                        "unknown filter %d: bilinear, box, bicubic and lanczos are known",
                        (int)o->filter);
    }
    return gan_words_check("split", o->split, "train|test", err);
}

static gan_status check_holdout(const char *source, const gan_data_format *format,
                                const gan_data_options *o, gan_error *err)
{
    if (!(o->holdout >= 0 && o->holdout <= 1)) {
        return gan_fail(err, GAN_E_USAGE, "a share of %g cannot be held out: it is 0 to 1",
                        o->holdout);
    }
    return o->holdout > 0 && !format->holds_out
               ? gan_fail(err, GAN_E_USAGE,
                          "%s: --holdout is for pictures in folders and archives; this has a test "
                          "split of its own, or none",
                          source)
               : GAN_OK;
}

static gan_status fail_unknown(const char *source, gan_error *err)
{
    char clean[GAN_TEXT_CLEAN_SIZE], hint[MAX_HINT];
    gan_dataset_hint(source, hint, sizeof hint);
    return gan_fail(err, GAN_E_NO_INPUT,
                    "no data set, file or folder '%s'%s; `gan data list` tells the known ones",
                    gan_text_clean(source, clean), hint);
}

/* A known name, or the last part of the path, also of one like "." or "faces/". */
static gan_status name_of(const char *source, char **name, gan_error *err)
{
    if (gan_dataset_find(source)) {
        return gan_strdup(source, name, err);
    }
    char *real = realpath(source, NULL);
    if (!real) {
        return gan_fail(err, gan_file_open_status(errno), "%s: cannot be opened: %s", source,
                        strerror(errno));
    }
    const char *base = gan_path_base(real);
    gan_status status = gan_strdup(*base ? base : "data", name, err);
    free(real);
    return status;
}

gan_status gan_data_resolve(const char *source, const gan_data_format **format, char **path,
                            gan_error *err)
{
    const gan_dataset *set = gan_dataset_find(source);
    *path = NULL;
    if (set) {
        *format = set->format;
        if (!set->is_in) {
            return gan_strdup("", path, err);
        }
        GAN_TRY(gan_dataset_locate(set, path, err));
        if (*path && !gan_path_is_folder(*path)) {
            *format = gan_data_format_of(*path);
        }
        return *path ? GAN_OK : gan_dataset_missing(set, err);
    }
    struct stat st;
    if (stat(source, &st) != 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? fail_unknown(source, err)
                   : gan_fail(err, gan_file_open_status(errno), "%s: cannot be opened: %s", source,
                              strerror(errno));
    }
    *format = gan_data_format_of(source);
    return gan_strdup(source, path, err);
}

gan_status gan_data_open(const char *source, const gan_data_options *options, gan_data **out,
                         gan_error *err)
{
    gan_status status = GAN_OK;
    gan_data_options complete = options ? *options : (gan_data_options){0};
    const gan_data_format *format = NULL;
    char *path = NULL, *name = NULL;
    gan_data *data = NULL;
    *out = NULL;
    if (!complete.split) {
        complete.split = "train";
    }
    GAN_TRY_DONE(gan_data_options_check(&complete, err));
    GAN_TRY_DONE(gan_data_resolve(source, &format, &path, err));
    assert(format); /* or that would have failed */
    GAN_TRY_DONE(check_holdout(source, format, &complete, err));
    GAN_TRY_DONE(name_of(source, &name, err));
    GAN_TRY_DONE(gan_store_create(name, path, &data, err));
    data->spill = complete.spill;
    GAN_TRY_DONE(format->load(path, &complete, data, err));
    gan_store_finish(data);
    GAN_TRY_DONE(gan_labels_finish(data, gan_dataset_find(source), err));
    *out = data;
    data = NULL;
done:
    gan_data_close(data);
    free(path);
    free(name);
    return status;
}
