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

/* A map in a larger one, with `top` rows above and `left` columns before it. */
typedef struct gan_frame {
    int64_t n, h, w, c;   /* the map, (n,h,w,c) */
    int64_t out_h, out_w; /* the larger one, (n,out_h,out_w,c) */
    int64_t top, left;
} gan_frame;

/* y, the larger map: x at its place, 0 around it. x is not y. */
gan_status gan_pad_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type,
                          const gan_frame *frame, gan_error *err);
/* y, the map: what lies at its place in x, the larger one. x is not y. */
gan_status gan_crop_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type,
                           const gan_frame *frame, gan_error *err);

/* --- maps made smaller and larger; a map is (samples, h, w, channels) --- */

/* x is the map that attr makes y of. */
gan_status gan_resample_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type,
                               int64_t samples, int64_t channels, const gan_resample_attr *attr,
                               gan_error *err);

/* A filter and the widened one, or the other way round: what attr says of `in`. */
typedef struct gan_widen_filter_desc {
    const void *in; /* of in_type */
    void *out;      /* of out_type; written */
    gan_dtype in_type, out_type;
    const int64_t *in_dims, *out_dims; /* [4], host memory */
    const gan_widen_filter_attr *attr;
} gan_widen_filter_desc;

gan_status gan_widen_filter_launch(cudaStream_t stream, const gan_widen_filter_desc *d,
                                   gan_error *err);

/* The three directions of max pooling: the largest of each window, a gradient back to where that
 * stood, and what stands there in another map. */
typedef struct gan_max_pool_desc {
    const void *from; /* x (samples,in,in,channels); dy, as y; g, as x */
    void *to;         /* y (samples,out,out,channels); dx, as x; y; written */
    gan_dtype type;
    int64_t samples, channels;
    const gan_max_pool_attr *attr;
} gan_max_pool_desc;

/* index: as y, where in its map the largest stands; written; may be left out. */
gan_status gan_max_pool_launch(cudaStream_t stream, const gan_max_pool_desc *d, int32_t *index,
                               gan_error *err);
gan_status gan_max_pool_bwd_launch(cudaStream_t stream, const gan_max_pool_desc *d,
                                   const int32_t *index, gan_error *err);
gan_status gan_max_pool_pick_launch(cudaStream_t stream, const gan_max_pool_desc *d,
                                    const int32_t *index, gan_error *err);

/* n channels from channel `from` on of a map of as many pixels as the result; x NULL: n of 0. */
typedef struct gan_concat_part {
    const void *x;
    int64_t channels, from, n;
} gan_concat_part;

enum { GAN_CONCAT_MOST = 16 }; /* parts of one launch */

typedef struct gan_concat_desc {
    const gan_concat_part *parts; /* (n_parts), side by side; host memory */
    int n_parts;                  /* at most GAN_CONCAT_MOST */
    void *y;                      /* (pixels, channels); written */
    int64_t first;                /* the parts' first channel in y; others are left as they are */
    gan_dtype type;
    int64_t pixels, channels;
} gan_concat_desc;

gan_status gan_concat_launch(cudaStream_t stream, const gan_concat_desc *d, gan_error *err);

/* --- loss and its scale --- */

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

/* --- state; flag is guard's: while flag[0] != 0 they change nothing --- */

/* One vector: r (1) = sqrt(sum of (g / *scale)^2), summed in double; scale may be left out. finite
 * may be left out; else *finite = 0 when any element is not finite, and is untouched otherwise. */
typedef struct gan_norm_part {
    const void *g;
    int64_t n;
    const float *scale;
    float *r;
    int32_t *finite;
} gan_norm_part;

enum { GAN_NORM_MAX_PARTS = 2 };

/* norm_g, norm_d may be left out. finite (GAN_NET_COUNT) may be left out; else the norm of a
 * network whose gradients overflowed is not looked at: its step is skipped, the scale falls. */
typedef struct gan_guard_part {
    const float *metrics, *norm_g, *norm_d;
    const int64_t *counters;
    const int32_t *finite;
    int32_t *flag;
} gan_guard_part;

typedef struct gan_report_part {
    const float *metrics, *norm_g, *norm_d; /* norms may be left out */
    const int32_t *flag;
    int64_t *counters;
    float *ring; /* (rows, GAN_METRIC_COUNT) */
    int64_t rows;
} gan_report_part;

