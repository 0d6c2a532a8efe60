/* loss.c — both losses and the gradients of the logits: loss_terms.h over a batch, summed in double
 * precision. Logits are few, so one thread does it.
 *
 * A coupling says at what x a term of sample i is taken, and what its slope is the gradient of: of
 * the logit itself; of both logits of a pair, with opposite signs; or of the logit and, through its
 * mean, of every logit of the other side: from each is then taken the mean of the other's slopes.
 */
#include "program/loss_terms.h"

#include "cpu/floats.h"

typedef struct loss_job {
    const gan_loss_attr *attr;
    gan_floats real, fake, dreal, dfake, gfake; /* data NULL: left out */
    int64_t n_real, n_fake;
    float *metrics;
} loss_job;

static double mean_of(gan_floats x, int64_t n)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        sum += (double)gan_floats_get(x, i);
    }
    return sum / (double)n;
}

/* The mean of one side's terms; its gradient, where that is wanted. */
static double take_terms(const loss_job *j, int role, gan_floats logits, int64_t n,
                         gan_floats gradient)
{
    double value = 0.0;
    for (int64_t i = 0; i < n; i++) {
        const float x = gan_floats_get(logits, i);
        const gan_loss_term term = gan_loss_at(j->attr->loss, role, x, j->attr->real_label);
        value += (double)term.value;
        if (gradient.data) {
            gan_floats_set(gradient, i, term.slope / (float)n);
        }
    }
    return value / (double)n;
}

static double mean_sigmoid(gan_floats logits, int64_t n)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        sum += (double)gan_logistic(gan_floats_get(logits, i));
    }
    return sum / (double)n;
}

static void separate(const loss_job *j)
{
    if (j->attr->for_d) {
        const double r = take_terms(j, GAN_ROLE_REAL, j->real, j->n_real, j->dreal);
        const double f = take_terms(j, GAN_ROLE_FAKE, j->fake, j->n_fake, j->dfake);
        j->metrics[GAN_METRIC_LOSS_D] = (float)(r + f);
    }
    if (j->attr->for_g) {
        j->metrics[GAN_METRIC_LOSS_G] =
            (float)take_terms(j, GAN_ROLE_GENERATOR, j->fake, j->n_fake, j->gfake);
    }
}

/* One network's loss of the pairs. up gets the gradient, down its negative. */
static float take_pairs(const loss_job *j, int role, gan_floats up, gan_floats down)
{
    double value = 0.0;
    for (int64_t i = 0; i < j->n_fake; i++) {
        const float x = gan_floats_get(j->real, i) - gan_floats_get(j->fake, i);
        const gan_loss_term term = gan_loss_at(j->attr->loss, role, x, j->attr->real_label);
        const float g = term.slope / (float)j->n_fake;
        value += (double)term.value;
        if (up.data) {
            gan_floats_set(up, i, g);
        }
        gan_floats_set(down, i, -g);
    }
    return (float)(value / (double)j->n_fake);
}

static void paired(const loss_job *j)
{
    if (j->attr->for_d) {
        j->metrics[GAN_METRIC_LOSS_D] = take_pairs(j, GAN_ROLE_REAL, j->dreal, j->dfake);
    }
    if (j->attr->for_g) {
        j->metrics[GAN_METRIC_LOSS_G] =
            take_pairs(j, GAN_ROLE_GENERATOR, (gan_floats){0}, j->gfake);
    }
}

/* The mean slope of one side's terms. */
static double mean_slope(const loss_job *j, int role, gan_floats logits, int64_t n, float less)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        const float x = gan_floats_get(logits, i) - less;
        sum += (double)gan_loss_at(j->attr->loss, role, x, j->attr->real_label).slope;
    }
    return sum / (double)n;
}

/* Half the mean of a side's terms at its logits less the other's mean. Each logit's gradient takes
 * its own slope, less the mean slope of the other side's terms, which know it by its mean. */
static double take_averaged(const loss_job *j, int role, gan_floats logits, int64_t n, float less,
                            double other_slope, gan_floats gradient)
{
    double value = 0.0;
    for (int64_t i = 0; i < n; i++) {
        const float x = gan_floats_get(logits, i) - less;
        const gan_loss_term term = gan_loss_at(j->attr->loss, role, x, j->attr->real_label);
        value += (double)term.value;
        if (gradient.data) {
            gan_floats_set(gradient, i, 0.5f * (term.slope - (float)other_slope) / (float)n);
        }
    }
    return 0.5 * value / (double)n;
}

static void averaged(const loss_job *j)
{
    const float mean_r = (float)mean_of(j->real, j->n_real),
                mean_f = (float)mean_of(j->fake, j->n_fake);
    const struct {
        bool wanted;
        int of_real, of_fake, metric;
        gan_floats real, fake;
    } losses[] = {
        {j->attr->for_d, GAN_ROLE_REAL, GAN_ROLE_FAKE, GAN_METRIC_LOSS_D, j->dreal, j->dfake},
        {j->attr->for_g,
         GAN_ROLE_GENERATOR_REAL,
         GAN_ROLE_GENERATOR,
         GAN_METRIC_LOSS_G,
         {0},
         j->gfake}};
    for (int k = 0; k < 2; k++) {
        if (losses[k].wanted) {
            const double r = mean_slope(j, losses[k].of_real, j->real, j->n_real, mean_f);
            const double f = mean_slope(j, losses[k].of_fake, j->fake, j->n_fake, mean_r);
            const double value =
                take_averaged(j, losses[k].of_real, j->real, j->n_real, mean_f, f, losses[k].real) +
                take_averaged(j, losses[k].of_fake, j->fake, j->n_fake, mean_r, r, losses[k].fake);
            j->metrics[losses[k].metric] = (float)value;
        }
    }
}

/* D's gradients become the seeds of one backward pass, G's their ratio to those as they are stored.
 */
static void share(int64_t n, gan_floats dfake, gan_floats gfake)
{
    float floor = ldexpf(1.0f, -40) / (float)n;
    for (int64_t i = 0; i < n; i++) {
        gan_floats_set(dfake, i, gan_shared_seed(gan_floats_get(dfake, i), floor));
        gan_floats_set(gfake, i, gan_floats_get(gfake, i) / gan_floats_get(dfake, i));
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_loss_attr *a = &step->op->attr.loss;
    const gan_buffer *real = gan_cpu_in(step, 0), *fake = gan_cpu_in(step, 1);
    const loss_job j = {a,
                        gan_floats_in(step, 0),
                        gan_floats_in(step, 1),
                        gan_floats_out(step, 0),
                        gan_floats_out(step, 1),
                        gan_floats_out(step, 2),
                        real ? real->count : 0,
                        fake ? fake->count : 0,
                        step->out[3]};
    if (a->for_d) {
        j.metrics[GAN_METRIC_LOSS_G] = 0.0f;
    }
    switch (gan_loss_coupling_of(a->loss)) {
    case GAN_LOSS_SEPARATE:
        separate(&j);
        break;
    case GAN_LOSS_PAIRED:
        paired(&j);
        break;
    case GAN_LOSS_AVERAGED:
        averaged(&j);
        break;
    }
    if (a->for_d) {
        j.metrics[GAN_METRIC_D_REAL] = (float)mean_sigmoid(j.real, j.n_real);
        j.metrics[GAN_METRIC_D_FAKE] = (float)mean_sigmoid(j.fake, j.n_fake);
    }
    if (a->shared) {
        share(j.n_fake, j.dfake, j.gfake);
    }
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_loss = {.in_bf16 = 3, .out_bf16 = 7, .run = run};
