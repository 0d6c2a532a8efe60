/* build_train.c — one training step of a GAN as a program.
 *
 * Simultaneous (TensorFlow's tutorial): one generator pass, D on real and on the same fakes, both
 * gradients from the same weights, both Adam updates. Alternating (PyTorch's example): D first,
 * then G against the new D. A D in which no op mixes samples sees real and fake images as one
 * batch of 2B. */
#include <stdlib.h>

#include "program/place.h"
#include "program/step.h"

/* fed_as: what a trace calls the pass, or the two that go as one. */
static gan_pass make_pass(const gan_step *s, const char *name, int number, const char *fed_as,
                          const char *and_as)
{
    return (gan_pass){.training = true,
                      .fed_masks = s->options->fed,
                      .fed_as = {fed_as, and_as},
                      .name = name,
                      .number = number,
                      .seed = s->options->seed,
                      .counters = s->counters,
                      .batch_stat = -1};
}

/* D's answer for the images x as (rows,1,1,L). */
static gan_status append_d(gan_step *s, gan_pass *pass, int x, int *logits)
{
    GAN_TRY(gan_forward_build(s->program, s->d, pass, x, -1, logits, s->err));
    const gan_buffer *b = &s->program->buffers[*logits];
    const int64_t dims[4] = {b->dims[0], 1, 1, b->count / b->dims[0]};
    return gan_program_reshape(s->program, *logits, dims, logits, s->err);
}

static gan_status append_forward(gan_step *s)
{
    int y;
    s->g_pass = make_pass(s, "", 0, "generator", NULL);
    GAN_TRY(gan_forward_build(s->program, s->g, &s->g_pass, s->z, s->fake, &y, s->err));
    if (s->program->buffers[y].base != s->program->buffers[s->fake].base) {
        return gan_fail(s->err, GAN_E_UNSUPPORTED, "the generator has no layer that computes");
    }
    if (!s->joint) {
        s->d_real = make_pass(s, "real", 0, "real", NULL);
        s->d_fake = make_pass(s, "fake", 1, "fake", NULL);
        GAN_TRY(append_d(s, &s->d_real, s->real, &s->logits_real));
        return append_d(s, &s->d_fake, s->fake, &s->logits_fake);
    }
    s->d_real = make_pass(s, "", 0, "real", "fake");
    GAN_TRY(append_d(s, &s->d_real, s->images, &s->logits));
    int64_t batch = s->options->batch;
    GAN_TRY(gan_program_rows(s->program, s->logits, 0, batch, &s->logits_real, s->err));
    return gan_program_rows(s->program, s->logits, batch, batch, &s->logits_fake, s->err);
}

/* The fakes' gradient: the product of D's at each sample, which the penalties have made, and of the
 * loss's slope there; of several logits a pass of its own. */
static gan_status append_penalized_simultaneous(gan_step *s, const gan_logit_gradients *d,
                                                bool one_logit, int *d_fake)
{
    const int64_t batch = s->options->batch;
    gan_penalties penalties;
    GAN_TRY(gan_step_append_penalties(s, one_logit, &penalties));
    GAN_TRY(gan_step_append_penalized_backward(s, d->joint, &penalties));
    if (!one_logit) {
        return gan_step_append_data_backward(s, &s->d_real,
                                             (gan_gradient_seed){s->logits, d->for_g}, s->images,
                                             batch, batch, d_fake);
    }
    int in[2] = {-1, d->for_g};
    GAN_TRY(gan_program_rows(s->program, penalties.gradient, batch, batch, &in[0], s->err));
    const gan_buffer *b = &s->program->buffers[in[0]];
    GAN_TRY(gan_step_declare_batch(s, "d(fakes)", GAN_ACTIVATION, b->dims[0], b->dims[1],
                                   b->dims[2], b->dims[3], d_fake));
    return gan_program_op(s->program, GAN_OP_scale_rows, "G's loss", in, d_fake, NULL, s->err);
}

/* Both losses of one look of D; G's, with real images of its own, of a look at those. */
static gan_status append_losses(gan_step *s, bool shared, gan_logit_gradients *d)
{
    gan_logit_gradients of_g;
    if (!gan_step_has_fresh_reals(s)) {
        return gan_step_append_loss(s, true, true, shared, s->logits_real, s->logits_fake, d);
    }
    s->d_real_g = make_pass(s, "real2", 3, "real2", NULL);
    GAN_TRY(append_d(s, &s->d_real_g, s->real_g, &s->logits_real_g));
    GAN_TRY(gan_step_append_loss(s, true, false, false, s->logits_real, s->logits_fake, d));
    GAN_TRY(gan_step_append_loss(s, false, true, false, s->logits_real_g, s->logits_fake, &of_g));
    d->for_g = of_g.for_g;
    return GAN_OK;
}

