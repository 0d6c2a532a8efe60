/* minibatch_stddev.c — a sample's map with how much its group of samples differs, and its gradient.
 *
 * A group's samples are m, m + n_groups, m + 2 n_groups, ... (StyleGAN2's order). A group is one
 * thread's: the map is small where networks ask for this. */
#include <assert.h>
#include <math.h>

#include "cpu/floats.h"
#include "cpu/parallel.h"

typedef struct stddev_job {
    gan_floats x, dy, y; /* y: dx of the backward pass */
    int64_t members, n_groups, positions, channels, features;
    float epsilon;
} stddev_job;

/* Where channel c at position p of member g of group m lies in a tensor of so many channels. */
static int64_t place_of(const stddev_job *job, int64_t m, int64_t g, int64_t p, int64_t channels,
                        int64_t c)
{
    return ((g * job->n_groups + m) * job->positions + p) * channels + c;
}

/* A mean, in two floats: where samples are nearly alike, rounding it to one would move all their
 * distances from it the same way, and a sum of their gradients with them. */
typedef struct middle {
    float mean, rest;
} middle;

static float from_middle(float x, middle of)
{
    return (x - of.mean) - of.rest;
}

/* Mean and deviation across a group of one element of its samples. */
static float deviation_of(const stddev_job *job, int64_t m, int64_t p, int64_t c, middle *of)
{
    const float n = (float)job->members;
    float sum = 0.0f, rest = 0.0f, square = 0.0f;
    for (int64_t g = 0; g < job->members; g++) {
        sum += gan_floats_get(job->x, place_of(job, m, g, p, job->channels, c));
    }
    of->mean = sum / n;
    for (int64_t g = 0; g < job->members; g++) {
        rest += gan_floats_get(job->x, place_of(job, m, g, p, job->channels, c)) - of->mean;
    }
    of->rest = rest / n;
    for (int64_t g = 0; g < job->members; g++) {
        const float x = gan_floats_get(job->x, place_of(job, m, g, p, job->channels, c));
        const float d = from_middle(x, *of);
        square += d * d;
    }
    return sqrtf(square / n + job->epsilon);
}

static void write_feature(const stddev_job *job, int64_t m, int64_t f)
{
    const int64_t width = job->channels / job->features, all = job->channels + job->features;
    double sum = 0.0;
    for (int64_t p = 0; p < job->positions; p++) {
        for (int64_t c = f * width; c < (f + 1) * width; c++) {
            middle unused;
            sum += (double)deviation_of(job, m, p, c, &unused);
        }
    }
    const float value = (float)(sum / (double)(job->positions * width));
    for (int64_t g = 0; g < job->members; g++) {
        for (int64_t p = 0; p < job->positions; p++) {
            gan_floats_set(job->y, place_of(job, m, g, p, all, job->channels + f), value);
        }
    }
}

static void do_groups(const void *ctx, int64_t begin, int64_t end)
{
    const stddev_job *job = ctx;
    const int64_t all = job->channels + job->features;
    for (int64_t m = begin; m < end; m++) {
        for (int64_t f = 0; f < job->features; f++) {
            write_feature(job, m, f);
        }
        for (int64_t g = 0; g < job->members; g++) {
            for (int64_t p = 0; p < job->positions; p++) {
                for (int64_t c = 0; c < job->channels; c++) {
                    gan_floats_set(
                        job->y, place_of(job, m, g, p, all, c),
                        gan_floats_get(job->x, place_of(job, m, g, p, job->channels, c)));
                }
            }
        }
    }
}

/* The gradient of a group's value f: the sum over its samples and their positions. */
static double gradient_of(const stddev_job *job, int64_t m, int64_t f)
{
    const int64_t all = job->channels + job->features;
    double sum = 0.0;
    for (int64_t g = 0; g < job->members; g++) {
        for (int64_t p = 0; p < job->positions; p++) {
            sum += (double)gan_floats_get(job->dy, place_of(job, m, g, p, all, job->channels + f));
        }
    }
    return sum;
}

static void do_groups_back(const void *ctx, int64_t begin, int64_t end)
{
    const stddev_job *job = ctx;
    const int64_t width = job->channels / job->features, all = job->channels + job->features;
    const int64_t n_of_value = job->positions * width * job->members;
    for (int64_t m = begin; m < end; m++) {
        for (int64_t f = 0; f < job->features; f++) {
            const float share = (float)(gradient_of(job, m, f) / (double)n_of_value);
            for (int64_t i = 0; i < job->positions * width; i++) {
                const int64_t p = i / width, c = f * width + i % width;
                middle of;
                const float s = deviation_of(job, m, p, c, &of);
                for (int64_t g = 0; g < job->members; g++) {
                    const int64_t at = place_of(job, m, g, p, job->channels, c);
                    const float dy = gan_floats_get(job->dy, place_of(job, m, g, p, all, c));
                    gan_floats_set(job->y, at,
                                   dy + share * from_middle(gan_floats_get(job->x, at), of) / s);
                }
            }
        }
    }
}

static stddev_job job_of(const gan_cpu_step *step)
{
    const gan_minibatch_stddev_attr *a = &step->op->attr.minibatch_stddev;
    const gan_buffer *x = gan_cpu_in(step, 0);
    assert(x);
    const int64_t *d = x->dims;
    return (stddev_job){.x = gan_floats_in(step, 0),
                        .y = gan_floats_out(step, 0),
                        .members = a->group,
                        .n_groups = d[0] / a->group,
                        .positions = d[1] * d[2],
                        .channels = d[3],
                        .features = a->features,
                        .epsilon = a->epsilon};
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const stddev_job job = job_of(step);
    gan_cpu_parallel(step->threads, job.n_groups, 1, do_groups, &job);
    return GAN_OK;
}

static gan_status run_back(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    stddev_job job = job_of(step);
    job.dy = gan_floats_in(step, 1);
    gan_cpu_parallel(step->threads, job.n_groups, 1, do_groups_back, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_minibatch_stddev = {.in_bf16 = 1, .out_bf16 = 1, .run = run};
const gan_cpu_op gan_cpu_op_minibatch_stddev_bwd = {.in_bf16 = 3, .out_bf16 = 1, .run = run_back};
