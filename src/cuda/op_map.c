/* op_map.c — ops that make maps smaller and larger: launches of their kernels. */
#include "cuda/work.h"
#include "kernels/kernels.h"

static gan_status launch_resample(const gan_cuda_work *work, const gan_cuda_call *call,
                                  gan_error *err)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    return gan_resample_launch(call->stream, call->in[0], call->out[0], work->type, x->dims[0],
                               x->dims[3], &work->op->attr.resample, err);
}

static gan_status launch_max_pool(const gan_cuda_work *work, const gan_cuda_call *call,
                                  gan_error *err)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    return gan_max_pool_launch(call->stream, call->in[0], call->out[0], call->out[1], work->type,
                               x->dims[0], x->dims[3], &work->op->attr.max_pool, err);
}

static gan_status launch_max_pool_bwd(const gan_cuda_work *work, const gan_cuda_call *call,
                                      gan_error *err)
{
    const gan_buffer *dy = gan_cuda_in(work, 1);
    return gan_max_pool_bwd_launch(call->stream, call->in[0], call->in[1], call->out[0], work->type,
                                   dy->dims[0], dy->dims[3], &work->op->attr.max_pool, err);
}

static gan_status launch_max_pool_pick(const gan_cuda_work *work, const gan_cuda_call *call,
                                       gan_error *err)
{
    const gan_buffer *g = gan_cuda_in(work, 1);
    return gan_max_pool_pick_launch(call->stream, call->in[0], call->in[1], call->out[0],
                                    work->type, g->dims[0], g->dims[3], &work->op->attr.max_pool,
                                    err);
}

const gan_cuda_op gan_cuda_op_resample = {1, 1, NULL, launch_resample};
const gan_cuda_op gan_cuda_op_max_pool = {1, 1, NULL, launch_max_pool};
const gan_cuda_op gan_cuda_op_max_pool_bwd = {2, 1, NULL, launch_max_pool_bwd};
const gan_cuda_op gan_cuda_op_max_pool_pick = {2, 1, NULL, launch_max_pool_pick};
