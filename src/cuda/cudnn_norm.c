/* cudnn_norm.c — batch normalization in training and its backward pass as cuDNN plans.
 *
 * cuDNN compiles these engines at run time, which takes seconds; a finished plan is kept in a
 * folder (cudnn_cache.c), by task, device and version of cuDNN. Without a
 * device nothing is kept and nothing read. */
#include "cuda/cudnn_norm.h"

#include <string.h>

#include "cuda/cudnn_cache.h"
#include "cuda/cudnn_conv.h"

/* What a variant pack names the tensors by. */
/* The ids tie what is given at a run to the tensors of the plan; any numbers will do, all
 * different. */
enum {
    ID_X = 1,
    ID_Y,
    ID_GAMMA,
    ID_BETA,
    ID_MEAN,
    ID_INV_STD,
    ID_EPSILON,
    ID_DY,
    ID_DX,
    ID_DGAMMA,
    ID_DBETA
};

/* Makes a map like x. */
static gan_status make_map(gan_cudnn_pool *pool, const gan_norm_task *task, int64_t id,
                           cudnnBackendDescriptor_t op, cudnnBackendAttributeName_t name,
                           gan_error *err)
{
    gan_cudnn_tensor tensor = {id, gan_cudnn_type(task->type), {0}, task->alignment, false};
    cudnnBackendDescriptor_t d;
    for (int i = 0; i < 4; i++) {
        tensor.nhwc[i] = task->nhwc[i];
    }
    GAN_TRY(gan_cudnn_make_tensor(pool, &tensor, &d, err));
    return gan_cudnn_set_descriptor(op, name, d, err);
}

/* Makes a fp32 vector over the channels. */
static gan_status make_vector(gan_cudnn_pool *pool, const gan_norm_task *task, int64_t id,
                              cudnnBackendDescriptor_t op, cudnnBackendAttributeName_t name,
                              gan_error *err)
{
    const gan_cudnn_tensor tensor = {
        id, CUDNN_DATA_FLOAT, {1, 1, 1, task->nhwc[3]}, task->alignment, false};
    cudnnBackendDescriptor_t d;
    GAN_TRY(gan_cudnn_make_tensor(pool, &tensor, &d, err));
    return gan_cudnn_set_descriptor(op, name, d, err);
}

static gan_status make_forward(gan_cudnn_pool *pool, const gan_norm_task *task,
                               cudnnBackendDescriptor_t *out, gan_error *err)
{
    const cudnnBackendNormMode_t mode = CUDNN_BATCH_NORM;
    const cudnnBackendNormFwdPhase_t phase = CUDNN_NORM_FWD_TRAINING;
    const gan_cudnn_tensor scalar = {ID_EPSILON, CUDNN_DATA_FLOAT, {1, 1, 1, 1}, 4, true};
    cudnnBackendDescriptor_t op, epsilon;
    GAN_TRY(gan_cudnn_make(pool, CUDNN_BACKEND_OPERATION_NORM_FORWARD_DESCRIPTOR, &op, err));
    GAN_TRY(
        gan_cudnn_set(op, CUDNN_ATTR_OPERATION_NORM_FWD_MODE, CUDNN_TYPE_NORM_MODE, 1, &mode, err));
    GAN_TRY(gan_cudnn_set(op, CUDNN_ATTR_OPERATION_NORM_FWD_PHASE, CUDNN_TYPE_NORM_FWD_PHASE, 1,
                          &phase, err));
    GAN_TRY(make_map(pool, task, ID_X, op, CUDNN_ATTR_OPERATION_NORM_FWD_XDESC, err));
    GAN_TRY(make_map(pool, task, ID_Y, op, CUDNN_ATTR_OPERATION_NORM_FWD_YDESC, err));
    GAN_TRY(make_vector(pool, task, ID_GAMMA, op, CUDNN_ATTR_OPERATION_NORM_FWD_SCALE_DESC, err));
    GAN_TRY(make_vector(pool, task, ID_BETA, op, CUDNN_ATTR_OPERATION_NORM_FWD_BIAS_DESC, err));
    GAN_TRY(make_vector(pool, task, ID_MEAN, op, CUDNN_ATTR_OPERATION_NORM_FWD_MEAN_DESC, err));
    GAN_TRY(make_vector(pool, task, ID_INV_STD, op, CUDNN_ATTR_OPERATION_NORM_FWD_INV_VARIANCE_DESC,
                        err));
    GAN_TRY(gan_cudnn_make_tensor(pool, &scalar, &epsilon, err));
    GAN_TRY(gan_cudnn_set_descriptor(op, CUDNN_ATTR_OPERATION_NORM_FWD_EPSILON_DESC, epsilon, err));
    GAN_TRY(gan_cudnn_finalize(op, err));
    *out = op;
    return GAN_OK;
}

