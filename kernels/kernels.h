/* kernels.h — launch functions of the CUDA kernels, one per row of program/ops.def and a few more
 * that the CUDA backend needs around cuDNN and cuBLAS. What an op computes is written in ops.def.
 *
 * All of them: queue work on `stream` and return at once; never allocate, copy, or synchronize, so
 * they may be captured; pointers are device memory, and NULL only where "may be left out" is said;
 * x may be y (the same pointer), and dy may be dx, but partial overlaps are not allowed; any count
 * works, 0 is a success that launches nothing. `type` is the type of the activations and is
 * GAN_F32, GAN_BF16 or GAN_F16; what is typed float is always fp32. Arithmetic is fp32, sums go in
 * an order that depends on the sizes alone: the same inputs give the same bits on one device model.
 * 16-byte aligned pointers and sizes make an op fast, others make it slow, none make it fail.
 *
 * What takes more than eight arguments takes a descriptor: shapes are (rows, columns) in row-major
 * order, `type` is that of every void pointer of which nothing else is said. What a descriptor does
 * not call written is read. It is copied: it may go when the call returns.
 *
 * They return GAN_OK; GAN_E_BACKEND naming the op when CUDA refuses the launch (an earlier fault of
 * the device is reported here too); GAN_E_UNSUPPORTED for a type or a size that no kernel has.
 *
 * Scratch. Some ops need `scratch`: device memory of at least gan_<op>_scratch() bytes, aligned to
 * 256, whose contents never matter. Ops of one stream may share one scratch: they run in order. */
#ifndef GAN_KERNELS_KERNELS_H
#define GAN_KERNELS_KERNELS_H

#include <cuda_runtime_api.h>

#include "program/program.h"

#include "kernels/launch_loss.h"
#include "kernels/launch_map.h"
#include "kernels/launch_norm.h"
#include "kernels/launch_state.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- sources --- */

/* n draws into z, of the gather's type, along with a gather. */
typedef struct gan_noise_part {
    const int64_t *counters;
    void *z;
    int64_t n;
    gan_noise_attr attr;
} gan_noise_part;

typedef struct gan_gather_desc {
    const uint8_t *images;   /* (n_images,h,w,c), of 0..255 */
    const int64_t *counters; /* (GAN_COUNTER_COUNT) */
    void *x;                 /* (batch,h,w,c), of [-1,1]; written */
    gan_dtype type;
    int64_t batch, h, w, c;
    bool in_order; /* images holds just the batch of this step, already in the epoch's order (a data
                    * set that is streamed): only flips are drawn */
    const gan_gather_attr *attr;
    const gan_noise_part *noise; /* may be left out */
} gan_gather_desc;

gan_status gan_gather_launch(cudaStream_t stream, const gan_gather_desc *d, gan_error *err);

/* labels: (n_images); y: (batch), those of the images that gan_gather_launch() draws. */
gan_status gan_gather_labels_launch(cudaStream_t stream, const int32_t *labels,
                                    const int64_t *counters, int32_t *y, int64_t batch,
                                    const gan_gather_attr *attr, gan_error *err);

/* z: n draws of the counters' step. */
gan_status gan_noise_launch(cudaStream_t stream, const int64_t *counters, void *z, gan_dtype type,
                            int64_t n, const gan_noise_attr *attr, gan_error *err);

/* --- elementwise; channels is the last axis, rows all the others --- */

typedef struct gan_bias_leaky_dropout_desc {
    const void *x;           /* (rows, channels) */
    const float *bias;       /* (channels); may be left out */
    const uint8_t *mask;     /* (rows, channels), 0: dropped; left out: drawn */
    const int64_t *counters; /* (GAN_COUNTER_COUNT); may be left out where nothing is drawn */
    void *y;                 /* (rows, channels); written */
    gan_dtype type;
    int64_t rows, channels;
    const gan_bias_leaky_dropout_attr *attr;
} gan_bias_leaky_dropout_desc;

/* With no bias and no dropout it is LeakyReLU alone. */
gan_status gan_bias_leaky_dropout_launch(cudaStream_t stream, const gan_bias_leaky_dropout_desc *d,
                                         gan_error *err);

/* A gradient that is never in memory: row[i] w[j], rounded to the op's type, where w (n) is what
 * one of `row`'s samples has: i = element / n, j = element % n. */
typedef struct gan_outer_product {
    const void *row; /* of the op's type */
    const void *w;   /* of w_type; rounded to the op's type first */
    gan_dtype w_type;
    int64_t n; /* a multiple of channels */
} gan_outer_product;

typedef struct gan_bias_leaky_dropout_bwd_desc {
    const void *y;                  /* (rows, channels), what the forward pass made */
    const void *dy;                 /* (rows, channels); NULL: outer is in its place */
    const gan_outer_product *outer; /* NULL: dy is in memory */
    void *dx;                       /* (rows, channels); written */
    void *dbias;                    /* (channels), of dbias_type; written; may be left out */
    gan_dtype type, dbias_type;
    int64_t rows, channels;
    const gan_bias_leaky_dropout_attr *attr;
    void *scratch; /* may be NULL when dbias is */
} gan_bias_leaky_dropout_bwd_desc;

/* One launch. */
gan_status gan_bias_leaky_dropout_bwd_launch(cudaStream_t stream,
                                             const gan_bias_leaky_dropout_bwd_desc *d,
                                             gan_error *err);
int64_t gan_bias_leaky_dropout_bwd_scratch(int64_t rows, int64_t channels);

