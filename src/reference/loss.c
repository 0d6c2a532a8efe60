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
    double bend, most; /* the slope's change as a share of x's, and the most that it changes by */
} term;

/* max(x,0) - x label + log(1 + e^-|x|); its slope keeps its digits at both ends, which PyTorch's,
 * logistic(x) - label, does not. */
static term cross_entropy(double x, double label)
{
    const term t = {fmax(x, 0.0) - x * label + log1p(exp(-fabs(x))),
                    (1.0 - label) * logistic(x) - label * logistic(-x), logistic(x) + label, 0.25,
                    0.25};
    return t;
}

static term hinge(double x, double sign)
{
    const double margin = 1.0 - sign * x;
    const term t = {margin > 0.0 ? margin : margin * 0.0, margin > 0.0 ? -sign : 0.0, 0.0, 0.0,
                    0.0};
    return t;
}

static term linear(double x, double sign)
{
    const term t = {sign * x, sign, 0.0, 0.0, 0.0};
    return t;
}

static term squared(double x, double label)
{
    const term t = {(x - label) * (x - label), 2.0 * (x - label), 0.0, 2.0, INFINITY};
    return t;
}

/* What a loss is of a number x that its coupling makes (loss_terms.h): a function of its own for
 * each row of losses.def. */
typedef term loss_function(enum gan_loss_role role, double x, double real_label);

static term of_bce(enum gan_loss_role role, double x, double real_label)
{
    return cross_entropy(x, role == GAN_ROLE_FAKE ? 0.0 : role == GAN_ROLE_REAL ? real_label : 1.0);
}

/* 1 - sigmoid(f) is a fake's share of D's loss, which G makes small. */
static term of_bce_saturating(enum gan_loss_role role, double x, double real_label)
{
    const term d = cross_entropy(x, role == GAN_ROLE_REAL ? real_label : 0.0);
    return role == GAN_ROLE_GENERATOR ? (term){-d.value, -d.slope, d.slope_size, d.bend, d.most}
                                      : d;
}

static term of_hinge(enum gan_loss_role role, double x, double real_label)
{
    (void)real_label;
    return role == GAN_ROLE_GENERATOR ? linear(x, -1.0)
                                      : hinge(x, role == GAN_ROLE_FAKE ? -1.0 : 1.0);
}

static term of_lsgan(enum gan_loss_role role, double x, double real_label)
{
    return squared(x, role == GAN_ROLE_FAKE ? 0.0 : role == GAN_ROLE_REAL ? real_label : 1.0);
}

static term of_wasserstein(enum gan_loss_role role, double x, double real_label)
{
    (void)real_label;
    return linear(x, role == GAN_ROLE_FAKE ? 1.0 : -1.0);
}

/* D's term is softplus(-(r - f)), G's softplus(r - f). */
static term of_relativistic(enum gan_loss_role role, double x, double real_label)
{
    (void)real_label;
    return cross_entropy(x, role == GAN_ROLE_REAL ? 1.0 : 0.0);
}

static term of_relativistic_lsgan(enum gan_loss_role role, double x, double real_label)
{
    (void)real_label;
    return squared(x, role == GAN_ROLE_REAL ? 1.0 : -1.0);
}

static term of_relativistic_hinge(enum gan_loss_role role, double x, double real_label)
{
    (void)real_label;
    return hinge(x, role == GAN_ROLE_REAL ? 1.0 : -1.0);
}

/* +1 for what a network lifts above the other side's mean, -1 for what it pushes below: D the real
 * logits and the fake ones, G the reverse. */
static double lifted(enum gan_loss_role role)
{
    switch (role) {
    case GAN_ROLE_REAL:
    case GAN_ROLE_GENERATOR:
        return 1.0;
    case GAN_ROLE_FAKE:
    case GAN_ROLE_GENERATOR_REAL:
        return -1.0;
    }
    return 0.0;
}

