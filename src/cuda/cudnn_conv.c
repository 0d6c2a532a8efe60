/* cudnn_conv.c — a convolution or one of its two gradients as a cuDNN plan. */
#include "cuda/cudnn_conv.h"

#include <assert.h>

enum { ID_X = 1, ID_W = 2, ID_Y = 3, N_TENSORS = 3 };

/* cuDNN's names of one direction's attributes. */
typedef struct direction_row {
    cudnnBackendDescriptorType_t kind;
    cudnnBackendAttributeName_t x, w, y, convolution, alpha, beta;
} direction_row;

static const direction_row directions[] = {
    [GAN_CONV_FWD] = {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA},
    [GAN_CONV_DX] = {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA},
    [GAN_CONV_DW] = {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
                     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA},
};

static gan_status make_convolution(gan_cudnn_pool *pool, const gan_conv_geometry *g,
                                   cudnnBackendDescriptor_t *out, gan_error *err)
{
    const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
    const int64_t before[2] = {g->pad_top, g->pad_left}, after[2] = {g->pad_bottom, g->pad_right};
    const int64_t strides[2] = {g->stride_h, g->stride_w}, dilations[2] = {1, 1};
    cudnnBackendDescriptor_t d;
    GAN_TRY(gan_cudnn_make(pool, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, &d, err));
    GAN_TRY(gan_cudnn_set_type(d, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT, err));
    GAN_TRY(gan_cudnn_set(d, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1,
                          &mode, err));
    GAN_TRY(gan_cudnn_set_i64(d, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 2, err));
    GAN_TRY(
        gan_cudnn_set(d, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2, before, err));
    GAN_TRY(
        gan_cudnn_set(d, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2, after, err));
    GAN_TRY(
        gan_cudnn_set(d, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2, dilations, err));
    GAN_TRY(
        gan_cudnn_set(d, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2, strides, err));
    GAN_TRY(gan_cudnn_finalize(d, err));
    *out = d;
    return GAN_OK;
}

static gan_status make_operation(gan_cudnn_pool *pool, const gan_conv_task *task,
                                 cudnnBackendDescriptor_t *out, gan_error *err)
{
    const gan_conv_geometry *g = &task->geometry;
    const direction_row *row = &directions[task->direction];
    const cudnnDataType_t type = gan_cudnn_type(task->type);
    const gan_cudnn_tensor tensors[N_TENSORS] = {
        {ID_X, type, {task->n, g->h, g->w, g->c}, task->align_x, false},
        {ID_W, type, {g->k, g->r, g->s, gan_conv_group_c(g)}, task->align_w, false},
        {ID_Y, type, {task->n, g->p, g->q, g->k}, task->align_y, false},
    };
    cudnnBackendDescriptor_t t[N_TENSORS], convolution, d;
    for (int i = 0; i < N_TENSORS; i++) {
        GAN_TRY(gan_cudnn_make_tensor(pool, &tensors[i], &t[i], err));
    }
    GAN_TRY(make_convolution(pool, g, &convolution, err));
    GAN_TRY(gan_cudnn_make(pool, row->kind, &d, err));
    GAN_TRY(gan_cudnn_set_descriptor(d, row->x, t[0], err));
    GAN_TRY(gan_cudnn_set_descriptor(d, row->w, t[1], err));
    GAN_TRY(gan_cudnn_set_descriptor(d, row->y, t[2], err));
    GAN_TRY(gan_cudnn_set_descriptor(d, row->convolution, convolution, err));
    GAN_TRY(gan_cudnn_set_float(d, row->alpha, 1.0f, err));
    GAN_TRY(gan_cudnn_set_float(d, row->beta, task->accumulate ? 1.0f : 0.0f, err));
    GAN_TRY(gan_cudnn_finalize(d, err));
    *out = d;
    return GAN_OK;
}

/* What cuDNN would take in silence and compute wrongly, or crash on. */
static void assert_task(const gan_conv_task *task)
{
    const gan_conv_geometry *g = &task->geometry;
    assert(task->n > 0 && g->stride_h > 0 && g->stride_w > 0);
    assert(g->groups > 0 && g->c % g->groups == 0 && g->k % g->groups == 0);
    assert(g->pad_top >= 0 && g->pad_left >= 0 && g->pad_bottom >= 0 && g->pad_right >= 0);
    assert((g->h + g->pad_top + g->pad_bottom - g->r) / g->stride_h + 1 == g->p);
    assert((g->w + g->pad_left + g->pad_right - g->s) / g->stride_w + 1 == g->q);
    (void)g;
    (void)task;
}

gan_status gan_cudnn_conv_plan(const gan_cudnn_target *target, const gan_cudnn_rules *rules,
                               const gan_conv_task *task, gan_cudnn_conv *conv, gan_error *err)
{
    assert_task(task);
    cudnnBackendDescriptor_t operation, graph;
    GAN_TRY(make_operation(&conv->pool, task, &operation, err));
    GAN_TRY(gan_cudnn_make_graph(&conv->pool, target->handle, operation, &graph, err));
    return gan_cudnn_choose(target, graph, rules, &conv->pool, &conv->plan, &conv->choice, err);
}

void gan_cudnn_conv_destroy(gan_cudnn_conv *conv)
{
    gan_cudnn_pool_clear(&conv->pool);
    *conv = (gan_cudnn_conv){0};
}

gan_status gan_cudnn_execute(cudnnBackendDescriptor_t plan, cudnnHandle_t handle, int64_t n,
                             const int64_t *ids, void *const *addresses, void *workspace,
                             gan_error *err)
{
    gan_cudnn_pool pool = {0};
    cudnnBackendDescriptor_t pack;
    gan_status status = gan_cudnn_make(&pool, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, &pack, err);
    if (status != GAN_OK) {
        return status;
    }
    GAN_TRY_DONE(
        gan_cudnn_set(pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, n, ids, err));
    GAN_TRY_DONE(gan_cudnn_set(pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, n,
                               addresses, err));
    GAN_TRY_DONE(gan_cudnn_set(pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1,
                               &workspace, err));
    GAN_TRY_DONE(gan_cudnn_finalize(pack, err));
    CUDNN_TRY_DONE(cudnnBackendExecute(handle, plan, pack));
done:
    gan_cudnn_pool_clear(&pool);
    return status;
}

gan_status gan_cudnn_conv_run(const gan_cudnn_conv *conv, cudnnHandle_t handle, const void *x,
                              const void *w, const void *y, void *workspace, gan_error *err)
{
    const int64_t ids[N_TENSORS] = {ID_X, ID_W, ID_Y};
    void *const addresses[N_TENSORS] = {(void *)(uintptr_t)x, (void *)(uintptr_t)w,
                                        (void *)(uintptr_t)y}; /* cuDNN takes all as void * */
    return gan_cudnn_execute(conv->plan, handle, N_TENSORS, ids, addresses, workspace, err);
}
