/* build_classify.c — one training step of a classifier as a program: images and their labels, one
 * pass, softmax cross-entropy, its gradient, then what every training step ends with. */
#include "program/place.h"
#include "program/step.h"

/* The parts of the step that a GAN's has not. */
typedef struct classify {
    gan_step step;
    int labels; /* (B,1,1,1) i32 */
    gan_pass pass;
    int logits, d_logits; /* (B,1,1,K) */
} classify;

static gan_status declare_sources(classify *c)
{
    gan_step *s = &c->step;
    const gan_dims3 image = s->net->image;
    const int64_t batch = s->options->batch, dims[4] = {batch, 1, 1, 1};
    const gan_buffer_class cls = s->options->fed ? GAN_INPUT : GAN_ACTIVATION;
    GAN_TRY(gan_step_declare_batch(s, "images", cls, batch, image.h, image.w, image.c, &s->real));
    GAN_TRY(gan_program_batch(s->program, "batch_labels", cls, GAN_I32, dims, &c->labels, s->err));
    return gan_step_append_images(s, "images", &c->labels);
}

/* The network's output as (B,1,1,K). */
static gan_status append_forward(classify *c)
{
    gan_step *s = &c->step;
    int y;
    c->pass = (gan_pass){.training = true,
                         .fed_masks = s->options->fed,
                         .fed_as = {"train", NULL},
                         .name = "",
                         .seed = s->options->seed,
                         .counters = s->counters,
                         .batch_stat = -1};
    GAN_TRY(gan_forward_build(s->program, &s->sides[0], &c->pass, s->real, -1, &y, s->err));
    const int64_t dims[4] = {s->options->batch, 1, 1, s->net->single->out.c};
    return gan_program_reshape(s->program, y, dims, &c->logits, s->err);
}

/* Loss and number of right answers are the first two of the step's metrics. */
static gan_status append_loss(classify *c)
{
    gan_step *s = &c->step;
    const int64_t one[4] = {1, 1, 1, 1};
    int loss, correct;
    GAN_TRY(gan_step_declare_batch(s, "d(logits)", GAN_ACTIVATION, s->options->batch, 1, 1,
                                   s->net->single->out.c, &c->d_logits));
    GAN_TRY(gan_program_window(s->program, "loss", s->metrics, 0, one, &loss, s->err));
    GAN_TRY(gan_program_window(s->program, "correct", s->metrics, 1, one, &correct, s->err));
    const gan_attr attr = {
        .softmax_cross_entropy = {.label_smoothing = (float)s->options->label_smoothing,
                                  .network = s->net->single->index}};
    const int in[] = {c->logits, c->labels}, out[] = {c->d_logits, loss, correct};
    return gan_program_op(s->program, GAN_OP_softmax_cross_entropy, "loss", in, out, &attr, s->err);
}

static gan_status append_step(classify *c)
{
    gan_step *s = &c->step;
    const gan_side *sides[1];
    GAN_TRY(gan_step_declare_state(s));
    sides[0] = &s->sides[0];
    GAN_TRY(gan_step_append_rates(s));
    GAN_TRY(declare_sources(c));
    GAN_TRY(append_forward(c));
    GAN_TRY(append_loss(c));
    GAN_TRY(gan_step_append_backward(
        s, sides[0], &c->pass, (gan_gradient_seed){c->logits, c->d_logits}, false, -1, 0, 0, NULL));
    GAN_TRY(gan_step_append_norm(s, sides[0], "norm of the gradient", &s->norm_g));
    GAN_TRY(gan_step_append_guard(s, s->norm_g, -1));
    GAN_TRY(gan_forward_move_statistics(s->program, sides[0], &c->pass, s->options->batch, s->flag,
                                        s->err));
    GAN_TRY(gan_step_append_adam(s, sides, 1, "Adam"));
    GAN_TRY(gan_step_append_ema(s));
    return gan_step_append_report(s);
}

static gan_status check(const gan_net *net, const gan_build_options *o, gan_error *err)
{
    GAN_TRY(gan_net_need_kind(net, GAN_NET_KIND_SINGLE, err));
    const gan_dims3 out = net->single->out;
    if (out.h != 1 || out.w != 1) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s ends with a map of %lld x %lld x %lld, and classes are a vector: add "
                        "flatten and dense, with as many units as classes",
                        net->name, (long long)out.h, (long long)out.w, (long long)out.c);
    }
    if (net->single->param_floats == 0) {
        return gan_fail(err, GAN_E_USAGE, "%s has no parameters: nothing can be trained",
                        net->name);
    }
    if (!(o->label_smoothing >= 0 && o->label_smoothing < 1)) {
        return gan_fail(err, GAN_E_USAGE, "label_smoothing must be at least 0 and below 1");
    }
    return gan_build_check(o, err);
}

gan_status gan_build_classify(const gan_net *net, const gan_build_options *options, bool share,
                              gan_program **out, gan_classify_ids *ids, gan_error *err)
{
    classify c = {.step = {.net = net, .options = options, .err = err, .norm_d = -1}};
    gan_status status = GAN_OK;
    *out = NULL;
    GAN_TRY(check(net, options, err));
    GAN_TRY(gan_program_create("classify", &c.step.program, err));
    c.step.program->batch = options->batch;
    GAN_TRY_DONE(append_step(&c));
    GAN_TRY_DONE(gan_program_place(c.step.program, share, err));
    if (ids) {
        *ids = (gan_classify_ids){c.step.real, c.labels, c.logits, c.step.metrics};
    }
    *out = c.step.program;
    c.step.program = NULL;
done:
    gan_step_free(&c.step);
    gan_program_destroy(c.step.program);
    return status;
}
