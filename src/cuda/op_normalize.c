/* op_normalize.c — per-sample normalization, and what belongs to a channel: launches. */
#include <assert.h>
#include <string.h>

#include "cuda/work.h"
#include "kernels/kernels.h"

static gan_status launch_normalize(const gan_cuda_work *work, const gan_cuda_call *call,
                                   gan_error *err)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    gan_normalize_desc desc = {.x = call->in[0],
                               .a = call->in[1],
                               .g = call->in[2],
                               .y = call->out[0],
                               .attr = &work->op->attr.normalize,
                               .type = work->type};
    assert(x);
    memcpy(desc.dims, x->dims, sizeof desc.dims);
    return gan_normalize_launch(call->stream, &desc, err);
}

static gan_status launch_scale(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    const gan_scale_desc desc = {.x = call->in[0],
                                 .s = call->in[1],
                                 .y = call->out[0],
                                 .type = work->type,
                                 .s_type = gan_cuda_in(work, 1)->type,
                                 .rows = x->count / x->dims[3],
                                 .columns = x->dims[3]};
    return gan_scale_channels_launch(call->stream, &desc, err);
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
    const gan_dot_desc desc = {.a = call->in[0],
                               .b = call->in[1],
                               .r = call->out[0],
                               .type = work->type,
                               .r_type = gan_cuda_out(work, 0)->type,
                               .rows = a->count / a->dims[3],
                               .columns = a->dims[3],
                               .scratch = call->scratch};
    return gan_channel_dot_launch(call->stream, &desc, err);
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