static term of_relativistic_average(enum gan_loss_role role, double x, double real_label)
{
    (void)real_label;
    return cross_entropy(x, lifted(role) > 0.0 ? 1.0 : 0.0);
}

static term of_relativistic_average_lsgan(enum gan_loss_role role, double x, double real_label)
{
    (void)real_label;
    return squared(x, lifted(role));
}

static term of_relativistic_average_hinge(enum gan_loss_role role, double x, double real_label)
{
    (void)real_label;
    return hinge(x, lifted(role));
}

static const struct {
    loss_function *of;
    enum gan_loss_coupling coupling;
} losses[GAN_LOSS_COUNT] = {
#define GAN_LOSS(name, coupling, shared, labels, source)                                           \
    [GAN_LOSS_##name] = {of_##name, GAN_LOSS_##coupling},
#include "program/losses.def"
#undef GAN_LOSS
};

static double mean(const gan_reference_tensor *x)
{
    double sum = 0.0;
    for (int64_t i = 0; i < x->count; i++) {
        sum += x->v[i];
    }
    return sum / (double)x->count;
}

static double mean_logistic(const gan_reference_tensor *x)
{
    double sum = 0.0;
    for (int64_t i = 0; i < x->count; i++) {
        sum += logistic(x->v[i]);
    }
    return sum / (double)x->count;
}

/* A mean over terms, and that of their sizes. */
typedef struct means {
    double value, size;
} means;

static void add(means *m, double value, double weight)
{
    m->value += weight * value;
    m->size += weight * fabs(value);
}

/* Gradients of logits, and the sizes of what each is a sum of; either may be NULL. */
typedef struct slopes {
    double *v, *size;
} slopes;

static slopes slopes_of(const gan_reference_call *call, int output)
{
    return (slopes){call->out[output].v, call->weight[output]};
}

static void add_slope(slopes to, int64_t i, double slope, double size)
{
    if (to.v) {
        to.v[i] += slope;
    }
    if (to.size) {
        to.size[i] += size;
    }
}

static void clear(slopes of, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (of.v) {
            of.v[i] = 0.0;
        }
        if (of.size) {
            of.size[i] = 0.0;
        }
    }
}

/* What rounding x = a - b adds to the size of a slope there. */
static double rounded(term t, double a, double b)
{
    return fmin(t.bend * (fabs(a) + fabs(b)), t.most);
}

/* Adds weight times the mean, over the logits x, of the terms at x[i] less the mean of `other`
 * (NULL: less 0), to *m, and its gradient to those of both sides. */
static void add_side(const gan_reference_call *call, enum gan_loss_role role,
                     const gan_reference_tensor *x, const gan_reference_tensor *other,
                     double weight, slopes dx, slopes dother, means *m)
{
    const gan_loss_attr *a = &call->attr->loss;
    const double n = (double)x->count, less = other ? mean(other) : 0.0;
    for (int64_t i = 0; i < x->count; i++) {
        const term t = losses[a->loss].of(role, x->v[i] - less, (double)a->real_label);
        const double slope = weight * t.slope / n;
        const double size = weight * (t.slope_size + (other ? rounded(t, x->v[i], less) : 0.0)) / n;
        add(m, t.value, weight / n);
        m->size += other ? fabs(slope * (x->v[i] - less)) : 0.0;
        add_slope(dx, i, slope, size);
        for (int64_t k = 0; other && k < other->count; k++) {
            add_slope(dother, k, -slope / (double)other->count, size / (double)other->count);
        }
    }
}

static void add_pairs(const gan_reference_call *call, enum gan_loss_role role, slopes dreal,
                      slopes dfake, means *m)
{
    const gan_loss_attr *a = &call->attr->loss;
    const gan_reference_tensor *real = &call->in[0], *fake = &call->in[1];
    const double n = (double)fake->count;
    for (int64_t i = 0; i < fake->count; i++) {
        const double x = real->v[i] - fake->v[i];
        const term t = losses[a->loss].of(role, x, (double)a->real_label);
        const double slope = t.slope / n,
                     size = (t.slope_size + rounded(t, real->v[i], fake->v[i])) / n;
        add(m, t.value, 1.0 / n);
        m->size += fabs(slope * x);
        add_slope(dreal, i, slope, size);
        add_slope(dfake, i, -slope, size);
    }
}

