/* quality.c — how good a generator's samples are, measured while it is trained. */
#include "run/quality.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/say.h"
#include "base/system.h"
#include "eval/frechet.h"
#include "eval/kid.h"
#include "eval/log.h"
#include "eval/manifold.h"
#include "eval/neighbours.h"
#include "net/net.h"

/* Where `gan eval` keeps the features of real pictures, too; NULL where that is nowhere. */
static gan_status find_cache(char **out, gan_error *err)
{
    char *home = NULL;
    *out = NULL;
    if (gan_path_data_home(&home, NULL) != GAN_OK) {
        return GAN_OK;
    }
    const gan_status status = gan_path_join(home, "eval", out, err);
    free(home);
    return status;
}

/* No memory for the samples' features is a thing to be told before the run, not an epoch later. */
static gan_status try_room(const gan_quality *q, gan_error *err)
{
    void *block = NULL;
    gan_error why = {0};
    const size_t bytes = (size_t)gan_extractor_describe(q->extractor).features * sizeof(float);
    const gan_status status = gan_calloc((size_t)q->samples, bytes, &block, &why);
    free(block);
    return status == GAN_OK
               ? GAN_OK
               : gan_fail(err, status, "--eval-samples %lld: %s", (long long)q->samples, why.text);
}

enum { IMAGES_A_SAMPLE = 40 /* trained, for each that is measured by default */ };

/* Features of real pictures that are kept in memory though nobody asked for them, bytes. */
static const int64_t most_unasked = (int64_t)256 << 20;

bool gan_quality_is_due(const gan_options *options)
{
    return options->eval_every.value > 0 || options->eval_every.unit == GAN_EVERY_AUTO;
}

gan_cadence gan_quality_every(const gan_options *options, int64_t n_images)
{
    if (options->eval_every.unit != GAN_EVERY_AUTO) {
        return options->eval_every;
    }
    const double images = (double)IMAGES_A_SAMPLE * (double)options->eval_samples;
    return (gan_cadence){ceil(images / (double)n_images), GAN_EVERY_EPOCHS};
}

/* By name, or because of what needs it. */
static bool is_asked_for(const gan_options *o)
{
    return o->eval_every.unit != GAN_EVERY_AUTO || (o->stop_when && *o->stop_when) ||
           o->patience > 0 || strcmp(o->watch, "rollback") == 0;
}

static gan_status check_size(const gan_quality *q, gan_error *err)
{
    const gan_extractor_info info = gan_extractor_describe(q->extractor);
    const int64_t n = gan_data_describe(q->data)->n;
    const int64_t bytes = n * (info.features + info.logits) * (int64_t)sizeof(float);
    return q->asked || bytes <= most_unasked
               ? GAN_OK
               : gan_fail(err, GAN_E_UNSUPPORTED,
                          "features of %lld images are %lld MB; --eval-every 1e asks for them",
                          (long long)n, (long long)(bytes / 1000000));
}

static gan_status prepare(gan_quality *q, const gan_session *session, gan_error *err)
{
    const gan_options *o = gan_session_options(session);
    const gan_data_info *info = gan_data_describe(q->data);
    const gan_extractor_options extractor = {o->device, (int)o->threads, NULL};
    const char *features =
        strcmp(o->eval_features, "auto") == 0 ? gan_extractor_default(o->data) : o->eval_features;
    char *cache = NULL;
    gan_status status = GAN_OK;
    q->waits = false;
    GAN_TRY_DONE(gan_blas_open(&q->blas, err));
    q->tools = (gan_tools){.blas = q->blas,
                           .threads = o->threads ? (int)o->threads : gan_system_processors(),
                           .cancel = q->cancel};
    q->watch = (gan_watch){.listener = q->listener};
    GAN_TRY_DONE(find_cache(&cache, err));
    GAN_TRY_DONE(gan_extractor_open(features, info->height, info->width, info->channels, &extractor,
                                    &q->extractor, err));
    GAN_TRY_DONE(try_room(q, err));
    GAN_TRY_DONE(check_size(q, err));
    status =
        gan_feature_set_of_data(&q->tools, &q->watch, q->extractor, q->data, cache, &q->reals, err);
done:
    free(cache);
    return status;
}

gan_status gan_quality_open(const gan_session *session, const gan_data *data,
                            const gan_listener *listener, const volatile sig_atomic_t *cancel,
                            gan_quality *out, gan_error *err)
{
    const gan_options *o = gan_session_options(session);
    *out = (gan_quality){.step = -1,
                         .samples = o->eval_samples,
                         .asked = is_asked_for(o),
                         .data = data,
                         .listener = listener,
                         .cancel = cancel};
    if (!gan_quality_is_due(o) || gan_net_kind_of(gan_session_net(session)) != GAN_NET_KIND_GAN) {
        return GAN_OK;
    }
    out->waits = !out->asked;
    return out->waits ? GAN_OK : prepare(out, session, err);
}

