/* cudnn_norm.h — batch normalization in training and its backward pass as cuDNN plans.
 *
 * cuDNN compiles these at run time (NVRTC, about 0.4 s each), so a finished plan is kept as a file.
 * Its convention of running statistics is not used: only what it saves of the batch is, the mean
 * and the inverse deviation 1/sqrt(variance + epsilon), biased. No activation rides along: cuDNN
 * has no LeakyReLU after a batch normalization. */
#ifndef GAN_CUDA_CUDNN_NORM_H
#define GAN_CUDA_CUDNN_NORM_H

#include "cuda/cudnn_choose.h"

typedef struct gan_norm_task {
    bool backward;
    int64_t nhwc[4];   /* of x */
    gan_dtype type;    /* of x, y, dx, dy; all vectors are fp32 */
    int64_t alignment; /* bytes that every address is a multiple of */
} gan_norm_task;

bool gan_norm_task_same(const gan_norm_task *a, const gan_norm_task *b);

/* Zero-initialize. */
typedef struct gan_cudnn_norm {
    gan_norm_task task; /* that it was planned for */
    gan_cudnn_pool pool;
    cudnnBackendDescriptor_t plan;
    gan_cudnn_choice choice; /* engine and rank are not known of a plan from a file */
    bool from_cache;
} gan_cudnn_norm;

/* gan_cudnn_norm_plan() — makes the plan, or reads it from a file of the cache.
 *
 *  cache  folder, or NULL; looked into and written to with a live device only. What is in it is
 * made anew when it does not load; that it cannot be written is no error
 *
 * GAN_E_UNSUPPORTED as gan_cudnn_choose() says. Destroy it either way. */
gan_status gan_cudnn_norm_plan(const gan_cudnn_target *target, const gan_cudnn_rules *rules,
                               const gan_norm_task *task, const char *cache, gan_cudnn_norm *norm,
                               gan_error *err);
void gan_cudnn_norm_destroy(gan_cudnn_norm *norm);

/* Device memory; what the direction does not use is not looked at. */
typedef struct gan_norm_tensors {
    const void *x, *gamma, *beta; /* read; beta forward only */
    void *y;                      /* forward: written */
    void *mean, *inv_std;         /* forward: written; backward: read */
    const void *dy;               /* backward: read */
    void *dx, *dgamma, *dbeta;    /* backward: written */
} gan_norm_tensors;

/* Queues it on the handle's stream. */
gan_status gan_cudnn_norm_run(const gan_cudnn_norm *norm, bool backward, cudnnHandle_t handle,
                              const gan_norm_tensors *tensors, float epsilon, void *workspace,
                              gan_error *err);

#endif
