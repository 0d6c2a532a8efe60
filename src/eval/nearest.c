/* nearest.c — samples beside their nearest real pictures: a sample that is one of them was learned
 * by heart. */
#include "eval/nearest.h"

#include <stdlib.h>

#include "base/memory.h"
#include "eval/neighbours.h"
#include "gan/image.h"

enum { MOST_ROWS = 16, MOST_NEIGHBOURS = 5 };

/* One picture of bytes as floats in [-1,1]. */
static void put(const uint8_t *from, int64_t size, float *to)
{
    for (int64_t i = 0; i < size; i++) {
        to[i] = (float)from[i] / 127.5f - 1;
    }
}

/* The tiles, row by row. */
static gan_status lay_out(const gan_nearest_job *job, int64_t rows, int k, const int64_t *index,
                          float *tiles, gan_error *err)
{
    const gan_source *s = job->samples;
    const int64_t size = s->h * s->w * s->c;
    const uint8_t *real = gan_data_pixels(job->real);
    void *sample = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(gan_calloc((size_t)rows, (size_t)size, &sample, err));
    GAN_TRY_DONE(s->read(s, 0, rows, sample, err));
    for (int64_t row = 0; row < rows; row++) {
        put((const uint8_t *)sample + row * size, size, tiles);
        tiles += size;
        for (int i = 0; i < k; i++) {
            put(real + index[row * k + i] * size, size, tiles);
            tiles += size;
        }
    }
done:
    free(sample);
    return status;
}

static gan_status draw(const gan_nearest_job *job, int64_t rows, int k, const int64_t *index,
                       const char *path, gan_error *err)
{
    static const gan_image_text text = {
        "gan.c", "left: a sample; right of it: the real pictures nearest to it"};
    const gan_source *s = job->samples;
    const int64_t n = rows * (k + 1), size = s->h * s->w * s->c;
    const gan_image_grid grid = {.rows = rows, .cols = k + 1};
    void *tiles = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(gan_calloc((size_t)n, (size_t)size * sizeof(float), &tiles, err));
    GAN_TRY_DONE(lay_out(job, rows, k, index, tiles, err));
    const int64_t channels = gan_image_show(tiles, n * s->h * s->w, s->c);
    const gan_image_batch batch = {tiles, n, s->h, s->w, channels};
    status = gan_image_write_png(path, &batch, &grid, &text, 1, err);
done:
    free(tiles);
    return status;
}

/* Features of the first pictures of the samples. */
static gan_status extract(const gan_nearest_job *job, int64_t rows, float **features,
                          gan_error *err)
{
    const gan_source *s = job->samples;
    const gan_extractor_info info = gan_extractor_describe(job->extractor);
    void *pictures = NULL, *memory = NULL, *logits = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_calloc((size_t)rows, (size_t)(s->h * s->w * s->c), &pictures, err));
    GAN_TRY_DONE(gan_calloc((size_t)(rows * info.logits), sizeof(float), &logits, err));
    GAN_TRY_DONE(gan_calloc((size_t)(rows * info.features), sizeof(float), &memory, err));
    *features = memory;
    GAN_TRY_DONE(s->read(s, 0, rows, pictures, err));
    status = gan_extractor_run(job->extractor, pictures, rows, memory, logits, err);
done:
    free(pictures);
    free(logits);
    return status;
}

gan_status gan_nearest_write(const gan_tools *tools, const gan_nearest_job *job, const char *path,
                             gan_error *err)
{
    void *squared = NULL, *index = NULL;
    float *features = NULL;
    gan_status status = GAN_OK;
    if (!job->real) {
        return gan_fail(err, GAN_E_USAGE, "%s: features alone are no pictures to show", path);
    }
    const gan_matrix real = gan_feature_set_matrix(job->of_real);
    const int k = real.n < MOST_NEIGHBOURS ? (int)real.n : MOST_NEIGHBOURS;
    const int64_t rows = job->samples->n < MOST_ROWS ? job->samples->n : MOST_ROWS;
    GAN_TRY_DONE(extract(job, rows, &features, err));
    const gan_matrix samples = {features, false, rows, real.d};
    GAN_TRY_DONE(gan_calloc((size_t)(rows * k), sizeof(double), &squared, err));
    GAN_TRY_DONE(gan_calloc((size_t)(rows * k), sizeof(int64_t), &index, err));
    GAN_TRY_DONE(gan_neighbours(tools, &samples, &real, k, squared, index, err));
    status = draw(job, rows, k, index, path, err);
done:
    free(features);
    free(squared);
    free(index);
    return status;
}
