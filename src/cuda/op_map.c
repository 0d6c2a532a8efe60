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

static gan_status launch_widen_filter(const gan_cuda_work *work, const gan_cuda_call *call,
                                      gan_error *err)
{
    const gan_buffer *in = gan_cuda_in(work, 0), *out = gan_cuda_out(work, 0);
    const gan_widen_filter_desc widen = {.in = call->in[0],
                                         .out = call->out[0],
                                         .in_type = in->type,
                                         .out_type = out->type,
                                         .in_dims = in->dims,
                                         .out_dims = out->dims,
                                         .attr = &work->op->attr.widen_filter};
    return gan_widen_filter_launch(call->stream, &widen, err);
}

/* `from`: which operand the map is. */
static gan_max_pool_desc pool_desc(const gan_cuda_work *work, const gan_cuda_call *call, int from)
{
    const gan_buffer *map = gan_cuda_in(work, from);
    return (gan_max_pool_desc){.from = call->in[from],
                               .to = call->out[0],
                               .type = work->type,
                               .samples = map->dims[0],
                               .channels = map->dims[3],
                               .attr = &work->op->attr.max_pool};
}

static gan_status launch_max_pool(const gan_cuda_work *work, const gan_cuda_call *call,
                                  gan_error *err)
{
    const gan_max_pool_desc desc = pool_desc(work, call, 0);
    return gan_max_pool_launch(call->stream, &desc, call->out[1], err);
}

static gan_status launch_max_pool_bwd(const gan_cuda_work *work, const gan_cuda_call *call,
                                      gan_error *err)
{
    const gan_max_pool_desc desc = pool_desc(work, call, 1);
    return gan_max_pool_bwd_launch(call->stream, &desc, call->in[0], err);
}

static gan_status launch_max_pool_pick(const gan_cuda_work *work, const gan_cuda_call *call,
                                       gan_error *err)
{
    const gan_max_pool_desc desc = pool_desc(work, call, 1);
    return gan_max_pool_pick_launch(call->stream, &desc, call->in[0], err);
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

static gan_concat_desc concat_desc(const gan_cuda_work *work, const gan_cuda_call *call,
                                   const gan_concat_part *parts, int n, int64_t first)
{
    const gan_buffer *y = gan_cuda_out(work, 0);
    return (gan_concat_desc){.parts = parts,
                             .n_parts = n,
                             .y = call->out[0],
                             .first = first,
                             .type = work->type,
                             .pixels = y->count / y->dims[3],
                             .channels = y->dims[3]};
}

static gan_status launch_concat(const gan_cuda_work *work, const gan_cuda_call *call,
                                gan_error *err)
{
    const gan_buffer *y = gan_cuda_out(work, 0);
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
        const gan_concat_desc desc = concat_desc(work, call, parts, n, start);
        GAN_TRY(gan_concat_launch(call->stream, &desc, err));
    }
    return GAN_OK;
}

static gan_status launch_slice(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const gan_buffer *y = gan_cuda_out(work, 0);
    const gan_concat_part part = {call->in[0], gan_cuda_in(work, 0)->dims[3],
                                  work->op->attr.slice.first, y->dims[3]};
    const gan_concat_desc desc = concat_desc(work, call, &part, 1, 0);
    return gan_concat_launch(call->stream, &desc, err);
}

const gan_cuda_op gan_cuda_op_concat = {1, 1, prepare_concat, launch_concat};
const gan_cuda_op gan_cuda_op_slice = {1, 1, NULL, launch_slice};
/* Its kernel takes each operand in the type that it has. */
const gan_cuda_op gan_cuda_op_widen_filter = {0, 0, NULL, launch_widen_filter};
const gan_cuda_op gan_cuda_op_resample = {1, 1, NULL, launch_resample};
const gan_cuda_op gan_cuda_op_max_pool = {1, 1, NULL, launch_max_pool};
const gan_cuda_op gan_cuda_op_max_pool_bwd = {2, 1, NULL, launch_max_pool_bwd};
const gan_cuda_op gan_cuda_op_max_pool_pick = {2, 1, NULL, launch_max_pool_pick};
