/* op_matmul.c — matrix products: cuBLAS, and own kernels for a layer of one unit.
 *
 * A discriminator's last layer has one unit: its product is a matrix by a vector, and its two
 * gradients an outer product and a weighted sum of rows. They are bound by memory: own kernels read
 * each operand once, and take the bias and the losses along. */
#include <stdio.h>

#include "cuda/cublas.h"
#include "cuda/options.h"
#include "cuda/work.h"
#include "kernels/kernels.h"

typedef enum product_kind { BY_CUBLAS, BY_MATVEC, BY_OUTER, BY_MATVEC_DW } product_kind;

/* A layer of one unit and its two gradients; everything else is cuBLAS's. */
static product_kind kind_of(const gan_cuda_work *work)
{
    const gan_matmul_attr *a = &work->op->attr.matmul;
    if (a->n == 1 && !a->trans_a) {
        return BY_MATVEC;
    }
    if (a->n == 1) {
        return BY_MATVEC_DW;
    }
    if (a->k == 1 && !a->trans_a) {
        return BY_OUTER;
    }
    return BY_CUBLAS;
}

/* Of the layer, or its gradient, in the same launch. */
static bool has_bias(const gan_cuda_work *work)
{
    return gan_cuda_with(work, GAN_OP_bias_leaky_dropout) >= 0 ||
           gan_cuda_with(work, GAN_OP_bias_leaky_dropout_bwd) >= 0;
}

static gan_status prepare_matmul(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    (void)err;
    gan_op_plan *plan = &work->plan;
    if (kind_of(work) != BY_CUBLAS) {
        snprintf(plan->how, sizeof plan->how, "own kernel%s%s", has_bias(work) ? ", with bias" : "",
                 gan_cuda_with(work, GAN_OP_loss) >= 0 ? " and losses" : "");
        return GAN_OK;
    }
    const bool is_fp32 = work->type == GAN_F32;
    /* fp32 goes to the tensor cores as TF32 unless --precision strict; 16 bits always do. */
    work->is_strict = is_fp32 && spec->strict;
    work->is_tf32 = is_fp32 && !spec->strict && spec->sm >= GAN_CUDA_TF32_SM;
    plan->maker = GAN_MADE_BY_LIBRARY;
    plan->tensor_core = !is_fp32 || work->is_tf32;
    snprintf(plan->how, sizeof plan->how, "cuBLAS, %s", plan->tensor_core ? "tensor cores" : "FMA");
    snprintf(plan->why, sizeof plan->why, "cuBLAS does not plan without a device: bound only");
    return GAN_OK;
}

static gan_status launch_matvec(const gan_cuda_work *work, const gan_cuda_call *call,
                                gan_error *err)
{
    const gan_matmul_attr *a = &work->op->attr.matmul;
    const int bias = gan_cuda_with(work, GAN_OP_bias_leaky_dropout);
    const int loss = gan_cuda_with(work, GAN_OP_loss);
    gan_loss_buffers buffers = {0};
    if (loss >= 0) {
        buffers = gan_cuda_loss_buffers(work, work->with[loss], (const void **)call->with_in[loss],
                                        call->with_out[loss], call->scales);
    }
    const gan_matvec_desc desc = {.x = call->in[0],
                                  .w = call->in[1],
                                  .bias = bias >= 0 ? call->with_in[bias][1] : NULL,
                                  .y = bias >= 0 ? call->with_out[bias][0] : call->out[0],
                                  .type = work->type,
                                  .rows = a->m,
                                  .k = a->k,
                                  .loss = loss >= 0 ? &buffers : NULL,
                                  .attr = loss >= 0 ? &work->with[loss]->attr.loss : NULL};
    return gan_matvec_launch(call->stream, &desc, err);
}

static gan_status launch_matvec_dw(const gan_cuda_work *work, const gan_cuda_call *call,
                                   gan_error *err)
{
    const gan_matmul_attr *a = &work->op->attr.matmul;
    /* Of this product m is the inputs of the layer, and k the samples, over which it sums. */
    const gan_matvec_dw_desc desc = {.x = call->in[0],
                                     .dy = call->in[1],
                                     .dw = call->out[0],
                                     .dbias = work->n_with > 0 ? call->with_out[0][1] : NULL,
                                     .type = work->type,
                                     .grad_type = work->type,
                                     .rows = a->k,
                                     .k = a->m};
    return gan_matvec_dw_launch(call->stream, &desc, err);
}

static gan_status launch_matmul(const gan_cuda_work *work, const gan_cuda_call *call,
                                gan_error *err)
{
    const gan_matmul_attr *a = &work->op->attr.matmul;
    switch (kind_of(work)) {
    case BY_MATVEC:
        return launch_matvec(work, call, err);
    case BY_OUTER:
        return gan_outer_launch(call->stream, call->in[0], call->in[1], call->out[0], work->type,
                                a->m, a->n, err);
    case BY_MATVEC_DW:
        return launch_matvec_dw(work, call, err);
    default:
        break;
    }
    const gan_cublas_product product = {*a, work->type, work->type, work->is_strict, work->is_tf32};
    return gan_cublas_run(call->cublas, &product, call->in[0], call->in[1], call->out[0], err);
}

const gan_cuda_op gan_cuda_op_matmul = {3, 1, prepare_matmul, launch_matmul};
