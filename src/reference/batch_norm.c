/* batch_norm.c — batch normalization with the LeakyReLU that follows it, a channel at a time. */
#include <math.h>

#include "reference/call.h"

static double leaky(double v, double slope)
{
    return v > 0.0 ? v : slope * v;
}

/* What an implementation in fp32 may add up (M of reference.h): for the variance, E[x^2] - E[x]^2
 * as Keras takes it; for y, gamma x / root and gamma mean / root apart, and half the share of the
 * variance's error in root. */
static void weigh(const gan_reference_call *call, int64_t c, double mean, double var)
{
    const gan_reference_tensor *x = &call->in[0];
    const double of_var = 2.0 * mean * mean + var, left = var + (double)call->attr->norm.epsilon;
    const double scale = fabs(call->in[1].v[c]) / sqrt(left), shift = fabs(call->in[2].v[c]);
    if (call->weight[2]) {
        call->weight[2][c] = of_var;
    }
    for (int64_t i = c; i < x->count && call->weight[0]; i += x->dims[3]) {
        call->weight[0][i] = scale * (fabs(x->v[i]) + fabs(mean)) + shift +
                             scale * fabs(x->v[i] - mean) * of_var / left / 2.0;
    }
}

/* The two passes over x: the variance is the mean of squared differences from the mean. */
static void normalize(const void *ctx, int64_t c)
{
    const gan_reference_call *call = ctx;
    const gan_reference_tensor *x = &call->in[0];
    const gan_norm_attr *a = &call->attr->norm;
    const int64_t channels = x->dims[3], n = x->count / channels;
    double sum = 0.0, size = 0.0, squares = 0.0;
    for (int64_t i = c; i < x->count; i += channels) {
        sum += x->v[i];
        size += fabs(x->v[i]);
    }
    const double mean = sum / (double)n;
    for (int64_t i = c; i < x->count; i += channels) {
        squares += (x->v[i] - mean) * (x->v[i] - mean);
    }
    const double var = squares / (double)n, root = sqrt(var + (double)a->epsilon);
    const double gamma = call->in[1].v[c], beta = call->in[2].v[c];
    for (int64_t i = c; i < x->count; i += channels) {
        call->out[0].v[i] = leaky(gamma * (x->v[i] - mean) / root + beta, (double)a->slope);
    }
    call->out[1].v[c] = mean;
    call->out[2].v[c] = var;
    if (call->weight[1]) {
        call->weight[1][c] = size / (double)n;
    }
    weigh(call, c, mean, var);
}

static void run(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, call->in[0].dims[3], normalize, call);
}

/* With n = (x - mean) / root and g = dy through the LeakyReLU: dgamma = sum g n, dbeta = sum g,
 * and, mean and root being functions of x, dx = gamma / root (g - mean g - n mean(g n)). */
static void normalize_back(const void *ctx, int64_t c)
{
    const gan_reference_call *call = ctx;
    const gan_reference_tensor *x = &call->in[0], *dy = &call->in[1];
    const double slope = (double)call->attr->norm.slope;
    const double gamma = call->in[2].v[c], beta = call->in[3].v[c], mean = call->in[4].v[c];
    const double root = sqrt(call->in[5].v[c] + (double)call->attr->norm.epsilon);
    const int64_t channels = x->dims[3], n = x->count / channels;
    double *g = call->out[0].v; /* first dy through the LeakyReLU, then dx */
    double sum = 0.0, sum_normal = 0.0, size = 0.0, size_normal = 0.0;
    for (int64_t i = c; i < x->count; i += channels) {
        const double normal = (x->v[i] - mean) / root;
        g[i] = dy->v[i] * (gamma * (x->v[i] - mean) / root + beta > 0.0 ? 1.0 : slope);
        sum += g[i];
        sum_normal += g[i] * normal;
        size += fabs(g[i]);
        size_normal += fabs(g[i] * normal);
    }
    for (int64_t i = c; i < x->count; i += channels) {
        const double normal = (x->v[i] - mean) / root;
        const double from_mean = sum / (double)n, from_root = normal * (sum_normal / (double)n);
        if (call->weight[0]) {
            call->weight[0][i] =
                fabs(gamma / root) * (fabs(g[i]) + fabs(from_mean) + fabs(from_root));
        }
        g[i] = gamma / root * (g[i] - from_mean - from_root);
    }
    call->out[1].v[c] = sum_normal;
    call->out[2].v[c] = sum;
    if (call->weight[1]) {
        call->weight[1][c] = size_normal;
    }
    if (call->weight[2]) {
        call->weight[2][c] = size;
    }
}

static void run_bwd(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, call->in[0].dims[3], normalize_back, call);
}

static void infer(const void *ctx, int64_t c)
{
    const gan_reference_call *call = ctx;
    const gan_reference_tensor *x = &call->in[0];
    const double gamma = call->in[1].v[c], beta = call->in[2].v[c], mean = call->in[3].v[c];
    const double root = sqrt(call->in[4].v[c] + (double)call->attr->norm.epsilon);
    for (int64_t i = c; i < x->count; i += x->dims[3]) {
        const double v = gamma * (x->v[i] - mean) / root + beta;
        call->out[0].v[i] = leaky(v, (double)call->attr->norm.slope);
    }
}

static void run_infer(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, call->in[0].dims[3], infer, call);
}

const gan_reference_row gan_reference_batch_norm = {.run = run, .weighted = 7};
const gan_reference_row gan_reference_batch_norm_bwd = {.run = run_bwd, .weighted = 7};
const gan_reference_row gan_reference_batch_norm_infer = {.run = run_infer};
