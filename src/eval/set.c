/* set.c — features of a set of pictures, made piece by piece.
 *
 * What is kept of n pictures is their features (n,d), logits where the extractor has some, and the
 * mean and covariance of the features; the pictures themselves are gone after their piece. */
#include "eval/set.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"

enum { PIECE = 256 };

void gan_feature_set_free(gan_feature_set *set)
{
    free(set->features);
    free(set->logits);
    gan_gaussian_free(&set->gaussian);
    *set = (gan_feature_set){0};
}

gan_matrix gan_feature_set_matrix(const gan_feature_set *set)
{
    return (gan_matrix){set->features, set->doubles, set->n, set->d};
}

gan_matrix gan_feature_set_logits(const gan_feature_set *set)
{
    return (gan_matrix){set->logits, false, set->n, set->k};
}

static gan_status take_gaussian(const gan_tools *tools, gan_feature_set *set, const char *label,
                                gan_error *err)
{
    const gan_matrix m = gan_feature_set_matrix(set);
    return gan_gaussian_of(tools, &m, label, &set->gaussian, err);
}

static gan_status make_room(const gan_extractor *extractor, int64_t n, gan_feature_set *set,
                            gan_error *err)
{
    const gan_extractor_info info = gan_extractor_describe(extractor);
    void *memory = NULL;
    *set = (gan_feature_set){.n = n, .d = info.features, .k = info.logits, .planes = info.planes};
    GAN_TRY(gan_calloc((size_t)n, (size_t)set->d * sizeof(float), &set->features, err));
    if (set->k) {
        GAN_TRY(gan_calloc((size_t)n, (size_t)set->k * sizeof(float), &memory, err));
        set->logits = memory;
    }
    return GAN_OK;
}

static gan_status fill(const gan_tools *tools, const gan_watch *watch, gan_extractor *extractor,
                       const gan_source *source, gan_feature_set *set, gan_error *err)
{
    const int64_t size = source->h * source->w * source->c;
    void *pictures = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(gan_calloc(PIECE, (size_t)size, &pictures, err));
    for (int64_t done = 0; done < set->n; done += PIECE) {
        const int64_t n = set->n - done < PIECE ? set->n - done : PIECE;
        float *features = (float *)set->features + done * set->d;
        float *logits = set->logits ? set->logits + done * set->k : NULL;
        GAN_TRY_DONE(gan_tools_poll(tools, err));
        if (watch->progress) {
            watch->progress(watch->ctx, source->label, done, set->n);
        }
        gan_pulse_begin(watch->pulse);
        status = source->read(source, done, n, pictures, err);
        if (status == GAN_OK) {
            status = gan_extractor_run(extractor, pictures, n, features, logits, err);
        }
        gan_pulse_end(watch->pulse);
        GAN_TRY_DONE(status);
    }
    if (watch->progress) {
        watch->progress(watch->ctx, source->label, set->n, set->n);
    }
done:
    free(pictures);
    return status;
}

gan_status gan_feature_set_gather(const gan_tools *tools, const gan_watch *watch,
                                  gan_extractor *extractor, const gan_source *source,
                                  gan_feature_set *out, gan_error *err)
{
    gan_status status = GAN_OK;
    *out = (gan_feature_set){0};
    if (source->n < 2) {
        return gan_fail(err, GAN_E_DATA, "%s: %lld picture%s, and a covariance needs at least 2",
                        source->label, (long long)source->n, gan_plural(source->n));
    }
    GAN_TRY_DONE(make_room(extractor, source->n, out, err));
    GAN_TRY_DONE(fill(tools, watch, extractor, source, out, err));
    GAN_TRY_DONE(take_gaussian(tools, out, source->label, err));
done:
    if (status != GAN_OK) {
        gan_feature_set_free(out);
    }
    return status;
}

gan_status gan_feature_set_given(const gan_tools *tools, void *features, bool doubles, int64_t n,
                                 int64_t d, const char *label, gan_feature_set *out, gan_error *err)
{
    *out = (gan_feature_set){.n = n, .d = d, .features = features, .doubles = doubles};
    const gan_status status = take_gaussian(tools, out, label, err);
    if (status != GAN_OK) {
        gan_feature_set_free(out);
    }
    return status;
}

/* Every step-th row of `bytes` bytes, in a new block. */
static gan_status copy_rows(const void *from, int64_t bytes, int64_t n, int64_t first, int64_t step,
                            void **out, gan_error *err)
{
    GAN_TRY(gan_calloc((size_t)n, (size_t)bytes, out, err));
    for (int64_t i = 0; i < n; i++) {
        memcpy((char *)*out + i * bytes, (const char *)from + (first + i * step) * bytes,
               (size_t)bytes);
    }
    return GAN_OK;
}

/* Parts of the real pictures are taken of their features: the extractor has run once. */
gan_status gan_feature_set_part(const gan_tools *tools, const gan_feature_set *set, int64_t first,
                                int64_t step, gan_feature_set *out, gan_error *err)
{
    const int64_t n = first < set->n ? (set->n - first + step - 1) / step : 0;
    const int64_t bytes = set->d * (int64_t)(set->doubles ? sizeof(double) : sizeof(float));
    void *logits = NULL;
    gan_status status = GAN_OK;
    *out = (gan_feature_set){
        .n = n, .d = set->d, .k = set->k, .planes = set->planes, .doubles = set->doubles};
    GAN_TRY_DONE(copy_rows(set->features, bytes, n, first, step, &out->features, err));
    if (set->logits) {
        GAN_TRY_DONE(
            copy_rows(set->logits, set->k * (int64_t)sizeof(float), n, first, step, &logits, err));
        out->logits = logits;
    }
    GAN_TRY_DONE(take_gaussian(tools, out, "a part of the real pictures", err));
done:
    if (status != GAN_OK) {
        gan_feature_set_free(out);
    }
    return status;
}
