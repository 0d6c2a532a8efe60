/* steady.c — batch statistics estimated again.
 *
 * Of k batches with means m and variances v of one channel, the mean is that of m, and the variance
 * mean(v) + mean(m^2) - mean(m)^2: what all of the batches together have. */
#include "session/steady.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/normal.h"
#include "program/build.h"
#include "program/stored.h"
#include "program/streams.h"

typedef struct estimate {
    const gan_backend *backend;
    gan_device *device;
    const gan_stack *stack;
    int batches;
    int64_t batch, nz;
    gan_program *program;
    gan_executable *executable;
    float *z, *stat;       /* of one batch */
    double *sum, *squares; /* (stat_floats): of statistics; of the means' squares */
} estimate;

static void release(estimate *e)
{
    e->backend->destroy(e->executable);
    gan_program_destroy(e->program);
    free(e->z);
    free(e->stat);
    free(e->sum);
}

static gan_status prepare(estimate *e, const gan_net *net, bool averaged, gan_error *err)
{
    const int64_t floats = e->stack->stat_floats;
    void *memory = NULL;
    GAN_TRY(gan_build_estimate(net, e->batch, averaged, &e->program, err));
    GAN_TRY(e->backend->compile(e->device, e->program, &e->executable, err));
    GAN_TRY(gan_calloc((size_t)(e->batch * e->nz), sizeof(float), &memory, err));
    e->z = memory;
    GAN_TRY(gan_calloc((size_t)floats, sizeof(float), &memory, err));
    e->stat = memory;
    GAN_TRY(gan_calloc((size_t)(2 * floats), sizeof(double), &memory, err));
    e->sum = memory;
    e->squares = e->sum + floats;
    return GAN_OK;
}

static gan_status add_batch(estimate *e, int number, gan_error *err)
{
    const int64_t floats = e->stack->stat_floats, bytes = (int64_t)sizeof(float);
    gan_normal_fill(0, GAN_STREAM_STEADY, (uint64_t)number, 0, e->batch * e->nz, e->z);
    GAN_TRY(e->backend->write(e->device, GAN_STORED_ESTIMATE_Z, 0, e->z, e->batch * e->nz * bytes,
                              err));
    GAN_TRY(e->backend->run(e->executable, 1, err));
    GAN_TRY(e->backend->read(e->device, GAN_STORED_BATCH_STAT, 0, e->stat, floats * bytes, err));
    for (int64_t i = 0; i < floats; i++) {
        e->sum[i] += (double)e->stat[i];
        e->squares[i] += (double)e->stat[i] * (double)e->stat[i];
    }
    return GAN_OK;
}

/* The statistics of one layer, into the flat buffer. */
static void finish_layer(const estimate *e, const gan_layer *layer, float *stat)
{
    const gan_param *mean = &e->stack->stats[layer->moving_mean];
    const gan_param *variance = &e->stack->stats[layer->moving_variance];
    for (int64_t c = 0; c < mean->count; c++) {
        const int64_t m = mean->offset + c, v = variance->offset + c;
        const double average = e->sum[m] / e->batches;
        const double between = e->squares[m] / e->batches - average * average;
        stat[m] = (float)average;
        stat[v] = (float)(e->sum[v] / e->batches + (between > 0 ? between : 0));
    }
}

static gan_status store(estimate *e, const char *name, gan_error *err)
{
    const int64_t bytes = e->stack->stat_floats * (int64_t)sizeof(float);
    GAN_TRY(e->backend->read(e->device, name, 0, e->stat, bytes, err)); /* what is between them */
    for (int i = 0; i < e->stack->n_layers; i++) {
        const gan_layer *layer = &e->stack->layers[i];
        if (layer->kind == GAN_LAYER_batch_norm) {
            finish_layer(e, layer, e->stat);
        }
    }
    return e->backend->write(e->device, name, 0, e->stat, bytes, err);
}

gan_status gan_steady_estimate(const gan_backend *backend, gan_device *device, const gan_net *net,
                               bool averaged, int batches, int64_t batch, gan_error *err)
{
    estimate e = {.backend = backend,
                  .device = device,
                  .stack = net->generator,
                  .batches = batches,
                  .batch = batch,
                  .nz = net->latent};
    const gan_flat_names *names =
        averaged ? &gan_average_names : gan_flat_names_of(GAN_NETWORK_GENERATOR);
    gan_status status = GAN_OK;
    if (e.stack->stat_floats == 0) {
        return GAN_OK;
    }
    GAN_TRY_DONE(prepare(&e, net, averaged, err));
    for (int i = 0; i < batches; i++) {
        GAN_TRY_DONE(add_batch(&e, i, err));
    }
    status = store(&e, names->stat, err);
done:
    release(&e);
    return status;
}
