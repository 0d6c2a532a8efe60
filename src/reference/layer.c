/* layer.c — activations and dropout with their backward passes, sums and factors. */
#include <math.h>

#include "base/philox.h"
#include "reference/call.h"

enum { CHUNK = 4096 }; /* elements of an item; a multiple of 4, as draws come in fours */

/* Calls part(call, begin, end) for stretches of all n elements. */
typedef struct stretch_job {
    const gan_reference_call *call;
    void (*part)(const gan_reference_call *call, int64_t begin, int64_t end);
    int64_t n;
} stretch_job;

static void do_stretch(const void *ctx, int64_t item)
{
    const stretch_job *job = ctx;
    const int64_t begin = item * CHUNK, end = begin + CHUNK;
    job->part(job->call, begin, end < job->n ? end : job->n);
}

static void for_elements(const gan_reference_call *call, int64_t n,
                         void (*part)(const gan_reference_call *call, int64_t begin, int64_t end))
{
    const stretch_job job = {call, part, n};
    gan_reference_parallel(call->threads, (n + CHUNK - 1) / CHUNK, do_stretch, &job);
}

/* --- bias, LeakyReLU, dropout --- */

static bool is_kept(const gan_bias_leaky_dropout_attr *a, const gan_reference_call *call, int64_t i)
{
    if (call->in[2].data) {
        return call->in[2].bytes[i] != 0;
    }
    if (!(a->drop_rate > 0.0f)) {
        return true;
    }
    const uint64_t step = (uint64_t)call->in[3].counters[GAN_COUNTER_STEP];
    const int64_t draw = a->first + i;
    /* A draw is a function of (seed, stream, step, element): a mask can be made again, anywhere. */
    const gan_philox4 words = gan_philox(a->seed, a->stream, step, (uint32_t)(draw / 4));
    return words.v[draw % 4] < gan_keep_threshold(1.0 - (double)a->drop_rate);
}

static void activate(const gan_reference_call *call, int64_t begin, int64_t end)
{
    const gan_bias_leaky_dropout_attr *a = &call->attr->bias_leaky_dropout;
    const double *x = call->in[0].v, *bias = call->in[1].v;
    const double slope = (double)a->slope, left = 1.0 - (double)a->drop_rate;
    const int64_t channels = call->in[0].dims[3];
    for (int64_t i = begin; i < end; i++) {
        double v = x[i] + (bias ? bias[i % channels] : 0.0);
        v = v > 0.0 ? v : slope * v;
        if (!(a->drop_rate > 0.0f)) {
            call->out[0].v[i] = v;
        } else { /* a kept -0 would count as dropped: -0 + 0 is +0 */
            call->out[0].v[i] = is_kept(a, call, i) ? v / left + 0.0 : -0.0;
            if (call->weight[0]) { /* 1 - rate, the rate a number of fp32 */
                call->weight[0][i] = fabs(call->out[0].v[i]) / left;
            }
        }
    }
}

static void run_forward(const gan_reference_call *call)
{
    for_elements(call, call->in[0].count, activate);
}

static void activate_back(const gan_reference_call *call, int64_t begin, int64_t end)
{
    const gan_bias_leaky_dropout_attr *a = &call->attr->bias_leaky_dropout;
    const double *y = call->in[0].v, *dy = call->in[1].v;
    const double slope = (double)a->slope, left = 1.0 - (double)a->drop_rate;
    for (int64_t i = begin; i < end; i++) {
        /* Dropped is -0 and a kept zero +0, so y alone tells them apart. */
        const bool dropped = a->drop_rate > 0.0f && y[i] == 0.0 && signbit(y[i]);
        const double d = dy[i] * (y[i] > 0.0 ? 1.0 : slope) / left;
        call->out[0].v[i] = dropped ? 0.0 : d;
    }
}

/* The sum over rows of one channel of dx. */
static void sum_channel(const void *ctx, int64_t c)
{
    const gan_reference_call *call = ctx;
    const gan_reference_tensor *dx = &call->out[0];
    double sum = 0.0, size = 0.0;
    for (int64_t i = c; i < dx->count; i += dx->dims[3]) {
        sum += dx->v[i];
        size += fabs(dx->v[i]);
    }
    call->out[1].v[c] = sum;
    if (call->weight[1]) {
        call->weight[1][c] = size;
    }
}

static void run_backward(const gan_reference_call *call)
{
    for_elements(call, call->in[0].count, activate_back);
    if (call->out[1].v) {
        gan_reference_parallel(call->threads, call->out[0].dims[3], sum_channel, call);
    }
}

/* --- one number in, one out --- */

static void tanh_part(const gan_reference_call *call, int64_t begin, int64_t end)
{
    for (int64_t i = begin; i < end; i++) {
        call->out[0].v[i] = tanh(call->in[0].v[i]);
    }
}

static void tanh_bwd_part(const gan_reference_call *call, int64_t begin, int64_t end)
{
    const double *y = call->in[0].v, *dy = call->in[1].v;
    for (int64_t i = begin; i < end; i++) {
        call->out[0].v[i] = dy[i] * (1.0 - y[i] * y[i]);
    }
}