static gan_status make_backward(gan_cudnn_pool *pool, const gan_norm_task *task,
                                cudnnBackendDescriptor_t *out, gan_error *err)
{
    const cudnnBackendNormMode_t mode = CUDNN_BATCH_NORM;
    cudnnBackendDescriptor_t op;
    GAN_TRY(gan_cudnn_make(pool, CUDNN_BACKEND_OPERATION_NORM_BACKWARD_DESCRIPTOR, &op, err));
    GAN_TRY(
        gan_cudnn_set(op, CUDNN_ATTR_OPERATION_NORM_BWD_MODE, CUDNN_TYPE_NORM_MODE, 1, &mode, err));
    GAN_TRY(make_map(pool, task, ID_X, op, CUDNN_ATTR_OPERATION_NORM_BWD_XDESC, err));
    GAN_TRY(make_map(pool, task, ID_DY, op, CUDNN_ATTR_OPERATION_NORM_BWD_DYDESC, err));
    GAN_TRY(make_map(pool, task, ID_DX, op, CUDNN_ATTR_OPERATION_NORM_BWD_DXDESC, err));
    GAN_TRY(make_vector(pool, task, ID_GAMMA, op, CUDNN_ATTR_OPERATION_NORM_BWD_SCALE_DESC, err));
    GAN_TRY(make_vector(pool, task, ID_MEAN, op, CUDNN_ATTR_OPERATION_NORM_BWD_MEAN_DESC, err));
    GAN_TRY(make_vector(pool, task, ID_INV_STD, op, CUDNN_ATTR_OPERATION_NORM_BWD_INV_VARIANCE_DESC,
                        err));
    GAN_TRY(make_vector(pool, task, ID_DGAMMA, op, CUDNN_ATTR_OPERATION_NORM_BWD_DSCALE_DESC, err));
    GAN_TRY(make_vector(pool, task, ID_DBETA, op, CUDNN_ATTR_OPERATION_NORM_BWD_DBIAS_DESC, err));
    GAN_TRY(gan_cudnn_finalize(op, err));
    *out = op;
    return GAN_OK;
}

bool gan_norm_task_same(const gan_norm_task *a, const gan_norm_task *b)
{
    return a->backward == b->backward && a->type == b->type && a->alignment == b->alignment &&
           memcmp(a->nhwc, b->nhwc, sizeof a->nhwc) == 0;
}

static gan_cudnn_key make_key(const gan_norm_task *task)
{
    return (gan_cudnn_key){.name = task->backward ? "batch_norm_bwd" : "batch_norm",
                           .n = task->nhwc[0],
                           .h = task->nhwc[1],
                           .w = task->nhwc[2],
                           .c = task->nhwc[3],
                           .type = task->type,
                           .alignment = task->alignment};
}

gan_status gan_cudnn_norm_plan(const gan_cudnn_target *target, const gan_cudnn_rules *rules,
                               const gan_norm_task *task, const char *cache, gan_cudnn_norm *norm,
                               gan_error *err)
{
    const gan_cudnn_key key = make_key(task);
    cudnnBackendDescriptor_t op = NULL, graph;
    const char *folder = target->handle ? cache : NULL;
    norm->task = *task;
    if (folder && gan_cudnn_cache_read(folder, &key, target->handle, &norm->pool, &norm->plan,
                                       &norm->choice.workspace)) {
        norm->from_cache = norm->choice.workspace <= rules->workspace_cap;
        /* Only deterministic plans are written there. */
        if (norm->from_cache) {
            norm->choice.deterministic = norm->choice.runtime_compiled = true;
            return GAN_OK;
        }
    }
    GAN_TRY(task->backward ? make_backward(&norm->pool, task, &op, err)
                           : make_forward(&norm->pool, task, &op, err));
    GAN_TRY(gan_cudnn_make_graph(&norm->pool, target->handle, op, &graph, err));
    GAN_TRY(gan_cudnn_choose(target, graph, rules, &norm->pool, &norm->plan, &norm->choice, err));
    if (folder && norm->choice.deterministic) {
        gan_cudnn_cache_write(folder, &key, norm->plan);
    }
    return GAN_OK;
}

void gan_cudnn_norm_destroy(gan_cudnn_norm *norm)
{
    gan_cudnn_pool_clear(&norm->pool);
    *norm = (gan_cudnn_norm){0};
}

static void *plain(const void *address)
{
    return (void *)(uintptr_t)address; /* cuDNN takes inputs as void * too */
}

gan_status gan_cudnn_norm_run(const gan_cudnn_norm *norm, bool backward, cudnnHandle_t handle,
                              const gan_norm_tensors *t, float epsilon, void *workspace,
                              gan_error *err)
{
    const int64_t fwd_ids[] = {ID_X, ID_GAMMA, ID_BETA, ID_Y, ID_MEAN, ID_INV_STD, ID_EPSILON};
    void *const fwd[] = {plain(t->x), plain(t->gamma), plain(t->beta), t->y,
                         t->mean,     t->inv_std,      &epsilon};
    const int64_t bwd_ids[] = {ID_X,    ID_DY,      ID_DX,     ID_GAMMA,
                               ID_MEAN, ID_INV_STD, ID_DGAMMA, ID_DBETA};
    void *const bwd[] = {plain(t->x), plain(t->dy), t->dx,     plain(t->gamma),
                         t->mean,     t->inv_std,   t->dgamma, t->dbeta};
    return backward ? gan_cudnn_execute(norm->plan, handle, (int64_t)(sizeof bwd / sizeof *bwd),
                                        bwd_ids, bwd, workspace, err)
                    : gan_cudnn_execute(norm->plan, handle, (int64_t)(sizeof fwd / sizeof *fwd),
                                        fwd_ids, fwd, workspace, err);
}
