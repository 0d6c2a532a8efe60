/* cudnn_descriptor.c — the descriptors of cuDNN's graph API, made in one line each.
 *
 * A plan is a tree of descriptors: tensors and attributes below an operation, the operation below a
 * graph, the graph below an engine's configuration. Each is made, filled and finalized before the
 * one above refers to it, and the pool destroys them in the other direction. */
#include "cuda/cudnn_descriptor.h"

#include <assert.h>

void gan_cudnn_pool_clear(gan_cudnn_pool *pool)
{
    while (pool->n > 0) {
        pool->n--;
        (void)cudnnBackendDestroyDescriptor(pool->items[pool->n]);
    }
}

gan_status gan_cudnn_make(gan_cudnn_pool *pool, cudnnBackendDescriptorType_t kind,
                          cudnnBackendDescriptor_t *out, gan_error *err)
{
    CUDNN_TRY(cudnnBackendCreateDescriptor(kind, out));
    gan_cudnn_keep(pool, *out);
    return GAN_OK;
}

void gan_cudnn_keep(gan_cudnn_pool *pool, cudnnBackendDescriptor_t descriptor)
{
    assert(pool->n < GAN_CUDNN_POOL_MAX);
    pool->items[pool->n++] = descriptor;
}

/* cuDNN says no more of a bad attribute than that it is bad: the number says which. */
gan_status gan_cudnn_set(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                         cudnnBackendAttributeType_t type, int64_t n, const void *value,
                         gan_error *err)
{
    cudnnStatus_t code = cudnnBackendSetAttribute(descriptor, name, type, n, value);
    if (code == CUDNN_STATUS_SUCCESS) {
        return GAN_OK;
    }
    gan_status status = gan_cudnn_fail(
        err, code, GAN_CUDA_PLACE(cudnnBackendSetAttribute(descriptor, name, type, n, value)));
    return gan_fail_in(err, status, "attribute %d", (int)name);
}

gan_status gan_cudnn_set_i64(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                             int64_t value, gan_error *err)
{
    return gan_cudnn_set(descriptor, name, CUDNN_TYPE_INT64, 1, &value, err);
}

gan_status gan_cudnn_set_float(cudnnBackendDescriptor_t descriptor,
                               cudnnBackendAttributeName_t name, float value, gan_error *err)
{
    return gan_cudnn_set(descriptor, name, CUDNN_TYPE_FLOAT, 1, &value, err);
}

gan_status gan_cudnn_set_type(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                              cudnnDataType_t value, gan_error *err)
{
    return gan_cudnn_set(descriptor, name, CUDNN_TYPE_DATA_TYPE, 1, &value, err);
}

gan_status gan_cudnn_set_descriptor(cudnnBackendDescriptor_t descriptor,
                                    cudnnBackendAttributeName_t name,
                                    cudnnBackendDescriptor_t value, gan_error *err)
{
    return gan_cudnn_set(descriptor, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &value, err);
}

gan_status gan_cudnn_finalize(cudnnBackendDescriptor_t descriptor, gan_error *err)
{
    CUDNN_TRY(cudnnBackendFinalize(descriptor));
    return GAN_OK;
}

cudnnDataType_t gan_cudnn_type(gan_dtype type)
{
    switch (type) {
    case GAN_F32:
        return CUDNN_DATA_FLOAT;
    case GAN_BF16:
        return CUDNN_DATA_BFLOAT16;
    default:
        assert(type == GAN_F16);
        return CUDNN_DATA_HALF;
    }
}

gan_status gan_cudnn_make_tensor(gan_cudnn_pool *pool, const gan_cudnn_tensor *tensor,
                                 cudnnBackendDescriptor_t *out, gan_error *err)
{
    const int64_t n = tensor->nhwc[0], h = tensor->nhwc[1], w = tensor->nhwc[2];
    const int64_t c = tensor->nhwc[3];
    assert(n > 0 && h > 0 && w > 0 && c > 0);
    /* cuDNN names dims in the order N, C, H, W whatever the memory holds; the strides say that
     * channels are innermost there. */
    const int64_t dims[4] = {n, c, h, w};
    const int64_t strides[4] = {h * w * c, 1, w * c, c};
    cudnnBackendDescriptor_t d;
    GAN_TRY(gan_cudnn_make(pool, CUDNN_BACKEND_TENSOR_DESCRIPTOR, &d, err));
    GAN_TRY(gan_cudnn_set_type(d, CUDNN_ATTR_TENSOR_DATA_TYPE, tensor->type, err));
    GAN_TRY(gan_cudnn_set(d, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, dims, err));
    GAN_TRY(gan_cudnn_set(d, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, strides, err));
    GAN_TRY(gan_cudnn_set_i64(d, CUDNN_ATTR_TENSOR_UNIQUE_ID, tensor->id, err));
    GAN_TRY(gan_cudnn_set_i64(d, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, tensor->alignment, err));
    /* The value itself goes into the variant pack, in host memory: epsilon of a normalization. */
    if (tensor->by_value) {
        GAN_TRY(gan_cudnn_set(d, CUDNN_ATTR_TENSOR_IS_BY_VALUE, CUDNN_TYPE_BOOLEAN, 1,
                              &tensor->by_value, err));
    }
    GAN_TRY(gan_cudnn_finalize(d, err));
    *out = d;
    return GAN_OK;
}

gan_status gan_cudnn_make_graph(gan_cudnn_pool *pool, cudnnHandle_t handle,
                                cudnnBackendDescriptor_t operation, cudnnBackendDescriptor_t *out,
                                gan_error *err)
{
    cudnnBackendDescriptor_t graph;
    GAN_TRY(gan_cudnn_make(pool, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, &graph, err));
    GAN_TRY(gan_cudnn_set_descriptor(graph, CUDNN_ATTR_OPERATIONGRAPH_OPS, operation, err));
    /* Without a handle there is no device: the graph is planned for a GPU that is not here. */
    if (handle) {
        GAN_TRY(gan_cudnn_set(graph, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1,
                              &handle, err));
    }
    GAN_TRY(gan_cudnn_finalize(graph, err));
    *out = graph;
    return GAN_OK;
}
