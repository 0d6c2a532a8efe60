/* channel.c — a number per channel: factors of a map, and sums of products over its rows. */
#include <math.h>

#include "reference/call.h"

static void scale_channel(const void *ctx, int64_t c)
{
    const gan_reference_call *call = ctx;
    for (int64_t i = c; i < call->in[0].count; i += call->in[0].dims[3]) {
        call->out[0].v[i] = call->in[1].v[c] * call->in[0].v[i];
    }
}

static void run_scale(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, call->in[0].dims[3], scale_channel, call);
}

static void dot_channel(const void *ctx, int64_t c)
{
    const gan_reference_call *call = ctx;
    const double *a = call->in[0].v, *b = call->in[1].v;
    double sum = 0.0, size = 0.0;
    for (int64_t i = c; i < call->in[0].count; i += call->in[0].dims[3]) {
        sum += a[i] * b[i];
        size += fabs(a[i] * b[i]);
    }
    call->out[0].v[c] = sum;
    if (call->weight[0]) {
        call->weight[0][c] = size;
    }
}

static void run_dot(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, call->in[0].dims[3], dot_channel, call);
}

const gan_reference_row gan_reference_scale_channels = {.run = run_scale};
const gan_reference_row gan_reference_channel_dot = {.run = run_dot, .weighted = 1};
