/* step_backward.c — a training step's losses and backward passes. */
#include <stdlib.h>

#include "base/memory.h"
#include "program/step.h"

gan_status gan_step_append_loss(gan_step *s, bool for_d, bool for_g, bool shared, int logits_real,
                                int logits_fake, gan_logit_gradients *d)
{
    int64_t batch = s->options->batch, per_sample = s->program->buffers[logits_fake].dims[3];
    *d = (gan_logit_gradients){-1, -1, -1, -1};
    if (for_d && s->joint) {
        GAN_TRY(gan_step_declare_batch(s, "d(logits)", GAN_ACTIVATION, 2 * batch, 1, 1, per_sample,
                                       &d->joint));
        GAN_TRY(gan_program_rows(s->program, d->joint, 0, batch, &d->real, s->err));
        GAN_TRY(gan_program_rows(s->program, d->joint, batch, batch, &d->fake, s->err));
    } else if (for_d) {
        GAN_TRY(gan_step_declare_batch(s, "d(logits_real)", GAN_ACTIVATION, batch, 1, 1, per_sample,
                                       &d->real));
        GAN_TRY(gan_step_declare_batch(s, "d(logits_fake)", GAN_ACTIVATION, batch, 1, 1, per_sample,
                                       &d->fake));
    }
    if (for_g) {
        GAN_TRY(gan_step_declare_batch(
            s, shared ? "G's share of d(logits_fake)" : "d(logits_fake) for G", GAN_ACTIVATION,
            batch, 1, 1, per_sample, &d->for_g));
    }
    const int in[] = {for_d || gan_loss_couples(s->loss) ? logits_real : -1, logits_fake};
    const int out[] = {d->real, d->fake, d->for_g, s->metrics};
    const gan_attr attr = {.loss = {.loss = s->loss,
                                    .for_d = for_d,
                                    .for_g = for_g,
                                    .shared = shared,
                                    .real_label = (float)(1 - s->options->label_smoothing)}};
    return gan_program_op(s->program, GAN_OP_loss,
                          for_d && for_g ? "losses"
                          : for_d        ? "loss of D"
                                         : "loss of G",
                          in, out, &attr, s->err);
}

/* Requests for every parameter of a side, with `extra` more entries at the end. */
static gan_status make_requests(gan_step *s, const gan_side *side, bool accumulate, int extra,
                                gan_gradient_request **out, int *n)
{
    void *memory = NULL;
    *n = side->stack->n_params;
    GAN_TRY(gan_calloc((size_t)(*n + extra), sizeof **out, &memory, s->err));
    *out = memory;
    for (int i = 0; i < *n; i++) {
        (*out)[i] = (gan_gradient_request){
            .of = side->params[i], .into = side->gradients[i], .accumulate = accumulate};
    }
    return GAN_OK;
}

/* Gradients of a pass through `side` from one seed: of its parameters, and, when input >= 0, of
 * rows of its input, whose id is put into *d_input. */
gan_status gan_step_append_backward(gan_step *s, const gan_side *side, const gan_pass *pass,
                                    gan_gradient_seed seed, bool accumulate, int input,
                                    int64_t first_row, int64_t rows, int *d_input)
{
    gan_gradient_request *requests = NULL;
    int n = 0;
    GAN_TRY(make_requests(s, side, accumulate, 1, &requests, &n));
    if (input >= 0) {
        requests[n++] =
            (gan_gradient_request){.of = input, .into = -1, .first_row = first_row, .n_rows = rows};
    }
    gan_status status = gan_program_differentiate(s->program, pass->first_op, pass->end_op, &seed,
                                                  1, requests, n, 0, 0, s->err);
    if (status == GAN_OK && input >= 0) {
        *d_input = requests[n - 1].into;
    }
    free(requests);
    return status;
}

gan_status gan_step_append_penalized_backward(gan_step *s, int dlogits,
                                              const gan_penalties *penalties)
{
    gan_gradient_seed seeds[3] = {{s->logits, dlogits}};
    gan_gradient_request *requests = NULL;
    int n = 0;
    GAN_TRY(make_requests(s, s->d, false, 0, &requests, &n));
    for (int i = 0; i < penalties->n_seeds; i++) {
        seeds[1 + i] = penalties->seeds[i];
    }
    const gan_status status =
        gan_program_differentiate(s->program, s->d_real.first_op, s->program->n_ops, seeds,
                                  1 + penalties->n_seeds, requests, n, 0, 0, s->err);
    free(requests);
    return status;
}

/* The gradient of a pass's input alone, of some rows of the batch (rows 0: all). */
gan_status gan_step_append_data_backward(gan_step *s, const gan_pass *pass, gan_gradient_seed seed,
                                         int input, int64_t first_row, int64_t rows, int *d_input)
{
    gan_gradient_request request = {.of = input, .into = -1};
    GAN_TRY(gan_program_differentiate(s->program, pass->first_op, pass->end_op, &seed, 1, &request,
                                      1, first_row, rows, s->err));
    *d_input = request.into;
    return GAN_OK;
}
