/* softmax_cross_entropy.c — the cross-entropy of classes, its gradient, how many are right.
 *
 * With m the largest logit and S = sum of e^(x - m), -log p[k] = log S - (x[k] - m). At the label,
 * p - 1 would lose its digits as p nears 1: it is -(S - e^(x[label] - m)) / S, from a sum that
 * leaves the label out. A sample's results stand in scratch until all are there, and are added in
 * the order of the samples: the same bits for any number of threads. */
#include <math.h>

#include "cpu/exp.h"
#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { GRAIN = 4096, LANES = 16 }; /* LANES divides GAN_FLOATS_BLOCK */

typedef struct result {
    double loss, correct;
} result;

typedef struct entropy_job {
    gan_floats logits, gradient; /* gradient.data NULL: not wanted */
    const int32_t *labels;
    int64_t classes, samples;
    float smoothing;
    result *results; /* of each sample */
} entropy_job;

/* What a gradient is made of. */
typedef struct sample {
    int64_t first, label; /* element of its first logit; a class */
    float largest;
    double sum, others; /* of e^(x - largest): of all classes, of all but the label */
} sample;

/* Each lane's largest so far; a NaN is left to the sums, which keep it. */
GAN_CPU_CLONES static void max_run(const float *restrict x, int64_t n, float *restrict lanes)
{
    float most[LANES];
    int64_t whole = n / LANES * LANES;
    memcpy(most, lanes, sizeof most);
    for (int64_t i = 0; i < whole; i += LANES) {
#pragma omp simd
        for (int k = 0; k < LANES; k++) {
            most[k] = x[i + k] > most[k] ? x[i + k] : most[k];
        }
    }
    for (int64_t i = whole; i < n; i++) {
        most[i - whole] = x[i] > most[i - whole] ? x[i] : most[i - whole];
    }
    memcpy(lanes, most, sizeof most);
}

GAN_CPU_CLONES static void exp_run(const float *x, float largest, int64_t n, float *e)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        e[i] = gan_exp_negative(x[i] - largest);
    }
}

GAN_CPU_CLONES static void scale_gradients(float *e, float scale, float less, int64_t n)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        e[i] = e[i] * scale - less;
    }
}

static float largest_of(const entropy_job *job, int64_t first)
{
    float room[GAN_FLOATS_BLOCK], lanes[LANES];
    for (int k = 0; k < LANES; k++) {
        lanes[k] = -INFINITY;
    }
    for (int64_t i = 0; i < job->classes; i += GAN_FLOATS_BLOCK) {
        int64_t n = gan_floats_block(i, job->classes);
        max_run(gan_floats_read(job->logits, first + i, n, room), n, lanes);
    }
    for (int k = 1; k < LANES; k++) {
        lanes[0] = lanes[k] > lanes[0] ? lanes[k] : lanes[0];
    }
    return lanes[0];
}

/* Both sums; returns the sum of x - largest. */
static double add_up(const entropy_job *job, sample *s)
{
    float room[GAN_FLOATS_BLOCK], e[GAN_FLOATS_BLOCK];
    double distance = 0.0, own = 0.0;
    for (int64_t i = 0; i < job->classes; i += GAN_FLOATS_BLOCK) {
        int64_t n = gan_floats_block(i, job->classes);
        const float *x = gan_floats_read(job->logits, s->first + i, n, room);
        exp_run(x, s->largest, n, e);
        for (int64_t k = 0; k < n; k++) {
            const bool is_label = i + k == s->label;
            s->others += is_label ? 0.0 : (double)e[k];
            own = is_label ? (double)e[k] : own;
            distance += (double)x[k] - (double)s->largest;
        }
    }
    s->sum = s->others + own;
    return distance;
}

static bool is_correct(const entropy_job *job, const sample *s)
{
    const float own = gan_floats_get(job->logits, s->first + s->label);
    for (int64_t k = 0; k < job->classes; k++) {
        const float x = gan_floats_get(job->logits, s->first + k);
        if (!(k < s->label ? x < own : x <= own)) {
            return false;
        }
    }
    return true;
}

static void write_gradient(const entropy_job *job, const sample *s)
{
    float room[GAN_FLOATS_BLOCK], e[GAN_FLOATS_BLOCK];
    const double n = (double)job->samples, smoothing = (double)job->smoothing;
    const double elsewhere = smoothing / (double)job->classes;
    for (int64_t i = 0; i < job->classes; i += GAN_FLOATS_BLOCK) {
        int64_t block = gan_floats_block(i, job->classes);
        exp_run(gan_floats_read(job->logits, s->first + i, block, room), s->largest, block, e);
        scale_gradients(e, (float)(1.0 / (s->sum * n)), (float)(elsewhere / n), block);
        if (s->label >= i && s->label < i + block) {
            e[s->label - i] = (float)((smoothing - s->others / s->sum - elsewhere) / n);
        }
        float *to = gan_floats_at(job->gradient, s->first + i, room);
        memcpy(to, e, (size_t)block * sizeof *to);
        gan_floats_write(job->gradient, s->first + i, block, to);
    }
}

static void refuse(const entropy_job *job, int64_t i)
{
    job->results[i] = (result){(double)NAN, 0.0};
    for (int64_t k = 0; k < job->classes && job->gradient.data; k++) {
        gan_floats_set(job->gradient, i * job->classes + k, NAN);
    }
}

static void take_sample(const entropy_job *job, int64_t i)
{
    sample s = {.first = i * job->classes, .label = job->labels[i]};
    if (s.label < 0 || s.label >= job->classes) {
        refuse(job, i);
        return;
    }
    s.largest = largest_of(job, s.first);
    const double smoothing = (double)job->smoothing, distance = add_up(job, &s);
    const double own = (double)gan_floats_get(job->logits, s.first + s.label) - (double)s.largest;
    double loss = log(s.sum) - (1.0 - smoothing) * own;
    loss -= smoothing > 0.0 ? smoothing / (double)job->classes * distance : 0.0;
    job->results[i] = (result){loss, is_correct(job, &s) ? 1.0 : 0.0};
    if (job->gradient.data) {
        write_gradient(job, &s);
    }
}

static void take_samples(const void *ctx, int64_t begin, int64_t end)
{
    for (int64_t i = begin; i < end; i++) {
        take_sample(ctx, i);
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    const gan_buffer *logits = gan_cpu_in(step, 0);
    const entropy_job job = {gan_floats_in(step, 0),
                             gan_floats_out(step, 0),
                             step->in[1],
                             logits->dims[3],
                             logits->dims[0],
                             step->op->attr.softmax_cross_entropy.label_smoothing,
                             step->scratch};
    double loss = 0.0, correct = 0.0;
    (void)err;
    gan_cpu_parallel(step->threads, job.samples, 1 + GRAIN / job.classes, take_samples, &job);
    for (int64_t i = 0; i < job.samples; i++) {
        loss += job.results[i].loss;
        correct += job.results[i].correct;
    }
    *(float *)step->out[1] = (float)(loss / (double)job.samples);
    *(float *)step->out[2] = (float)correct;
    return GAN_OK;
}

static gan_status prepare(gan_cpu_step *step, gan_error *err)
{
    (void)err;
    step->scratch_bytes = gan_cpu_in(step, 0)->dims[0] * (int64_t)sizeof(result);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_softmax_cross_entropy = {
    .in = {GAN_F32, GAN_I32}, .in_bf16 = 1, .out_bf16 = 1, .run = run, .prepare = prepare};
