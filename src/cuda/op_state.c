/* op_state.c — a step's sources, its losses and what they change: launches of their kernels. */
#include <stdio.h>

#include "cuda/work.h"
#include "kernels/kernels.h"

/* Which network a flat buffer belongs to; one that says nothing is of the first. */
static int net_of(const gan_cuda_work *work, const gan_buffer *b)
{
    const int net = work->program->buffers[b->base].net;
    return net < 0 ? 0 : net;
}

static float *scale_of(const gan_cuda_call *call, int net)
{
    return call->scales ? call->scales + net : NULL;
}

static int32_t *finite_of(const gan_cuda_call *call, int net)
{
    return call->finite ? call->finite + net : NULL;
}

/* --- sources --- */

static gan_status launch_gather(const gan_cuda_work *work, const gan_cuda_call *call,
                                gan_error *err)
{
    const gan_buffer *x = gan_cuda_out(work, 0);
    gan_noise_part noise = {0};
    if (work->n_with > 0) {
        const gan_op *with = work->with[0];
        noise = (gan_noise_part){call->with_in[0][0], call->with_out[0][0],
                                 work->program->buffers[with->out[0]].count, with->attr.noise};
    }
    const gan_gather_desc desc = {.images = call->in[0],
                                  .counters = call->in[1],
                                  .x = call->out[0],
                                  .type = work->type,
                                  .batch = x->dims[0],
                                  .h = x->dims[1],
                                  .w = x->dims[2],
                                  .c = x->dims[3],
                                  .in_order = call->in_order,
                                  .attr = &work->op->attr.gather,
                                  .noise = noise.z ? &noise : NULL};
    return gan_gather_launch(call->stream, &desc, err);
}

/* With the noise after it (fuse.c), all sources are one launch. */
static gan_status prepare_gather(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    (void)spec;
    (void)err;
    if (work->n_with > 0) {
        snprintf(work->plan.how, sizeof work->plan.how, "own kernel, with the noise");
    }
    return GAN_OK;
}

static gan_status launch_gather_labels(const gan_cuda_work *work, const gan_cuda_call *call,
                                       gan_error *err)
{
    return gan_gather_labels_launch(call->stream, call->in[0], call->in[1], call->out[0],
                                    gan_cuda_out(work, 0)->count, &work->op->attr.gather, err);
}

static gan_status launch_noise(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    return gan_noise_launch(call->stream, call->in[0], call->out[0], work->type,
                            gan_cuda_out(work, 0)->count, &work->op->attr.noise, err);
}

static gan_status launch_rates(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    return gan_rates_launch(call->stream, call->in[0], call->in[1], call->out[0],
                            &work->op->attr.rates, err);
}

/* --- losses, norms, the flag --- */

gan_loss_buffers gan_cuda_loss_buffers(const gan_cuda_work *work, const gan_op *op,
                                       const void *const *in, void *const *out, const float *scales)
{
    const gan_buffer *all = work->program->buffers;
    return (gan_loss_buffers){
        .real = in[0],
        .fake = in[1],
        .n_real = op->in[0] < 0 ? 0 : all[op->in[0]].count,
        .n_fake = op->in[1] < 0 ? 0 : all[op->in[1]].count,
        .dreal = out[0],
        .dfake = out[1],
        .gfake = out[2],
        .type = work->type,
        .gfake_type = op->out[2] < 0 ? GAN_F32 : all[op->out[2]].type,
        .metrics = out[3],
        .scales = scales,
    };
}

static gan_status launch_loss(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const gan_loss_buffers buffers =
        gan_cuda_loss_buffers(work, work->op, call->in, call->out, call->scales);
    return gan_loss_launch(call->stream, &buffers, &work->op->attr.loss, err);
}

static gan_status prepare_softmax_cross_entropy(const gan_cuda_spec *spec, gan_cuda_work *work,
                                                gan_error *err)
{
    (void)spec;
    (void)err;
    work->scratch_bytes = gan_softmax_cross_entropy_scratch(gan_cuda_in(work, 0)->dims[0]);
    return GAN_OK;
}

static gan_status launch_softmax_cross_entropy(const gan_cuda_work *work, const gan_cuda_call *call,
                                               gan_error *err)
{
    const gan_softmax_cross_entropy_attr *attr = &work->op->attr.softmax_cross_entropy;
    const gan_buffer *logits = gan_cuda_in(work, 0);
    const gan_softmax_cross_entropy_buffers buffers = {
        .logits = call->in[0],
        .labels = call->in[1],
        .samples = logits->dims[0],
        .classes = logits->dims[3],
        .gradient = call->out[0],
        .type = work->type,
        .loss = call->out[1],
        .correct = call->out[2],
        .scale = call->scales ? call->scales + attr->network : NULL,
    };
    return gan_softmax_cross_entropy_launch(call->stream, &buffers, attr, call->scratch, err);
}

