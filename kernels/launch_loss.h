/* launch_loss.h — launches of the losses, and of the dynamic scale that fp16 gives them. The rules
 * of kernels.h hold. */
#ifndef GAN_KERNELS_LAUNCH_LOSS_H
#define GAN_KERNELS_LAUNCH_LOSS_H

#include <cuda_runtime_api.h>

#include "program/program.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_loss_buffers {
    const void *real, *fake; /* logits, of `type`; either may be left out (count 0) */
    int64_t n_real, n_fake;
    void *dreal, *dfake, *gfake; /* may be left out; dreal, dfake of `type`, gfake of gfake_type */
    gan_dtype type, gfake_type;
    float *metrics;      /* (GAN_METRIC_NORM_G) */
    const float *scales; /* (GAN_NET_COUNT) loss scales that multiply the gradients; NULL = 1 */
} gan_loss_buffers;

/* One block, sums in double. With attr->shared, gfake is a ratio and takes no scale, and the two
 * scales must be equal or left out. */
gan_status gan_loss_launch(cudaStream_t stream, const gan_loss_buffers *buffers,
                           const gan_loss_attr *attr, gan_error *err);

typedef struct gan_softmax_cross_entropy_buffers {
    const void *logits;    /* (samples, classes), of `type` */
    const int32_t *labels; /* (samples) */
    int64_t samples, classes;
    void *gradient; /* of `type`; may be left out */
    gan_dtype type;
    float *loss, *correct; /* (1) each */
    const float *scale;    /* (1) loss scale that multiplies the gradient; NULL = 1 */
} gan_softmax_cross_entropy_buffers;

/* One launch. */
gan_status gan_softmax_cross_entropy_launch(cudaStream_t stream,
                                            const gan_softmax_cross_entropy_buffers *buffers,
                                            const gan_softmax_cross_entropy_attr *attr,
                                            void *scratch, gan_error *err);
int64_t gan_softmax_cross_entropy_scratch(int64_t samples);

/* Dynamic loss scaling: scale, steps since it last changed, and whether every gradient of this step
 * was finite, for G and D. scale, growth and finite live in the store and in checkpoints. */
enum { GAN_SCALE_GROWTH_STEPS = 2000 }; /* finite steps after which a scale doubles */

/* scale = value, growth = 0, finite = 1 for both. */
gan_status gan_scale_init_launch(cudaStream_t stream, float *scale, int32_t *growth,
                                 int32_t *finite, float value, gan_error *err);
/* After a step's updates, for each network: finite: growth += 1, and at GAN_SCALE_GROWTH_STEPS the
 * scale doubles (at most 2^24) and growth = 0. Not finite: the scale halves (at least 1), growth =
 * 0, finite = 1 for the next step. */
gan_status gan_scale_update_launch(cudaStream_t stream, float *scale, int32_t *growth,
                                   int32_t *finite, gan_error *err);

#ifdef __cplusplus
}
#endif

#endif
