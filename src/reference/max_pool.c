/* max_pool.c — the largest number of each window, where it stood, and both directions between. */
#include <math.h>

#include "reference/call.h"

/* The place of the largest number of window (p,q), of channel c of a sample's map. */
static int64_t find_largest(const gan_max_pool_attr *a, const double *x, int64_t channels,
                            int64_t p, int64_t q, int64_t c)
{
    const int64_t top = p * a->h.stride - a->h.before, left = q * a->w.stride - a->w.before;
    int64_t best = -1;
    for (int64_t i = top; i < top + a->h.window; i++) {
        for (int64_t j = left; j < left + a->w.window; j++) {
            if (i < 0 || i >= a->h.in || j < 0 || j >= a->w.in) {
                continue;
            }
            const int64_t at = i * a->w.in + j;
            const double v = x[at * channels + c];
            const double largest = best < 0 ? -INFINITY : x[best * channels + c];
            if (best < 0 || v > largest || (isnan(v) && !isnan(largest))) {
                best = at;
            }
        }
    }
    return best;
}

static int64_t size_of(const gan_reference_tensor *t)
{
    return t->dims[1] * t->dims[2] * t->dims[3];
}

static void pool_sample(const void *ctx, int64_t sample)
{
    const gan_reference_call *call = ctx;
    const gan_max_pool_attr *a = &call->attr->max_pool;
    const double *x = call->in[0].v + sample * size_of(&call->in[0]);
    const int64_t channels = call->in[0].dims[3], size = size_of(&call->out[0]);
    for (int64_t k = 0; k < size; k++) {
        const int64_t c = k % channels, q = k / channels % a->w.out, p = k / channels / a->w.out;
        const int64_t best = find_largest(a, x, channels, p, q, c);
        call->out[0].v[sample * size + k] = x[best * channels + c];
        if (call->out[1].data) {
            call->out[1].words[sample * size + k] = (int32_t)best;
        }
    }
}

static void scatter_sample(const void *ctx, int64_t sample)
{
    const gan_reference_call *call = ctx;
    const int64_t channels = call->in[1].dims[3], size = size_of(&call->in[1]);
    double *dx = call->out[0].v + sample * size_of(&call->out[0]);
    double *weight = call->weight[0] ? call->weight[0] + sample * size_of(&call->out[0]) : NULL;
    for (int64_t k = 0; k < size_of(&call->out[0]); k++) {
        dx[k] = 0.0;
    }
    for (int64_t k = 0; k < size; k++) {
        const int64_t at = call->in[0].words[sample * size + k] * channels + k % channels;
        const double dy = call->in[1].v[sample * size + k];
        dx[at] += dy;
        if (weight) {
            weight[at] += fabs(dy);
        }
    }
}

static void pick_sample(const void *ctx, int64_t sample)
{
    const gan_reference_call *call = ctx;
    const int64_t channels = call->out[0].dims[3], size = size_of(&call->out[0]);
    const double *g = call->in[1].v + sample * size_of(&call->in[1]);
    for (int64_t k = sample * size; k < (sample + 1) * size; k++) {
        call->out[0].v[k] = g[call->in[0].words[k] * channels + k % channels];
    }
}

static void run_forward(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, call->in[0].dims[0], pool_sample, call);
}

static void run_backward(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, call->in[0].dims[0], scatter_sample, call);
}

static void run_pick(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, call->in[0].dims[0], pick_sample, call);
}

const gan_reference_row gan_reference_max_pool = {.run = run_forward, .exact = true};
const gan_reference_row gan_reference_max_pool_bwd = {.run = run_backward, .weighted = 1};
const gan_reference_row gan_reference_max_pool_pick = {.run = run_pick, .exact = true};
