/* op_batch_norm.c — batch normalization: own fused kernels, or cuDNN with the LeakyReLU around it.
 */
#include <stdio.h>
#include <string.h>

#include "cuda/work.h"
#include "kernels/kernels.h"

static int64_t rows_of(const gan_buffer *x)
{
    return x->count / x->dims[3];
}

static const gan_norm_attr *attr_of(const gan_cuda_work *work)
{
    return &work->op->attr.norm;
}

/* 1 after a normalization that no LeakyReLU follows. */
static bool has_leaky(const gan_cuda_work *work)
{
    return attr_of(work)->slope != 1.0f;
}

/* The gradients of gamma and beta go to their sums with another pass's (fuse.c). */
static bool adds(const gan_cuda_work *work)
{
    return gan_cuda_sum_of(work, 1) >= 0;
}

/* Where the gradient of gamma (1) or beta (2) belongs. */
static void *gradient_of(const gan_cuda_work *work, const gan_cuda_call *call, int k)
{
    return adds(work) ? call->with_out[gan_cuda_sum_of(work, k)][0] : call->out[k];
}

/* --- by cuDNN --- */

/* True if cuDNN's fp32 gradients of gamma and beta are not yet what is wanted. */
static bool moves_vectors(const gan_cuda_work *work)
{
    return work->op->kind == GAN_OP_batch_norm_bwd &&
           (adds(work) || gan_cuda_out(work, 1)->type != GAN_F32);
}

/* Where the parts of a cuDNN pass's scratch begin: 1/deviation, the gradient before the LeakyReLU,
 * gradients of gamma and beta before they are rounded or added. */
typedef struct parts {
    int64_t inv_std, dz, dgamma, dbeta, end;
} parts;

static parts lay_out(const gan_cuda_work *work)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    const bool backward = work->op->kind == GAN_OP_batch_norm_bwd;
    const int64_t vector = gan_cuda_aligned(x->dims[3] * (int64_t)sizeof(float));
    const int64_t map = backward && has_leaky(work)
                            ? gan_cuda_aligned(x->count * (int64_t)gan_dtype_size(work->type))
                            : 0;
    const int64_t moved = moves_vectors(work) ? vector : 0;
    parts p = {.inv_std = 0, .dz = vector};
    p.dgamma = p.dz + map;
    p.dbeta = p.dgamma + moved;
    p.end = p.dbeta + moved;
    return p;
}

static int64_t map_bytes(const gan_cuda_work *work)
{
    return gan_cuda_in(work, 0)->count * (int64_t)gan_dtype_size(work->type);
}

static void describe_cudnn(gan_cuda_work *work, bool is_described_only)
{
    const bool backward = work->op->kind == GAN_OP_batch_norm_bwd;
    gan_op_plan *plan = &work->plan;
    /* LeakyReLU in place, or x once more, for its sign */
    plan->again_bytes += has_leaky(work) ? (backward ? 1 : 2) * map_bytes(work) : 0;
    plan->maker = is_described_only ? GAN_MADE_BY_LIBRARY : GAN_MADE_BY_PLAN;
    plan->launches += 1 + moves_vectors(work);
    if (is_described_only) {
        snprintf(plan->how, sizeof plan->how, "cuDNN, compiled on the device; else own kernel");
    } else {
        snprintf(plan->how, sizeof plan->how, "cuDNN, compiled at run time%s",
                 work->norm.from_cache ? " (from the cache)" : "");
    }
}

/* The most that every map and vector of the op promises of its address: one plan is for all. */
static int64_t common_alignment(const gan_cuda_work *work)
{
    int64_t least = 16;
    const int n_in = work->op->n_in;
    for (int i = 0; i < n_in + work->op->n_out; i++) {
        const bool is_in = i < n_in;
        const int k = is_in ? i : i - n_in;
        const gan_buffer *b = is_in ? gan_cuda_in(work, k) : gan_cuda_out(work, k);
        const int64_t alignment =
            b ? gan_cuda_alignment(b, is_in ? &work->in[k] : &work->out[k]) : least;
        least = alignment < least ? alignment : least;
    }
    return least;
}

static bool is_barred(const gan_cuda_spec *spec, const gan_norm_task *task)
{
    for (int i = 0; i < spec->n_barred_norms; i++) {
        if (gan_norm_task_same(&spec->barred_norms[i], task)) {
            return true;
        }
    }
    return false;
}

