/* loss.c — both losses and the gradients of the logits: loss_terms.h over a batch, summed in double
 * precision. Logits are few, so one thread does it. */
#include "program/loss_terms.h"

#include "cpu/floats.h"

/* Sum of D's terms over one kind of logits and of their sigmoids; the gradients, where wanted. */
typedef struct loss_sums {
    double value, sigmoid;
} loss_sums;

static loss_sums discriminator_terms(const gan_loss_attr *a, int role, gan_floats logits, int64_t n,
                                     gan_floats gradient)
{
    loss_sums sums = {0.0, 0.0};
    for (int64_t i = 0; i < n; i++) {
        float x = gan_floats_get(logits, i);
        gan_loss_term term = gan_loss_at(a->loss, role, x, a->real_label);
        sums.value += (double)term.value;
        sums.sigmoid += (double)gan_logistic(x);
        if (gradient.data) {
            gan_floats_set(gradient, i, term.slope / (float)n);
        }
    }
    return sums;
}

static double generator_terms(const gan_loss_attr *a, gan_floats logits, int64_t n,
                              gan_floats gradient)
{
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        gan_loss_term term =
            gan_loss_at(a->loss, GAN_ROLE_GENERATOR, gan_floats_get(logits, i), a->real_label);
        sum += (double)term.value;
        if (gradient.data) {
            gan_floats_set(gradient, i, term.slope / (float)n);
        }
    }
    return sum;
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
    gan_floats real = gan_floats_in(step, 0), fake = gan_floats_in(step, 1);
    gan_floats dreal = gan_floats_out(step, 0), dfake = gan_floats_out(step, 1);
    gan_floats gfake = gan_floats_out(step, 2);
    float *metrics = step->out[3];
    int64_t n_real = real.data ? gan_cpu_in(step, 0)->count : 0;
    int64_t n_fake = fake.data ? gan_cpu_in(step, 1)->count : 0;
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

const gan_cpu_op gan_cpu_op_loss = {.in_bf16 = 3, .out_bf16 = 7, .run = run};
