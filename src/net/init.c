/* init.c — initial values of parameters and statistics. */
#include <math.h>
#include <string.h>

#include "base/normal.h"
#include "net/net.h"

static void fill_constant(float value, int64_t n, float *w)
{
    for (int64_t i = 0; i < n; i++) {
        w[i] = value;
    }
}

static void fill_uniform(double limit, uint64_t seed, uint32_t stream, int64_t n, float *w)
{
    gan_uniform_fill(seed, stream, 0, 0, n, -(float)limit, (float)limit, w);
}

static void fill_normal(double mean, double deviation, uint64_t seed, uint32_t stream, int64_t n,
                        float *w)
{
    gan_normal_fill(seed, stream, 0, 0, n, w);
    for (int64_t i = 0; i < n; i++) {
        w[i] = (float)(mean + deviation * (double)w[i]);
    }
}

static void fill(const gan_init *init, uint64_t seed, uint32_t stream, int64_t n, float *w)
{
    switch (init->kind) {
    case GAN_INIT_CONSTANT:
        fill_constant((float)init->a, n, w);
        break;
    case GAN_INIT_UNIFORM:
        fill_uniform(init->a, seed, stream, n, w);
        break;
    case GAN_INIT_NORMAL:
        fill_normal(init->a, init->b, seed, stream, n, w);
        break;
    case GAN_INIT_GLOROT_UNIFORM:
        fill_uniform(sqrt(6.0 / (init->fan_in + init->fan_out)), seed, stream, n, w);
        break;
    case GAN_INIT_HE_NORMAL:
        fill_normal(0.0, sqrt(2.0 / init->fan_in), seed, stream, n, w);
        break;
    }
}

static void fill_all(const gan_param *params, int n_params, int64_t floats, uint64_t seed,
                     uint32_t stream, float *flat)
{
    memset(flat, 0, (size_t)floats * sizeof *flat);
    for (int i = 0; i < n_params; i++) {
        fill(&params[i].init, seed, stream + (uint32_t)i, params[i].count, flat + params[i].offset);
    }
}

void gan_stack_init_params(const gan_stack *stack, uint64_t seed, float *params, float *stats)
{
    const uint32_t stream = gan_network_describe(stack->network)->init_stream;
    if (params) {
        fill_all(stack->params, stack->n_params, stack->param_floats, seed, stream, params);
    }
    if (stats) { /* constants: no random numbers are drawn */
        fill_all(stack->stats, stack->n_stats, stack->stat_floats, seed, stream, stats);
    }
}
