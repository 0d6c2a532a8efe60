/* state.c — norms, the guard, and what keeps state from step to step.
 *
 * Everything here that writes state looks at the guard's flag first: from the first step that was
 * not finite on, parameters, moments, statistics, the average and the counters stay as they were.
 */
#include <math.h>

#include "reference/call.h"

enum { CHUNK = 4096 };

static void run_norm(const gan_reference_call *call)
{
    const gan_reference_tensor *g = &call->in[0];
    double sum = 0.0;
    for (int64_t i = 0; i < g->count; i++) {
        sum += g->v[i] * g->v[i];
    }
    call->out[0].v[0] = sqrt(sum);
}

/* Inputs: losses, the norms of G and D (each may be left out), counters. The first step to raise
 * the flag leaves its number; later ones change nothing. */
static void run_guard(const gan_reference_call *call)
{
    const uint64_t step = (uint64_t)call->in[3].counters[GAN_COUNTER_STEP];
    int32_t *flag = call->out[0].words;
    bool finite = true;
    for (int k = 0; k < 3; k++) {
        for (int64_t i = 0; call->in[k].data && i < call->in[k].count; i++) {
            finite = finite && isfinite(call->in[k].v[i]);
        }
    }
    if (flag[0] == 0 && !finite) {
        flag[0] = 1;
        flag[1] = (int32_t)(step & INT32_MAX);
    }
}

/* running = momentum running + (1 - momentum) factor batch; factor makes a biased variance
 * unbiased. */
static void run_stat_update(const gan_reference_call *call)
{
    const gan_stat_update_attr *a = &call->attr->stat_update;
    const double *batch = call->in[0].v;
    double *running = call->out[0].v;
    for (int k = 0; k < a->n_segments && call->in[1].words[0] == 0; k++) {
        const gan_stat_segment *s = &a->segments[k];
        const double momentum = (double)s->momentum, factor = (double)s->factor;
        for (int64_t i = s->offset; i < s->offset + s->count; i++) {
            running[i] = momentum * running[i] + (1.0 - momentum) * factor * batch[i];
        }
    }
}

typedef struct adam_job {
    const gan_adam_segment *segment;
    const double *rates; /* of the network */
    double t;
    const double *g;
    double *p, *m, *v;
} adam_job;

/* Adam (Kingma and Ba 2015). With g the gradient and t counted from 1: m = beta1 m + (1 - beta1)
 * g, v = beta2 v + (1 - beta2) g^2, and p moves by lr m^ / (sqrt(v^) + epsilon), m^ = m / (1 -
 * beta1^t), v^ = v / (1 - beta2^t). PyTorch has epsilon there, inside; Keras adds it to sqrt(v)
 * before the correction. */
static void update(const void *ctx, int64_t item)
{
    const adam_job *job = ctx;
    const gan_adam_segment *a = job->segment;
    const double beta1 = job->rates[GAN_RATE_BETA1], beta2 = job->rates[GAN_RATE_BETA2];
    const double lr = job->rates[GAN_RATE_LR];
    const double left1 = 1.0 - pow(beta1, job->t), left2 = 1.0 - pow(beta2, job->t);
    const int64_t first = item * CHUNK, n = job->segment->count;
    for (int64_t i = first; i < n && i < first + CHUNK; i++) {
        const double g = job->g[i];
        job->m[i] += (1.0 - beta1) * (g - job->m[i]);
        job->v[i] += (1.0 - beta2) * (g * g - job->v[i]);
        if (a->epsilon_inside) {
            const double root = sqrt(job->v[i]) / sqrt(left2) + a->epsilon;
            job->p[i] -= lr / left1 * job->m[i] / root;
        } else {
            const double root = sqrt(job->v[i]) + a->epsilon;
            job->p[i] -= lr * sqrt(left2) / left1 * job->m[i] / root;
        }
    }
}

