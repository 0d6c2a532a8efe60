/* op_state.c — a step's sources, its losses and what they change: launches of their kernels. */
#include <stdio.h>

#include "cuda/work.h"
#include "kernels/kernels.h"

/* Which network a flat buffer belongs to: the builder names G's "g.param", D's "d.param". */
static int net_of(const gan_cuda_work *work, const gan_buffer *b)
{
    return work->program->buffers[b->base].name[0] == 'd' ? GAN_NET_D : GAN_NET_G;
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
    return gan_gather_launch(call->stream, call->in[0], call->in[1], call->out[0], work->type,
                             x->dims[0], x->dims[1], x->dims[2], x->dims[3], call->in_order,
                             &work->op->attr.gather, err);
}

static gan_status launch_noise(const gan_cuda_work *work, const gan_cuda_call *call,
                               gan_error *err)
{
    return gan_noise_launch(call->stream, call->in[0], call->out[0], work->type,
                            gan_cuda_out(work, 0)->count, &work->op->attr.noise, err);
}

/* --- losses, norms, the flag --- */

static gan_status launch_loss(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const gan_buffer *real = gan_cuda_in(work, 0), *fake = gan_cuda_in(work, 1);
    const gan_buffer *gfake = gan_cuda_out(work, 2);
    const gan_loss_buffers buffers = {
        .real = call->in[0],
        .fake = call->in[1],
        .n_real = real ? real->count : 0,
        .n_fake = fake ? fake->count : 0,
        .dreal = call->out[0],
        .dfake = call->out[1],
        .gfake = call->out[2],
        .type = work->type,
        .gfake_type = gfake ? gfake->type : GAN_F32,
        .metrics = call->out[3],
        .scales = call->scales,
    };
    return gan_loss_launch(call->stream, &buffers, &work->op->attr.loss, err);
}

/* With the norm of the other network after it (fuse.c), both are made by one launch. */
static gan_status prepare_norm(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    (void)spec;
    (void)err;
    work->scratch_bytes = gan_norm_scratch(gan_cuda_in(work, 0)->count);
    if (work->with) {
        work->scratch_bytes += gan_norm_scratch(work->program->buffers[work->with->in[0]].count);
        snprintf(work->plan.how, sizeof work->plan.how, "own kernel, both norms");
    }
    return GAN_OK;
}

static gan_norm_part norm_part(const gan_cuda_work *work, const gan_cuda_call *call,
                               const gan_buffer *g, const void *address, void *r)
{
    const int net = net_of(work, g);
    return (gan_norm_part){address, g->count, scale_of(call, net), r, finite_of(call, net)};
}

static gan_status launch_norm(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const gan_buffer *g = gan_cuda_in(work, 0);
    gan_norm_part parts[GAN_NORM_MAX_PARTS] = {
        norm_part(work, call, g, call->in[0], call->out[0])};
    if (work->with) {
        parts[1] = norm_part(work, call, &work->program->buffers[work->with->in[0]],
                             call->with_in[0], call->with_out[0]);
    }
    return gan_norm_launch(call->stream, parts, work->with ? 2 : 1, g->type, call->scratch, err);
}

static gan_status launch_guard(const gan_cuda_work *work, const gan_cuda_call *call,
                               gan_error *err)
{
    (void)work;
    return gan_guard_launch(call->stream, call->in[0], call->in[1], call->in[2], call->in[3],
                            call->finite, call->out[0], err);
}

/* --- state --- */

static gan_status launch_stat_update(const gan_cuda_work *work, const gan_cuda_call *call,
                                     gan_error *err)
{
    const gan_stat_update_attr *a = &work->op->attr.stat_update;
    return gan_stat_update_launch(call->stream, call->in[0], call->out[0], call->in[1],
                                  finite_of(call, net_of(work, gan_cuda_out(work, 0))),
                                  a->segments, a->n_segments, err);
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
            .adam = s->adam,
            .rate = s->rate,
            .counter = s->counter,
            .scale = scale_of(call, net),
            .finite = finite_of(call, net),
        };
    }
    return gan_adam_launch(call->stream, parts, a->n_segments, call->in[2], call->in[3],
                           call->in[4], err);
}

static gan_status launch_ema(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    return gan_ema_launch(call->stream, call->in[0], call->in[1], call->in[2], call->out[0],
                          gan_cuda_in(work, 0)->count, err);
}

/* A step ends here, so the loss scales move here too. */
static gan_status launch_report(const gan_cuda_work *work, const gan_cuda_call *call,
                                gan_error *err)
{
    GAN_TRY(gan_report_launch(call->stream, call->in[0], call->in[1], call->in[2], call->in[3],
                              call->finite, call->out[0], call->out[1],
                              work->op->attr.report.rows, err));
    return call->scales ? gan_scale_update_launch(call->stream, call->scales, call->growth,
                                                  call->finite, err)
                        : GAN_OK;
}

const gan_cuda_op gan_cuda_op_gather = {0, 1, NULL, launch_gather};
const gan_cuda_op gan_cuda_op_noise = {0, 1, NULL, launch_noise};
const gan_cuda_op gan_cuda_op_loss = {3, 3, NULL, launch_loss};
const gan_cuda_op gan_cuda_op_norm = {0, 0, prepare_norm, launch_norm};
const gan_cuda_op gan_cuda_op_guard = {0, 0, NULL, launch_guard};
const gan_cuda_op gan_cuda_op_stat_update = {0, 0, NULL, launch_stat_update};
const gan_cuda_op gan_cuda_op_adam = {0, 0, NULL, launch_adam};
const gan_cuda_op gan_cuda_op_ema = {0, 0, NULL, launch_ema};
const gan_cuda_op gan_cuda_op_report = {0, 0, NULL, launch_report};