/* True if cuDNN does it; otherwise why[] says why not. */
static bool plan_cudnn(const gan_cuda_spec *spec, gan_cuda_work *work)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    const gan_cudnn_rules rules = {.deterministic = !spec->nondeterministic,
                                   .runtime_compiled = true,
                                   .most_refused = 4,
                                   .workspace_cap = spec->workspace_cap};
    gan_norm_task task = {.backward = work->op->kind == GAN_OP_batch_norm_bwd,
                          .type = work->type,
                          .alignment = common_alignment(work)};
    memcpy(task.nhwc, x->dims, sizeof task.nhwc);
    if (is_barred(spec, &task)) {
        snprintf(work->plan.why, sizeof work->plan.why, "the device would not run cuDNN's plan");
        return false;
    }
    gan_error reason = {0};
    if (gan_cudnn_norm_plan(&spec->target, &rules, &task, spec->cache, &work->norm, &reason) ==
        GAN_OK) {
        return true;
    }
    gan_cudnn_norm_destroy(&work->norm);
    snprintf(work->plan.why, sizeof work->plan.why, "%.*s", (int)sizeof work->plan.why - 1,
             reason.text);
    return false;
}

/* cuDNN has only engines here that it compiles, and it does so only beside a driver: of a described
 * device nothing more can be said than that it will be asked. */
static gan_status prepare_norm(const gan_cuda_spec *spec, gan_cuda_work *work, gan_error *err)
{
    (void)err;
    const gan_buffer *x = gan_cuda_in(work, 0);
    const int64_t rows = rows_of(x), channels = x->dims[3];
    const char *way = gan_cuda_way(spec, work);
    if (spec->cudnn_batch_norm && !(way && strcmp(way, GAN_CUDA_FUSED) == 0)) {
        const bool is_described_only = spec->target.description != NULL;
        const bool planned = !is_described_only && plan_cudnn(spec, work);
        if (planned || is_described_only) {
            work->scratch_bytes = lay_out(work).end;
            work->workspace_bytes = planned ? work->norm.choice.workspace : 0;
            describe_cudnn(work, is_described_only);
            return GAN_OK;
        }
    }
    const bool forward = work->op->kind == GAN_OP_batch_norm;
    work->scratch_bytes = forward ? gan_batch_norm_scratch(rows, channels)
                                  : gan_batch_norm_bwd_scratch(rows, channels);
    work->plan.again_bytes = (forward ? 1 : 2) * map_bytes(work); /* for sums, then for results */
    return GAN_OK;
}

static gan_status launch_cudnn_fwd(const gan_cuda_work *work, const gan_cuda_call *call,
                                   gan_error *err)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    const parts p = lay_out(work);
    float *inv_std = (void *)((char *)call->scratch + p.inv_std);
    const gan_norm_tensors tensors = {.x = call->in[0],
                                      .gamma = call->in[1],
                                      .beta = call->in[2],
                                      .y = call->out[0],
                                      .mean = call->out[1],
                                      .inv_std = inv_std};
    GAN_TRY(gan_cudnn_norm_run(&work->norm, false, call->cudnn, &tensors, attr_of(work)->epsilon,
                               call->workspace, err));
    const gan_batch_norm_after_desc after = {.inv_std = inv_std,
                                             .var = call->out[2],
                                             .y = call->out[0],
                                             .type = work->type,
                                             .rows = rows_of(x),
                                             .channels = x->dims[3],
                                             .attr = attr_of(work)};
    return gan_batch_norm_after_launch(call->stream, &after, err);
}

/* What cuDNN's backward pass is given: 1/deviation, and the gradient before the LeakyReLU. */
static gan_status launch_before_bwd(const gan_cuda_work *work, const gan_cuda_call *call, void *dz,
                                    float *inv_std, gan_error *err)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    const gan_batch_norm_before_bwd_desc before = {.x = call->in[0],
                                                   .dy = call->in[1],
                                                   .gamma = call->in[2],
                                                   .beta = call->in[3],
                                                   .mean = call->in[4],
                                                   .var = call->in[5],
                                                   .dz = dz,
                                                   .inv_std = inv_std,
                                                   .type = work->type,
                                                   .rows = rows_of(x),
                                                   .channels = x->dims[3],
                                                   .attr = attr_of(work)};
    return gan_batch_norm_before_bwd_launch(call->stream, &before, err);
}

