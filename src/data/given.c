/* given.c — a data set of images that the caller has, or makes one by one. */
#include <string.h>

#include "base/memory.h"
#include "data/labels.h"
#include "data/open.h"
#include "data/store.h"

static gan_status check_source(const gan_data_source *s, gan_error *err)
{
    if (!s->name || !*s->name) {
        return gan_fail(err, GAN_E_USAGE, "a data set of one's own needs a name: give it one");
    }
    if (s->n < 1 || s->height < 1 || s->width < 1 || s->channels < 1) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s: %lld images of %lldx%lldx%lld are none: each of these is 1 or more",
                        s->name, (long long)s->n, (long long)s->height, (long long)s->width,
                        (long long)s->channels);
    }
    const gan_data_options shape = {
        .height = s->height, .width = s->width, .channels = s->channels, .split = "train"};
    GAN_TRY(gan_data_options_check(&shape, err));
    if (s->n_classes < 0 || s->n_classes > GAN_LABELS_CLASSES_MAX) {
        return gan_fail(err, GAN_E_USAGE, "%s: %ld classes: there are 0 to %d", s->name,
                        (long)s->n_classes, GAN_LABELS_CLASSES_MAX);
    }
    if (!s->image && (!s->pixels || (s->n_classes > 0 && !s->labels))) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s: no way to its images%s: set pixels, and labels where there are "
                        "classes, or image",
                        s->name, s->pixels ? "' labels" : "");
    }
    return GAN_OK;
}

static gan_status check_label(const gan_data_source *s, int64_t i, int32_t label, gan_error *err)
{
    return label >= 0 && label < s->n_classes
               ? GAN_OK
               : gan_fail(err, GAN_E_DATA, "%s: image %lld has label %ld: labels are 0 to %ld",
                          s->name, (long long)i, (long)label, (long)s->n_classes - 1);
}

/* Image i to its place. A function that fails without a word has none of its own. */
static gan_status take(const gan_data_source *s, int64_t i, uint8_t *to, int32_t *label,
                       gan_error *err)
{
    if (s->pixels) {
        const size_t size = (size_t)(s->height * s->width * s->channels);
        memcpy(to, s->pixels + (size_t)i * size, size);
        *label = s->n_classes > 0 ? s->labels[i] : 0;
        return GAN_OK;
    }
    gan_error why = {0};
    const gan_status status = s->image(s->ctx, i, to, label, &why);
    return status == GAN_OK ? GAN_OK
                            : gan_fail(err, status, "%s: image %lld: %s", s->name, (long long)i,
                                       why.text[0] ? why.text : gan_status_text(status));
}

static gan_status take_all(const gan_data_source *s, const gan_data_options *options,
                           gan_intake *intake, gan_error *err)
{
    gan_data *data = intake->data;
    for (int64_t i = 0; i < data->info.n; i++) {
        int64_t run = 0;
        int32_t label = 0;
        GAN_TRY(gan_data_poll(options->cancel, err));
        GAN_TRY(take(s, i, gan_intake_place(intake, i, 1, &run), &label, err));
        if (s->n_classes > 0) {
            GAN_TRY(check_label(s, i, label, err));
            data->labels[i] = label;
        }
        GAN_TRY(gan_intake_accept(intake, i, 1, err));
    }
    return GAN_OK;
}

gan_status gan_data_make(const gan_data_source *source, const gan_data_options *options,
                         gan_data **out, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_data_options complete = options ? *options : (gan_data_options){0};
    gan_intake intake = {0};
    gan_data *data = NULL;
    *out = NULL;
    complete.split = "train";
    GAN_TRY_DONE(check_source(source, err));
    GAN_TRY_DONE(gan_data_options_check(&complete, err));
    GAN_TRY_DONE(gan_store_create(source->name, "", &data, err));
    data->spill = complete.spill;
    data->n_known_classes = source->n_classes;
    const int64_t n = complete.limit && complete.limit < source->n ? complete.limit : source->n;
    GAN_TRY_DONE(gan_intake_begin(&intake, data, &complete, n, source->height, source->width,
                                  source->channels, err));
    if (source->n_classes > 0) {
        GAN_TRY_DONE(gan_labels_make(data, n, err));
    }
    GAN_TRY_DONE(take_all(source, &complete, &intake, err));
    gan_store_finish(data);
    GAN_TRY_DONE(gan_labels_finish(data, NULL, err));
    *out = data;
    data = NULL;
done:
    gan_intake_end(&intake);
    gan_data_close(data);
    return status;
}
