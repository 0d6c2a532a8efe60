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

/* images: (n_images,h,w,c) bytes; x: (batch,h,w,c). in_order: images holds just the batch of this
 * step, already in the epoch's order (a data set that is streamed): only flips are drawn. noise may
 * be left out. */
gan_status gan_gather_launch(cudaStream_t stream, const uint8_t *images, const int64_t *counters,
                             void *x, gan_dtype type, int64_t batch, int64_t h, int64_t w,
                             int64_t c, bool in_order, const gan_gather_attr *attr,
                             const gan_noise_part *noise, gan_error *err);

/* labels: (n_images); y: (batch), those of the images that gan_gather_launch() draws. */
gan_status gan_gather_labels_launch(cudaStream_t stream, const int32_t *labels,
                                    const int64_t *counters, int32_t *y, int64_t batch,
                                    const gan_gather_attr *attr, gan_error *err);

/* z: n draws of the counters' step. */
gan_status gan_noise_launch(cudaStream_t stream, const int64_t *counters, void *z, gan_dtype type,
                            int64_t n, const gan_noise_attr *attr, gan_error *err);

/* --- elementwise; channels is the last axis, rows all the others --- */

/* bias (channels), mask (rows*channels) and counters may be left out (NULL); counters only when
 * nothing is drawn: drop_rate 0 or a mask. With no bias and no dropout it is LeakyReLU alone. */
gan_status gan_bias_leaky_dropout_launch(cudaStream_t stream, const void *x, const float *bias,
                                         const uint8_t *mask, const int64_t *counters, void *y,
                                         gan_dtype type, int64_t rows, int64_t channels,
                                         const gan_bias_leaky_dropout_attr *attr, gan_error *err);

/* A gradient that is never in memory: row[i] w[j], rounded to the op's type, where w (n) is what
 * one of `row`'s samples has: i = element / n, j = element % n. */
typedef struct gan_outer_product {
    const void *row; /* of the op's type */
    const void *w;   /* of w_type; rounded to the op's type first */
    gan_dtype w_type;
    int64_t n; /* a multiple of channels */
} gan_outer_product;

/* dy, or outer in its place: the other is NULL. dbias (channels) may be left out; dbias_type is the
 * type it is written in. scratch may be NULL when dbias is. One launch. */
gan_status gan_bias_leaky_dropout_bwd_launch(cudaStream_t stream, const void *y, const void *dy,
                                             const gan_outer_product *outer, void *dx,
                                             gan_dtype type, void *dbias, gan_dtype dbias_type,
                                             int64_t rows, int64_t channels,
                                             const gan_bias_leaky_dropout_attr *attr, void *scratch,
                                             gan_error *err);
int64_t gan_bias_leaky_dropout_bwd_scratch(int64_t rows, int64_t channels);

/* Statistics over rows by Welford's recurrence, combined in a fixed order (Chan, Golub, LeVeque
 * 1983): accurate for |mean| >> deviation. mean, var: (channels) fp32, var biased. One launch. */
gan_status gan_batch_norm_launch(cudaStream_t stream, const void *x, const float *gamma,
                                 const float *beta, void *y, float *mean, float *var,
                                 gan_dtype type, int64_t rows, int64_t channels,
                                 const gan_norm_attr *attr, void *scratch, gan_error *err);
int64_t gan_batch_norm_scratch(int64_t rows, int64_t channels);

/* dgamma, dbeta (channels) are written in grad_type, or added to what is there. One launch. */
gan_status gan_batch_norm_bwd_launch(cudaStream_t stream, const void *x, const void *dy,
                                     const float *gamma, const float *beta, const float *mean,
                                     const float *var, void *dx, void *dgamma, void *dbeta,
                                     gan_dtype type, gan_dtype grad_type, int64_t rows,
                                     int64_t channels, const gan_norm_attr *attr, bool adds,
                                     void *scratch, gan_error *err);
int64_t gan_batch_norm_bwd_scratch(int64_t rows, int64_t channels);

gan_status gan_batch_norm_infer_launch(cudaStream_t stream, const void *x, const float *gamma,
                                       const float *beta, const float *mean, const float *var,
                                       void *y, gan_dtype type, int64_t rows, int64_t channels,
                                       const gan_norm_attr *attr, gan_error *err);

