/* step_state.c — a training step's stored buffers, its sources, and the ops that move its state. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "program/step.h"
#include "program/streams.h"

gan_status gan_step_declare(gan_step *s, const char *name, gan_buffer_class cls, int64_t n,
                            int64_t h, int64_t w, int64_t c, int *id)
{
    const int64_t dims[4] = {n, h, w, c};
    return gan_program_buffer(s->program, name, cls, GAN_F32, dims, id, s->err);
}

gan_status gan_step_declare_batch(gan_step *s, const char *name, gan_buffer_class cls, int64_t n,
                                  int64_t h, int64_t w, int64_t c, int *id)
{
    const int64_t dims[4] = {n, h, w, c};
    return gan_program_batch(s->program, name, cls, GAN_F32, dims, id, s->err);
}

static gan_status declare_typed(gan_step *s, const char *name, gan_buffer_class cls, gan_dtype type,
                                const int64_t dims[4], int *id)
{
    return gan_program_buffer(s->program, name, cls, type, dims, id, s->err);
}

static gan_status declare_sides(gan_step *s)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)s->net->n_stacks, sizeof(gan_side), &memory, s->err));
    s->sides = memory;
    for (; s->n_sides < s->net->n_stacks; s->n_sides++) {
        const gan_stack *stack = &s->net->stacks[s->n_sides];
        gan_side *side = &s->sides[s->n_sides];
        GAN_TRY(gan_side_declare(s->program, stack, gan_flat_names_of(stack->network), true, side,
                                 s->err));
        s->g = stack == s->net->generator ? side : s->g;
        s->d = stack == s->net->discriminator ? side : s->d;
    }
    return GAN_OK;
}

void gan_step_free(gan_step *s)
{
    for (int i = 0; i < s->n_sides; i++) {
        gan_side_free(&s->sides[i]);
    }
    free(s->sides);
}

gan_status gan_step_declare_state(gan_step *s)
{
    const int64_t counters[4] = {1, 1, 1, GAN_COUNTER_COUNT}, flag[4] = {1, 1, 1, 2};
    const int64_t rates[4] = {1, 1, 1, GAN_RATE_COUNT};
    GAN_TRY(declare_sides(s));
    GAN_TRY(declare_typed(s, GAN_STORED_RATES, GAN_CONTROL, GAN_F64, rates, &s->rates));
    GAN_TRY(declare_typed(s, GAN_STORED_COUNTERS, GAN_CONTROL, GAN_I64, counters, &s->counters));
    GAN_TRY(declare_typed(s, GAN_STORED_FLAG, GAN_CONTROL, GAN_I32, flag, &s->flag));
    GAN_TRY(gan_step_declare(s, GAN_STORED_METRICS, GAN_CONTROL, s->options->metric_rows, 1, 1,
                             GAN_METRIC_COUNT, &s->ring));
    /* a GAN's losses write all four; a classifier's write two, and the others stay the store's 0 */
    const gan_buffer_class cls = s->net->kind == GAN_NET_KIND_GAN ? GAN_ACTIVATION : GAN_CONTROL;
    return gan_step_declare(s, "step metrics", cls, 1, 1, 1, 4, &s->metrics);
}

/* The batches: one of 2B images where D sees both at once, two of B otherwise. */
static gan_status declare_images(gan_step *s)
{
    gan_dims3 image = s->net->image;
    int64_t batch = s->options->batch;
    gan_buffer_class cls = s->options->fed ? GAN_INPUT : GAN_ACTIVATION;
    if (!s->joint) {
        GAN_TRY(gan_step_declare_batch(s, "real", cls, batch, image.h, image.w, image.c, &s->real));
        return gan_step_declare_batch(s, "fakes", GAN_ACTIVATION, batch, image.h, image.w, image.c,
                                      &s->fake);
    }
    const int64_t dims[4] = {batch, image.h, image.w, image.c};
    int64_t half = batch * image.h * image.w * image.c;
    GAN_TRY(
        gan_step_declare_batch(s, "images", cls, 2 * batch, image.h, image.w, image.c, &s->images));
    GAN_TRY(gan_program_window(s->program, "real", s->images, 0, dims, &s->real, s->err));
    return gan_program_window(s->program, "fakes", s->images, half, dims, &s->fake, s->err);
}

static gan_attr gather_of(const gan_build_options *o, uint32_t order_stream, uint32_t flip_stream)
{
    return (gan_attr){.gather = {.n_images = o->n_images,
                                 .seed = o->seed,
                                 .order_stream = order_stream,
                                 .flip_stream = flip_stream,
                                 .flip = o->flip}};
}

static gan_status append_gather(gan_step *s, const char *label, const gan_attr *gather, int *to)
{
    const gan_dims3 image = s->net->image;
    const int64_t dims[4] = {s->options->n_images, image.h, image.w, image.c};
    int in[2] = {-1, s->counters};
    GAN_TRY(declare_typed(s, GAN_STORED_DATA, GAN_DATA, GAN_U8, dims, &in[0]));
    return gan_program_op(s->program, GAN_OP_gather, label, in, to, gather, s->err);
}

