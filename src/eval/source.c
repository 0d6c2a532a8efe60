/* source.c — pictures to be measured, as bytes: what a PNG would hold, and no float more.
 *
 * Samples and real pictures must have gone through the same rounding, or the distance between them
 * would measure it; so samples are rounded to bytes here, and real ones are bytes already. A source
 * gives any stretch of its pictures on demand: 50,000 need not be in memory at once. */
#include "eval/source.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/grid.h"

void gan_source_to_bytes(const float *x, int64_t n, uint8_t *to)
{
    for (int64_t i = 0; i < n; i++) {
        to[i] = gan_grid_pixel(x[i]);
    }
}

static gan_status sample(const gan_source *source, int64_t first, int64_t n, uint8_t *to,
                         gan_error *err)
{
    const int64_t size = source->h * source->w * source->c;
    void *images = NULL, *seeds = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_calloc((size_t)(n * size), sizeof(float), &images, err));
    GAN_TRY_DONE(gan_calloc((size_t)n, sizeof(uint64_t), &seeds, err));
    for (int64_t i = 0; i < n; i++) {
        /* Picture i is of seed + i: any number of them begins with the same ones. */
        ((uint64_t *)seeds)[i] = source->seed + (uint64_t)(first + i);
    }
    GAN_TRY_DONE(gan_generator_sample(source->ctx, seeds, n, images, err));
    gan_source_to_bytes(images, n * size, to);
done:
    free(images);
    free(seeds);
    return status;
}

gan_source gan_source_of_generator(gan_generator *generator, uint64_t seed, int64_t n)
{
    const gan_net_summary net = gan_net_summarize(gan_generator_net(generator));
    return (gan_source){.n = n,
                        .h = net.height,
                        .w = net.width,
                        .c = net.channels,
                        .label = "the samples",
                        .read = sample,
                        .ctx = generator,
                        .seed = seed};
}

static gan_status copy(const gan_source *source, int64_t first, int64_t n, uint8_t *to,
                       gan_error *err)
{
    const size_t size = (size_t)(source->h * source->w * source->c);
    const uint8_t *from = source->ctx;
    (void)err;
    for (int64_t i = 0; i < n; i++) {
        const int64_t at = source->first + (first + i) * source->step;
        memcpy(to + (size_t)i * size, from + (size_t)at * size, size);
    }
    return GAN_OK;
}

/* Every step-th picture from `first` on: 0 and 1 of 2 are the halves that the floor is measured
 * by. */
gan_source gan_source_of_data(const gan_data *data, int64_t first, int64_t step)
{
    const gan_data_info *info = gan_data_describe(data);
    return (gan_source){.n = first < info->n ? (info->n - first + step - 1) / step : 0,
                        .h = info->height,
                        .w = info->width,
                        .c = info->channels,
                        .label = info->name,
                        .read = copy,
                        .ctx = (void *)(uintptr_t)gan_data_pixels(data),
                        .first = first,
                        .step = step};
}

static gan_status convert(const gan_source *source, int64_t first, int64_t n, uint8_t *to,
                          gan_error *err)
{
    const int64_t size = source->h * source->w * source->c;
    const float *from = source->ctx;
    (void)err;
    gan_source_to_bytes(from + first * size, n * size, to);
    return GAN_OK;
}

gan_source gan_source_of_floats(const float *images, int64_t n, int64_t h, int64_t w, int64_t c)
{
    return (gan_source){.n = n,
                        .h = h,
                        .w = w,
                        .c = c,
                        .label = "the samples",
                        .read = convert,
                        .ctx = (void *)(uintptr_t)images};
}