/* What was not asked for is no reason to end a training: it goes on unmeasured. */
static void prepare_late(gan_quality *q, const gan_session *session)
{
    const gan_listener *listener = q->listener;
    gan_error why = {0};
    const gan_status status = prepare(q, session, &why);
    if (status == GAN_OK) {
        return;
    }
    gan_quality_close(q);
    q->step = -1;
    if (status != GAN_E_INTERRUPTED) {
        gan_say(listener, "samples are not measured: %s", why.text);
    }
}

void gan_quality_close(gan_quality *quality)
{
    gan_feature_set_free(&quality->reals);
    gan_extractor_close(quality->extractor);
    gan_blas_close(quality->blas);
    *quality = (gan_quality){0};
}

void gan_quality_tell(const gan_quality *quality, int64_t step, gan_run_measure *measure)
{
    const bool measured = quality->blas && quality->step == step;
#define TELL(field, key, tag, digits)                                                              \
    measure->quality.field = measured ? quality->values.field : (double)NAN;
    GAN_QUALITY_LIST(TELL)
#undef TELL
}

/* Pictures of a session, by their seeds. */
static gan_status sample(const gan_source *source, int64_t first, int64_t n, uint8_t *to,
                         gan_error *err)
{
    gan_session *session = source->ctx;
    const int64_t size = source->h * source->w * source->c;
    const bool averaged = gan_options_averages(gan_session_options(session));
    void *images = NULL, *seeds = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_calloc((size_t)(n * size), sizeof(float), &images, err));
    GAN_TRY_DONE(gan_calloc((size_t)n, sizeof(uint64_t), &seeds, err));
    for (int64_t i = 0; i < n; i++) {
        ((uint64_t *)seeds)[i] = (uint64_t)(first + i);
    }
    GAN_TRY_DONE(gan_session_sample(session, seeds, n, averaged, images, err));
    gan_source_to_bytes(images, n * size, to);
done:
    free(images);
    free(seeds);
    return status;
}

/* n of the real ones, spread over them, in a new block. */
static gan_status pick_reals(const gan_feature_set *set, int64_t n, void **memory, gan_error *err)
{
    const size_t bytes = (size_t)set->d * sizeof(float);
    GAN_TRY(gan_calloc((size_t)n, bytes, memory, err));
    for (int64_t i = 0; i < n; i++) {
        memcpy((char *)*memory + (size_t)i * bytes,
               (const char *)set->features + (size_t)(i * set->n / n) * bytes, bytes);
    }
    return GAN_OK;
}

static gan_status compare(gan_quality *q, const gan_feature_set *samples, gan_error *err)
{
    const int64_t n = samples->n < q->reals.n ? samples->n : q->reals.n;
    gan_matrix other = gan_feature_set_matrix(samples);
    gan_manifold m = {.precision = NAN, .recall = NAN};
    void *memory = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_frechet_distance(&q->tools, &q->reals.gaussian, &samples->gaussian,
                                      &q->values.fd, err));
    GAN_TRY_DONE(pick_reals(&q->reals, n, &memory, err));
    const gan_matrix real = {memory, false, n, q->reals.d};
    other.n = n;
    GAN_TRY_DONE(gan_kid_full(&q->tools, &real, &other, &q->values.kid, err));
    if (n > GAN_DENSITY_NEIGHBOURS) {
        GAN_TRY_DONE(gan_manifold_measure(&q->tools, &real, &other, &m, err));
    }
    q->values.precision = m.precision;
    q->values.recall = m.recall;
done:
    free(memory);
    return status;
}

static const double GAN_COPY = 0.8;

/* The share of samples that lie less than 0.8 times as far from their nearest real picture as that
 * one from its nearest other: those that are not authentic (Alaa et al. 2022), with a distance, as
 * a blurred picture is nearer to each of a few than they are to each other. Of real pictures that
 * were not trained with it is a tenth or so; of a network that knows 50 drawn digits by heart, two
 * thirds. A picture that is there twice has no copies. */