/* Which networks are updated: their t goes up by one, unless the flag is raised or a network's own
 * finite (GAN_NET_COUNT; may be NULL) is 0. */
typedef struct gan_count_part {
    int64_t *counters;
    const int32_t *flag, *finite;
    int nets[GAN_NET_COUNT];
    int n_nets;
} gan_count_part;

/* What a step does once its norms are known, in this order; each may be left out (NULL). */
typedef struct gan_norm_sequel {
    const gan_guard_part *guard;
    const gan_count_part *count;
    const gan_report_part *report;
} gan_norm_sequel;

/* The norms of one vector or two of one type, in one launch: the same bits as each by itself. Then,
 * in the same launch, the sequel. scratch: gan_norm_scratch() of each vector, together. */
gan_status gan_norm_launch(cudaStream_t stream, const gan_norm_part *parts, int n_parts,
                           gan_dtype type, const gan_norm_sequel *sequel, void *scratch,
                           gan_error *err);
int64_t gan_norm_scratch(int64_t n);

gan_status gan_guard_launch(cudaStream_t stream, const gan_guard_part *guard, gan_error *err);

/* batch, running: the flat statistics that the segments are offsets of. finite: the network's own
 * element, or NULL; 0 there skips the update. */
typedef struct gan_stat_part {
    const float *batch;
    float *running;
    const int32_t *finite;
    const gan_stat_segment *segments; /* host memory */
    int n_segments;
} gan_stat_part;

/* Segments are taken 64 to a launch. */
gan_status gan_stat_update_launch(cudaStream_t stream, const gan_stat_part *part,
                                  const int32_t *flag, gan_error *err);

/* One run of elements that share a network's numbers. */
typedef struct gan_adam_part {
    const void *g; /* gradient, read */
    gan_dtype g_type;
    float *param, *m, *v; /* updated in place */
    void *param16;        /* 16-bit copy of param, overwritten; may be left out */
    gan_dtype param16_type;
    int64_t count;
    double epsilon;
    bool epsilon_inside;
    int net;               /* whose rates and t are taken */
    const float *scale;    /* loss scale that g carries; may be left out */
    const int32_t *finite; /* 0 there skips this part; may be left out */
} gan_adam_part;

enum {
    GAN_ADAM_MAX_PARTS = 8,
    GAN_ADAM_MAX_STATS = 32 /* segments of moving statistics that go along */
};

/* Updates that are one launch. */
typedef struct gan_adam_desc {
    const gan_adam_part *parts; /* (n_parts); host memory */
    int n_parts;                /* at most GAN_ADAM_MAX_PARTS */
    const gan_stat_part *stats; /* (n_stats); host memory; moving statistics that go along */
    int n_stats;                /* their segments are GAN_ADAM_MAX_STATS in all at most */
    const double *rates;        /* (GAN_RATE_COUNT) */
    const int64_t *counters;    /* (GAN_COUNTER_COUNT) */
    bool is_ahead;              /* t is 1 more than the counter of a part's network:
                                 * gan_adam_count_launch() comes after this */
    const int32_t *flag;        /* (1) */
} gan_adam_desc;

/* Bias corrections in double. */
gan_status gan_adam_launch(cudaStream_t stream, const gan_adam_desc *d, gan_error *err);

gan_status gan_adam_count_launch(cudaStream_t stream, const gan_count_part *part, gan_error *err);

/* Rates that move, at the counters' step; rows are host memory. */
gan_status gan_rates_launch(cudaStream_t stream, const int64_t *counters, const double *factor,
                            double *rates, const gan_rates_attr *attr, gan_error *err);

/* counters NULL: no warm-up of the decay. */
gan_status gan_ema_launch(cudaStream_t stream, const float *source, const double *rates,
                          const int32_t *flag, const int64_t *counters, float *average, int64_t n,
                          gan_error *err);

gan_status gan_report_launch(cudaStream_t stream, const gan_report_part *report, gan_error *err);

/* --- */

/* Whether this build's kernels can be loaded on the current device, which is made ready for it:
 * cudaErrorNoKernelImageForDevice where they were built for others. */
cudaError_t gan_kernels_load(void);

#ifdef __cplusplus
}
#endif
#endif
