/* reference_state.c — sources of a step, losses, and what keeps state. */
#include <math.h>

#include "base/permute.h"
#include "ops/reference_rows.h"
#include "program/loss_terms.h" /* the enum of losses alone */

void reference_gather(const gan_attr *attr, const reference_tensor *in, const reference_tensor *out)
{
    const gan_gather_attr *a = &attr->gather;
    const int64_t *d = out[0].dims;
    uint64_t step = (uint64_t)in[1].v[GAN_COUNTER_STEP], n = (uint64_t)a->n_images;
    for (int64_t i = 0; i < out[0].count; i++) {
        int64_t c = i % d[3], w = i / d[3] % d[2], h = i / d[3] / d[2] % d[1];
        uint64_t s = step * (uint64_t)d[0] + (uint64_t)(i / (d[1] * d[2] * d[3]));
        uint64_t image = gan_permute(s % n, n, a->seed, a->order_stream, s / n);
        gan_philox4 words = gan_philox(a->seed, a->flip_stream, 0, (uint32_t)(s / 4));
        bool mirrored = a->flip && (words.v[s % 4] & 0x80000000u) != 0;
        int64_t from = mirrored ? d[2] - 1 - w : w;
        double byte = in[0].v[(((int64_t)image * d[1] + h) * d[2] + from) * d[3] + c];
        out[0].v[i] = (byte - 127.5) / 127.5;
    }
}

/* Box and Muller: draws 2j and 2j + 1 are radius times cosine and sine. */
void reference_noise(const gan_attr *attr, const reference_tensor *in, const reference_tensor *out)
{
    uint64_t step = (uint64_t)in[0].v[GAN_COUNTER_STEP];
    for (int64_t i = 0; i < out[0].count; i++) {
        gan_philox4 words =
            gan_philox(attr->noise.seed, attr->noise.stream, step, (uint32_t)(i / 4));
        double u1 = (double)gan_unit_float(words.v[i % 4 / 2 * 2]);
        double u2 = (double)gan_unit_float(words.v[i % 4 / 2 * 2 + 1]);
        double angle = 8.0 * atan(1.0) * u2;
        out[0].v[i] = sqrt(-2.0 * log(u1)) * (i % 2 ? sin(angle) : cos(angle));
    }
}