/* Around cuDNN's batch normalization, whose statistics are the mean and 1/sqrt(var + epsilon). One
 * launch each.
 *
 * After it: var from inv_std, and the LeakyReLU of attr in place in y (a slope of 1: y is not
 * looked at). The variance loses digits where it is far below epsilon, as the inverse deviation
 * itself does. */
gan_status gan_batch_norm_after_launch(cudaStream_t stream, const float *inv_std, float *var,
                                       void *y, gan_dtype type, int64_t rows, int64_t channels,
                                       const gan_norm_attr *attr, gan_error *err);
/* Before its backward pass: inv_std from var, and dz, the gradient before the LeakyReLU: dy where
 * the normalized x, as it was rounded to `type`, is above 0, slope dy elsewhere. dz may be left
 * out, and dy with it. */
gan_status gan_batch_norm_before_bwd_launch(cudaStream_t stream, const void *x, const void *dy,
                                            const float *gamma, const float *beta,
                                            const float *mean, const float *var, void *dz,
                                            float *inv_std, gan_dtype type, int64_t rows,
                                            int64_t channels, const gan_norm_attr *attr,
                                            gan_error *err);
/* After it: the fp32 gradients of gamma and beta rounded to their type, or added to what is there.
 */
gan_status gan_batch_norm_after_bwd_launch(cudaStream_t stream, const float *from_dgamma,
                                           const float *from_dbeta, void *dgamma, void *dbeta,
                                           gan_dtype grad_type, int64_t channels, bool adds,
                                           gan_error *err);

gan_status gan_tanh_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type, int64_t n,
                           gan_error *err);
/* dx[i] = s[row] dy[i] (1 - y[i]^2): row_scale (n / row_length, f32) is a scale_rows that comes
 * just before, done in the same launch; it may be left out, and row_length is then not looked at.
 */
gan_status gan_tanh_bwd_launch(cudaStream_t stream, const void *y, const void *dy,
                               const float *row_scale, int64_t row_length, void *dx, gan_dtype type,
                               int64_t n, gan_error *err);
gan_status gan_sigmoid_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type,
                              int64_t n, gan_error *err);
gan_status gan_sigmoid_bwd_launch(cudaStream_t stream, const void *y, const void *dy, void *dx,
                                  gan_dtype type, int64_t n, gan_error *err);
/* y[i] = f^(order)(x[i]) g[i], of activations.def; g may be left out. y may be x or g. */
gan_status gan_activation_launch(cudaStream_t stream, const void *x, const void *g, void *y,
                                 const gan_activation_attr *attr, gan_dtype type, int64_t n,
                                 gan_error *err);
/* normalize of ops.def over x (dims); a and g may be left out. y is none of them. */
gan_status gan_normalize_launch(cudaStream_t stream, const void *x, const void *a, const void *g,
                                void *y, const gan_normalize_attr *attr, gan_dtype type,
                                const int64_t dims[4], gan_error *err);
/* minibatch_stddev of ops.def over x (dims), or with dy its backward pass, y being dx. */
gan_status gan_minibatch_stddev_launch(cudaStream_t stream, const void *x, const void *dy, void *y,
                                       const gan_minibatch_stddev_attr *attr, gan_dtype type,
                                       const int64_t dims[4], gan_error *err);
/* x, y: (rows, channels); s: (channels) of s_type. y may be x. */
gan_status gan_scale_channels_launch(cudaStream_t stream, const void *x, const void *s,
                                     gan_dtype s_type, void *y, gan_dtype type, int64_t rows,
                                     int64_t channels, gan_error *err);
/* r: (channels) of r_type; scratch: as many bytes as the other says. */
gan_status gan_channel_dot_launch(cudaStream_t stream, const void *a, const void *b, void *r,
                                  gan_dtype r_type, gan_dtype type, int64_t rows, int64_t channels,
                                  void *scratch, gan_error *err);
int64_t gan_channel_dot_scratch(int64_t rows, int64_t channels);
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

/* x, y: (rows, row_length); s: (rows) of s_type. */
gan_status gan_scale_rows_launch(cudaStream_t stream, const void *x, const void *s,
                                 gan_dtype s_type, void *y, gan_dtype type, int64_t rows,
                                 int64_t row_length, gan_error *err);
/* r: (rows) of r_type. */
gan_status gan_row_dot_launch(cudaStream_t stream, const void *a, const void *b, void *r,
                              gan_dtype r_type, gan_dtype type, int64_t rows, int64_t row_length,
                              gan_error *err);

