/* op_elementwise.c — ops over elements and rows: launches of their kernels.
 *
 * Each op is read off its buffers as rows x columns: rows x channels where a vector over the
 * channels takes part, samples x the rest where a factor or a product is a sample's. Fused
 * neighbours (work->with, see fuse.c) are computed in the same launch: what lies between never
 * reaches memory, so the bytes that a plan would count for writing and reading it again are taken
 * off. */
#include <assert.h>
#include <stdio.h>

#include "cuda/work.h"
#include "kernels/kernels.h"
#include "program/place.h"

static int64_t rows_of(const gan_buffer *x)
{
    assert(x);
    return x->count / x->dims[3];
}

static int64_t count_of(const gan_cuda_work *work)
{
    return gan_cuda_in(work, 0)->count;
}

static gan_status launch_forward(const gan_cuda_work *work, const gan_cuda_call *call,
                                 gan_error *err)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    const gan_bias_leaky_dropout_desc desc = {.x = call->in[0],
                                              .bias = call->in[1],
                                              .mask = call->in[2],
                                              .counters = call->in[3],
                                              .y = call->out[0],
                                              .type = work->type,
                                              .rows = rows_of(x),
                                              .channels = x->dims[3],
                                              .attr = &work->op->attr.bias_leaky_dropout};
    return gan_bias_leaky_dropout_launch(call->stream, &desc, err);
}

static gan_status prepare_backward(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    const gan_buffer *y = gan_cuda_in(work, 0);
    (void)spec;
    (void)err;
    work->scratch_bytes =
        gan_cuda_out(work, 1) ? gan_bias_leaky_dropout_bwd_scratch(rows_of(y), y->dims[3]) : 0;
    if (gan_cuda_with(work, GAN_OP_matmul) >= 0) {
        snprintf(work->plan.how, sizeof work->plan.how, "own kernel, with the product before");
        work->plan.again_bytes -= 2 * gan_buffer_bytes(gan_cuda_in(work, 1)); /* never in memory */
    }
    return GAN_OK;
}

static gan_status launch_backward(const gan_cuda_work *work, const gan_cuda_call *call,
                                  gan_error *err)
{
    const gan_buffer *y = gan_cuda_in(work, 0), *dbias = gan_cuda_out(work, 1);
    /* The gradient of a layer of one unit is an outer product: row[i] w[j], made where it is read.
     */
    gan_outer_product outer = {0};
    if (gan_cuda_with(work, GAN_OP_matmul) >= 0) {
        const gan_buffer *w = &work->program->buffers[work->with[0]->in[1]];
        outer = (gan_outer_product){call->with_in[0][0], call->with_in[0][1], w->type, w->count};
    }
    const gan_bias_leaky_dropout_bwd_desc desc = {.y = call->in[0],
                                                  .dy = outer.row ? NULL : call->in[1],
                                                  .outer = outer.row ? &outer : NULL,
                                                  .dx = call->out[0],
                                                  .dbias = call->out[1],
                                                  .type = work->type,
                                                  .dbias_type = dbias ? dbias->type : GAN_F32,
                                                  .rows = rows_of(y),
                                                  .channels = y->dims[3],
                                                  .attr = &work->op->attr.bias_leaky_dropout,
                                                  .scratch = call->scratch};
    return gan_bias_leaky_dropout_bwd_launch(call->stream, &desc, err);
}

static gan_status launch_tanh(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    return gan_tanh_launch(call->stream, call->in[0], call->out[0], work->type, count_of(work),
                           err);
}

static gan_status prepare_tanh_bwd(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    (void)spec;
    (void)err;
    if (gan_cuda_with(work, GAN_OP_scale_rows) >= 0) {
        snprintf(work->plan.how, sizeof work->plan.how, "own kernel, with the factors before");
        work->plan.again_bytes -= 2 * gan_buffer_bytes(gan_cuda_in(work, 1)); /* never in memory */
    }
    return GAN_OK;
}

/* With a scale_rows before it (fuse.c), the gradient that it takes is scaled on the way. */
static gan_status launch_tanh_bwd(const gan_cuda_work *work, const gan_cuda_call *call,
                                  gan_error *err)
{
    const int64_t n = count_of(work);
    const bool scales = gan_cuda_with(work, GAN_OP_scale_rows) >= 0;
    const int64_t rows = scales ? work->program->buffers[work->with[0]->in[0]].dims[0] : 1;
    const gan_tanh_bwd_desc desc = {.y = call->in[0],
                                    .dy = scales ? call->with_in[0][0] : call->in[1],
                                    .row_scale = scales ? call->with_in[0][1] : NULL,
                                    .row_length = n / rows,
                                    .dx = call->out[0],
                                    .type = work->type,
                                    .n = n};
    return gan_tanh_bwd_launch(call->stream, &desc, err);
}

