/* normalize.c — normalization of each sample over a set of axes, its backward pass and that one's,
 * set by set from the formulas of ops.def. */
#include <math.h>

#include "reference/call.h"

/* One set: elements at first + p * channels + c, c below width. */
typedef struct set_of {
    int64_t first, positions, width, channels;
} set_of;

static double get(const set_of *s, const double *x, int64_t e)
{
    return x ? x[s->first + e / s->width * s->channels + e % s->width] : 0.0;
}

/* The mean over the set of a b. */
static double mean_of(const set_of *s, const double *a, const double *b)
{
    const int64_t n = s->positions * s->width;
    double sum = 0.0;
    for (int64_t e = 0; e < n; e++) {
        sum += get(s, a, e) * (b ? get(s, b, e) : 1.0);
    }
    return sum / (double)n;
}

typedef struct moments {
    double mean, r; /* 1 / deviation */
    double a, g;    /* means of the two, 0 where x keeps its mean */
    double ya, yg;  /* of their products with the result */
    double ag;
} moments;

static moments measure(const set_of *s, const gan_reference_call *call)
{
    const gan_normalize_attr *attr = &call->attr->normalize;
    const double *x = call->in[0].v, *a = call->in[1].v, *g = call->in[2].v;
    const int64_t n = s->positions * s->width;
    moments m = {.mean = attr->centred ? mean_of(s, x, NULL) : 0.0};
    double square = 0.0, xa = 0.0, xg = 0.0;
    for (int64_t e = 0; e < n; e++) {
        const double d = get(s, x, e) - m.mean;
        square += d * d;
        xa += d * get(s, a, e);
        xg += d * get(s, g, e);
    }
    m.r = 1.0 / sqrt(square / (double)n + (double)attr->epsilon);
    m.a = attr->centred && a ? mean_of(s, a, NULL) : 0.0;
    m.g = attr->centred && g ? mean_of(s, g, NULL) : 0.0;
    m.ya = m.r * xa / (double)n;
    m.yg = m.r * xg / (double)n;
    m.ag = a && g ? mean_of(s, a, g) : 0.0;
    return m;
}

static void do_set(const void *ctx, int64_t item)
{
    const gan_reference_call *call = ctx;
    const gan_normalize_attr *attr = &call->attr->normalize;
    const int64_t *d = call->in[0].dims, positions = attr->per_position ? 1 : d[1] * d[2];
    const int64_t row = item / attr->groups, group = item % attr->groups;
    const int64_t width = d[3] / attr->groups;
    const set_of s = {row * positions * d[3] + group * width, positions, width, d[3]};
    const double *x = call->in[0].v, *a = call->in[1].v, *g = call->in[2].v;
    const moments m = measure(&s, call);
    for (int64_t e = 0; e < positions * width; e++) {
        const double y = (get(&s, x, e) - m.mean) * m.r;
        const double of_a = get(&s, a, e) - m.a - y * m.ya, of_g = get(&s, g, e) - m.g - y * m.yg;
        double *out = &call->out[0].v[s.first + e / width * d[3] + e % width];
        if (g) {
            const double k = m.ag - m.a * m.g - m.ya * m.yg;
            *out = -m.r * m.r * (k * y + m.ya * of_g + m.yg * of_a);
        } else {
            *out = a ? m.r * of_a : y;
        }
    }
}

static void run(const gan_reference_call *call)
{
    const gan_normalize_attr *attr = &call->attr->normalize;
    const int64_t *d = call->in[0].dims;
    const int64_t rows = d[0] * (attr->per_position ? d[1] * d[2] : 1);
    gan_reference_parallel(call->threads, rows * attr->groups, do_set, call);
}

const gan_reference_row gan_reference_normalize = {.run = run};