/* The place of the second norm in work->with, or -1; the guard's, the report's; Adam's, whose
 * updates are counted. */
typedef struct norm_company {
    int norm, guard, report, adam;
} norm_company;

static norm_company company_of(const gan_cuda_work *work)
{
    return (norm_company){gan_cuda_with(work, GAN_OP_norm), gan_cuda_with(work, GAN_OP_guard),
                          gan_cuda_with(work, GAN_OP_report), gan_cuda_with(work, GAN_OP_adam)};
}

/* With the norm of the other network after it, the guard and the report (fuse.c), one launch makes
 * all of them. */
static gan_status prepare_norm(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    const norm_company with = company_of(work);
    (void)spec;
    (void)err;
    work->scratch_bytes = gan_norm_scratch(gan_cuda_in(work, 0)->count);
    if (with.norm >= 0) {
        const int g = work->with[with.norm]->in[0];
        work->scratch_bytes += gan_norm_scratch(work->program->buffers[g].count);
    }
    snprintf(work->plan.how, sizeof work->plan.how, "own kernel%s%s%s",
             with.norm >= 0 ? ", both norms" : "", with.guard >= 0 ? ", guard" : "",
             with.report >= 0 ? ", report" : "");
    return GAN_OK;
}

static gan_norm_part norm_part(const gan_cuda_work *work, const gan_cuda_call *call,
                               const gan_buffer *g, const void *address, void *r)
{
    const int net = net_of(work, g);
    return (gan_norm_part){address, g->count, scale_of(call, net), r, finite_of(call, net)};
}

static gan_guard_part guard_part(const gan_cuda_call *call, const void *const *in, void *const *out)
{
    return (gan_guard_part){in[0], in[1], in[2], in[3], call->finite, out[0]};
}

static gan_report_part report_part(const gan_op *op, const void *const *in, void *const *out)
{
    return (gan_report_part){in[0], in[1], in[2], in[3], out[0], out[1], op->attr.report.rows};
}

static gan_count_part count_part(const gan_op *op, const gan_cuda_call *call, const void *flag,
                                 void *counters)
{
    const gan_adam_attr *a = &op->attr.adam;
    gan_count_part part = {.counters = counters, .flag = flag, .finite = call->finite};
    for (int i = 0; i < a->n_segments; i++) {
        part.nets[part.n_nets++] = a->segments[i].net;
    }
    return part;
}

static gan_status launch_norm(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const gan_buffer *g = gan_cuda_in(work, 0);
    const norm_company with = company_of(work);
    gan_norm_part parts[GAN_NORM_MAX_PARTS] = {norm_part(work, call, g, call->in[0], call->out[0])};
    if (with.norm >= 0) {
        const int other = work->with[with.norm]->in[0];
        parts[1] = norm_part(work, call, &work->program->buffers[other],
                             call->with_in[with.norm][0], call->with_out[with.norm][0]);
    }
    gan_guard_part guard = {0};
    gan_report_part report = {0};
    gan_count_part count = {0};
    if (with.guard >= 0) {
        guard =
            guard_part(call, (const void **)call->with_in[with.guard], call->with_out[with.guard]);
    }
    if (with.report >= 0) {
        report = report_part(work->with[with.report], (const void **)call->with_in[with.report],
                             call->with_out[with.report]);
    }
    if (with.adam >= 0) {
        count = count_part(work->with[with.adam], call, call->with_in[with.adam][GAN_ADAM_FLAG],
                           call->with_out[with.adam][GAN_ADAM_COUNTERS]);
    }
    const gan_norm_sequel sequel = {.guard = with.guard >= 0 ? &guard : NULL,
                                    .count = with.adam >= 0 ? &count : NULL,
                                    .report = with.report >= 0 ? &report : NULL};
    return gan_norm_launch(call->stream, parts, with.norm >= 0 ? 2 : 1, g->type, &sequel,
                           call->scratch, err);
}

static gan_status launch_guard(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    (void)work;
    const gan_guard_part guard = guard_part(call, call->in, call->out);
    return gan_guard_launch(call->stream, &guard, err);
}

/* --- state --- */

static gan_stat_part stat_part(const gan_cuda_work *work, const gan_op *op,
                               const gan_cuda_call *call, const void *const *in, void *const *out)
{
    const gan_stat_update_attr *a = &op->attr.stat_update;
    const int net = net_of(work, &work->program->buffers[op->out[0]]);
    return (gan_stat_part){in[0], out[0], finite_of(call, net), a->segments, a->n_segments};
}

