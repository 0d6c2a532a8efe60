/* op_matmul.c — matrix products: cuBLAS, and own kernels for a layer of one unit. */
#include <stdio.h>

#include "cuda/cublas.h"
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

static bool is_strict(const gan_cuda_spec *spec, const gan_cuda_work *work)
{
    return spec->strict && work->type == GAN_F32;
}

static gan_status prepare_matmul(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    (void)err;
    gan_op_plan *plan = &work->plan;
    if (kind_of(work) != BY_CUBLAS) {
        snprintf(plan->how, sizeof plan->how, "own kernel%s", work->with ? ", with the bias" : "");
        return GAN_OK;
    }
    const bool has_tf32 = spec->sm >= 80;
    work->is_strict = is_strict(spec, work);
    plan->maker = GAN_MADE_BY_LIBRARY;
    plan->tensor_core = work->type != GAN_F32 || (has_tf32 && !work->is_strict);
    snprintf(plan->how, sizeof plan->how, "cuBLAS, %s", plan->tensor_core ? "tensor cores" : "FMA");
    snprintf(plan->why, sizeof plan->why, "cuBLAS does not plan without a device: bound only");
    return GAN_OK;
}

static gan_status launch_matvec(const gan_cuda_work *work, const gan_cuda_call *call,
                                gan_error *err)
{
    const gan_matmul_attr *a = &work->op->attr.matmul;
    const float *bias = work->with ? call->with_in[1] : NULL;
    void *y = work->with ? call->with_out[0] : call->out[0];
    return gan_matvec_launch(call->stream, call->in[0], call->in[1], bias, y, work->type, a->m,
                             a->k, err);
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
        return gan_matvec_dw_launch(call->stream, call->in[0], call->in[1], call->out[0],
                                    work->with ? call->with_out[1] : NULL, work->type, work->type,
                                    a->k, a->m, err);
    default:
        break;
    }
    const gan_cublas_product product = {*a, work->type, work->type, work->is_strict};
    return gan_cublas_run(call->cublas, &product, call->in[0], call->in[1], call->out[0], err);
}

const gan_cuda_op gan_cuda_op_matmul = {3, 1, prepare_matmul, launch_matmul};