/* Two gathers of one order: image i of the batch has label i. */
gan_status gan_step_append_images(gan_step *s, const char *label, const int *labels)
{
    const gan_build_options *o = s->options;
    const int64_t label_dims[4] = {o->n_images, 1, 1, 1};
    const gan_attr gather = gather_of(o, GAN_STREAM_ORDER, GAN_STREAM_FLIP);
    int in[2] = {-1, s->counters};
    if (o->fed) {
        return GAN_OK;
    }
    GAN_TRY(append_gather(s, label, &gather, &s->real));
    if (!labels) {
        return GAN_OK;
    }
    GAN_TRY(declare_typed(s, GAN_STORED_LABELS, GAN_DATA, GAN_I32, label_dims, &in[0]));
    return gan_program_op(s->program, GAN_OP_gather_labels, "labels", in, labels, &gather, s->err);
}

bool gan_step_has_fresh_reals(const gan_step *s)
{
    return s->options->fresh_reals && s->options->part != GAN_STEP_D && gan_loss_couples(s->loss);
}

/* Of the same data, in an order of its own: a function of the step, as D's is. */
gan_status gan_step_append_fresh_reals(gan_step *s)
{
    const gan_build_options *o = s->options;
    const gan_dims3 image = s->net->image;
    const gan_attr gather = gather_of(o, GAN_STREAM_ORDER_G, GAN_STREAM_FLIP_G);
    GAN_TRY(gan_step_declare_batch(s, "real_g", o->fed ? GAN_INPUT : GAN_ACTIVATION, o->batch,
                                   image.h, image.w, image.c, &s->real_g));
    return o->fed ? GAN_OK : append_gather(s, "real images for G", &gather, &s->real_g);
}

/* The real batch and z: drawn on the device, or fed. */
gan_status gan_step_append_sources(gan_step *s)
{
    const gan_build_options *o = s->options;
    GAN_TRY(declare_images(s));
    GAN_TRY(gan_step_declare_batch(s, "noise", o->fed ? GAN_INPUT : GAN_ACTIVATION, o->batch, 1, 1,
                                   s->net->latent, &s->z));
    if (o->fed) {
        return GAN_OK;
    }
    GAN_TRY(gan_step_append_images(s, "real images", NULL));
    const gan_attr noise = {.noise = {.seed = o->seed, .stream = GAN_STREAM_NOISE}};
    return gan_program_op(s->program, GAN_OP_noise, "noise", &s->counters, &s->z, &noise, s->err);
}

/* gcc 12 leaves both conversions out where it vectorizes two of them in a row. */
static double rounded_to_float(double x)
{
    volatile float single = (float)x;
    return (double)single;
}

void gan_build_rates(const gan_build_options *options, double lr_g, double lr_d, double ema,
                     double rates[GAN_RATE_COUNT])
{
    const double lr[GAN_NET_COUNT] = {lr_g, lr_d};
    rates[GAN_RATE_EMA] = rounded_to_float(ema);
    rates[GAN_RATE_R1] = options->r1;
    rates[GAN_RATE_R2] = options->r2;
    for (int net = 0; net < GAN_NET_COUNT; net++) {
        rates[gan_rate_at(net, GAN_RATE_LR)] = rounded_to_float(lr[net]);
        rates[gan_rate_at(net, GAN_RATE_BETA1)] = gan_build_adam(options, net)->beta1;
        rates[gan_rate_at(net, GAN_RATE_BETA2)] = gan_build_adam(options, net)->beta2;
    }
}

static bool has_factor(const gan_build_options *o)
{
    bool has = false;
    for (int i = 0; i < o->n_rate_rows; i++) {
        has = has || o->rate_rows[i].has_factor;
    }
    return has;
}

gan_status gan_step_append_rates(gan_step *s)
{
    const gan_build_options *o = s->options;
    gan_attr attr = {.rates = {.n_rows = o->n_rate_rows, .batch = o->batch}};
    const size_t bytes = (size_t)o->n_rate_rows * sizeof o->rate_rows[0];
    const int64_t one[4] = {1, 1, 1, 1};
    int in[2] = {s->counters, -1};
    void *rows = NULL;
    if (o->n_rate_rows == 0) {
        return GAN_OK;
    }
    if (has_factor(o)) {
        GAN_TRY(declare_typed(s, GAN_STORED_LR_FACTOR, GAN_CONTROL, GAN_F64, one, &in[1]));
    }
    GAN_TRY(gan_calloc(1, bytes, &rows, s->err));
    memcpy(rows, o->rate_rows, bytes);
    attr.rates.rows = rows;
    gan_status status =
        gan_program_op(s->program, GAN_OP_rates, "rates", in, &s->rates, &attr, s->err);
    if (status != GAN_OK) {
        free(rows);
    }
    return status;
}