gan_status gan_tanh_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type, int64_t n,
                           gan_error *err);
/* dx[i] = s[row] dy[i] (1 - y[i]^2). */
typedef struct gan_tanh_bwd_desc {
    const void *y, *dy;     /* (n) */
    const float *row_scale; /* (n / row_length), s: a scale_rows that comes just before, done in the
                             * same launch; NULL: 1 */
    int64_t row_length;     /* not looked at without row_scale */
    void *dx;               /* (n); written */
    gan_dtype type;
    int64_t n;
} gan_tanh_bwd_desc;

gan_status gan_tanh_bwd_launch(cudaStream_t stream, const gan_tanh_bwd_desc *d, gan_error *err);
gan_status gan_sigmoid_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type,
                              int64_t n, gan_error *err);
gan_status gan_sigmoid_bwd_launch(cudaStream_t stream, const void *y, const void *dy, void *dx,
                                  gan_dtype type, int64_t n, gan_error *err);
/* y[i] = f^(order)(x[i]) g[i], of activations.def; g may be left out. y may be x or g. */
gan_status gan_activation_launch(cudaStream_t stream, const void *x, const void *g, void *y,
                                 const gan_activation_attr *attr, gan_dtype type, int64_t n,
                                 gan_error *err);
/* A factor for each row of a matrix, or for each of its columns. */
typedef struct gan_scale_desc {
    const void *x; /* (rows, columns) */
    const void *s; /* (rows) or (columns), of s_type */
    void *y;       /* (rows, columns); written */
    gan_dtype type, s_type;
    int64_t rows, columns;
} gan_scale_desc;

gan_status gan_scale_channels_launch(cudaStream_t stream, const gan_scale_desc *d, gan_error *err);
gan_status gan_scale_rows_launch(cudaStream_t stream, const gan_scale_desc *d, gan_error *err);

/* The sum of a b over each row of two matrices, or over each of their columns. */
typedef struct gan_dot_desc {
    const void *a, *b; /* (rows, columns) */
    void *r;           /* (rows) or (columns), of r_type; written */
    gan_dtype type, r_type;
    int64_t rows, columns;
    void *scratch; /* of channel_dot alone */
} gan_dot_desc;

gan_status gan_channel_dot_launch(cudaStream_t stream, const gan_dot_desc *d, gan_error *err);
int64_t gan_channel_dot_scratch(int64_t rows, int64_t channels);
gan_status gan_row_dot_launch(cudaStream_t stream, const gan_dot_desc *d, gan_error *err);
gan_status gan_add_launch(cudaStream_t stream, const void *a, const void *b, void *y,
                          gan_dtype type, int64_t n, gan_error *err);

gan_status gan_multiply_launch(cudaStream_t stream, const void *a, const void *b, float factor,
                               void *y, gan_dtype type, int64_t n, gan_error *err);

/* y[i] = factor, times rates[rate] where rates is not NULL. */
gan_status gan_fill_launch(cudaStream_t stream, const gan_fill_attr *attr, const double *rates,
                           void *y, gan_dtype type, int64_t n, gan_error *err);

/* A tensor that lies in a larger one; x NULL: there is none. */
typedef struct gan_window {
    const void *x;
    int64_t first, n; /* elements of the larger one */
} gan_window;

/* y (n elements) = a and b at their places, added where they overlap, 0 where neither is. */
gan_status gan_window_sum_launch(cudaStream_t stream, const gan_window *a, const gan_window *b,
                                 void *y, gan_dtype type, int64_t n, gan_error *err);

/* y[i] = (to) x[i]; from and to are any of f32, bf16, f16; rounding to nearest, ties to even. */
gan_status gan_convert_launch(cudaStream_t stream, const void *x, gan_dtype from, void *y,
                              gan_dtype to, int64_t n, gan_error *err);

/* --- dense layers of one unit: a matrix product with N = 1 --- */

/* y = x w + bias. */
typedef struct gan_matvec_desc {
    const void *x;     /* (rows, k) */
    const void *w;     /* (k) */
    const float *bias; /* (1); may be left out */
    void *y;           /* (rows); written */
    gan_dtype type;
    int64_t rows, k;
    const gan_loss_buffers *loss; /* computed when y is whole, in the same launch; may be left out,
                                   * and attr with it */
    const gan_loss_attr *attr;
} gan_matvec_desc;

gan_status gan_matvec_launch(cudaStream_t stream, const gan_matvec_desc *d, gan_error *err);
/* dx (rows,k) = dy (rows) w (k). */
gan_status gan_outer_launch(cudaStream_t stream, const void *dy, const void *w, void *dx,
                            gan_dtype type, int64_t rows, int64_t k, gan_error *err);
/* Its gradients: dw = sum over rows of dy[i] x[i,:], dbias = sum of dy. */
typedef struct gan_matvec_dw_desc {
    const void *x;  /* (rows, k) */
    const void *dy; /* (rows) */
    void *dw;       /* (k), of grad_type; written */
    void *dbias;    /* (1), of grad_type; written; may be left out */
    gan_dtype type, grad_type;
    int64_t rows, k;
} gan_matvec_dw_desc;

gan_status gan_matvec_dw_launch(cudaStream_t stream, const gan_matvec_dw_desc *d, gan_error *err);

/* --- */

/* Whether this build's kernels can be loaded on the current device, which is made ready for it:
 * cudaErrorNoKernelImageForDevice where they were built for others. */
cudaError_t gan_kernels_load(void);

#ifdef __cplusplus
}
#endif
#endif
