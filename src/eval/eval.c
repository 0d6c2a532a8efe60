/* eval.c — gan_eval(): what is opened, in which order, and what is compared with what. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "base/system.h"
#include "data/open.h"
#include "data/store.h"
#include "eval/classes.h"
#include "eval/log.h"
#include "eval/measure.h"
#include "eval/nearest.h"
#include "eval/subject.h"
#include "gan/eval.h"
#include "session/generator.h"

enum { PATCH_PICTURES = 1024, FEW_PICTURES = 16 };

/* Of large pictures fewer: this much of each set is held at once. */
static const int64_t patch_bytes = (int64_t)1 << 30;

/* Everything that is open while samples are measured. */
typedef struct evaluation {
    const gan_eval_options *options;
    gan_blas *blas;
    gan_tools tools;
    gan_watch watch;
    char *cache;
    gan_subject subject, given; /* given: features in place of real pictures */
    gan_data *real, *held_out;  /* held_out: NULL where halves are compared */
    const char *split;
    gan_extractor *extractor;
    gan_feature_set samples, reals, floor, half; /* half: what the floor is compared with; empty:
                                                    reals */
    gan_eval_result *out;
} evaluation;

static gan_status open_tools(evaluation *e, gan_error *err)
{
    const gan_eval_options *o = e->options;
    char *home = NULL;
    GAN_TRY(gan_blas_open(&e->blas, err));
    e->tools = (gan_tools){.blas = e->blas,
                           .threads = o->threads ? o->threads : gan_system_processors(),
                           .cancel = o->cancel};
    e->watch = (gan_watch){o->listener, o->progress, o->progress_ctx, o->pulse};
    if (o->cache) {
        return gan_strdup(o->cache, &e->cache, err);
    }
    if (gan_path_data_home(&home, NULL) != GAN_OK) {
        return GAN_OK; /* nowhere to keep anything */
    }
    const gan_status status = gan_path_join(home, "eval", &e->cache, err);
    free(home);
    return status;
}

/* The real pictures, and those held out for the floor: the other split of a data set, where it has
 * one that the reference is not. */
static gan_status open_real(evaluation *e, const char *source, const gan_options *run,
                            gan_error *err)
{
    const gan_data_format *format = NULL;
    char *path = NULL;
    if (!e->real) {
        GAN_TRY(gan_subject_open_data(source, e->split, &e->subject.source, run, e->options,
                                      &e->real, err));
    }
    if (strcmp(e->split, "train") != 0) {
        return GAN_OK;
    }
    GAN_TRY(gan_data_resolve(source, &format, &path, err));
    gan_status status = GAN_OK;
    const bool holds_out = run && run->holdout > 0 && format->holds_out;
    if (holds_out || format->has_split(path, "test")) {
        gan_eval_options quiet = *e->options;
        quiet.listener = NULL;
        status = gan_subject_open_data(source, "test", &e->subject.source, run, &quiet,
                                       &e->held_out, err);
    }
    free(path);
    return status;
}

/* Features beside features. */
static gan_status open_given(evaluation *e, const char *samples, gan_error *err)
{
    const gan_eval_options *o = e->options;
    e->split = "";
    GAN_TRY(gan_subject_open(o->data, o, NULL, &e->given, err));
    return e->given.is_features
               ? GAN_OK
               : gan_fail(err, GAN_E_DATA, "%s holds features, and %s does not", samples, o->data);
}

/* Samples of a generator, and images as arrays, have a shape, to which real pictures are brought.
 * Pictures in a folder are brought to the shape of the real ones. */
static gan_status open_all(evaluation *e, const char *samples, gan_error *err)
{
    const gan_eval_options *o = e->options;
    const bool is_generator = gan_subject_is_checkpoint(samples);
    const gan_options *run = NULL;
    gan_source shape = {0};
    if (!o->data && !is_generator) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s is no checkpoint, which would name its data: say by --data (or "
                        "--against) what real pictures it is compared with",
                        samples);
    }
    e->split = o->split ? o->split : "train";
    if (!is_generator && !gan_array_is_real(samples)) {
        GAN_TRY(gan_subject_open_data(o->data, e->split, NULL, NULL, o, &e->real, err));
        shape = gan_source_of_data(e->real, 0, 1);
    }
    GAN_TRY(gan_subject_open(samples, o, e->real ? &shape : NULL, &e->subject, err));
    if (e->subject.is_features) {
        return open_given(e, samples, err);
    }
    if (is_generator && (!o->data || strcmp(o->data, e->subject.options.data) == 0)) {
        run = &e->subject.options;
        e->split = o->split ? o->split : run->split;
    }
    assert(o->data || run); /* a folder or a file has to be measured beside something (above) */
    return open_real(e, o->data ? o->data : run->data, run, err);
}

