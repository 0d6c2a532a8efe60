/* steady.c — batch statistics estimated again.
 *
 * Of k batches with means m and variances v of one channel, the mean is that of m, and the variance
 * mean(v) + mean(m^2) - mean(m)^2: what all of the batches together have. */
#include "session/steady.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/normal.h"
#include "program/build.h"
#include "program/stored.h"
#include "program/streams.h"

struct gan_steady {
    const gan_backend *backend;
    gan_device *device;
    const gan_stack *stack;
    gan_statistics statistics; /* no 0 */
    bool averaged;
    int64_t nz;
    gan_program *program;
    gan_executable *executable;
    float *z, *stat;       /* of one batch */
    double *sum, *squares; /* (stat_floats): of statistics; of the means' squares */
};

gan_statistics gan_steady_of_options(const gan_options *options)
{
    return (gan_statistics){
        .moving = !options->precise_bn, .batches = options->bn_batches, .batch = options->bn_batch};
}

gan_statistics gan_steady_defaults(gan_statistics statistics)
{
    statistics.batches = statistics.batches ? statistics.batches : GAN_STEADY_BATCHES;
    statistics.batch = statistics.batch ? statistics.batch : GAN_STEADY_BATCH;
    return statistics;
}

bool gan_steady_is_wanted(const gan_net *net, const gan_statistics *statistics)
{
    return !statistics->moving && net->generator && net->generator->stat_floats > 0;
}

void gan_steady_destroy(gan_steady *steady)
{
    if (!steady) {
        return;
    }
    steady->backend->destroy(steady->executable);
    gan_program_destroy(steady->program);
    free(steady->z);
    free(steady->stat);
    free(steady->sum);
    free(steady);
}

static gan_status prepare(gan_steady *e, const gan_net *net, gan_error *err)
{
    const int64_t floats = e->stack->stat_floats, batch = e->statistics.batch;
    void *memory = NULL;
    GAN_TRY(gan_build_estimate(net, batch, e->averaged, &e->program, err));
    GAN_TRY(e->backend->compile(e->device, e->program, &e->executable, err));
    GAN_TRY(gan_calloc((size_t)(batch * e->nz), sizeof(float), &memory, err));
    e->z = memory;
    GAN_TRY(gan_calloc((size_t)floats, sizeof(float), &memory, err));
    e->stat = memory;
    GAN_TRY(gan_calloc((size_t)(2 * floats), sizeof(double), &memory, err));
    e->sum = memory;
    e->squares = e->sum + floats;
    return GAN_OK;
}

gan_status gan_steady_create(const gan_backend *backend, gan_device *device, const gan_net *net,
                             bool averaged, const gan_statistics *statistics, gan_steady **out,
                             gan_error *err)
{
    void *memory = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_steady), &memory, err));
    gan_steady *e = memory;
    *e = (gan_steady){.backend = backend,
                      .device = device,
                      .stack = net->generator,
                      .statistics = gan_steady_defaults(*statistics),
                      .averaged = averaged,
                      .nz = net->latent};
    const gan_status status = prepare(e, net, err);
    if (status != GAN_OK) {
        gan_steady_destroy(e);
        return status;
    }
    *out = e;
    return GAN_OK;
}

static gan_status add_batch(gan_steady *e, int64_t number, gan_error *err)
{
    const int64_t floats = e->stack->stat_floats, bytes = (int64_t)sizeof(float);
    const int64_t draws = e->statistics.batch * e->nz;
    gan_normal_fill(e->statistics.seed, GAN_STREAM_STEADY, (uint64_t)number, 0, draws, e->z);
    GAN_TRY(e->backend->write(e->device, GAN_STORED_ESTIMATE_Z, 0, e->z, draws * bytes, err));
    GAN_TRY(e->backend->run(e->executable, 1, err));
    GAN_TRY(e->backend->read(e->device, GAN_STORED_BATCH_STAT, 0, e->stat, floats * bytes, err));
    for (int64_t i = 0; i < floats; i++) {
        e->sum[i] += (double)e->stat[i];
        e->squares[i] += (double)e->stat[i] * (double)e->stat[i];
    }
    return GAN_OK;
}

/* The statistics of one layer, into the flat buffer. */
static void finish_layer(const gan_steady *e, const gan_layer *layer, float *stat)
{
    const gan_param *mean = &e->stack->stats[layer->moving_mean];
    const gan_param *variance = &e->stack->stats[layer->moving_variance];
    const double n = (double)e->statistics.batches;
    for (int64_t c = 0; c < mean->count; c++) {
        const int64_t m = mean->offset + c, v = variance->offset + c;
        const double average = e->sum[m] / n;
        const double between = e->squares[m] / n - average * average;
        stat[m] = (float)average;
        stat[v] = (float)(e->sum[v] / n + (between > 0 ? between : 0));
    }
}

/* What is no batch statistic is as training has it. */
static gan_status store(gan_steady *e, gan_error *err)
{
    const int64_t bytes = e->stack->stat_floats * (int64_t)sizeof(float);
    const char *moving = gan_sampled_names(e->averaged, false)->stat;
    GAN_TRY(e->backend->read(e->device, moving, 0, e->stat, bytes, err));
    for (int i = 0; i < e->stack->n_layers; i++) {
        const gan_layer *layer = &e->stack->layers[i];
        if (layer->kind == GAN_LAYER_batch_norm) {
            finish_layer(e, layer, e->stat);
        }
    }
    return e->backend->write(e->device, gan_sampled_names(e->averaged, true)->stat, 0, e->stat,
                             bytes, err);
}

gan_status gan_steady_run(gan_steady *steady, gan_error *err)
{
    const size_t sums = (size_t)(2 * steady->stack->stat_floats);
    memset(steady->sum, 0, sums * sizeof *steady->sum);
    for (int64_t i = 0; i < steady->statistics.batches; i++) {
        GAN_TRY(add_batch(steady, i, err));
    }
    return store(steady, err);
}
