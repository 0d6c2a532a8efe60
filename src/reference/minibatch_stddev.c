/* minibatch_stddev.c — a sample's map with how much its group of samples differs, and its gradient.
 */
#include <math.h>

#include "reference/call.h"

/* Element e of a sample of a group, member g: samples m, m + n_groups, m + 2 n_groups, ... are one.
 */
typedef struct grouping {
    int64_t members, n_groups, length; /* of a sample: elements */
    double epsilon;
} grouping;

static grouping grouping_of(const gan_reference_call *call)
{
    const gan_minibatch_stddev_attr *a = &call->attr->minibatch_stddev;
    const int64_t *d = call->in[0].dims;
    return (grouping){a->group, d[0] / a->group, d[1] * d[2] * d[3], (double)a->epsilon};
}

static double mean_of(const grouping *p, const double *x, int64_t m, int64_t e)
{
    double sum = 0.0;
    for (int64_t g = 0; g < p->members; g++) {
        sum += x[(g * p->n_groups + m) * p->length + e];
    }
    return sum / (double)p->members;
}

static double deviation_of(const grouping *p, const double *x, int64_t m, int64_t e)
{
    const double mean = mean_of(p, x, m, e);
    double sum = 0.0;
    for (int64_t g = 0; g < p->members; g++) {
        const double d = x[(g * p->n_groups + m) * p->length + e] - mean;
        sum += d * d;
    }
    return sqrt(sum / (double)p->members + p->epsilon);
}

/* Whether element e of a sample belongs to feature f: its channel is in the f-th part of them. */
static bool is_of(const gan_reference_call *call, int64_t e, int64_t f)
{
    const int64_t channels = call->in[0].dims[3];
    return e % channels / (channels / call->attr->minibatch_stddev.features) == f;
}

static void do_group(const void *ctx, int64_t m)
{
    const gan_reference_call *call = ctx;
    const grouping p = grouping_of(call);
    const int64_t c = call->in[0].dims[3], features = call->attr->minibatch_stddev.features;
    const double *x = call->in[0].v;
    for (int64_t f = 0; f < features; f++) {
        double sum = 0.0;
        for (int64_t e = 0; e < p.length; e++) {
            sum += is_of(call, e, f) ? deviation_of(&p, x, m, e) : 0.0;
        }
        for (int64_t g = 0; g < p.members; g++) {
            const int64_t row = (g * p.n_groups + m) * p.length / c;
            for (int64_t at = row; at < row + p.length / c; at++) {
                call->out[0].v[at * (c + features) + c + f] =
                    sum * (double)features / (double)p.length;
            }
        }
    }
    for (int64_t g = 0; g < p.members; g++) {
        for (int64_t e = 0; e < p.length; e++) {
            const int64_t at = (g * p.n_groups + m) * p.length + e;
            call->out[0].v[at / c * (c + features) + at % c] = x[at];
        }
    }
}

static void run(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, grouping_of(call).n_groups, do_group, call);
}

static void do_group_back(const void *ctx, int64_t m)
{
    const gan_reference_call *call = ctx;
    const grouping p = grouping_of(call);
    const int64_t c = call->in[0].dims[3], features = call->attr->minibatch_stddev.features;
    const double *x = call->in[0].v, *dy = call->in[1].v;
    for (int64_t f = 0; f < features; f++) {
        double sum = 0.0;
        for (int64_t g = 0; g < p.members; g++) {
            const int64_t row = (g * p.n_groups + m) * p.length / c;
            for (int64_t at = row; at < row + p.length / c; at++) {
                sum += dy[at * (c + features) + c + f];
            }
        }
        for (int64_t e = 0; e < p.length; e++) {
            const double mean = mean_of(&p, x, m, e), s = deviation_of(&p, x, m, e);
            for (int64_t g = 0; is_of(call, e, f) && g < p.members; g++) {
                const int64_t at = (g * p.n_groups + m) * p.length + e;
                call->out[0].v[at] = dy[at / c * (c + features) + at % c] +
                                     sum * (double)features / (double)p.length * (x[at] - mean) /
                                         ((double)p.members * s);
            }
        }
    }
}

static void run_back(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, grouping_of(call).n_groups, do_group_back, call);
}

const gan_reference_row gan_reference_minibatch_stddev = {.run = run};
const gan_reference_row gan_reference_minibatch_stddev_bwd = {.run = run_back};