static gan_status count_copies(gan_quality *q, const gan_feature_set *samples, gan_error *err)
{
    const gan_matrix real = gan_feature_set_matrix(&q->reals),
                     other = gan_feature_set_matrix(samples);
    const int64_t n = other.n, row = q->reals.d * (int64_t)sizeof(float);
    void *squared = NULL, *index = NULL, *memory = NULL;
    int64_t copies = 0;
    gan_status status = GAN_OK;
    q->values.copied = (double)NAN;
    if (real.n < 2 || real.doubles) {
        return GAN_OK;
    }
    GAN_TRY_DONE(gan_calloc((size_t)(3 * n), sizeof(double), &squared, err));
    GAN_TRY_DONE(gan_calloc((size_t)(3 * n), sizeof(int64_t), &index, err));
    GAN_TRY_DONE(gan_calloc((size_t)n, (size_t)row, &memory, err));
    double *to_real = squared, *to_other = to_real + n;
    int64_t *nearest = index;
    GAN_TRY_DONE(gan_neighbours(&q->tools, &other, &real, 1, to_real, nearest, err));
    for (int64_t i = 0; i < n; i++) {
        memcpy((char *)memory + i * row, (const char *)q->reals.features + nearest[i] * row,
               (size_t)row);
    }
    const gan_matrix found = {memory, false, n, q->reals.d};
    GAN_TRY_DONE(gan_neighbours(&q->tools, &found, &real, 2, to_other, nearest + n, err));
    for (int64_t i = 0; i < n; i++) {
        copies += to_real[i] < GAN_COPY * GAN_COPY * to_other[2 * i + 1];
    }
    q->values.copied = (double)copies / (double)n;
done:
    free(squared);
    free(index);
    free(memory);
    return status;
}

gan_status gan_quality_run(gan_quality *quality, gan_session *session, gan_error *err)
{
    const int64_t step = gan_session_step(session);
    const gan_net_summary net = gan_net_summarize(gan_session_net(session));
    gan_feature_set samples = {0};
    if (quality->waits) {
        prepare_late(quality, session);
    }
    if (!quality->blas || quality->step == step) {
        return GAN_OK;
    }
    const gan_source source = {.n = quality->samples,
                               .h = net.height,
                               .w = net.width,
                               .c = net.channels,
                               .label = "the samples",
                               .read = sample,
                               .ctx = session};
    gan_status status = gan_feature_set_gather(&quality->tools, &quality->watch, quality->extractor,
                                               &source, &samples, err);
    if (status == GAN_OK) {
        status = compare(quality, &samples, err);
    }
    if (status == GAN_OK) {
        status = count_copies(quality, &samples, err);
    }
    gan_feature_set_free(&samples);
    quality->step = status == GAN_OK ? step : -1;
    return status == GAN_E_INTERRUPTED ? GAN_OK : status; /* the run ends by itself, and saves */
}

static void add_measure(gan_eval_result *r, const char *key, double value)
{
    gan_measure *m = &r->measure[r->n_measures++];
    *m = (gan_measure){.value = value, .floor = (double)NAN};
    snprintf(m->key, sizeof m->key, "%s", key);
}

static void describe(const gan_quality *q, const gan_session *session, gan_eval_result *r)
{
    const gan_options *o = gan_session_options(session);
    const gan_extractor_info info = gan_extractor_describe(q->extractor);
    const gan_data_info *data = gan_data_describe(q->data);
    r->step = q->step;
    r->averaged = gan_options_averages(o);
    r->n = q->samples;
    r->n_real = q->reals.n;
    r->n_pairs = q->samples < q->reals.n ? q->samples : q->reals.n;
    snprintf(r->features, sizeof r->features, "%s", info.name);
    snprintf(r->features_hash, sizeof r->features_hash, "%s", info.hash);
    snprintf(r->filter, sizeof r->filter, "%s", info.filter);
    snprintf(r->data, sizeof r->data, "%s", data->name);
    snprintf(r->split, sizeof r->split, "%s", o->split);
    snprintf(r->fingerprint, sizeof r->fingerprint, "%s", data->fingerprint);
    snprintf(r->floor, sizeof r->floor, "none: measured while training");
    r->precise_bn = o->precise_bn && gan_session_net(session)->generator->stat_floats > 0;
    r->bn_batches = r->precise_bn ? o->bn_batches : 0;
    r->bn_batch = r->precise_bn ? o->bn_batch : 0;
}

gan_status gan_quality_log(const gan_quality *quality, const gan_session *session,
                           const char *folder, gan_error *err)
{
    const gan_quality_values *v = &quality->values;
    gan_eval_result result = {0};
    describe(quality, session, &result);
    add_measure(&result, "fd", v->fd);
    add_measure(&result, "kid_full", v->kid); /* of all pairs: `gan eval` has one of subsets too */
    add_measure(&result, "precision", v->precision);
    add_measure(&result, "recall", v->recall);
    add_measure(&result, "copied", v->copied);
    return gan_eval_log(folder, &result, err);
}

gan_status gan_quality_cut_back(const char *folder, int64_t step, gan_error *err)
{
    char *path = NULL;
    GAN_TRY(gan_path_join(folder, "metrics.jsonl", &path, err));
    const gan_status status = gan_jsonl_truncate(path, step, NULL, err);
    free(path);
    return status;
}
