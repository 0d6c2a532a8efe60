/* measure.c — every measure of one set beside another. */
#include "eval/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "eval/classes.h"
#include "eval/frechet.h"
#include "eval/kid.h"
#include "eval/manifold.h"

enum { KID_SUBSETS = 100, KID_SIZE = 1000, SPLITS = 10 };

int64_t gan_comparison_pairs(const gan_feature_set *real, const gan_feature_set *other)
{
    return real->n < other->n ? real->n : other->n;
}

static void tell(const gan_watch *watch, const char *what)
{
    if (watch->progress) {
        watch->progress(watch->ctx, what, 0, 0);
    }
}

/* n of the set's rows, spread over it: the set itself where that is all. *memory is to be freed. */
static gan_status spread(const gan_feature_set *set, int64_t n, void **memory, gan_matrix *out,
                         gan_error *err)
{
    const int64_t bytes = set->d * (int64_t)(set->doubles ? sizeof(double) : sizeof(float));
    *memory = NULL;
    *out = gan_feature_set_matrix(set);
    if (n == set->n) {
        return GAN_OK;
    }
    GAN_TRY(gan_calloc((size_t)n, (size_t)bytes, memory, err));
    for (int64_t i = 0; i < n; i++) {
        memcpy((char *)*memory + i * bytes, (const char *)set->features + i * set->n / n * bytes,
               (size_t)bytes);
    }
    out->x = *memory;
    out->n = n;
    return GAN_OK;
}

static gan_status measure_pairs(const gan_tools *tools, const gan_watch *watch,
                                const gan_comparison *c, const gan_matrix *real,
                                const gan_matrix *other, gan_values *out, gan_error *err)
{
    gan_kid kid;
    gan_manifold m;
    /* of half at most: subsets that are all there is would not differ */
    const int64_t half = c->n_pairs / 2 > 2 ? c->n_pairs / 2 : 2;
    const int64_t size = half < KID_SIZE ? half : KID_SIZE;
    tell(watch, "kernel distance");
    GAN_TRY(gan_kid_subsets(tools, real, other, c->seed, KID_SUBSETS, size, &kid, err));
    out->kid = kid.mean;
    out->kid_deviation = kid.deviation;
    GAN_TRY(gan_kid_full(tools, real, other, &out->kid_full, err));
    if (c->n_pairs <= GAN_DENSITY_NEIGHBOURS) {
        return GAN_OK; /* no neighbours to speak of */
    }
    tell(watch, "precision and recall");
    GAN_TRY(gan_manifold_measure(tools, real, other, &m, err));
    out->precision = m.precision;
    out->recall = m.recall;
    out->density = m.density;
    out->coverage = m.coverage;
    return GAN_OK;
}

gan_status gan_compare_features(const gan_tools *tools, const gan_watch *watch,
                                const gan_comparison *c, gan_values *out, gan_error *err)
{
    void *of_real = NULL, *of_other = NULL;
    gan_matrix real, other;
    gan_status status = GAN_OK;
    tell(watch, "Frechet distance");
    GAN_TRY_DONE(
        gan_frechet_distance(tools, &c->real->gaussian, &c->other->gaussian, &out->fd, err));
    GAN_TRY_DONE(spread(c->real, c->n_pairs, &of_real, &real, err));
    GAN_TRY_DONE(spread(c->other, c->n_pairs, &of_other, &other, err));
    GAN_TRY_DONE(measure_pairs(tools, watch, c, &real, &other, out, err));
done:
    free(of_real);
    free(of_other);
    return status;
}

static gan_status measure_classes(const gan_comparison *c, gan_values *out, gan_error *err)
{
    const gan_matrix real = gan_feature_set_logits(c->real),
                     other = gan_feature_set_logits(c->other);
    const int planes = c->other->planes;
    const int64_t k = gan_class_count(&other, planes);
    gan_class_score score;
    void *counts = NULL;
    gan_status status = GAN_OK;
    GAN_TRY(gan_calloc((size_t)(2 * k), sizeof(int64_t), &counts, err));
    int64_t *of_real = counts, *of_other = of_real + k;
    GAN_TRY_DONE(gan_class_score_measure(&other, planes, SPLITS, &score, err));
    GAN_TRY_DONE(gan_class_histogram(&real, planes, of_real, err));
    GAN_TRY_DONE(gan_class_histogram(&other, planes, of_other, err));
    out->score = score.mean;
    out->score_deviation = score.deviation;
    out->modes = (double)gan_modes_count(of_other, NULL, k).found;
    out->kl_uniform = gan_modes_count(of_other, NULL, k).kl;
    out->kl_real = gan_modes_count(of_other, of_real, k).kl;
done:
    free(counts);
    return status;
}

gan_status gan_compare(const gan_tools *tools, const gan_watch *watch, const gan_comparison *c,
                       gan_values *out, gan_error *err)
{
    *out = (gan_values){
#define GAN_MEASURE(field, digits, needs, text) .field = NAN,
#include "eval/measures.def"
#undef GAN_MEASURE
    };
    GAN_TRY(gan_compare_features(tools, watch, c, out, err));
    if (c->real->logits && c->other->logits) {
        GAN_TRY(measure_classes(c, out, err));
    }
    const gan_pictures *p = &c->real_pictures;
    if (p->n > 0 && p->h >= GAN_SLICED_PATCH && p->w >= GAN_SLICED_PATCH) {
        tell(watch, "sliced Wasserstein distance");
        GAN_TRY(gan_sliced_measure(tools, p, &c->other_pictures, c->seed, &out->sliced, err));
        out->swd = out->sliced.mean;
    }
    return GAN_OK;
}
