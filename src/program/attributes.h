/* attributes.h — what an operation says beside its operands: a struct per kind that has anything to
 * say (see ops.def). */
#ifndef GAN_PROGRAM_ATTRIBUTES_H
#define GAN_PROGRAM_ATTRIBUTES_H

#include <stdbool.h>
#include <stdint.h>

#include "net/net.h"
#include "program/control.h"

typedef gan_conv_geometry gan_conv_attr; /* conv, conv_dx, conv_dw */

typedef gan_resample gan_resample_attr;

typedef gan_max_pool gan_max_pool_attr; /* max_pool, its _bwd and _pick */

typedef struct gan_widen_filter_attr {
    int64_t factor_h, factor_w; /* of the upsampling: f and g */
    bool transposed;            /* in: of v's dims, out: of w's */
} gan_widen_filter_attr;

typedef struct gan_matmul_attr {
    bool trans_a, trans_b; /* as stored: a is (M,K), or (K,M) when trans_a; b is (K,N) or (N,K) */
    int64_t m, n, k;
} gan_matmul_attr;

typedef struct gan_bias_leaky_dropout_attr {
    bool has_bias;
    float slope;     /* >= 0; 1 = no activation */
    float drop_rate; /* 0 = no dropout */
    uint32_t stream; /* of the mask's random numbers */
    uint64_t seed;
    int64_t first;             /* index, within the mask's stream, of the first element */
} gan_bias_leaky_dropout_attr; /* backward: slope and drop_rate count */

typedef struct gan_norm_attr {
    float epsilon;
    float slope; /* LeakyReLU that follows, >= 0; 1 = none */
} gan_norm_attr;

/* y = f^(order)(x), times a factor where one is given. */
typedef struct gan_activation_attr {
    int function; /* gan_activation of net.h */
    int order;    /* 0, 1 or 2 */
    float alpha;  /* of those that have one */
} gan_activation_attr;

/* Per-sample normalization: over `groups` groups of channels and, unless per_position, all
 * positions. */
typedef struct gan_normalize_attr {
    int64_t groups;
    bool per_position;
    bool centred; /* the mean is taken away first */
    float epsilon;
} gan_normalize_attr;

typedef struct gan_minibatch_stddev_attr {
    int64_t group;    /* samples of a group; the batch is a multiple of it */
    int64_t features; /* parts of the channels */
    float epsilon;
} gan_minibatch_stddev_attr;

/* One layer's share of a stat_update. */
typedef struct gan_stat_segment {
    int64_t offset, count; /* floats, in the flat statistics: mean, then (elsewhere) variance */
    float momentum;
    float factor; /* of the new value: 1, or n/(n-1) for an unbiased variance */
} gan_stat_segment;

typedef struct gan_stat_update_attr {
    gan_stat_segment *segments; /* owned by the op */
    int n_segments;
} gan_stat_update_attr;

typedef struct gan_gather_attr {
    int64_t n_images;
    uint64_t seed;
    uint32_t order_stream, flip_stream;
    bool flip;     /* mirror each drawn image left to right with probability one half */
    int64_t batch; /* samples of a step in all; 0: those of this op */
    int64_t first; /* of them, that this op's first row is */
} gan_gather_attr;

/* The sample of the endless stream of epochs in row 0 of an op of so many rows. */
static inline uint64_t gan_gather_start(const gan_gather_attr *attr, int64_t step, int64_t rows)
{
    return (uint64_t)step * (uint64_t)(attr->batch > 0 ? attr->batch : rows) +
           (uint64_t)attr->first;
}

typedef struct gan_noise_attr {
    uint64_t seed;
    uint32_t stream;
    int64_t first; /* index, within the stream of the step, of the first draw */
} gan_noise_attr;

typedef struct gan_loss_attr {
    int loss;          /* row of losses.def */
    bool for_d, for_g; /* which gradients are asked for */
    bool shared;       /* one backward pass serves both: see loss_terms.h */
    float real_label;  /* 1, or less with one-sided label smoothing; of losses that have labels */
} gan_loss_attr;

typedef struct gan_softmax_cross_entropy_attr {
    float label_smoothing; /* [0, 1): the share of a label that all classes have in equal parts */
    int network;           /* whose loss scale the gradient carries, where there are such */
} gan_softmax_cross_entropy_attr;

/* One network's share of an Adam op. */
typedef struct gan_adam_segment {
    double epsilon;
    bool epsilon_inside; /* as in gan_adam */
    int64_t count;       /* floats */
    int net; /* its rates are those of gan_rate_at(net, ...), its t is gan_counter_of(net) */
} gan_adam_segment;

/* Networks of one Adam op, the operands of its row; a step of more has several. */
enum { GAN_ADAM_NETWORKS = 2 };

/* Operands of an Adam op after the gradients, and after the parameters and moments. */
enum { GAN_ADAM_RATES = 2, GAN_ADAM_FLAG = 3, GAN_ADAM_COUNTERS = 6 };

typedef struct gan_adam_attr {
    gan_adam_segment segments[GAN_ADAM_NETWORKS];
    int n_segments;
} gan_adam_attr;

/* How a rate moves while images are shown to D (rate_curve.h). Constant ones are written by the
 * host, once. */
typedef struct gan_rate_row {
    int rate; /* element of "rates" */
    gan_curve curve;
    double from, to;    /* before `begin`; at `end` and after it */
    int64_t begin, end; /* images, begin < end; of a constant they are not looked at */
    int64_t warm_up;    /* images over which the rate rises from 0; 0 = none */
    bool has_factor;    /* it is multiplied by "lr_factor", which the host may change */
    int64_t halved_per; /* above 0: the curve is a half-life in images, and the rate the decay of an
                           average that is updated every so many images */
    double ramp;        /* then: the half-life is at most this share of the images shown; 0 = any */
} gan_rate_row;

typedef struct gan_rates_attr {
    gan_rate_row *rows; /* owned by the op */
    int n_rows;
    int64_t batch; /* images of a step */
} gan_rates_attr;

typedef struct gan_multiply_attr {
    float factor;
} gan_multiply_attr;

typedef struct gan_concat_attr {
    int64_t before; /* channels of 0 before the first input's */
} gan_concat_attr;

typedef struct gan_slice_attr {
    int64_t first; /* channel of x that is y's first */
} gan_slice_attr;

typedef struct gan_fill_attr {
    double factor;
    int rate; /* element of "rates"; not looked at where they are not given */
} gan_fill_attr;

typedef struct gan_window_sum_attr {
    int64_t first_a, first_b; /* element of y where a, and where b, begins */
} gan_window_sum_attr;

typedef struct gan_report_attr {
    int64_t rows; /* of the ring */
} gan_report_attr;

typedef union gan_attr {
    gan_conv_attr conv;
    gan_widen_filter_attr widen_filter;
    gan_resample_attr resample;
    gan_max_pool_attr max_pool;
    gan_concat_attr concat;
    gan_slice_attr slice;
    gan_matmul_attr matmul;
    gan_bias_leaky_dropout_attr bias_leaky_dropout;
    gan_norm_attr norm;
    gan_stat_update_attr stat_update;
    gan_gather_attr gather;
    gan_noise_attr noise;
    gan_loss_attr loss;
    gan_softmax_cross_entropy_attr softmax_cross_entropy;
    gan_adam_attr adam;
    gan_rates_attr rates;
    gan_report_attr report;
    gan_window_sum_attr window_sum;
    gan_multiply_attr multiply;
    gan_fill_attr fill;
    gan_activation_attr activation;
    gan_normalize_attr normalize;
    gan_minibatch_stddev_attr minibatch_stddev;
} gan_attr;

#endif