static gan_status take_given(evaluation *e, gan_subject *from, const char *label,
                             gan_feature_set *out, gan_error *err)
{
    void *x = from->array.x;
    from->array.x = NULL;
    return gan_feature_set_given(&e->tools, x, from->array.doubles, from->array.dims[0],
                                 from->array.dims[1], label, out, err);
}

/* Halves of the real pictures: those of even and of odd numbers. */
static gan_status take_halves(evaluation *e, gan_error *err)
{
    if (e->reals.n < 4) {
        return GAN_OK;
    }
    GAN_TRY(gan_feature_set_part(&e->tools, &e->reals, 0, 2, &e->half, err));
    return gan_feature_set_part(&e->tools, &e->reals, 1, 2, &e->floor, err);
}

/* As many held-out pictures as there are samples, spread over what there is. */
static gan_status take_held_out(evaluation *e, gan_error *err)
{
    gan_feature_set all = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_feature_set_of_data(&e->tools, &e->watch, e->extractor, e->held_out, e->cache,
                                         &all, err));
    const int64_t step = all.n / e->samples.n;
    if (step < 2) {
        e->floor = all;
        return GAN_OK;
    }
    status = gan_feature_set_part(&e->tools, &all, 0, step, &e->floor, err);
done:
    gan_feature_set_free(&all);
    return status;
}

static gan_status take_features(evaluation *e, gan_error *err)
{
    const gan_source *source = &e->subject.source;
    const gan_eval_options *o = e->options;
    const gan_extractor_options extractor = {o->device, o->threads, NULL};
    const char *data = o->data ? o->data : e->subject.options.data;
    if (e->subject.is_features) {
        GAN_TRY(take_given(e, &e->subject, "the samples' features", &e->samples, err));
        GAN_TRY(take_given(e, &e->given, "the real features", &e->reals, err));
        return take_halves(e, err);
    }
    GAN_TRY(gan_extractor_open(o->features ? o->features : gan_extractor_default(data), source->h,
                               source->w, source->c, &extractor, &e->extractor, err));
    GAN_TRY(gan_feature_set_of_data(&e->tools, &e->watch, e->extractor, e->real, e->cache,
                                    &e->reals, err));
    GAN_TRY(gan_feature_set_gather(&e->tools, &e->watch, e->extractor, source, &e->samples, err));
    return e->held_out ? take_held_out(e, err) : take_halves(e, err);
}

/* The first n pictures of a source, or n spread over a data set, in a new block. */
static gan_status pick(const gan_source *from, int64_t n, uint8_t **out, gan_error *err)
{
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc((size_t)n, (size_t)(from->h * from->w * from->c), &memory, err));
    assert(from->read);
    const gan_status status = from->read(from, 0, n, memory, err);
    if (status != GAN_OK) {
        free(memory);
        return status;
    }
    *out = memory;
    return GAN_OK;
}

static gan_source spread(const gan_data *data, int64_t first, int64_t n)
{
    const int64_t available = gan_data_describe(data)->n - first;
    return gan_source_of_data(data, first, available / n > 0 ? available / n : 1);
}