gan_status gan_step_append_norm(gan_step *s, const gan_side *side, const char *label, int *norm)
{
    GAN_TRY(gan_step_declare(s, label, GAN_ACTIVATION, 1, 1, 1, 1, norm));
    return gan_program_op(s->program, GAN_OP_norm, label, &side->gradient, norm, NULL, s->err);
}

gan_status gan_step_append_guard(gan_step *s, int norm_g, int norm_d)
{
    const int in[] = {s->metrics, norm_g, norm_d, s->counters};
    return gan_program_op(s->program, GAN_OP_guard, "guard", in, &s->flag, NULL, s->err);
}

static gan_status declare_moments(gan_step *s, const gan_side *side, int out[3])
{
    const gan_flat_names *names = gan_flat_names_of(side->stack->network);
    const char *const moments[2] = {names->m, names->v};
    out[0] = side->param;
    for (int i = 0; i < 2; i++) {
        GAN_TRY(gan_step_declare(s, moments[i], GAN_MOMENT, 1, 1, 1, side->stack->param_floats,
                                 &out[1 + i]));
        gan_program_belongs(s->program, out[1 + i], side->stack->index);
    }
    return GAN_OK;
}

static gan_adam_segment segment_of(const gan_step *s, const gan_side *side)
{
    const int net = side->stack->index;
    const gan_adam *adam = gan_build_adam(s->options, net);
    return (gan_adam_segment){.epsilon = adam->epsilon,
                              .epsilon_inside = adam->epsilon_inside,
                              .count = side->stack->param_floats,
                              .net = net};
}

/* The sides from *next on that have parameters, as many as one Adam op takes. */
static gan_status append_one_adam(gan_step *s, const gan_side *const *sides, int n_sides, int *next,
                                  const char *label)
{
    int in[4] = {-1, -1, s->rates, s->flag}, out[7] = {-1, -1, -1, -1, -1, -1, s->counters};
    gan_attr attr = {0};
    int n = 0;
    for (; *next < n_sides && n < GAN_ADAM_NETWORKS; (*next)++) {
        const gan_side *side = sides[*next];
        if (side->gradient < 0) {
            continue;
        }
        in[n] = side->gradient;
        GAN_TRY(declare_moments(s, side, out + 3 * n));
        attr.adam.segments[n++] = segment_of(s, side);
    }
    attr.adam.n_segments = n;
    return gan_program_op(s->program, GAN_OP_adam, label, in, out, &attr, s->err);
}

gan_status gan_step_append_adam(gan_step *s, const gan_side *const *sides, int n_sides,
                                const char *label)
{
    for (int next = 0; next < n_sides;) {
        GAN_TRY(append_one_adam(s, sides, n_sides, &next, label));
    }
    return GAN_OK;
}

/* The statistics as they are, where the step was finite: a moving one of momentum 0. */
static gan_status append_copy(gan_step *s, int from, int to)
{
    const int in[] = {from, s->flag};
    const gan_buffer *b = &s->program->buffers[from];
    gan_attr attr = {.stat_update = {.n_segments = 1}};
    void *segment = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_stat_segment), &segment, s->err));
    attr.stat_update.segments = segment;
    attr.stat_update.segments[0] = (gan_stat_segment){.count = b->count, .factor = 1};
    const gan_status status = gan_program_op(s->program, GAN_OP_stat_update,
                                             "statistics of the average", in, &to, &attr, s->err);
    if (status != GAN_OK) {
        free(segment);
    }
    return status;
}

gan_status gan_step_append_ema(gan_step *s)
{
    const gan_side *of = &s->sides[gan_net_averaged(s->net)->index];
    gan_side average = {0};
    if (!s->options->ema) {
        return GAN_OK;
    }
    GAN_TRY(gan_side_declare(s->program, of->stack, &gan_average_names, false, &average, s->err));
    const int from[2] = {of->param, of->stat}, to[2] = {average.param, average.stat};
    gan_side_free(&average);
    for (int i = 0; i < 2; i++) {
        const int in[] = {from[i], s->rates, s->flag, s->options->ema_warmup ? s->counters : -1};
        if (i == 1 && from[i] >= 0 && s->options->ema_copies) {
            GAN_TRY(append_copy(s, from[i], to[i]));
        } else if (from[i] >= 0) {
            GAN_TRY(gan_program_op(s->program, GAN_OP_ema, s->g ? "average of G" : "average", in,
                                   &to[i], NULL, s->err));
        }
    }
    return GAN_OK;
}

gan_status gan_step_append_report(gan_step *s)
{
    const int in[] = {s->metrics, s->norm_g, s->norm_d, s->flag}, out[] = {s->counters, s->ring};
    const gan_attr attr = {.report = {.rows = s->options->metric_rows}};
    return gan_program_op(s->program, GAN_OP_report, "report", in, out, &attr, s->err);
}
