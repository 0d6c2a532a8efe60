/* judge.c — a generator's images beside those it learned from. */
#include <stdlib.h>

#include "base/memory.h"
#include "run/dry_run.h"
#include "run/likeness.h"

enum { MOST = 512 /* images of a set */ };

/* The settings of the checkpoint's run, and its data set. */
static gan_status open_data(const char *checkpoint, gan_data **out, gan_error *err)
{
    gan_options options = {0};
    gan_start start = {0};
    gan_data_options data_options;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_options_init(&options, err));
    GAN_TRY_DONE(gan_options_set(&options, GAN_OPTION_ID_resume, checkpoint, GAN_FROM_FLAG, err));
    GAN_TRY_DONE(gan_start_find(&options, NULL, NULL, &start, err));
    GAN_TRY_DONE(gan_plan_data_options(&start, &data_options, err));
    GAN_TRY_DONE(gan_data_open(start.options.data, &data_options, out, err));
done:
    gan_start_free(&start);
    gan_options_free(&options);
    return status;
}

/* Image i of 2n is one from all over the data set, which may be sorted. */
static void take_real(const gan_data *data, int64_t i, int64_t n, float *to)
{
    const gan_data_info *info = gan_data_describe(data);
    const int64_t size = info->height * info->width * info->channels;
    const uint8_t *from = gan_data_pixels(data) + i * info->n / (2 * n) * size;
    for (int64_t k = 0; k < size; k++) {
        to[k] = (float)from[k] / 127.5f - 1;
    }
}

static gan_status measure(gan_generator *generator, const gan_data *data, float *memory,
                          gan_likeness *out, gan_error *err)
{
    const gan_data_info *info = gan_data_describe(data);
    const int64_t size = info->height * info->width * info->channels, n = out->images;
    float *const images = memory, *const reals = images + n * size,
                 *const others = reals + n * size;
    uint64_t seeds[MOST];
    for (int64_t i = 0; i < n; i++) {
        seeds[i] = (uint64_t)i;
        take_real(data, 2 * i, n, reals + i * size);
        take_real(data, 2 * i + 1, n, others + i * size);
    }
    GAN_TRY(gan_generator_sample(generator, seeds, n, images, err));
    const gan_likeness_sets sets = {.images = images,
                                    .reals = reals,
                                    .others = others,
                                    .n = n,
                                    .height = info->height,
                                    .width = info->width,
                                    .channels = info->channels};
    return gan_likeness_measure(&sets, &out->share, err);
}

static const char *words_of(double share)
{
    return share < 0.3   ? "noise or grey so far"
           : share < 0.8 ? "shapes, not yet pictures"
                         : "pictures";
}

gan_status gan_generator_judge(gan_generator *generator, gan_likeness *out, gan_error *err)
{
    gan_data *data = NULL;
    void *memory = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(open_data(gan_generator_path(generator), &data, err));
    const gan_data_info *info = gan_data_describe(data);
    *out = (gan_likeness){.images = info->n / 2 < MOST ? info->n / 2 : MOST};
    if (out->images < 1) {
        status = gan_fail(err, GAN_E_DATA, "%s has one image: two are needed to compare with",
                          info->name);
        goto done;
    }
    const size_t size = (size_t)(info->height * info->width * info->channels);
    GAN_TRY_DONE(gan_calloc((size_t)(3 * out->images) * size, sizeof(float), &memory, err));
    GAN_TRY_DONE(measure(generator, data, memory, out, err));
    out->words = words_of(out->share);
done:
    free(memory);
    gan_data_close(data);
    return status;
}