/* Compares two sets, with n_patches pictures of each where that is not 0. */
static gan_status compare(evaluation *e, const gan_feature_set *real, const gan_feature_set *other,
                          const gan_source *of_real, const gan_source *of_other, int64_t n_patches,
                          gan_values *out, gan_error *err)
{
    uint8_t *a = NULL, *b = NULL;
    gan_comparison c = {.real = real,
                        .other = other,
                        .seed = e->options->seed,
                        .n_pairs = gan_comparison_pairs(real, other)};
    gan_status status = GAN_OK;
    if (n_patches > 0) {
        GAN_TRY_DONE(pick(of_real, n_patches, &a, err));
        GAN_TRY_DONE(pick(of_other, n_patches, &b, err));
        c.real_pictures = (gan_pictures){a, n_patches, of_real->h, of_real->w, of_real->c};
        c.other_pictures = (gan_pictures){b, n_patches, of_other->h, of_other->w, of_other->c};
    }
    status = gan_compare(&e->tools, &e->watch, &c, out, err);
done:
    free(a);
    free(b);
    return status;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Pictures whose patches are compared, where there are enough. */
static int64_t most_patches(const gan_source *source)
{
    const int64_t fit = patch_bytes / (source->h * source->w * source->c);
    return least(PATCH_PICTURES, fit > FEW_PICTURES ? fit : FEW_PICTURES);
}

static gan_status measure_samples(evaluation *e, gan_values *out, gan_error *err)
{
    gan_eval_result *r = e->out;
    gan_source reals = {0};
    r->n_pairs = gan_comparison_pairs(&e->reals, &e->samples);
    if (e->real) {
        r->n_patches = least(most_patches(&e->subject.source), least(e->samples.n, e->reals.n));
        reals = spread(e->real, 0, r->n_patches);
    }
    return compare(e, &e->reals, &e->samples, &reals, &e->subject.source, r->n_patches, out, err);
}

/* The same of real pictures that were not compared with. */
static gan_status measure_floor(evaluation *e, gan_values *out, gan_error *err)
{
    gan_eval_result *r = e->out;
    gan_source reals = {0}, others = {0};
    int64_t n_patches = 0;
    r->n_floor = e->floor.n;
    if (e->held_out) {
        n_patches = least(r->n_patches, e->floor.n);
        reals = spread(e->real, 0, n_patches);
        others = spread(e->held_out, 0, n_patches);
    } else if (e->real) {
        n_patches = least(r->n_patches, e->floor.n);
        reals = gan_source_of_data(e->real, 0, 2);
        others = gan_source_of_data(e->real, 1, 2);
    }
    return compare(e, e->held_out ? &e->reals : &e->half, &e->floor, &reals, &others, n_patches,
                   out, err);
}

/* Rows of the table in their order: a level of the pyramid follows its mean. */
static void list(gan_eval_result *r, const gan_values *value, const gan_values *floor)
{
    static const char level_text[] = "of the pyramid's level of that many pixels";
    const gan_measure rows[] = {
#define GAN_MEASURE(field, digits, needs, text) {#field, text, digits, value->field, floor->field},
#include "eval/measures.def"
#undef GAN_MEASURE
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        r->measure[r->n_measures++] = rows[i];
        for (int k = 0; strcmp(rows[i].key, "swd") == 0 && k < value->sliced.levels; k++) {
            const gan_sliced *of_floor = &floor->sliced;
            gan_measure *m = &r->measure[r->n_measures++];
            *m = (gan_measure){"", level_text, rows[i].digits, value->sliced.distances[k],
                               k < of_floor->levels ? of_floor->distances[k] : (double)NAN};
            snprintf(m->key, sizeof m->key, "swd_%lld", (long long)value->sliced.sides[k]);
        }
    }
}

static gan_status take_classes(evaluation *e, gan_error *err)
{
    gan_eval_result *r = e->out;
    const gan_matrix of_samples = gan_feature_set_logits(&e->samples),
                     of_reals = gan_feature_set_logits(&e->reals);
    const int planes = e->samples.planes;
    void *memory = NULL;
    if (!e->samples.logits) {
        return GAN_OK;
    }
    r->n_classes = gan_class_count(&of_samples, planes);
    GAN_TRY(gan_calloc((size_t)(2 * r->n_classes), sizeof(int64_t), &memory, err));
    r->classes = memory;
    r->real_classes = r->classes + r->n_classes;
    GAN_TRY(gan_class_histogram(&of_samples, planes, r->classes, err));
    return gan_class_histogram(&of_reals, planes, r->real_classes, err);
}

static void describe_floor(const evaluation *e)
{
    const long long n = (long long)e->floor.n;
    char *to = e->out->floor;
    const size_t size = sizeof e->out->floor;
    if (n == 0) {
        snprintf(to, size, "none: fewer than 4 real ones");
    } else if (e->held_out) {
        snprintf(to, size, "%lld real ones of the test split", n);
    } else {
        snprintf(to, size, "two halves of the real ones, %lld and %lld", (long long)e->half.n, n);
    }
}

static void describe(const evaluation *e, const char *samples)
{
    gan_eval_result *r = e->out;
    const gan_generator *g = e->subject.generator;
    snprintf(r->samples, sizeof r->samples, "%s", g ? gan_generator_path(g) : samples);
    r->step = g ? gan_generator_step(g) : -1;
    r->averaged = g && gan_generator_is_averaged(g);
    if (g) {
        const gan_statistics statistics = gan_generator_statistics_of(g);
        r->precise_bn = gan_generator_is_precise(g);
        r->bn_batches = statistics.batches;
        r->bn_batch = statistics.batch;
    }
    r->n = e->samples.n;
    r->n_real = e->reals.n;
    r->seed = e->options->seed;
    snprintf(r->split, sizeof r->split, "%s", e->split);
    describe_floor(e);
    if (!e->extractor) {
        snprintf(r->features, sizeof r->features, "given");
        snprintf(r->filter, sizeof r->filter, "none");
        snprintf(r->data, sizeof r->data, "%s", e->options->data);
        return;
    }
    const gan_extractor_info info = gan_extractor_describe(e->extractor);
    const gan_data_info *data = gan_data_describe(e->real);
    snprintf(r->features, sizeof r->features, "%s", info.name);
    snprintf(r->features_hash, sizeof r->features_hash, "%s", info.hash);
    snprintf(r->filter, sizeof r->filter, "%s", info.filter);
    snprintf(r->data, sizeof r->data, "%s", data->name);
    snprintf(r->fingerprint, sizeof r->fingerprint, "%s", data->fingerprint);
}

static gan_status evaluate(evaluation *e, const char *samples, gan_error *err)
{
    gan_values value, floor = {
#define GAN_MEASURE(field, digits, needs, text) .field = NAN,
#include "eval/measures.def"
#undef GAN_MEASURE
                      };
    GAN_TRY(open_tools(e, err));
    GAN_TRY(open_all(e, samples, err));
    GAN_TRY(take_features(e, err));
    GAN_TRY(measure_samples(e, &value, err));
    if (e->floor.n >= 2) {
        GAN_TRY(measure_floor(e, &floor, err));
    }
    list(e->out, &value, &floor);
    describe(e, samples);
    GAN_TRY(take_classes(e, err));
    if (e->options->nearest) {
        const gan_nearest_job job = {&e->subject.source, e->real, e->extractor, &e->reals};
        GAN_TRY(gan_nearest_write(&e->tools, &job, e->options->nearest, err));
    }
    return e->options->no_log || !e->subject.run ? GAN_OK
                                                 : gan_eval_log(e->subject.run, e->out, err);
}

static void release(evaluation *e)
{
    gan_feature_set_free(&e->samples);
    gan_feature_set_free(&e->reals);
    gan_feature_set_free(&e->floor);
    gan_feature_set_free(&e->half);
    gan_extractor_close(e->extractor);
    gan_data_close(e->real);
    gan_data_close(e->held_out);
    gan_subject_close(&e->subject);
    gan_subject_close(&e->given);
    gan_blas_close(e->blas);
    free(e->cache);
}

gan_status gan_eval(const char *samples, const gan_eval_options *options, gan_eval_result *out,
                    gan_error *err)
{
    static const gan_eval_options defaults = {0};
    evaluation e = {.options = options ? options : &defaults, .out = out};
    *out = (gan_eval_result){.step = -1};
    if (e.options->n < 0 || e.options->threads < 0) {
        return gan_fail(err, GAN_E_USAGE, "numbers of samples and threads are 0 or more");
    }
    const gan_status status = evaluate(&e, samples, err);
    release(&e);
    if (status != GAN_OK) {
        gan_eval_result_free(out);
    }
    return status;
}

/* The images as what is measured, beside the data that the generator learned from. */
static gan_status find_nearest(evaluation *e, gan_generator *generator, const float *images,
                               int64_t n, const char *path, gan_error *err)
{
    const gan_eval_options *o = e->options;
    const gan_net_summary net = gan_net_summarize(gan_generator_net(generator));
    const gan_extractor_options extractor = {o->device, o->threads, NULL};
    const gan_options *run = &e->subject.options;
    const char *data = NULL;
    GAN_TRY(open_tools(e, err));
    GAN_TRY(gan_subject_run_options(gan_generator_path(generator), &e->subject.options, err));
    e->subject.source = gan_source_of_floats(images, n, net.height, net.width, net.channels);
    e->split = o->split ? o->split : run->split;
    data = o->data ? o->data : run->data;
    GAN_TRY(gan_subject_open_data(data, e->split, &e->subject.source, o->data ? NULL : run, o,
                                  &e->real, err));
    GAN_TRY(gan_extractor_open(o->features ? o->features : gan_extractor_default(data), net.height,
                               net.width, net.channels, &extractor, &e->extractor, err));
    GAN_TRY(gan_feature_set_of_data(&e->tools, &e->watch, e->extractor, e->real, e->cache,
                                    &e->reals, err));
    const gan_nearest_job job = {&e->subject.source, e->real, e->extractor, &e->reals};
    return gan_nearest_write(&e->tools, &job, path, err);
}

gan_status gan_generator_nearest(gan_generator *generator, const float *images, int64_t n,
                                 const gan_eval_options *options, const char *path, gan_error *err)
{
    static const gan_eval_options defaults = {0};
    evaluation e = {.options = options ? options : &defaults};
    const gan_status status = find_nearest(&e, generator, images, n, path, err);
    release(&e);
    return status;
}

void gan_eval_result_free(gan_eval_result *result)
{
    free(result->classes);
    *result = (gan_eval_result){.step = -1};
}
