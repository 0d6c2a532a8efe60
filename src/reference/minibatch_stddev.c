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

static double mean_size_of(const grouping *p, const double *x, int64_t m, int64_t e)
{
    double sum = 0.0;
    for (int64_t g = 0; g < p->members; g++) {
        sum += fabs(x[(g * p->n_groups + m) * p->length + e]);
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

/* What an error of fp32 in x - mean, the difference of such sizes, makes of the deviation: the sum
 * of |x - mean| times that size, over members times deviation (M of reference.h). */
static double size_of_deviation(const grouping *p, const double *x, int64_t m, int64_t e, double s)
{
    const double mean = mean_of(p, x, m, e), of_mean = mean_size_of(p, x, m, e);
    double sum = 0.0;
    for (int64_t g = 0; g < p->members; g++) {
        const double one = x[(g * p->n_groups + m) * p->length + e];
        sum += fabs(one - mean) * (fabs(one) + of_mean);
    }
    return sum / ((double)p->members * s);
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
        const double share = (double)features / (double)p.length;
        double sum = 0.0, size = 0.0;
        for (int64_t e = 0; e < p.length; e++) {
            const double s = is_of(call, e, f) ? deviation_of(&p, x, m, e) : 0.0;
            sum += s;
            size += s > 0.0 && call->weight[0] ? s + size_of_deviation(&p, x, m, e, s) : 0.0;
        }
        for (int64_t g = 0; g < p.members; g++) {
            const int64_t row = (g * p.n_groups + m) * p.length / c;
            for (int64_t at = row; at < row + p.length / c; at++) {
                call->out[0].v[at * (c + features) + c + f] = sum * share;
                if (call->weight[0]) {
                    call->weight[0][at * (c + features) + c + f] = size * share;
                }
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

/* Of a feature's gradients over a group, and of their sizes. */
typedef struct sum_of {
    double sum, size;
} sum_of;

/* Element e of each member's gradient. */
static void back_of(const gan_reference_call *call, const grouping *p, int64_t m, int64_t e,
                    sum_of dy_f)
{
    const int64_t c = call->in[0].dims[3], features = call->attr->minibatch_stddev.features;
    const double *x = call->in[0].v, *dy = call->in[1].v;
    const double mean = mean_of(p, x, m, e), s = deviation_of(p, x, m, e);
    const double of_mean = mean_size_of(p, x, m, e), of_s = size_of_deviation(p, x, m, e, s) / s;
    for (int64_t g = 0; g < p->members; g++) {
        const int64_t at = (g * p->n_groups + m) * p->length + e;
        const double own = dy[at / c * (c + features) + at % c], d = x[at] - mean;
        call->out[0].v[at] = own + dy_f.sum * d / s;
        if (call->weight[0]) {
            call->weight[0][at] = fabs(own) + dy_f.size * fabs(d) / s +
                                  fabs(dy_f.sum) * (fabs(x[at]) + of_mean + fabs(d) * of_s) / s;
        }
    }
}

static void do_group_back(const void *ctx, int64_t m)
{
    const gan_reference_call *call = ctx;
    const grouping p = grouping_of(call);
    const int64_t c = call->in[0].dims[3], features = call->attr->minibatch_stddev.features;
    const double *dy = call->in[1].v;
    const double share = (double)features / ((double)p.length * (double)p.members);
    for (int64_t f = 0; f < features; f++) {
        double sum = 0.0, size = 0.0;
        for (int64_t g = 0; g < p.members; g++) {
            const int64_t row = (g * p.n_groups + m) * p.length / c;
            for (int64_t at = row; at < row + p.length / c; at++) {
                sum += dy[at * (c + features) + c + f];
                size += fabs(dy[at * (c + features) + c + f]);
            }
        }
        for (int64_t e = 0; e < p.length; e++) {
            if (is_of(call, e, f)) {
                back_of(call, &p, m, e, (sum_of){sum * share, size * share});
            }
        }
    }
}

static void run_back(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, grouping_of(call).n_groups, do_group_back, call);
}

const gan_reference_row gan_reference_minibatch_stddev = {.run = run, .weighted = 1};
const gan_reference_row gan_reference_minibatch_stddev_bwd = {.run = run_back, .weighted = 1};
