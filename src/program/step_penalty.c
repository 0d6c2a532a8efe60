/* step_penalty.c — penalties on the discriminator's gradient: R1 and R2 (Mescheder, Geiger and
 * Nowozin 2018, "Which training methods for GANs do actually converge?", section 4.1).
 *
 *   R1 = r1/2 mean over real images x of |grad_x D(x)|^2       R2 the same over generated ones
 *
 * at every step, on the images as D sees them; D(x) is the sum of a sample's logits. The gradient
 * comes of the data pass backward with a seed of 1 for each logit:
 *
 *   D's pass -> logits -> [1] -> gradient g of the images -> |g|^2 of each sample -> [r/2B]
 *
 * and D's parameters get theirs in one walk back over all of it, with the seeds of the loss and of
 * the norms (differentiate.h). A D that mixes samples is refused: a sample's gradient would be one
 * of the others' logits, too. */
#include "program/step.h"

bool gan_step_penalizes(const gan_step *s)
{
    return s->options->r1 > 0 || s->options->r2 > 0;
}

static gan_status append_fill(gan_step *s, const char *label, double factor, int rate, int64_t rows,
                              int64_t per_sample, int *id)
{
    const gan_attr attr = {.fill = {factor, rate}};
    const int in = rate < 0 ? -1 : s->rates;
    GAN_TRY(gan_step_declare_batch(s, label, GAN_ACTIVATION, rows, 1, 1, per_sample, id));
    return gan_program_op(s->program, GAN_OP_fill, label, &in, id, &attr, s->err);
}

/* |g|^2 of the samples from `row` on of the penalties' gradient, and its weight. */
static gan_status append_norms(gan_step *s, const char *name, int64_t row, int rate,
                               gan_penalties *out)
{
    const int64_t batch = s->options->batch;
    gan_gradient_seed *seed = &out->seeds[out->n_seeds++];
    int rows;
    GAN_TRY(
        gan_program_rows(s->program, out->gradient, row - out->first_row, batch, &rows, s->err));
    GAN_TRY(gan_step_declare_batch(s, name, GAN_ACTIVATION, batch, 1, 1, 1, &seed->y));
    const int in[] = {rows, rows};
    GAN_TRY(gan_program_op(s->program, GAN_OP_row_dot, name, in, &seed->y, NULL, s->err));
    return append_fill(s, rate == GAN_RATE_R1 ? "weight of R1" : "weight of R2",
                       0.5 / (double)batch, rate, batch, 1, &seed->dy);
}

gan_status gan_step_append_penalties(gan_step *s, bool all_rows, gan_penalties *out)
{
    const bool real = s->options->r1 > 0, fake = s->options->r2 > 0;
    const int64_t batch = s->options->batch;
    const int64_t per_sample = s->program->buffers[s->logits].dims[3];
    int ones;
    *out = (gan_penalties){.first_row = real || all_rows ? 0 : batch,
                           .rows = (real && fake) || all_rows ? 2 * batch : batch};
    GAN_TRY(append_fill(s, "seed of D's gradient", 1, -1, out->rows, per_sample, &ones));
    GAN_TRY(gan_step_append_data_backward(s, &s->d_real, (gan_gradient_seed){s->logits, ones},
                                          s->images, out->first_row,
                                          out->rows == 2 * batch ? 0 : out->rows, &out->gradient));
    if (real) {
        GAN_TRY(append_norms(s, "R1", 0, GAN_RATE_R1, out));
    }
    return fake ? append_norms(s, "R2", batch, GAN_RATE_R2, out) : GAN_OK;
}