static gan_status launch_sigmoid(const gan_cuda_work *work, const gan_cuda_call *call,
                                 gan_error *err)
{
    return gan_sigmoid_launch(call->stream, call->in[0], call->out[0], work->type, count_of(work),
                              err);
}

static gan_status launch_sigmoid_bwd(const gan_cuda_work *work, const gan_cuda_call *call,
                                     gan_error *err)
{
    return gan_sigmoid_bwd_launch(call->stream, call->in[0], call->in[1], call->out[0], work->type,
                                  count_of(work), err);
}

static gan_status launch_activation(const gan_cuda_work *work, const gan_cuda_call *call,
                                    gan_error *err)
{
    return gan_activation_launch(call->stream, call->in[0], call->in[1], call->out[0],
                                 &work->op->attr.activation, work->type, count_of(work), err);
}

static gan_status launch_add(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    return gan_add_launch(call->stream, call->in[0], call->in[1], call->out[0], work->type,
                          count_of(work), err);
}

static gan_status launch_multiply(const gan_cuda_work *work, const gan_cuda_call *call,
                                  gan_error *err)
{
    return gan_multiply_launch(call->stream, call->in[0], call->in[1],
                               work->op->attr.multiply.factor, call->out[0], work->type,
                               count_of(work), err);
}

static gan_status launch_fill(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const gan_buffer *y = gan_cuda_out(work, 0);
    return gan_fill_launch(call->stream, &work->op->attr.fill, call->in[0], call->out[0], y->type,
                           y->count, err);
}

static gan_status launch_window_sum(const gan_cuda_work *work, const gan_cuda_call *call,
                                    gan_error *err)
{
    const gan_window_sum_attr *attr = &work->op->attr.window_sum;
    const gan_buffer *second = gan_cuda_in(work, 1);
    const gan_window a = {call->in[0], attr->first_a, count_of(work)},
                     b = {call->in[1], attr->first_b, second ? second->count : 0};
    return gan_window_sum_launch(call->stream, &a, &b, call->out[0], work->type,
                                 gan_cuda_out(work, 0)->count, err);
}

static gan_status launch_scale_rows(const gan_cuda_work *work, const gan_cuda_call *call,
                                    gan_error *err)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    const gan_scale_desc desc = {.x = call->in[0],
                                 .s = call->in[1],
                                 .y = call->out[0],
                                 .type = work->type,
                                 .s_type = gan_cuda_in(work, 1)->type,
                                 .rows = x->dims[0],
                                 .columns = x->count / x->dims[0]};
    return gan_scale_rows_launch(call->stream, &desc, err);
}

static gan_status launch_row_dot(const gan_cuda_work *work, const gan_cuda_call *call,
                                 gan_error *err)
{
    const gan_buffer *a = gan_cuda_in(work, 0);
    const gan_dot_desc desc = {.a = call->in[0],
                               .b = call->in[1],
                               .r = call->out[0],
                               .type = work->type,
                               .r_type = gan_cuda_out(work, 0)->type,
                               .rows = a->dims[0],
                               .columns = a->count / a->dims[0]};
    return gan_row_dot_launch(call->stream, &desc, err);
}

const gan_cuda_op gan_cuda_op_bias_leaky_dropout = {1, 1, NULL, launch_forward};
const gan_cuda_op gan_cuda_op_bias_leaky_dropout_bwd = {3, 1, prepare_backward, launch_backward};
const gan_cuda_op gan_cuda_op_tanh = {1, 1, NULL, launch_tanh};
const gan_cuda_op gan_cuda_op_tanh_bwd = {3, 1, prepare_tanh_bwd, launch_tanh_bwd};
const gan_cuda_op gan_cuda_op_sigmoid = {1, 1, NULL, launch_sigmoid};
const gan_cuda_op gan_cuda_op_sigmoid_bwd = {3, 1, NULL, launch_sigmoid_bwd};
const gan_cuda_op gan_cuda_op_activation = {3, 1, NULL, launch_activation};
const gan_cuda_op gan_cuda_op_add = {3, 1, NULL, launch_add};
const gan_cuda_op gan_cuda_op_multiply = {3, 1, NULL, launch_multiply};
const gan_cuda_op gan_cuda_op_fill = {0, 1, NULL, launch_fill};
const gan_cuda_op gan_cuda_op_window_sum = {3, 1, NULL, launch_window_sum};
const gan_cuda_op gan_cuda_op_scale_rows = {1, 1, NULL, launch_scale_rows};
const gan_cuda_op gan_cuda_op_row_dot = {3, 0, NULL, launch_row_dot};