/* Gradients of D's parameters, and of the fakes for G's loss, from one look of D at both. */
static gan_status append_simultaneous_backward(gan_step *s, int *d_fake)
{
    int64_t batch = s->options->batch;
    bool one_logit = s->program->buffers[s->logits_fake].dims[3] == 1;
    bool shared = s->joint && one_logit && gan_loss_is_shared(s->loss) &&
                  !s->options->separate_passes && !gan_step_penalizes(s) &&
                  !gan_step_has_fresh_reals(s);
    gan_logit_gradients d;
    GAN_TRY(append_losses(s, shared, &d));
    if (shared) {
        int scaled, unscaled = -1;
        GAN_TRY(gan_step_append_backward(s, s->d, &s->d_real,
                                         (gan_gradient_seed){s->logits, d.joint}, false, s->images,
                                         batch, batch, &unscaled));
        const gan_buffer *b = &s->program->buffers[unscaled];
        GAN_TRY(gan_step_declare_batch(s, "d(fakes)", GAN_ACTIVATION, b->dims[0], b->dims[1],
                                       b->dims[2], b->dims[3], &scaled));
        const int in[] = {unscaled, d.for_g};
        *d_fake = scaled;
        return gan_program_op(s->program, GAN_OP_scale_rows, "G's share", in, &scaled, NULL,
                              s->err);
    }
    if (gan_step_penalizes(s)) {
        return append_penalized_simultaneous(s, &d, one_logit, d_fake);
    }
    if (s->joint) {
        GAN_TRY(gan_step_append_backward(
            s, s->d, &s->d_real, (gan_gradient_seed){s->logits, d.joint}, false, -1, 0, 0, NULL));
        return gan_step_append_data_backward(s, &s->d_real, (gan_gradient_seed){s->logits, d.for_g},
                                             s->images, batch, batch, d_fake);
    }
    GAN_TRY(gan_step_append_backward(
        s, s->d, &s->d_real, (gan_gradient_seed){s->logits_real, d.real}, false, -1, 0, 0, NULL));
    GAN_TRY(gan_step_append_backward(
        s, s->d, &s->d_fake, (gan_gradient_seed){s->logits_fake, d.fake}, true, -1, 0, 0, NULL));
    return gan_step_append_data_backward(
        s, &s->d_fake, (gan_gradient_seed){s->logits_fake, d.for_g}, s->fake, 0, 0, d_fake);
}

static gan_status append_simultaneous(gan_step *s)
{
    int d_fake = -1;
    s->logits_g = s->logits_fake;
    s->logits_real_g = s->logits_real;
    GAN_TRY(append_simultaneous_backward(s, &d_fake));
    GAN_TRY(gan_step_append_backward(s, s->g, &s->g_pass, (gan_gradient_seed){s->fake, d_fake},
                                     false, -1, 0, 0, NULL));
    GAN_TRY(gan_step_append_norm(s, s->g, "norm of G's gradient", &s->norm_g));
    GAN_TRY(gan_step_append_norm(s, s->d, "norm of D's gradient", &s->norm_d));
    GAN_TRY(gan_step_append_guard(s, s->norm_g, s->norm_d));
    int64_t batch = s->options->batch;
    GAN_TRY(gan_forward_move_statistics(s->program, s->d, &s->d_real, batch, s->flag, s->err));
    GAN_TRY(gan_forward_move_statistics(s->program, s->d, &s->d_fake, batch, s->flag, s->err));
    GAN_TRY(gan_forward_move_statistics(s->program, s->d, &s->d_real_g, batch, s->flag, s->err));
    GAN_TRY(gan_forward_move_statistics(s->program, s->g, &s->g_pass, batch, s->flag, s->err));
    const gan_side *sides[] = {s->g, s->d};
    return gan_step_append_adam(s, sides, 2, "Adam");
}