static void sigmoid_part(const gan_reference_call *call, int64_t begin, int64_t end)
{
    for (int64_t i = begin; i < end; i++) {
        call->out[0].v[i] = 1.0 / (1.0 + exp(-call->in[0].v[i]));
    }
}

static void sigmoid_bwd_part(const gan_reference_call *call, int64_t begin, int64_t end)
{
    const double *y = call->in[0].v, *dy = call->in[1].v;
    for (int64_t i = begin; i < end; i++) {
        call->out[0].v[i] = dy[i] * y[i] * (1.0 - y[i]);
    }
}

static void add_part(const gan_reference_call *call, int64_t begin, int64_t end)
{
    for (int64_t i = begin; i < end; i++) {
        call->out[0].v[i] = call->in[0].v[i] + call->in[1].v[i];
    }
}

static void multiply_part(const gan_reference_call *call, int64_t begin, int64_t end)
{
    const double factor = (double)call->attr->multiply.factor;
    for (int64_t i = begin; i < end; i++) {
        call->out[0].v[i] = factor * call->in[0].v[i] * call->in[1].v[i];
    }
}

static void fill_part(const gan_reference_call *call, int64_t begin, int64_t end)
{
    const gan_fill_attr *a = &call->attr->fill;
    const double value = a->factor * (call->in[0].v ? call->in[0].v[a->rate] : 1.0);
    for (int64_t i = begin; i < end; i++) {
        call->out[0].v[i] = value;
    }
}

static void window_sum_part(const gan_reference_call *call, int64_t begin, int64_t end)
{
    const int64_t first[] = {call->attr->window_sum.first_a, call->attr->window_sum.first_b};
    for (int64_t i = begin; i < end; i++) {
        double sum = 0.0;
        for (int k = 0; k < 2; k++) {
            const int64_t at = i - first[k];
            sum += call->in[k].v && at >= 0 && at < call->in[k].count ? call->in[k].v[at] : 0.0;
        }
        call->out[0].v[i] = sum;
    }
}

static void run_tanh(const gan_reference_call *call)
{
    for_elements(call, call->in[0].count, tanh_part);
}

static void run_tanh_bwd(const gan_reference_call *call)
{
    for_elements(call, call->in[0].count, tanh_bwd_part);
}

static void run_sigmoid(const gan_reference_call *call)
{
    for_elements(call, call->in[0].count, sigmoid_part);
}

static void run_sigmoid_bwd(const gan_reference_call *call)
{
    for_elements(call, call->in[0].count, sigmoid_bwd_part);
}

static void run_add(const gan_reference_call *call)
{
    for_elements(call, call->in[0].count, add_part);
}

static void run_multiply(const gan_reference_call *call)
{
    for_elements(call, call->in[0].count, multiply_part);
}

static void run_fill(const gan_reference_call *call)
{
    for_elements(call, call->out[0].count, fill_part);
}

static void run_window_sum(const gan_reference_call *call)
{
    for_elements(call, call->out[0].count, window_sum_part);
}

/* --- a number per sample --- */

static int64_t row_of(const gan_reference_tensor *t)
{
    return t->dims[1] * t->dims[2] * t->dims[3];
}

static void scale_row(const void *ctx, int64_t sample)
{
    const gan_reference_call *call = ctx;
    const int64_t n = row_of(&call->in[0]), first = sample * n;
    for (int64_t i = first; i < first + n; i++) {
        call->out[0].v[i] = call->in[1].v[sample] * call->in[0].v[i];
    }
}

static void run_scale_rows(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, call->in[0].dims[0], scale_row, call);
}

static void dot_row(const void *ctx, int64_t sample)
{
    const gan_reference_call *call = ctx;
    const double *a = call->in[0].v, *b = call->in[1].v;
    const int64_t n = row_of(&call->in[0]), first = sample * n;
    double sum = 0.0, size = 0.0;
    for (int64_t i = first; i < first + n; i++) {
        sum += a[i] * b[i];
        size += fabs(a[i] * b[i]);
    }
    call->out[0].v[sample] = sum;
    if (call->weight[0]) {
        call->weight[0][sample] = size;
    }
}

static void run_row_dot(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, call->in[0].dims[0], dot_row, call);
}

const gan_reference_row gan_reference_bias_leaky_dropout = {.run = run_forward, .weighted = 1};
const gan_reference_row gan_reference_bias_leaky_dropout_bwd = {.run = run_backward, .weighted = 2};
const gan_reference_row gan_reference_tanh = {.run = run_tanh};
const gan_reference_row gan_reference_tanh_bwd = {.run = run_tanh_bwd};
const gan_reference_row gan_reference_sigmoid = {.run = run_sigmoid};
const gan_reference_row gan_reference_sigmoid_bwd = {.run = run_sigmoid_bwd};
const gan_reference_row gan_reference_add = {.run = run_add};
const gan_reference_row gan_reference_multiply = {.run = run_multiply};
const gan_reference_row gan_reference_fill = {.run = run_fill};
const gan_reference_row gan_reference_window_sum = {.run = run_window_sum};
const gan_reference_row gan_reference_scale_rows = {.run = run_scale_rows};
const gan_reference_row gan_reference_row_dot = {.run = run_row_dot, .weighted = 1};
