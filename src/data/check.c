/* check.c — `gan data check`: what is wrong with a data set, found by reading all of it. */
#include "data/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/open.h"
#include "data/store.h"

static gan_status tell_duplicate(const gan_data_check_options *options, gan_data_report *report,
                                 const gan_data *data, const char *split,
                                 const gan_image_digest *digest, gan_error *err)
{
    gan_status status = GAN_OK;
    char *file = NULL, *text = NULL;
    GAN_TRY_DONE(gan_format(&file, err, "%s, %s image %lld", *data->path ? data->path : data->name,
                            split, (long long)digest->index));
    GAN_TRY_DONE(gan_format(&text, err, "same pixels as image %lld", (long long)digest->first));
    gan_check_tell(options, report, GAN_FLAW_DUPLICATE, file, text);
done:
    free(file);
    free(text);
    return status;
}

static gan_status find_duplicates(const gan_data_check_options *options, gan_data_report *report,
                                  const gan_data *data, const char *split, gan_error *err)
{
    gan_status status = GAN_OK;
    const gan_data_info *info = &data->info;
    size_t image = (size_t)(info->height * info->width * info->channels);
    gan_image_digest *digests = NULL;
    gan_sha256 start;
    gan_sha256_init(&start);
    GAN_TRY_DONE(gan_calloc((size_t)info->n, sizeof *digests, (void **)&digests, err));
    for (int64_t i = 0; i < info->n; i++) {
        gan_image_digest_take(&digests[i], i, data->pixels + (size_t)i * image, image, &start);
    }
    gan_image_digests_match(digests, info->n);
    for (int64_t i = 0; i < info->n; i++) {
        GAN_TRY_DONE(gan_data_poll(options->cancel, err));
        if (digests[i].first != i) {
            GAN_TRY_DONE(tell_duplicate(options, report, data, split, &digests[i], err));
        }
    }
done:
    free(digests);
    return status;
}

/* An error's sentence begins with the path that it is about: the source's, or one in its folder. */
static void tell_corrupt(const gan_data_check_options *options, gan_data_report *report,
                         const char *path, gan_error *why)
{
    const size_t n = strlen(path);
    const bool named = n > 0 && strncmp(why->text, path, n) == 0;
    char *colon = named ? strstr(why->text + n, ": ") : NULL;
    if (colon) {
        *colon = '\0';
    }
    gan_check_tell(options, report, GAN_FLAW_CORRUPT, colon ? why->text : path,
                   colon ? colon + 2 : why->text);
}

gan_status gan_check_split(const char *source, const char *path, const char *split,
                           const gan_data_check_options *options, gan_data_report *report,
                           gan_error *err)
{
    const gan_data_options open_options = {
        .split = split, .threads = options->threads, .cancel = options->cancel};
    gan_error why = {0};
    gan_data *data = NULL;
    gan_status status = gan_data_open(source, &open_options, &data, &why);
    if (status == GAN_E_DATA || status == GAN_E_NO_INPUT) {
        tell_corrupt(options, report, path, &why);
        return GAN_OK;
    }
    if (status != GAN_OK) {
        return gan_fail(err, status, "%s", why.text);
    }
    report->images += data->info.n;
    report->height = data->info.height;
    report->width = data->info.width;
    report->channels = data->info.channels;
    status = find_duplicates(options, report, data, split, err);
    gan_data_close(data);
    return status;
}

gan_status gan_data_check(const char *source, const gan_data_check_options *options,
                          gan_data_report *report, gan_error *err)
{
    static const gan_data_check_options defaults = {0};
    static const char *const splits[] = {"train", "test"};
    const gan_data_check_options *o = options ? options : &defaults;
    const gan_data_format *format = NULL;
    char *path = NULL;
    gan_status status = GAN_OK;
    *report = (gan_data_report){0};
    GAN_TRY(gan_data_resolve(source, &format, &path, err));
    if (format->check) {
        status = format->check(path, o, report, err);
    }
    for (int i = 0; i < 2 && status == GAN_OK && !format->check; i++) {
        if (format->has_split(path, splits[i])) {
            status = gan_check_split(source, path, splits[i], o, report, err);
        }
    }
    free(path);
    return status;
}

const char *gan_data_flaw_text(gan_data_flaw flaw)
{
    switch (flaw) {
    case GAN_FLAW_CORRUPT:
        return "corrupt";
    case GAN_FLAW_SIZE:
        return "odd-sized";
    case GAN_FLAW_CHANNELS:
        return "odd-channel";
    case GAN_FLAW_DUPLICATE:
        return "duplicate";
    case GAN_FLAW_NOT_TAKEN:
        return "not taken";
    default:
        return "unknown";
    }
}
