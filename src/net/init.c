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

/* Element i is the first of its draws 0, 1, 2, ... that is within 2 deviations. */
static void fill_truncated(double mean, double deviation, uint64_t seed, uint32_t stream, int64_t n,
                           float *w)
{
    for (int64_t i = 0; i < n; i++) {
        float z = 3.0f;
        for (uint64_t k = 0; !(fabsf(z) <= 2.0f); k++) {
            gan_normal_fill(seed, stream, k, i, 1, &z);
        }
        w[i] = (float)(mean + deviation * (double)z);
    }
}

/* A vector whose elements are `stride` apart. */
static double dot(const float *a, const float *b, int64_t stride, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += (double)a[i * stride] * (double)b[i * stride];
    }
    return sum;
}

static void scale(float *a, int64_t stride, int64_t n, double factor)
{
    for (int64_t i = 0; i < n; i++) {
        a[i * stride] = (float)((double)a[i * stride] * factor);
    }
}

/* Normal draws made orthonormal by Gram and Schmidt's process, each vector twice, so that what the
 * first time leaves by rounding is taken away: rows where they are fewer than columns, else columns
 * (Saxe et al. 2014). With a draw of each sign as likely, no sign needs to be mended. */
static void fill_orthogonal(double gain, uint64_t seed, uint32_t stream, int64_t rows, int64_t n,
                            float *w)
{
    const int64_t columns = n / rows;
    const bool by_rows = rows <= columns;
    const int64_t vectors = by_rows ? rows : columns, length = by_rows ? columns : rows;
    const int64_t step = by_rows ? columns : 1, stride = by_rows ? 1 : columns;
    gan_normal_fill(seed, stream, 0, 0, n, w);
    for (int64_t i = 0; i < vectors; i++) {
        float *v = w + i * step;
        for (int pass = 0; pass < 2; pass++) {
            for (int64_t j = 0; j < i; j++) {
                const float *u = w + j * step;
                const double share = dot(u, v, stride, length);
                for (int64_t k = 0; k < length; k++) {
                    v[k * stride] = (float)((double)v[k * stride] - share * (double)u[k * stride]);
                }
            }
            scale(v, stride, length, 1 / sqrt(dot(v, v, stride, length)));
        }
    }
    scale(w, 1, n, gain);
}

static double fan_of(const gan_init *init)
{
    return init->fan == GAN_FAN_IN ? init->fan_in : init->fan_in + init->fan_out;
}

/* rows: of the parameter's first axis. */
static void fill(const gan_init *init, uint64_t seed, uint32_t stream, int64_t rows, int64_t n,
                 float *w)
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
    case GAN_INIT_TRUNCATED_NORMAL:
        fill_truncated(init->a, init->b, seed, stream, n, w);
        break;
    case GAN_INIT_FAN_UNIFORM:
        fill_uniform(sqrt(init->a / fan_of(init)), seed, stream, n, w);
        break;
    case GAN_INIT_FAN_NORMAL:
        fill_normal(0.0, sqrt(init->a / fan_of(init)), seed, stream, n, w);
        break;
    case GAN_INIT_ORTHOGONAL:
        fill_orthogonal(init->a, seed, stream, rows, n, w);
        break;
    }
}

static void fill_all(const gan_param *params, int n_params, int64_t floats, uint64_t seed,
                     uint32_t stream, float *flat)
{
    memset(flat, 0, (size_t)floats * sizeof *flat);
    for (int i = 0; i < n_params; i++) {
        fill(&params[i].init, seed, stream + (uint32_t)i, params[i].dims[0], params[i].count,
             flat + params[i].offset);
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
