/* normalize.c — normalization of each sample over a set of axes, its backward pass and that one's,
 * set by set from the formulas of ops.def. */
#include <math.h>

#include "reference/call.h"

/* One set: elements at first + p * channels + c, c below width. */
typedef struct set_of {
    int64_t first, positions, width, channels;
} set_of;

static int64_t place(const set_of *s, int64_t e)
{
    return s->first + e / s->width * s->channels + e % s->width;
}

static double get(const set_of *s, const double *x, int64_t e)
{
    return x ? x[place(s, e)] : 0.0;
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

/* The same of what is added up for each of them (M of reference.h). */
typedef struct sizes {
    double mean, a, g, ya, yg, ag;
} sizes;

static double mean_size_of(const set_of *s, const double *a, const double *b)
{
    const int64_t n = s->positions * s->width;
    double sum = 0.0;
    for (int64_t e = 0; e < n; e++) {
        sum += fabs(get(s, a, e) * (b ? get(s, b, e) : 1.0));
    }
    return sum / (double)n;
}

/* The mean over the set of |a|, each times the size of what x - mean is the difference of. */
static double weigh_product(const set_of *s, const double *x, double mean, const double *a)
{
    return mean_size_of(s, x, a) + mean * mean_size_of(s, a, NULL);
}

static sizes weigh(const set_of *s, const gan_reference_call *call, double r)
{
    const bool centred = call->attr->normalize.centred;
    const double *x = call->in[0].v, *a = call->in[1].v, *g = call->in[2].v;
    sizes z = {.mean = centred ? mean_size_of(s, x, NULL) : 0.0};
    z.a = centred ? mean_size_of(s, a, NULL) : 0.0;
    z.g = centred ? mean_size_of(s, g, NULL) : 0.0;
    z.ya = r * weigh_product(s, x, z.mean, a);
    z.yg = r * weigh_product(s, x, z.mean, g);
    z.ag = mean_size_of(s, a, g) + z.a * z.g + z.ya * z.yg;
    return z;
}

/* M of an element of the result: each factor's size times the others. */
static double size_of_element(const set_of *s, const gan_reference_call *call, const moments *m,
                              const sizes *z, int64_t e)
{
    const double of_x = m->r * (fabs(get(s, call->in[0].v, e)) + z->mean);
    const double *in_a = call->in[1].v, *in_g = call->in[2].v;
    const double a = get(s, in_a, e), g = get(s, in_g, e);
    const double y = (get(s, call->in[0].v, e) - m->mean) * m->r;
    const double of_a = fabs(a) + z->a + fabs(y) * z->ya + of_x * fabs(m->ya);
    const double of_g = fabs(g) + z->g + fabs(y) * z->yg + of_x * fabs(m->yg);
    if (!in_a) {
        return of_x;
    }
    if (!in_g) {
        return m->r * of_a;
    }
    const double k = m->ag - m->a * m->g - m->ya * m->yg;
    return m->r * m->r *
           (z->ag * fabs(y) + fabs(k) * of_x + fabs(m->ya) * of_g + fabs(m->yg) * of_a +
            z->ya * fabs(g - m->g - y * m->yg) + z->yg * fabs(a - m->a - y * m->ya));
}

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
    if (call->weight[0]) {
        const sizes z = weigh(&s, call, m.r);
        for (int64_t e = 0; e < positions * width; e++) {
            call->weight[0][place(&s, e)] = size_of_element(&s, call, &m, &z, e);
        }
    }
    for (int64_t e = 0; e < positions * width; e++) {
        const double y = (get(&s, x, e) - m.mean) * m.r;
        const double of_a = get(&s, a, e) - m.a - y * m.ya, of_g = get(&s, g, e) - m.g - y * m.yg;
        double *out = &call->out[0].v[place(&s, e)];
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

const gan_reference_row gan_reference_normalize = {.run = run, .weighted = 1};
