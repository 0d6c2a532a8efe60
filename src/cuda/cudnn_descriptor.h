/* cudnn_descriptor.h — the descriptors of cuDNN's graph API, made in one line each.
 *
 * Backend descriptors are created, given attributes and finalized; all that belong to one plan lie
 * in one pool and are destroyed together. What cuDNN 9.19 accepts in silence (a dimension or a
 * stride of 0, two tensors of one id) is for the callers to rule out: they build every descriptor
 * from shapes that a program has checked. */
#ifndef GAN_CUDA_CUDNN_DESCRIPTOR_H
#define GAN_CUDA_CUDNN_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "cuda/check.h"
#include "program/program.h"

enum { GAN_CUDNN_POOL_MAX = 24 };

/* Zero-initialize. Owns its descriptors. */
typedef struct gan_cudnn_pool {
    cudnnBackendDescriptor_t items[GAN_CUDNN_POOL_MAX];
    int n;
} gan_cudnn_pool;

void gan_cudnn_pool_clear(gan_cudnn_pool *pool); /* destroys the last made first */

/* A new descriptor of that kind, owned by the pool. */
gan_status gan_cudnn_make(gan_cudnn_pool *pool, cudnnBackendDescriptorType_t kind,
                          cudnnBackendDescriptor_t *out, gan_error *err);

/* Gives the pool a descriptor made elsewhere. */
void gan_cudnn_keep(gan_cudnn_pool *pool, cudnnBackendDescriptor_t descriptor);

/* One attribute. The value is copied by cuDNN; a descriptor is referred to and must live on. */
gan_status gan_cudnn_set(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                         cudnnBackendAttributeType_t type, int64_t n, const void *value,
                         gan_error *err);
gan_status gan_cudnn_set_i64(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                             int64_t value, gan_error *err);
gan_status gan_cudnn_set_float(cudnnBackendDescriptor_t descriptor,
                               cudnnBackendAttributeName_t name, float value, gan_error *err);
gan_status gan_cudnn_set_type(cudnnBackendDescriptor_t descriptor, cudnnBackendAttributeName_t name,
                              cudnnDataType_t value, gan_error *err);
gan_status gan_cudnn_set_descriptor(cudnnBackendDescriptor_t descriptor,
                                    cudnnBackendAttributeName_t name,
                                    cudnnBackendDescriptor_t value, gan_error *err);
gan_status gan_cudnn_finalize(cudnnBackendDescriptor_t descriptor, gan_error *err);

/* cuDNN's name of a type; types that cuDNN has no use for here are a broken invariant. */
cudnnDataType_t gan_cudnn_type(gan_dtype type);

typedef struct gan_cudnn_tensor {
    int64_t id; /* what a variant pack names it by; unlike any other of its graph */
    cudnnDataType_t type;
    int64_t nhwc[4];   /* a filter is one too: n = K, h x w = R x S */
    int64_t alignment; /* bytes, of the address it will have */
    bool by_value;     /* a scalar whose host address is given at execution */
} gan_cudnn_tensor;

/* A finalized tensor, channels last, its dims in the order (N,C,H,W) that cuDNN wants. */
gan_status gan_cudnn_make_tensor(gan_cudnn_pool *pool, const gan_cudnn_tensor *tensor,
                                 cudnnBackendDescriptor_t *out, gan_error *err);

/* A finalized graph of one operation. handle: NULL where there is no device. */
gan_status gan_cudnn_make_graph(gan_cudnn_pool *pool, cudnnHandle_t handle,
                                cudnnBackendDescriptor_t operation, cudnnBackendDescriptor_t *out,
                                gan_error *err);

#endif
