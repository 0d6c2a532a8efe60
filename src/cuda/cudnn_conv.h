/* cudnn_conv.h — a convolution or one of its two gradients as a cuDNN plan.
 *
 * NHWC maps and KRSC filters of one type, fp32 accumulation, cross-correlation: program.h's conv,
 * conv_dx and conv_dw as they stand, asymmetric padding too. */
#ifndef GAN_CUDA_CUDNN_CONV_H
#define GAN_CUDA_CUDNN_CONV_H

#include "cuda/cudnn_choose.h"

typedef enum gan_conv_direction { GAN_CONV_FWD, GAN_CONV_DX, GAN_CONV_DW } gan_conv_direction;

typedef struct gan_conv_task {
    gan_conv_direction direction;
    gan_conv_geometry geometry; /* maps x (n,H,W,C), y (n,P,Q,K), filter w (K,R,S,C/groups) */
    int64_t n;
    gan_dtype type;                    /* of all three */
    int64_t align_x, align_w, align_y; /* bytes that their addresses are multiples of */
    bool accumulate;                   /* the result is added to what its place holds */
} gan_conv_task;

/* Zero-initialize. */
typedef struct gan_cudnn_conv {
    gan_cudnn_pool pool;
    cudnnBackendDescriptor_t plan;
    gan_cudnn_choice choice;
} gan_cudnn_conv;

/* Builds the plan. GAN_E_UNSUPPORTED as gan_cudnn_choose() says. Destroy it either way. */
gan_status gan_cudnn_conv_plan(const gan_cudnn_target *target, const gan_cudnn_rules *rules,
                               const gan_conv_task *task, gan_cudnn_conv *conv, gan_error *err);
void gan_cudnn_conv_destroy(gan_cudnn_conv *conv);

/* Queues it on the handle's stream: of x, w, y the two that the direction reads give the third,
 * overwritten. workspace: device memory of choice.workspace bytes. */
gan_status gan_cudnn_conv_run(const gan_cudnn_conv *conv, cudnnHandle_t handle, const void *x,
                              const void *w, const void *y, void *workspace, gan_error *err);

/* Executes any finalized plan on the handle's stream: id[i] is at address[i]. */
gan_status gan_cudnn_execute(cudnnBackendDescriptor_t plan, cudnnHandle_t handle, int64_t n,
                             const int64_t *ids, void *const *addresses, void *workspace,
                             gan_error *err);

#endif
