/* op_normalize.c — per-sample normalization, and what belongs to a channel: launches. */
#include "cuda/work.h"
#include "kernels/kernels.h"

static gan_status launch_normalize(const gan_cuda_work *work, const gan_cuda_call *call,
                                   gan_error *err)
{
    return gan_normalize_launch(call->stream, call->in[0], call->in[1], call->in[2], call->out[0],
                                &work->op->attr.normalize, work->type, gan_cuda_in(work, 0)->dims,
                                err);
}

static gan_status launch_scale(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    return gan_scale_channels_launch(call->stream, call->in[0], call->in[1],
                                     gan_cuda_in(work, 1)->type, call->out[0], work->type,
                                     x->count / x->dims[3], x->dims[3], err);
}

static gan_status prepare_dot(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    const gan_buffer *a = gan_cuda_in(work, 0);
    (void)spec;
    (void)err;
    work->scratch_bytes = gan_channel_dot_scratch(a->count / a->dims[3], a->dims[3]);
    return GAN_OK;
}

static gan_status launch_dot(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const gan_buffer *a = gan_cuda_in(work, 0);
    return gan_channel_dot_launch(call->stream, call->in[0], call->in[1], call->out[0],
                                  gan_cuda_out(work, 0)->type, work->type, a->count / a->dims[3],
                                  a->dims[3], call->scratch, err);
}

const gan_cuda_op gan_cuda_op_normalize = {7, 1, NULL, launch_normalize};
const gan_cuda_op gan_cuda_op_scale_channels = {1, 1, NULL, launch_scale};
const gan_cuda_op gan_cuda_op_channel_dot = {3, 0, prepare_dot, launch_dot};

/* dy is there in the backward pass alone. */
static gan_status launch_stddev(const gan_cuda_work *work, const gan_cuda_call *call,
                                gan_error *err)
{
    const bool backward = work->op->kind == GAN_OP_minibatch_stddev_bwd;
    return gan_minibatch_stddev_launch(call->stream, call->in[0], backward ? call->in[1] : NULL,
                                       call->out[0], &work->op->attr.minibatch_stddev, work->type,
                                       gan_cuda_in(work, 0)->dims, err);
}

const gan_cuda_op gan_cuda_op_minibatch_stddev = {1, 1, NULL, launch_stddev};
const gan_cuda_op gan_cuda_op_minibatch_stddev_bwd = {3, 1, NULL, launch_stddev};