/* D's half of the alternating schedule: gradients, guard, statistics, its own Adam. */
static gan_status append_d_step(gan_step *s)
{
    gan_logit_gradients d;
    GAN_TRY(gan_step_append_loss(s, true, false, false, s->logits_real, s->logits_fake, &d));
    if (gan_step_penalizes(s)) {
        gan_penalties penalties;
        GAN_TRY(gan_step_append_penalties(s, false, &penalties));
        GAN_TRY(gan_step_append_penalized_backward(s, d.joint, &penalties));
    } else if (s->joint) {
        GAN_TRY(gan_step_append_backward(
            s, s->d, &s->d_real, (gan_gradient_seed){s->logits, d.joint}, false, -1, 0, 0, NULL));
    } else {
        GAN_TRY(gan_step_append_backward(s, s->d, &s->d_real,
                                         (gan_gradient_seed){s->logits_real, d.real}, false, -1, 0,
                                         0, NULL));
        GAN_TRY(gan_step_append_backward(s, s->d, &s->d_fake,
                                         (gan_gradient_seed){s->logits_fake, d.fake}, true, -1, 0,
                                         0, NULL));
    }
    GAN_TRY(gan_step_append_norm(s, s->d, "norm of D's gradient", &s->norm_d));
    GAN_TRY(gan_step_append_guard(s, -1, s->norm_d));
    int64_t batch = s->options->batch;
    GAN_TRY(gan_forward_move_statistics(s->program, s->d, &s->d_real, batch, s->flag, s->err));
    GAN_TRY(gan_forward_move_statistics(s->program, s->d, &s->d_fake, batch, s->flag, s->err));
    if (s->options->part == GAN_STEP_D) { /* G has looked at a batch, too */
        GAN_TRY(gan_forward_move_statistics(s->program, s->g, &s->g_pass, batch, s->flag, s->err));
    }
    const gan_side *sides[] = {s->d};
    return gan_step_append_adam(s, sides, 1, "Adam of D");
}

/* The second look of the new D: at the fakes, and, for a loss that couples them, at the real
 * images, as one batch where D saw one. */
typedef struct second_look {
    gan_pass real, fake; /* one batch: fake is the pass over both */
    bool at_real, joint;
    int logits, logits_real, logits_fake; /* logits: of what `fake` is over */
} second_look;

static gan_status look_again(gan_step *s, second_look *look)
{
    const int64_t batch = s->options->batch;
    look->at_real = gan_loss_couples(s->loss);
    look->joint = look->at_real && s->joint && !gan_step_has_fresh_reals(s);
    look->logits_real = -1;
    if (look->at_real && !look->joint) {
        look->real = make_pass(s, "real2", 3, "real2", NULL);
        GAN_TRY(append_d(s, &look->real, s->real_g, &look->logits_real));
    }
    look->fake = look->joint ? make_pass(s, "2", 2, "real2", "fake2")
                             : make_pass(s, "fake2", 2, "fake2", NULL);
    GAN_TRY(append_d(s, &look->fake, look->joint ? s->images : s->fake, &look->logits));
    look->logits_fake = look->logits;
    if (look->joint) {
        GAN_TRY(gan_program_rows(s->program, look->logits, 0, batch, &look->logits_real, s->err));
        GAN_TRY(
            gan_program_rows(s->program, look->logits, batch, batch, &look->logits_fake, s->err));
    }
    return GAN_OK;
}

/* G's half: a second look, G's gradient, guard, statistics, its own Adam. */
static gan_status append_g_step(gan_step *s)
{
    const int64_t batch = s->options->batch;
    gan_logit_gradients d;
    int d_fake = -1;
    second_look look = {.real = {.batch_stat = -1}};
    GAN_TRY(look_again(s, &look));
    s->logits_g = look.logits_fake;
    s->logits_real_g = look.logits_real;
    GAN_TRY(gan_step_append_loss(s, false, true, false, look.logits_real, look.logits_fake, &d));
    GAN_TRY(gan_step_append_data_backward(s, &look.fake, (gan_gradient_seed){look.logits, d.for_g},
                                          look.joint ? s->images : s->fake, look.joint ? batch : 0,
                                          look.joint ? batch : 0, &d_fake));
    GAN_TRY(gan_step_append_backward(s, s->g, &s->g_pass, (gan_gradient_seed){s->fake, d_fake},
                                     false, -1, 0, 0, NULL));
    GAN_TRY(gan_step_append_norm(s, s->g, "norm of G's gradient", &s->norm_g));
    GAN_TRY(gan_step_append_guard(s, s->norm_g, -1));
    GAN_TRY(gan_forward_move_statistics(s->program, s->d, &look.real, batch, s->flag, s->err));
    GAN_TRY(gan_forward_move_statistics(s->program, s->d, &look.fake, batch, s->flag, s->err));
    GAN_TRY(gan_forward_move_statistics(s->program, s->g, &s->g_pass, batch, s->flag, s->err));
    const gan_side *sides[] = {s->g};
    return gan_step_append_adam(s, sides, 1, "Adam of G");
}

