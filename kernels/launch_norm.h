/* launch_norm.h — launches of what normalizes: batch normalization, by itself and around cuDNN's,
 * the per-sample ones, and minibatch standard deviation. The rules of kernels.h hold. */
#ifndef GAN_KERNELS_LAUNCH_NORM_H
#define GAN_KERNELS_LAUNCH_NORM_H

#include <cuda_runtime_api.h>

#include "program/program.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gan_batch_norm_desc {
    const void *x;             /* (rows, channels) */
    const float *gamma, *beta; /* (channels) */
    void *y;                   /* (rows, channels), LeakyReLU of attr applied; written */
    float *mean, *var;         /* (channels), over the rows, var biased; written */
    gan_dtype type;
    int64_t rows, channels;
    const gan_norm_attr *attr;
    void *scratch;
} gan_batch_norm_desc;

/* Accurate for |mean| >> deviation: sums of x - x[row 0] with twice a float's digits, combined in a
 * fixed order. One launch. */
gan_status gan_batch_norm_launch(cudaStream_t stream, const gan_batch_norm_desc *d, gan_error *err);
int64_t gan_batch_norm_scratch(int64_t rows, int64_t channels);

typedef struct gan_batch_norm_bwd_desc {
    const void *x, *dy;        /* (rows, channels); dy is the gradient after the LeakyReLU */
    const float *gamma, *beta; /* (channels) */
    const float *mean, *var;   /* (channels), of the forward pass */
    void *dx;                  /* (rows, channels); written */
    void *dgamma, *dbeta;      /* (channels), of grad_type; written */
    bool adds;                 /* dgamma and dbeta are added to what is there */
    gan_dtype type, grad_type;
    int64_t rows, channels;
    const gan_norm_attr *attr;
    void *scratch;
} gan_batch_norm_bwd_desc;

/* One launch. */
gan_status gan_batch_norm_bwd_launch(cudaStream_t stream, const gan_batch_norm_bwd_desc *d,
                                     gan_error *err);
int64_t gan_batch_norm_bwd_scratch(int64_t rows, int64_t channels);

typedef struct gan_batch_norm_infer_desc {
    const void *x;             /* (rows, channels) */
    const float *gamma, *beta; /* (channels) */
    const float *mean, *var;   /* (channels), the moving statistics */
    void *y;                   /* (rows, channels); written */
    gan_dtype type;
    int64_t rows, channels;
    const gan_norm_attr *attr;
} gan_batch_norm_infer_desc;

gan_status gan_batch_norm_infer_launch(cudaStream_t stream, const gan_batch_norm_infer_desc *d,
                                       gan_error *err);

/* Around cuDNN's batch normalization, whose statistics are the mean and 1/sqrt(var + epsilon). One
 * launch each.
 *
 * After it: var from inv_std, and the LeakyReLU of attr. The variance loses digits where it is far
 * below epsilon, as the inverse deviation itself does. */
typedef struct gan_batch_norm_after_desc {
    const float *inv_std; /* (channels) */
    float *var;           /* (channels), biased; written */
    void *y;              /* (rows, channels); in place; a slope of 1: not looked at */
    gan_dtype type;
    int64_t rows, channels;
    const gan_norm_attr *attr;
} gan_batch_norm_after_desc;

gan_status gan_batch_norm_after_launch(cudaStream_t stream, const gan_batch_norm_after_desc *d,
                                       gan_error *err);

/* Before its backward pass: inv_std from var, and dz, the gradient before the LeakyReLU: dy where
 * the normalized x, as it was rounded to `type`, is above 0, slope dy elsewhere. */
typedef struct gan_batch_norm_before_bwd_desc {
    const void *x, *dy;        /* (rows, channels); dy may be left out where dz is */
    const float *gamma, *beta; /* (channels) */
    const float *mean, *var;   /* (channels) */
    void *dz;                  /* (rows, channels); written; may be left out */
    float *inv_std;            /* (channels); written */
    gan_dtype type;
    int64_t rows, channels;
    const gan_norm_attr *attr;
} gan_batch_norm_before_bwd_desc;

gan_status gan_batch_norm_before_bwd_launch(cudaStream_t stream,
                                            const gan_batch_norm_before_bwd_desc *d,
                                            gan_error *err);

/* After it: the fp32 gradients of gamma and beta in the type and the place that they belong. */
typedef struct gan_batch_norm_after_bwd_desc {
    const float *from_dgamma, *from_dbeta; /* (channels) */
    void *dgamma, *dbeta;                  /* (channels), of grad_type; written */
    bool adds;                             /* they are added to what is there */
    gan_dtype grad_type;
    int64_t channels;
} gan_batch_norm_after_bwd_desc;

gan_status gan_batch_norm_after_bwd_launch(cudaStream_t stream,
                                           const gan_batch_norm_after_bwd_desc *d, gan_error *err);

typedef struct gan_normalize_desc {
    const void *x;     /* (dims) */
    const void *a, *g; /* (dims); each may be left out */
    void *y;           /* (dims), none of the others; written */
    const gan_normalize_attr *attr;
    gan_dtype type;
    int64_t dims[4];
} gan_normalize_desc;

/* normalize of ops.def. */
gan_status gan_normalize_launch(cudaStream_t stream, const gan_normalize_desc *d, gan_error *err);
/* minibatch_stddev of ops.def over x (dims), or with dy its backward pass, y being dx. */
gan_status gan_minibatch_stddev_launch(cudaStream_t stream, const void *x, const void *dy, void *y,
                                       const gan_minibatch_stddev_attr *attr, gan_dtype type,
                                       const int64_t dims[4], gan_error *err);

#ifdef __cplusplus
}
#endif

#endif