/* Its gradients of gamma and beta, to where they belong. */
static gan_status launch_after_bwd(const gan_cuda_work *work, const gan_cuda_call *call,
                                   const float *dgamma, const float *dbeta, gan_error *err)
{
    const gan_batch_norm_after_bwd_desc after = {.from_dgamma = dgamma,
                                                 .from_dbeta = dbeta,
                                                 .dgamma = gradient_of(work, call, 1),
                                                 .dbeta = gradient_of(work, call, 2),
                                                 .adds = adds(work),
                                                 .grad_type = gan_cuda_out(work, 1)->type,
                                                 .channels = gan_cuda_in(work, 0)->dims[3]};
    return gan_batch_norm_after_bwd_launch(call->stream, &after, err);
}

static gan_status launch_cudnn_bwd(const gan_cuda_work *work, const gan_cuda_call *call,
                                   gan_error *err)
{
    const parts p = lay_out(work);
    char *scratch = call->scratch;
    const bool moves = moves_vectors(work);
    const gan_norm_tensors tensors = {
        .x = call->in[0],
        .gamma = call->in[2],
        .mean = (void *)(uintptr_t)call->in[4],
        .inv_std = scratch + p.inv_std,
        .dy = has_leaky(work) ? scratch + p.dz : call->in[1],
        .dx = call->out[0],
        .dgamma = moves ? scratch + p.dgamma : call->out[1],
        .dbeta = moves ? scratch + p.dbeta : call->out[2],
    };
    GAN_TRY(launch_before_bwd(work, call, has_leaky(work) ? scratch + p.dz : NULL,
                              (float *)tensors.inv_std, err));
    GAN_TRY(gan_cudnn_norm_run(&work->norm, true, call->cudnn, &tensors, attr_of(work)->epsilon,
                               call->workspace, err));
    return moves ? launch_after_bwd(work, call, tensors.dgamma, tensors.dbeta, err) : GAN_OK;
}

/* --- either way --- */

static gan_status launch_norm(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    if (work->norm.plan) {
        return launch_cudnn_fwd(work, call, err);
    }
    const gan_batch_norm_desc norm = {.x = call->in[0],
                                      .gamma = call->in[1],
                                      .beta = call->in[2],
                                      .y = call->out[0],
                                      .mean = call->out[1],
                                      .var = call->out[2],
                                      .type = work->type,
                                      .rows = rows_of(x),
                                      .channels = x->dims[3],
                                      .attr = attr_of(work),
                                      .scratch = call->scratch};
    return gan_batch_norm_launch(call->stream, &norm, err);
}

static gan_status launch_norm_bwd(const gan_cuda_work *work, const gan_cuda_call *call,
                                  gan_error *err)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    if (work->norm.plan) {
        return launch_cudnn_bwd(work, call, err);
    }
    const gan_batch_norm_bwd_desc norm = {.x = call->in[0],
                                          .dy = call->in[1],
                                          .gamma = call->in[2],
                                          .beta = call->in[3],
                                          .mean = call->in[4],
                                          .var = call->in[5],
                                          .dx = call->out[0],
                                          .dgamma = gradient_of(work, call, 1),
                                          .dbeta = gradient_of(work, call, 2),
                                          .adds = adds(work),
                                          .type = work->type,
                                          .grad_type = gan_cuda_out(work, 1)->type,
                                          .rows = rows_of(x),
                                          .channels = x->dims[3],
                                          .attr = attr_of(work),
                                          .scratch = call->scratch};
    return gan_batch_norm_bwd_launch(call->stream, &norm, err);
}

static gan_status launch_norm_infer(const gan_cuda_work *work, const gan_cuda_call *call,
                                    gan_error *err)
{
    const gan_buffer *x = gan_cuda_in(work, 0);
    const gan_batch_norm_infer_desc norm = {.x = call->in[0],
                                            .gamma = call->in[1],
                                            .beta = call->in[2],
                                            .mean = call->in[3],
                                            .var = call->in[4],
                                            .y = call->out[0],
                                            .type = work->type,
                                            .rows = rows_of(x),
                                            .channels = x->dims[3],
                                            .attr = attr_of(work)};
    return gan_batch_norm_infer_launch(call->stream, &norm, err);
}

const gan_cuda_op gan_cuda_op_batch_norm = {1, 1, prepare_norm, launch_norm};
const gan_cuda_op gan_cuda_op_batch_norm_bwd = {3, 1, prepare_norm, launch_norm_bwd};
const gan_cuda_op gan_cuda_op_batch_norm_infer = {1, 1, NULL, launch_norm_infer};