static gan_status refuse_penalties(gan_step *s, const char *label)
{
    return gan_fail(
        s->err, GAN_E_USAGE,
        "r1, r2: %s mixes the samples of a batch, so that no sample has a gradient of its "
        "own to penalize; take it out of the discriminator, or set r1 and r2 to 0",
        label);
}

static gan_status append_step(gan_step *s)
{
    char *mixing = NULL;
    GAN_TRY(gan_step_declare_state(s));
    GAN_TRY(gan_forward_find_mixing(s->net->discriminator, &mixing, s->err));
    s->joint = mixing == NULL;
    const gan_status status =
        mixing && gan_step_penalizes(s) ? refuse_penalties(s, mixing) : GAN_OK;
    free(mixing);
    GAN_TRY(status);
    GAN_TRY(gan_step_append_rates(s));
    GAN_TRY(gan_step_append_sources(s));
    s->real_g = s->real;
    if (gan_step_has_fresh_reals(s)) {
        GAN_TRY(gan_step_append_fresh_reals(s));
    }
    GAN_TRY(append_forward(s));
    if (s->options->part == GAN_STEP_D) {
        GAN_TRY(append_d_step(s));
        return gan_step_append_report(s);
    }
    if (s->options->schedule == GAN_ALTERNATING) {
        GAN_TRY(append_d_step(s));
        GAN_TRY(append_g_step(s));
    } else {
        GAN_TRY(append_simultaneous(s));
    }
    GAN_TRY(gan_step_append_ema(s));
    return gan_step_append_report(s);
}

gan_status gan_build_check(const gan_build_options *o, gan_error *err)
{
    if (o->batch < 1) {
        return gan_fail(err, GAN_E_USAGE, "batch size %lld: it must be at least 1",
                        (long long)o->batch);
    }
    if (!o->fed && o->n_images < 1) {
        return gan_fail(err, GAN_E_DATA, "the data set has no images");
    }
    return GAN_OK;
}

static gan_status check_options(const gan_net *net, const gan_build_options *o, gan_error *err)
{
    GAN_TRY(gan_net_need_kind(net, GAN_NET_KIND_GAN, err));
    GAN_TRY(gan_build_check(o, err));
    return gan_loss_check_smoothing(o->loss, o->label_smoothing, err);
}

gan_status gan_build_train(const gan_net *net, const gan_build_options *options, bool share,
                           gan_program **out, gan_train_ids *ids, gan_error *err)
{
    *out = NULL;
    gan_step s = {.net = net,
                  .options = options,
                  .err = err,
                  .norm_g = -1,
                  .norm_d = -1,
                  .logits_g = -1,
                  .logits_real_g = -1,
                  .d_real = {.batch_stat = -1},
                  .d_fake = {.batch_stat = -1},
                  .d_real_g = {.batch_stat = -1}};
    GAN_TRY(check_options(net, options, err));
    GAN_TRY(gan_loss_find(options->loss, &s.loss, err));
    gan_status status = GAN_OK;
    GAN_TRY(gan_program_create(options->part == GAN_STEP_D ? "d" : "train", &s.program, err));
    s.program->stores_gradients = options->d_steps > 1;
    s.program->batch = options->batch;
    GAN_TRY_DONE(append_step(&s));
    GAN_TRY_DONE(gan_program_place(s.program, share, err));
    if (ids) {
        *ids = (gan_train_ids){.real = s.real,
                               .noise = s.z,
                               .fakes = s.fake,
                               .logits_real = s.logits_real,
                               .logits_fake = s.logits_fake,
                               .logits_g = s.logits_g,
                               .logits_real_g = s.logits_real_g,
                               .metrics = s.metrics,
                               .labels = -1,
                               .real_g = s.real_g};
    }
    *out = s.program;
    s.program = NULL;
done:
    gan_step_free(&s);
    gan_program_destroy(s.program);
    return status;
}