static gan_status launch_stat_update(const gan_cuda_work *work, const gan_cuda_call *call,
                                     gan_error *err)
{
    const gan_stat_part part = stat_part(work, work->op, call, call->in, call->out);
    return gan_stat_update_launch(call->stream, &part, call->in[1], err);
}

static gan_status launch_adam(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const gan_adam_attr *a = &work->op->attr.adam;
    gan_adam_part parts[GAN_ADAM_MAX_PARTS] = {0};
    for (int i = 0; i < a->n_segments; i++) {
        const gan_adam_segment *s = &a->segments[i];
        const int net = net_of(work, gan_cuda_out(work, 3 * i));
        parts[i] = (gan_adam_part){
            .g = call->in[i],
            .g_type = gan_cuda_in(work, i)->type,
            .param = call->out[3 * i],
            .m = call->out[3 * i + 1],
            .v = call->out[3 * i + 2],
            .param16 = call->copies[3 * i],
            .param16_type = call->copy_type,
            .count = s->count,
            .epsilon = s->epsilon,
            .epsilon_inside = s->epsilon_inside,
            .net = s->net,
            .scale = scale_of(call, net),
            .finite = finite_of(call, net),
        };
    }
    gan_stat_part stats[GAN_CUDA_WITH_MAX];
    for (int i = 0; i < work->n_with; i++) {
        stats[i] = stat_part(work, work->with[i], call, (const void **)call->with_in[i],
                             call->with_out[i]);
    }
    const void *flag = call->in[GAN_ADAM_FLAG];
    void *counters = call->out[GAN_ADAM_COUNTERS];
    const gan_adam_desc desc = {.parts = parts,
                                .n_parts = a->n_segments,
                                .stats = stats,
                                .n_stats = work->n_with,
                                .rates = call->in[GAN_ADAM_RATES],
                                .counters = counters,
                                .is_ahead = !work->counted,
                                .flag = flag};
    GAN_TRY(gan_adam_launch(call->stream, &desc, err));
    const gan_count_part count = count_part(work->op, call, flag, counters);
    return work->counted ? GAN_OK : gan_adam_count_launch(call->stream, &count, err);
}

/* With the moving statistics before it (fuse.c), all state of a step moves in one launch. */
static gan_status prepare_adam(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    (void)spec;
    (void)err;
    if (work->n_with > 0) {
        snprintf(work->plan.how, sizeof work->plan.how, "own kernel, with the statistics");
    }
    work->plan.launches = work->counted ? 1 : 2;
    return GAN_OK;
}

static gan_status launch_ema(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    return gan_ema_launch(call->stream, call->in[0], call->in[1], call->in[2], call->in[3],
                          call->out[0], gan_cuda_in(work, 0)->count, err);
}

/* A step ends here, so the loss scales move here too. */
static gan_status launch_report(const gan_cuda_work *work, const gan_cuda_call *call,
                                gan_error *err)
{
    const gan_report_part report = report_part(work->op, call->in, call->out);
    GAN_TRY(gan_report_launch(call->stream, &report, err));
    return call->scales ? gan_scale_update_launch(call->stream, call->scales, call->growth,
                                                  call->finite, err)
                        : GAN_OK;
}

const gan_cuda_op gan_cuda_op_gather = {0, 1, prepare_gather, launch_gather};
const gan_cuda_op gan_cuda_op_gather_labels = {0, 0, NULL, launch_gather_labels};
const gan_cuda_op gan_cuda_op_noise = {0, 1, NULL, launch_noise};
const gan_cuda_op gan_cuda_op_rates = {0, 0, NULL, launch_rates};
const gan_cuda_op gan_cuda_op_loss = {3, 3, NULL, launch_loss};
const gan_cuda_op gan_cuda_op_softmax_cross_entropy = {1, 1, prepare_softmax_cross_entropy,
                                                       launch_softmax_cross_entropy};
const gan_cuda_op gan_cuda_op_norm = {0, 0, prepare_norm, launch_norm};
const gan_cuda_op gan_cuda_op_guard = {0, 0, NULL, launch_guard};
const gan_cuda_op gan_cuda_op_stat_update = {0, 0, NULL, launch_stat_update};
const gan_cuda_op gan_cuda_op_adam = {0, 0, prepare_adam, launch_adam};
const gan_cuda_op gan_cuda_op_ema = {0, 0, NULL, launch_ema};
const gan_cuda_op gan_cuda_op_report = {0, 0, NULL, launch_report};
