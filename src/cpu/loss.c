/* loss.c — both losses and the gradients of the logits: loss_terms.h over a batch, summed in double
 * precision. Logits are few, so one thread does it. */
#include "program/loss_terms.h"

#include "cpu/step.h"

/* Sum of D's terms over one kind of logits and of their sigmoids; the gradients, where wanted. */
typedef struct loss_sums {
    double value, sigmoid;
} loss_sums;

static loss_sums discriminator_terms(const gan_loss_attr *a, int role, const float *x, int64_t n,
                                     float *gradient)
{
    loss_sums sums = {0.0, 0.0};
    for (int64_t i = 0; i < n; i++) {
        gan_loss_term term = gan_loss_at(a->loss, role, x[i], a->real_label);
        sums.value += (double)term.value;
        sums.sigmoid += (double)gan_logistic(x[i]);
        if (gradient) {
            gradient[i] = term.slope / (float)n;
        }
    }
    return sums;
}

static double generator_terms(const gan_loss_attr *a, const float *x, int64_t n, float *gradient)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        gan_loss_term term = gan_loss_at(a->loss, GAN_ROLE_GENERATOR, x[i], a->real_label);
        sum += (double)term.value;
        if (gradient) {
            gradient[i] = term.slope / (float)n;
        }
    }
    return sum;
}

/* D's gradients become the seeds of one backward pass, G's their ratio to those. */
static void share(int64_t n, float *dfake, float *gfake)
{
    float floor = ldexpf(1.0f, -40) / (float)n;
    for (int64_t i = 0; i < n; i++) {
        dfake[i] = gan_shared_seed(dfake[i], floor);
        gfake[i] = gfake[i] / dfake[i];
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_loss_attr *a = &step->op->attr.loss;
    const float *real = step->in[0], *fake = step->in[1];
    float *dreal = step->out[0], *dfake = step->out[1], *gfake = step->out[2];
    float *metrics = step->out[3];
    int64_t n_real = real ? gan_cpu_in(step, 0)->count : 0;
    int64_t n_fake = fake ? gan_cpu_in(step, 1)->count : 0;
    if (a->for_d) {
        loss_sums r = discriminator_terms(a, GAN_ROLE_REAL, real, n_real, dreal);
        loss_sums f = discriminator_terms(a, GAN_ROLE_FAKE, fake, n_fake, dfake);
        metrics[GAN_METRIC_LOSS_D] = (float)(r.value / (double)n_real + f.value / (double)n_fake);
        metrics[GAN_METRIC_D_REAL] = (float)(r.sigmoid / (double)n_real);
        metrics[GAN_METRIC_D_FAKE] = (float)(f.sigmoid / (double)n_fake);
    }
    if (a->for_g) {
        double sum = generator_terms(a, fake, n_fake, gfake);
        metrics[GAN_METRIC_LOSS_G] = (float)(sum / (double)n_fake);
    }
    if (a->shared) {
        share(n_fake, dfake, gfake);
    }
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_loss = {.run = run};
