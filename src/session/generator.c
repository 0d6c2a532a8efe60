/* generator.c — images from a trained generator: a checkpoint's network on a device of its own. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "gan/sample.h"
#include "program/stored.h"
#include "session/generator.h"
#include "session/newest.h"
#include "session/registry.h"
#include "session/sampler.h"
#include "session/steady.h"

struct gan_generator {
    gan_net *net;
    const gan_backend *backend;
    gan_device *device;
    gan_chunk_sampler *sampler;
    char *path;
    int64_t step;
    bool averaged, precise;
    gan_statistics statistics;
};

static gan_status choose_weights(gan_generator *g, const gan_checkpoint *checkpoint,
                                 gan_averaging averaging, gan_error *err)
{
    bool there = gan_checkpoint_has_average(checkpoint);
    if (averaging == GAN_AVERAGED && !there) {
        return gan_fail(err, GAN_E_USAGE, "%s has no averaged generator (train with --ema 0.999)",
                        g->path);
    }
    g->averaged = there && averaging != GAN_NOT_AVERAGED;
    return GAN_OK;
}

/* Its numbers, and the statistics that it is sampled by. Programs are compiled before: their stored
 * buffers are where numbers go. */
static gan_status take_numbers(gan_generator *g, const gan_checkpoint *checkpoint, gan_error *err)
{
    gan_steady *steady = NULL;
    gan_status status = GAN_OK;
    if (g->precise) {
        GAN_TRY(gan_steady_create(g->backend, g->device, g->net, g->averaged, &g->statistics,
                                  &steady, err));
    }
    GAN_TRY_DONE(gan_checkpoint_restore_generator(checkpoint, g->net, g->backend, g->device,
                                                  g->averaged, err));
    if (steady) {
        GAN_TRY_DONE(gan_steady_run(steady, err));
    }
done:
    gan_steady_destroy(steady);
    return status;
}

static gan_status make(gan_generator *g, const gan_checkpoint *checkpoint,
                       const gan_generator_options *options, gan_error *err)
{
    const gan_device_options device_options = {.threads = options->threads,
                                               .listener = options->listener};
    g->step = checkpoint->step;
    GAN_TRY(gan_net_parse(checkpoint->net, g->path, &g->net, err));
    GAN_TRY(choose_weights(g, checkpoint, options->averaging, err));
    GAN_TRY(gan_registry_open(options->device ? options->device : "auto", &device_options,
                              &g->backend, &g->device, err));
    g->statistics = gan_steady_defaults(options->statistics);
    g->precise = gan_steady_is_wanted(g->net, &g->statistics);
    GAN_TRY(gan_chunk_sampler_create(g->backend, g->device, g->net, g->averaged, g->precise,
                                     &g->sampler, err));
    return take_numbers(g, checkpoint, err);
}

gan_status gan_generator_open(const char *path, const gan_generator_options *options,
                              gan_generator **out, gan_error *err)
{
    static const gan_generator_options defaults = {0};
    gan_checkpoint checkpoint = {0};
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_generator), &memory, err));
    gan_generator *g = memory;
    gan_status status = GAN_OK;
    options = options ? options : &defaults;
    GAN_TRY_DONE(gan_newest_open_named(path, options->listener, &checkpoint, &g->path, err));
    GAN_TRY_DONE(make(g, &checkpoint, options, err));
    *out = g;
    g = NULL;
done:
    gan_checkpoint_close(&checkpoint);
    gan_generator_close(g);
    return status;
}

void gan_generator_close(gan_generator *generator)
{
    if (!generator) {
        return;
    }
    gan_chunk_sampler_destroy(generator->sampler);
    if (generator->device) {
        generator->backend->close(generator->device);
    }
    gan_net_destroy(generator->net);
    free(generator->path);
    free(generator);
}

gan_statistics gan_generator_statistics_of(const gan_generator *generator)
{
    return generator->precise ? generator->statistics : (gan_statistics){.moving = true};
}

gan_status gan_generator_statistics(gan_generator *generator, float *stat, gan_error *err)
{
    const gan_generator *g = generator;
    const char *name = gan_sampled_names(g->averaged, g->precise)->stat;
    const int64_t floats = g->net->generator->stat_floats;
    return floats ? g->backend->read(g->device, name, 0, stat, floats * (int64_t)sizeof *stat, err)
                  : GAN_OK;
}

const gan_net *gan_generator_net(const gan_generator *generator)
{
    return generator->net;
}

int64_t gan_generator_step(const gan_generator *generator)
{
    return generator->step;
}

bool gan_generator_is_averaged(const gan_generator *generator)
{
    return generator->averaged;
}

bool gan_generator_is_precise(const gan_generator *generator)
{
    return generator->precise;
}

const char *gan_generator_path(const gan_generator *generator)
{
    return generator->path;
}

gan_status gan_generator_sample(gan_generator *generator, const uint64_t *seeds, int64_t n,
                                float *images, gan_error *err)
{
    return gan_chunk_sampler_run_seeds(generator->sampler, seeds, n, images, err);
}

gan_status gan_generator_decode(gan_generator *generator, const float *z, int64_t n, float *images,
                                gan_error *err)
{
    return gan_chunk_sampler_run(generator->sampler, z, n, images, err);
}

void gan_latent_slerp(const float *a, const float *b, double t, int64_t nz, float *out)
{
    double aa = 0, bb = 0, ab = 0;
    for (int64_t i = 0; i < nz; i++) {
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
        ab += (double)a[i] * (double)b[i];
    }
    double cosine = ab / sqrt(aa * bb);
    double angle = acos(cosine > 1 ? 1 : cosine < -1 ? -1 : cosine);
    double sine = sin(angle), wa = 1 - t, wb = t;
    if (sine > 1e-6) { /* also false for NaN, when a or b is 0 */
        wa = sin((1 - t) * angle) / sine;
        wb = sin(t * angle) / sine;
    }
    for (int64_t i = 0; i < nz; i++) {
        out[i] = (float)(wa * (double)a[i] + wb * (double)b[i]);
    }
}