static double logistic(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* What a loss gives one logit: D's real term, D's fake term, or G's. */
typedef struct term {
    double value, slope;
} term;

static term cross_entropy(double x, double label)
{
    term t = {fmax(x, 0.0) - x * label + log1p(exp(-fabs(x))),
              (1.0 - label) * logistic(x) - label * logistic(-x)};
    return t;
}

static term hinge(double x, double sign)
{
    double margin = 1.0 - sign * x;
    term t = {margin > 0.0 ? margin : margin * 0.0, margin > 0.0 ? -sign : 0.0};
    return t;
}

static term linear(double x, double sign)
{
    term t = {sign * x, sign};
    return t;
}

static term squared(double x, double label)
{
    term t = {(x - label) * (x - label), 2.0 * (x - label)};
    return t;
}

enum role { REAL, FAKE, GENERATOR };

static term term_of(const gan_loss_attr *a, enum role role, double x)
{
    switch (a->loss) {
    case GAN_LOSS_bce:
        return cross_entropy(x, role == REAL ? (double)a->real_label : role == FAKE ? 0.0 : 1.0);
    case GAN_LOSS_hinge:
        return role == GENERATOR ? linear(x, -1.0) : hinge(x, role == REAL ? 1.0 : -1.0);
    case GAN_LOSS_lsgan:
        return squared(x, role == FAKE ? 0.0 : 1.0);
    default:
        return linear(x, role == FAKE ? 1.0 : -1.0);
    }
}

/* Mean over the logits; gradient gets the mean's. */
static double mean_loss(const gan_loss_attr *a, enum role role, const reference_tensor *x,
                        const reference_tensor *gradient)
{
    double sum = 0.0;
    for (int64_t i = 0; i < x->count; i++) {
        term t = term_of(a, role, x->v[i]);
        sum += t.value;
        if (gradient->v) {
            gradient->v[i] = t.slope / (double)x->count;
        }
    }
    return sum / (double)x->count;
}

static double mean_logistic(const reference_tensor *x)
{
    double sum = 0.0;
    for (int64_t i = 0; i < x->count; i++) {
        sum += logistic(x->v[i]);
    }
    return sum / (double)x->count;
}

void reference_loss(const gan_attr *attr, const reference_tensor *in, const reference_tensor *out)
{
    const gan_loss_attr *a = &attr->loss;
    double *metrics = out[3].v;
    if (a->for_d) {
        metrics[0] = mean_loss(a, REAL, &in[0], &out[0]) + mean_loss(a, FAKE, &in[1], &out[1]);
        metrics[2] = mean_logistic(&in[0]);
        metrics[3] = mean_logistic(&in[1]);
    }
    if (a->for_g) {
        metrics[1] = mean_loss(a, GENERATOR, &in[1], &out[2]);
    }
    double floor = ldexp(1.0, -40) / (double)in[1].count;
    for (int64_t i = 0; i < in[1].count && a->shared; i++) {
        double g = out[1].v[i];
        out[1].v[i] = copysign(fabs(g) > floor ? fabs(g) : floor, g);
        out[2].v[i] /= out[1].v[i];
    }
}

void reference_norm(const gan_attr *attr, const reference_tensor *in, const reference_tensor *out)
{
    (void)attr;
    double sum = 0.0;
    for (int64_t i = 0; i < in[0].count; i++) {
        sum += in[0].v[i] * in[0].v[i];
    }
    out[0].v[0] = sqrt(sum);
}

void reference_guard(const gan_attr *attr, const reference_tensor *in, const reference_tensor *out)
{
    (void)attr;
    bool finite = true;
    for (int k = 0; k < 3; k++) {
        for (int64_t i = 0; i < in[k].count && in[k].v; i++) {
            finite = finite && isfinite(in[k].v[i]);
        }
    }
    if (out[0].v[0] == 0.0 && !finite) {
        out[0].v[0] = 1.0;
        out[0].v[1] = fmod(in[3].v[GAN_COUNTER_STEP], 2147483648.0);
    }
}

void reference_stat_update(const gan_attr *attr, const reference_tensor *in,
                           const reference_tensor *out)
{
    const gan_stat_update_attr *a = &attr->stat_update;
    if (in[1].v[0] != 0.0) {
        return;
    }
    for (int k = 0; k < a->n_segments; k++) {
        const gan_stat_segment *s = &a->segments[k];
        double momentum = (double)s->momentum;
        for (int64_t i = s->offset; i < s->offset + s->count; i++) {
            out[0].v[i] =
                momentum * out[0].v[i] + (1.0 - momentum) * (double)s->factor * in[0].v[i];
        }
    }
}

static void adam_element(const gan_adam *adam, double lr, double t, double g, double *p, double *m,
                         double *v)
{
    double left1 = 1.0 - pow(adam->beta1, t), left2 = 1.0 - pow(adam->beta2, t);
    *m += (1.0 - adam->beta1) * (g - *m);
    *v += (1.0 - adam->beta2) * (g * g - *v);
    if (adam->epsilon_inside) {
        *p -= lr / left1 * *m / (sqrt(*v) / sqrt(left2) + adam->epsilon);
    } else {
        *p -= lr * sqrt(left2) / left1 * *m / (sqrt(*v) + adam->epsilon);
    }
}

void reference_adam(const gan_attr *attr, const reference_tensor *in, const reference_tensor *out)
{
    for (int k = 0; k < attr->adam.n_segments && in[4].v[0] == 0.0; k++) {
        const gan_adam_segment *s = &attr->adam.segments[k];
        const reference_tensor *state = &out[3 * k];
        for (int64_t i = 0; i < s->count; i++) {
            adam_element(&s->adam, in[2].v[s->rate], in[3].v[s->counter] + 1.0, in[k].v[i],
                         &state[0].v[i], &state[1].v[i], &state[2].v[i]);
        }
    }
}

void reference_ema(const gan_attr *attr, const reference_tensor *in, const reference_tensor *out)
{
    (void)attr;
    double d = in[1].v[GAN_RATE_EMA];
    if (in[3].v) {
        const double t = in[3].v[GAN_COUNTER_T_G] + 1.0;
        d = fmin(d, (1.0 + t) / (10.0 + t));
    }
    for (int64_t i = 0; i < in[0].count && in[2].v[0] == 0.0; i++) {
        out[0].v[i] = d * out[0].v[i] + (1.0 - d) * in[0].v[i];
    }
}

void reference_report(const gan_attr *attr, const reference_tensor *in, const reference_tensor *out)
{
    int64_t step = (int64_t)out[0].v[GAN_COUNTER_STEP];
    double *row = out[1].v + step % attr->report.rows * GAN_METRIC_COUNT;
    for (int i = 0; i < 4; i++) {
        row[i] = in[0].v[i];
    }
    row[GAN_METRIC_NORM_G] = in[1].v ? in[1].v[0] : 0.0;
    row[GAN_METRIC_NORM_D] = in[2].v ? in[2].v[0] : 0.0;
    for (int i = 0; i < GAN_COUNTER_COUNT && in[3].v[0] == 0.0; i++) {
        out[0].v[i] += 1.0;
    }
}