/* y[i] = (to) x[i]; from and to are any of f32, bf16, f16; rounding to nearest, ties to even. */
gan_status gan_convert_launch(cudaStream_t stream, const void *x, gan_dtype from, void *y,
                              gan_dtype to, int64_t n, gan_error *err);

/* A map of (n,h,w,c) laid into a larger one (n,out_h,out_w,c) with `top` rows above and `left`
 * columns before it, the rest 0; and the part of a larger map that lies there. x is not y. */
gan_status gan_pad_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type, int64_t n,
                          int64_t h, int64_t w, int64_t c, int64_t out_h, int64_t out_w,
                          int64_t top, int64_t left, gan_error *err);
gan_status gan_crop_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type, int64_t n,
                           int64_t h, int64_t w, int64_t c, int64_t out_h, int64_t out_w,
                           int64_t top, int64_t left, gan_error *err);

/* --- maps made smaller and larger; a map is (samples, h, w, channels) --- */

/* x is the map that attr makes y of. */
gan_status gan_resample_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type,
                               int64_t samples, int64_t channels, const gan_resample_attr *attr,
                               gan_error *err);

/* index: as y; may be left out of the first. */
gan_status gan_max_pool_launch(cudaStream_t stream, const void *x, void *y, int32_t *index,
                               gan_dtype type, int64_t samples, int64_t channels,
                               const gan_max_pool_attr *attr, gan_error *err);
gan_status gan_max_pool_bwd_launch(cudaStream_t stream, const int32_t *index, const void *dy,
                                   void *dx, gan_dtype type, int64_t samples, int64_t channels,
                                   const gan_max_pool_attr *attr, gan_error *err);
gan_status gan_max_pool_pick_launch(cudaStream_t stream, const int32_t *index, const void *g,
                                    void *y, gan_dtype type, int64_t samples, int64_t channels,
                                    const gan_max_pool_attr *attr, gan_error *err);

/* n channels from channel `from` on of a map of as many pixels as the result; x NULL: n of 0. */
typedef struct gan_concat_part {
    const void *x;
    int64_t channels, from, n;
} gan_concat_part;

enum { GAN_CONCAT_MOST = 16 }; /* parts of one launch */

/* y: (pixels, channels); its channels from `first` on are the n parts side by side, at most
 * GAN_CONCAT_MOST; others are left as they are. parts: host memory. */
gan_status gan_concat_launch(cudaStream_t stream, const gan_concat_part *parts, int n, void *y,
                             int64_t first, gan_dtype type, int64_t pixels, int64_t channels,
                             gan_error *err);

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

/* y (rows) = x (rows,k) w (k) + bias[0]; bias may be left out. loss, with its attr, is computed
 * when y is whole, in the same launch; it may be left out. */
gan_status gan_matvec_launch(cudaStream_t stream, const void *x, const void *w, const float *bias,
                             void *y, gan_dtype type, int64_t rows, int64_t k,
                             const gan_loss_buffers *loss, const gan_loss_attr *attr,
                             gan_error *err);
/* dx (rows,k) = dy (rows) w (k). */
gan_status gan_outer_launch(cudaStream_t stream, const void *dy, const void *w, void *dx,
                            gan_dtype type, int64_t rows, int64_t k, gan_error *err);
/* dw (k) = sum over rows of dy[i] x[i,:]; dbias (1) = sum of dy, may be left out; both of
 * grad_type. */
gan_status gan_matvec_dw_launch(cudaStream_t stream, const void *x, const void *dy, void *dw,
                                void *dbias, gan_dtype type, gan_dtype grad_type, int64_t rows,
                                int64_t k, gan_error *err);

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

/* All parts in one launch, and the moving statistics of stats, GAN_ADAM_MAX_STATS segments in all
 * at most. t is the counter of the part's network, and 1 more if the update `is_ahead` of the
 * counters: gan_adam_count_launch() comes after it then. Bias corrections in double. */
gan_status gan_adam_launch(cudaStream_t stream, const gan_adam_part *parts, int n_parts,
                           const gan_stat_part *stats, int n_stats, const double *rates,
                           const int64_t *counters, bool is_ahead, const int32_t *flag,
                           gan_error *err);

gan_status gan_adam_count_launch(cudaStream_t stream, const gan_count_part *part, gan_error *err);

/* Rates that move, at the counters' step; rows are host memory. */
gan_status gan_rates_launch(cudaStream_t stream, const int64_t *counters, double *rates,
                            const gan_rates_attr *attr, gan_error *err);

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
