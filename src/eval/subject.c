/* subject.c — a checkpoint, a folder of pictures or an array, as pictures to be measured. */
#include "eval/subject.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "data/fit.h"
#include "session/checkpoint.h"
#include "session/latest.h"

enum { SAMPLES = 10000 };

bool gan_subject_is_checkpoint(const char *path)
{
    char *below = NULL;
    if (!gan_path_is_folder(path)) {
        return gan_path_exists(path) &&
               (gan_path_ends(path, ".safetensors") || gan_latest_is_name(path));
    }
    const bool is_run =
        gan_path_join(path, "checkpoints", &below, NULL) == GAN_OK && gan_path_is_folder(below);
    free(below);
    return is_run;
}

gan_status gan_subject_run_options(const char *checkpoint, gan_options *out, gan_error *err)
{
    gan_checkpoint file = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_options_init(out, err));
    GAN_TRY_DONE(gan_checkpoint_open(checkpoint, &file, err));
    GAN_TRY_DONE(gan_checkpoint_take_options(&file, checkpoint, out, err));
done:
    gan_checkpoint_close(&file);
    return status;
}

/* RUN of RUN/checkpoints/step.safetensors, or NULL. */
static gan_status find_run(const char *checkpoint, char **run, gan_error *err)
{
    char *folder = NULL, *config = NULL;
    gan_status status = GAN_OK;
    *run = NULL;
    GAN_TRY_DONE(gan_path_folder(checkpoint, &folder, err));
    if (strcmp(gan_path_base(folder), "checkpoints") != 0) {
        goto done;
    }
    GAN_TRY_DONE(gan_path_folder(folder, run, err));
    GAN_TRY_DONE(gan_path_join(*run, "config.yaml", &config, err));
    if (!gan_path_is_file(config)) {
        free(*run);
        *run = NULL;
    }
done:
    free(folder);
    free(config);
    return status;
}

static gan_status open_generator(const char *path, const gan_eval_options *options, gan_subject *s,
                                 gan_error *err)
{
    const gan_generator_options generator = {.device = options->device,
                                             .threads = options->threads,
                                             .averaging = options->averaging,
                                             .statistics = options->statistics,
                                             .listener = options->listener};
    gan_pulse_begin(options->pulse); /* batch norm is measured there */
    const gan_status status = gan_generator_open(path, &generator, &s->generator, err);
    gan_pulse_end(options->pulse);
    GAN_TRY(status);
    GAN_TRY(gan_subject_run_options(gan_generator_path(s->generator), &s->options, err));
    GAN_TRY(find_run(gan_generator_path(s->generator), &s->run, err));
    s->source =
        gan_source_of_generator(s->generator, options->seed, options->n ? options->n : SAMPLES);
    return GAN_OK;
}

/* (n,d) features; (n,h,w) or (n,h,w,c) pictures. */
static gan_status open_array(const char *path, const gan_eval_options *options, gan_subject *s,
                             gan_error *err)
{
    GAN_TRY(gan_array_read(path, &s->array, err));
    const int64_t *d = s->array.dims;
    const int64_t n = options->n && options->n < d[0] ? options->n : d[0];
    s->is_features = s->array.n_dims == 2;
    if (s->is_features && d[1] > 0) {
        s->array.dims[0] = n;
        return GAN_OK;
    }
    if (s->array.n_dims < 3 || s->array.doubles || d[1] < 1 || d[2] < 1 || d[3] < 1 || d[3] > 4) {
        return gan_fail(err, GAN_E_DATA,
                        "%s: neither features (N x D) nor images as `gan sample` writes them (N x "
                        "height x width x channels, 32-bit floats in [-1,1])",
                        path);
    }
    s->source = gan_source_of_floats(s->array.x, n, d[1], d[2], d[3]);
    return GAN_OK;
}

gan_status gan_subject_open_data(const char *source, const char *split, const gan_source *shape,
                                 const gan_options *run, const gan_eval_options *options,
                                 gan_data **out, gan_error *err)
{
    const char *fit = options->fit ? options->fit : run ? run->fit : NULL;
    gan_data_options data = {.split = split,
                             .threads = options->threads,
                             .listener = options->listener,
                             .cancel = options->cancel};
    if (fit) {
        GAN_TRY(gan_fit_find(fit, &data.fit, err));
    }
    if (shape) {
        data.height = shape->h;
        data.width = shape->w;
        data.channels = shape->c;
    }
    if (run) {
        data.limit = run->limit;
        data.skip_bad = run->skip_bad;
        data.holdout = run->holdout;
        data.seed = run->seed;
    }
    return gan_data_open(source, &data, out, err);
}

static gan_status open_pictures(const char *path, const gan_eval_options *options,
                                const gan_source *shape, gan_subject *s, gan_error *err)
{
    GAN_TRY(gan_subject_open_data(path, NULL, shape, NULL, options, &s->data, err));
    s->source = gan_source_of_data(s->data, 0, 1);
    s->source.label = "the samples";
    if (options->n && options->n < s->source.n) {
        s->source.n = options->n;
    }
    return GAN_OK;
}

gan_status gan_subject_open(const char *path, const gan_eval_options *options,
                            const gan_source *shape, gan_subject *out, gan_error *err)
{
    *out = (gan_subject){0};
    if (gan_subject_is_checkpoint(path)) {
        return open_generator(path, options, out, err);
    }
    if (gan_array_is_real(path)) {
        return open_array(path, options, out, err);
    }
    return open_pictures(path, options, shape, out, err);
}

void gan_subject_close(gan_subject *subject)
{
    gan_generator_close(subject->generator);
    gan_data_close(subject->data);
    gan_array_free(&subject->array);
    gan_options_free(&subject->options);
    free(subject->run);
    *subject = (gan_subject){0};
}
