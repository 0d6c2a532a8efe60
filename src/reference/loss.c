/* loss.c — both losses and the gradients of the logits. */
#include <math.h>

#include "program/loss_terms.h" /* the enums alone */
#include "reference/call.h"

static double logistic(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* What a loss gives one logit. */
typedef struct term {
    double value, slope;
    double slope_size; /* of the terms that the slope is a sum of */
} term;

/* max(x,0) - x label + log(1 + e^-|x|); its slope keeps its digits at both ends, which PyTorch's,
 * logistic(x) - label, does not. */
static term cross_entropy(double x, double label)
{
    const term t = {fmax(x, 0.0) - x * label + log1p(exp(-fabs(x))),
                    (1.0 - label) * logistic(x) - label * logistic(-x), logistic(x) + label};
    return t;
}

static term hinge(double x, double sign)
{
    const double margin = 1.0 - sign * x;
    const term t = {margin > 0.0 ? margin : margin * 0.0, margin > 0.0 ? -sign : 0.0, 0.0};
    return t;
}

static term linear(double x, double sign)
{
    const term t = {sign * x, sign, 0.0};
    return t;
}

static term squared(double x, double label)
{
    const term t = {(x - label) * (x - label), 2.0 * (x - label), 0.0};
    return t;
}

static term term_of(const gan_loss_attr *a, enum gan_loss_role role, double x)
{
    const bool fake = role == GAN_ROLE_FAKE;
    const double label = fake ? 0.0 : role == GAN_ROLE_REAL ? (double)a->real_label : 1.0;
    switch (a->loss) {
    case GAN_LOSS_bce:
        return cross_entropy(x, label);
    case GAN_LOSS_hinge:
        return role == GAN_ROLE_GENERATOR ? linear(x, -1.0) : hinge(x, fake ? -1.0 : 1.0);
    case GAN_LOSS_lsgan:
        return squared(x, label);
    default:
        return linear(x, fake ? 1.0 : -1.0);
    }
}

/* Means over the logits: of the terms, of their sizes, of the logistic function. */
typedef struct means {
    double value, size, logistic;
} means;

/* gradient gets that of the mean of the terms, weight the sizes that it is a sum of. */
static means mean_of(const gan_loss_attr *a, enum gan_loss_role role, const gan_reference_tensor *x,
                     double *gradient, double *weight)
{
    const double n = (double)x->count;
    means m = {0.0, 0.0, 0.0};
    for (int64_t i = 0; i < x->count; i++) {
        const term t = term_of(a, role, x->v[i]);
        m.value += t.value;
        m.size += fabs(t.value);
        m.logistic += logistic(x->v[i]);
        if (gradient) {
            gradient[i] = t.slope / n;
        }
        if (weight) {
            weight[i] = t.slope_size / n;
        }
    }
    return (means){m.value / n, m.size / n, m.logistic / n};
}

static void weigh(const gan_reference_call *call, int metric, double size)
{
    if (call->weight[3]) {
        call->weight[3][metric] = size;
    }
}

static void run(const gan_reference_call *call)
{
    const gan_loss_attr *a = &call->attr->loss;
    const gan_reference_tensor *real = &call->in[0], *fake = &call->in[1];
    double *dfake = call->out[1].v, *gfake = call->out[2].v, *metrics = call->out[3].v;
    if (a->for_d) {
        const means r = mean_of(a, GAN_ROLE_REAL, real, call->out[0].v, call->weight[0]);
        const means f = mean_of(a, GAN_ROLE_FAKE, fake, dfake, call->weight[1]);
        metrics[GAN_METRIC_LOSS_D] = r.value + f.value;
        metrics[GAN_METRIC_D_REAL] = r.logistic;
        metrics[GAN_METRIC_D_FAKE] = f.logistic;
        weigh(call, GAN_METRIC_LOSS_D, r.size + f.size);
    }
    if (a->for_g) {
        const means g = mean_of(a, GAN_ROLE_GENERATOR, fake, gfake, call->weight[2]);
        metrics[GAN_METRIC_LOSS_G] = g.value;
        weigh(call, GAN_METRIC_LOSS_G, g.size);
    }
    const double floor = ldexp(1.0, -40) / (double)fake->count;
    for (int64_t i = 0; i < fake->count && a->shared; i++) {
        const double g = dfake[i];
        dfake[i] = copysign(fabs(g) > floor ? fabs(g) : floor, g);
        gfake[i] /= dfake[i];
        if (call->weight[2]) {
            call->weight[2][i] /= fabs(dfake[i]);
        }
    }
}

const gan_reference_row gan_reference_loss = {.run = run, .weighted = 15};