static void run_adam(const gan_reference_call *call)
{
    const gan_adam_attr *a = &call->attr->adam;
    for (int k = 0; k < a->n_segments && call->in[GAN_ADAM_FLAG].words[0] == 0; k++) {
        const gan_adam_segment *s = &a->segments[k];
        const int64_t t = ++call->out[GAN_ADAM_COUNTERS].counters[gan_counter_of(s->net)];
        const adam_job job = {.segment = s,
                              .rates = call->in[GAN_ADAM_RATES].v + gan_rate_at(s->net, 0),
                              .t = (double)t,
                              .g = call->in[k].v,
                              .p = call->out[3 * k].v,
                              .m = call->out[3 * k + 1].v,
                              .v = call->out[3 * k + 2].v};
        gan_reference_parallel(call->threads, (s->count + CHUNK - 1) / CHUNK, update, &job);
    }
}

/* average = d average + (1 - d) source, d = min(decay, (1 + t) / (10 + t)): a young average
 * follows fast. (1 + t) / (10 + t) = 1 - 9 / (10 + t); without counters there is no warm-up. */
static void run_ema(const gan_reference_call *call)
{
    const int64_t *counters = call->in[3].counters;
    const double t = counters ? (double)counters[gan_counter_of(GAN_NET_G)] : INFINITY;
    const double asked = call->in[1].v[GAN_RATE_EMA], ramp = 1.0 - 9.0 / (10.0 + t);
    const double decay = ramp < asked ? ramp : asked;
    const double *source = call->in[0].v;
    double *average = call->out[0].v;
    for (int64_t i = 0; i < call->in[0].count && call->in[2].words[0] == 0; i++) {
        average[i] = decay * average[i] + (1.0 - decay) * source[i];
    }
}

/* The ring has a row for each of the last steps, so the host may read it now and then. The step
 * counter moves here, last of all: every draw of the step has read it by then. */
static void run_report(const gan_reference_call *call)
{
    int64_t *counters = call->out[0].counters;
    const uint64_t step = (uint64_t)counters[GAN_COUNTER_STEP];
    const uint64_t row = step % (uint64_t)call->attr->report.rows;
    double *ring = call->out[1].v + row * GAN_METRIC_COUNT;
    for (int i = 0; i < GAN_METRIC_NORM_G; i++) {
        ring[i] = call->in[0].v[i];
    }
    ring[GAN_METRIC_NORM_G] = call->in[1].v ? call->in[1].v[0] : 0.0;
    ring[GAN_METRIC_NORM_D] = call->in[2].v ? call->in[2].v[0] : 0.0;
    counters[GAN_COUNTER_STEP] += call->in[3].words[0] == 0;
}

/* The text of rate_curve.h, written anew. */
static void run_rates(const gan_reference_call *call)
{
    const gan_rates_attr *a = &call->attr->rates;
    const int64_t images = call->in[0].counters[GAN_COUNTER_STEP] * a->batch;
    for (int k = 0; k < a->n_rows; k++) {
        const gan_rate_row *row = &a->rows[k];
        const double length = (double)(row->end - row->begin);
        const double past = (double)(images - row->begin);
        double share = row->curve == GAN_CURVE_CONSTANT ? 0.0 : fmin(fmax(past / length, 0.0), 1.0);
        if (row->curve == GAN_CURVE_COSINE) {
            share = 0.5 - 0.5 * cos(acos(-1.0) * share);
        }
        double rate = (1.0 - share) * row->from + share * row->to;
        if (row->warm_up > 0) {
            rate *= fmin(1.0, (double)(images + a->batch) / (double)row->warm_up);
        }
        /* A half-life of h images is the decay 0.5^(n/h) of an average that is updated every n
         * images. */
        if (row->halved_per > 0) {
            const double bound = row->ramp > 0 ? row->ramp * (double)images : INFINITY;
            rate = pow(0.5, (double)row->halved_per / fmax(fmin(rate, bound), 1e-300));
        }
        call->out[0].v[row->rate] = rate * (row->has_factor ? call->in[1].v[0] : 1.0);
    }
}

const gan_reference_row gan_reference_norm = {.run = run_norm};
const gan_reference_row gan_reference_guard = {.run = run_guard, .exact = true};
const gan_reference_row gan_reference_stat_update = {.run = run_stat_update};
const gan_reference_row gan_reference_rates = {.run = run_rates, .exact = true};
const gan_reference_row gan_reference_adam = {.run = run_adam};
const gan_reference_row gan_reference_ema = {.run = run_ema};
const gan_reference_row gan_reference_report = {.run = run_report, .exact = true};
