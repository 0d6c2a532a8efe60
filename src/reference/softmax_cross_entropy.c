/* softmax_cross_entropy.c — the cross-entropy of classes and its gradient. */
#include <math.h>

#include "reference/call.h"

/* One sample's logits and its label's distribution q: `at_label` there, `elsewhere` of every class
 * besides. */
typedef struct sample {
    const double *x;
    int64_t n, label;
    double largest, sum; /* of x; of e^(x - largest) */
    double at_label, elsewhere;
} sample;

static sample sample_of(const gan_reference_call *call, int64_t i)
{
    const double smoothing = (double)call->attr->softmax_cross_entropy.label_smoothing;
    sample s = {.n = call->in[0].dims[3], .label = call->in[1].words[i], .largest = -INFINITY};
    s.x = call->in[0].v + i * s.n;
    s.at_label = 1.0 - smoothing;
    s.elsewhere = smoothing / (double)s.n;
    for (int64_t k = 0; k < s.n; k++) {
        s.largest = fmax(s.largest, s.x[k]);
    }
    for (int64_t k = 0; k < s.n; k++) {
        s.sum += exp(s.x[k] - s.largest);
    }
    return s;
}

static bool has_class(const sample *s)
{
    return s->label >= 0 && s->label < s->n;
}

static bool is_correct(const sample *s)
{
    for (int64_t k = 0; k < s->n; k++) {
        const double own = s->x[s->label];
        if (!(k < s->label ? s->x[k] < own : s->x[k] <= own)) {
            return false;
        }
    }
    return true;
}

/* -log p[k], of which the largest logit's is not a difference of numbers that are alike. */
static double surprise(const sample *s, int64_t k)
{
    return log(s->sum) - (s->x[k] - s->largest);
}

static double loss_of(const sample *s)
{
    double loss = s->at_label * surprise(s, s->label);
    for (int64_t k = 0; k < s->n && s->elsewhere > 0.0; k++) {
        loss += s->elsewhere * surprise(s, k);
    }
    return loss;
}

/* p[label] - 1 is taken from what the other classes have. */
static double slope_of(const sample *s, int64_t k)
{
    if (k != s->label) {
        return exp(s->x[k] - s->largest) / s->sum - s->elsewhere;
    }
    double others = 0.0;
    for (int64_t i = 0; i < s->n; i++) {
        others += i == k ? 0.0 : exp(s->x[i] - s->largest);
    }
    return (1.0 - s->at_label) - others / s->sum - s->elsewhere;
}

static void write_gradient(const gan_reference_call *call, int64_t i, const sample *s)
{
    const double samples = (double)call->in[0].dims[0];
    for (int64_t k = 0; k < s->n; k++) {
        const int64_t at = i * s->n + k;
        call->out[0].v[at] = has_class(s) ? slope_of(s, k) / samples : (double)NAN;
        if (call->weight[0]) { /* p and q are near 1 where their difference is near 0 */
            call->weight[0][at] = 1.0 / samples;
        }
    }
}

static void run(const gan_reference_call *call)
{
    const int64_t n = call->in[0].dims[0];
    double loss = 0.0, size = 0.0, correct = 0.0;
    for (int64_t i = 0; i < n; i++) {
        const sample s = sample_of(call, i);
        const double own = has_class(&s) ? loss_of(&s) : (double)NAN;
        loss += own / (double)n;
        size += (fabs(own) + fabs(s.largest)) / (double)n;
        correct += has_class(&s) && is_correct(&s) ? 1.0 : 0.0;
        if (call->out[0].v) {
            write_gradient(call, i, &s);
        }
    }
    call->out[1].v[0] = loss;
    call->out[2].v[0] = correct;
    if (call->weight[1]) {
        call->weight[1][0] = size;
    }
}

const gan_reference_row gan_reference_softmax_cross_entropy = {.run = run, .weighted = 3};
