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

/* Parts are taken a launch's worth at a time: the channels of 0 before the inputs' with the first
 * launch, those that are left with the last. */
enum { INPUTS_OF_LAUNCH = GAN_CONCAT_MOST - 2 };

static gan_status prepare_concat(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    (void)spec;
    (void)err;
    work->plan.launches += (work->op->n_in - 1) / INPUTS_OF_LAUNCH;
    return GAN_OK;
}

static gan_status launch_concat(const gan_cuda_work *work, const gan_cuda_call *call,
                                gan_error *err)
{
    const gan_buffer *y = gan_cuda_out(work, 0);
    const int64_t pixels = y->count / y->dims[3];
    int64_t at = 0;
    for (int first = 0; first < work->op->n_in; first += INPUTS_OF_LAUNCH) {
        gan_concat_part parts[GAN_CONCAT_MOST] = {
            {.n = first > 0 ? 0 : work->op->attr.concat.before}};
        const int64_t start = at;
        int n = 1;
        at += parts[0].n;
        for (int k = first; k < work->op->n_in && k < first + INPUTS_OF_LAUNCH; k++) {
            const int64_t channels = gan_cuda_in(work, k)->dims[3];
            parts[n] = (gan_concat_part){call->in[k], channels, 0, channels};
            n++;
            at += channels;
        }
        if (first + INPUTS_OF_LAUNCH >= work->op->n_in) {
            parts[n] = (gan_concat_part){.n = y->dims[3] - at};
            n++;
        }
        GAN_TRY(gan_concat_launch(call->stream, parts, n, call->out[0], start, work->type, pixels,
                                  y->dims[3], err));
    }
    return GAN_OK;
}

static gan_status launch_slice(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const gan_buffer *y = gan_cuda_out(work, 0);
    const gan_concat_part part = {call->in[0], gan_cuda_in(work, 0)->dims[3],
                                  work->op->attr.slice.first, y->dims[3]};
    return gan_concat_launch(call->stream, &part, 1, call->out[0], 0, work->type,
                             y->count / y->dims[3], y->dims[3], err);
}

const gan_cuda_op gan_cuda_op_concat = {1, 1, prepare_concat, launch_concat};
const gan_cuda_op gan_cuda_op_slice = {1, 1, NULL, launch_slice};
const gan_cuda_op gan_cuda_op_resample = {1, 1, NULL, launch_resample};
const gan_cuda_op gan_cuda_op_max_pool = {1, 1, NULL, launch_max_pool};
const gan_cuda_op gan_cuda_op_max_pool_bwd = {2, 1, NULL, launch_max_pool_bwd};
const gan_cuda_op gan_cuda_op_max_pool_pick = {2, 1, NULL, launch_max_pool_pick};