static means loss_of_d(const gan_reference_call *call)
{
    const gan_reference_tensor *real = &call->in[0], *fake = &call->in[1];
    const slopes none = {NULL, NULL}, dreal = slopes_of(call, 0), dfake = slopes_of(call, 1);
    means m = {0.0, 0.0};
    clear(dreal, real->count);
    clear(dfake, fake->count);
    switch (losses[call->attr->loss.loss].coupling) {
    case GAN_LOSS_SEPARATE:
        add_side(call, GAN_ROLE_REAL, real, NULL, 1.0, dreal, none, &m);
        add_side(call, GAN_ROLE_FAKE, fake, NULL, 1.0, dfake, none, &m);
        break;
    case GAN_LOSS_PAIRED:
        add_pairs(call, GAN_ROLE_REAL, dreal, dfake, &m);
        break;
    case GAN_LOSS_AVERAGED:
        add_side(call, GAN_ROLE_REAL, real, fake, 0.5, dreal, dfake, &m);
        add_side(call, GAN_ROLE_FAKE, fake, real, 0.5, dfake, dreal, &m);
        break;
    }
    return m;
}

static means loss_of_g(const gan_reference_call *call)
{
    const gan_reference_tensor *real = &call->in[0], *fake = &call->in[1];
    const slopes none = {NULL, NULL}, gfake = slopes_of(call, 2);
    means m = {0.0, 0.0};
    clear(gfake, fake->count);
    switch (losses[call->attr->loss.loss].coupling) {
    case GAN_LOSS_SEPARATE:
        add_side(call, GAN_ROLE_GENERATOR, fake, NULL, 1.0, gfake, none, &m);
        break;
    case GAN_LOSS_PAIRED:
        add_pairs(call, GAN_ROLE_GENERATOR, none, gfake, &m);
        break;
    case GAN_LOSS_AVERAGED:
        add_side(call, GAN_ROLE_GENERATOR, fake, real, 0.5, gfake, none, &m);
        add_side(call, GAN_ROLE_GENERATOR_REAL, real, fake, 0.5, none, gfake, &m);
        break;
    }
    return m;
}

static void tell(const gan_reference_call *call, int metric, means m)
{
    call->out[3].v[metric] = m.value;
    if (call->weight[3]) {
        call->weight[3][metric] = m.size;
    }
}

static void run(const gan_reference_call *call)
{
    const gan_loss_attr *a = &call->attr->loss;
    double *dfake = call->out[1].v, *gfake = call->out[2].v;
    if (a->for_d) {
        tell(call, GAN_METRIC_LOSS_D, loss_of_d(call));
        call->out[3].v[GAN_METRIC_LOSS_G] = 0.0;
        call->out[3].v[GAN_METRIC_D_REAL] = mean_logistic(&call->in[0]);
        call->out[3].v[GAN_METRIC_D_FAKE] = mean_logistic(&call->in[1]);
    }
    if (a->for_g) {
        tell(call, GAN_METRIC_LOSS_G, loss_of_g(call));
    }
    const int64_t n = call->in[1].count;
    const double floor = ldexp(1.0, -40) / (double)n;
    for (int64_t i = 0; i < n && a->shared; i++) {
        const double g = dfake[i];
        dfake[i] = copysign(fabs(g) > floor ? fabs(g) : floor, g);
        gfake[i] /= dfake[i];
        if (call->weight[2]) {
            call->weight[2][i] /= fabs(dfake[i]);
        }
    }
}

const gan_reference_row gan_reference_loss = {.run = run, .weighted = 15};
