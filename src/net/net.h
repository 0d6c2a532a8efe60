/* net.h — the inside of a network: layers with shapes, parameters with places, training defaults.
 *
 * Shapes are per sample (height, width, channels), upright, channels last, as Keras has them; a
 * flat vector of n features is 1 x 1 x n. Flatten and reshape keep the order h, w, c. */
#ifndef GAN_NET_NET_H
#define GAN_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gan/net.h"
#include "gan/rate.h"

typedef struct gan_dims3 {
    int64_t h, w, c;
} gan_dims3;

/* X(name as in YAML) */
#define GAN_LAYER_LIST(X)                                                                          \
    X(dense)                                                                                       \
    X(conv)                                                                                        \
    X(conv_transpose)                                                                              \
    X(batch_norm)                                                                                  \
    X(leaky_relu)                                                                                  \
    X(dropout)                                                                                     \
    X(reshape)                                                                                     \
    X(flatten)                                                                                     \
    X(tanh)                                                                                        \
    X(sigmoid)                                                                                     \
    X(max_pool)                                                                                    \
    X(average_pool)                                                                                \
    X(adaptive_average_pool)                                                                       \
    X(global_average_pool)                                                                         \
    X(global_sum_pool)                                                                             \
    X(upsample)                                                                                    \
    X(downsample)                                                                                  \
    X(resize)                                                                                      \
    X(activation) /* one of activations.def, and called by its name */                             \
    X(normalize)  /* of each sample by itself: layer_norm and its like, called by their names */   \
    X(scale)                                                                                       \
    X(bias)                                                                                        \
    X(minibatch_stddev)                                                                            \
    X(constant)                                                                                    \
    X(add) /* where branches meet; the last three are no words of the language */                  \
    X(concat)                                                                                      \
    X(multiply)

typedef enum gan_layer_kind {
#define GAN_LAYER_ENUM(name) GAN_LAYER_##name,
    GAN_LAYER_LIST(GAN_LAYER_ENUM)
#undef GAN_LAYER_ENUM
        GAN_LAYER_COUNT
} gan_layer_kind;

/* The rows of activations.def. */
typedef enum gan_activation {
#define GAN_ACTIVATION_ROW(name, alpha, bends, summary) GAN_ACTIVATION_##name,
#include "net/activations.def"
#undef GAN_ACTIVATION_ROW
    GAN_ACTIVATION_COUNT
} gan_activation;

const char *gan_activation_name(int function);

typedef enum gan_init_kind {
    GAN_INIT_CONSTANT,         /* value a */
    GAN_INIT_UNIFORM,          /* (-a, a) */
    GAN_INIT_NORMAL,           /* mean a, deviation b */
    GAN_INIT_TRUNCATED_NORMAL, /* the same, but drawn again beyond 2 deviations */
    GAN_INIT_FAN_UNIFORM,      /* limit sqrt(a / fan) */
    GAN_INIT_FAN_NORMAL,       /* mean 0, deviation sqrt(a / fan), not truncated */
    GAN_INIT_ORTHOGONAL /* a times a matrix (first axis, others) of orthonormal rows or columns */
} gan_init_kind;

/* What a fan is, of those two kinds: fan_in, or the sum of both (Glorot and Bengio 2010). */
typedef enum gan_fan { GAN_FAN_IN, GAN_FAN_BOTH } gan_fan;

typedef struct gan_init {
    gan_init_kind kind;
    double a, b;
    gan_fan fan;
    double fan_in, fan_out;
} gan_init;

typedef enum gan_param_role {
    GAN_PARAM_KERNEL, /* dense (in,out); conv and conv_transpose KRSC, see gan_conv_geometry */
    GAN_PARAM_BIAS,
    GAN_PARAM_GAMMA,
    GAN_PARAM_BETA,
    GAN_PARAM_MOVING_MEAN, /* the last two are statistics: kept, not trained */
    GAN_PARAM_MOVING_VARIANCE
} gan_param_role;

/* One named tensor of a network, a window of its flat fp32 buffer: of the parameters, or, for the
 * two moving statistics, of the statistics. */
typedef struct gan_param {
    char *name; /* "g.conv_transpose0.kernel": side, kind and number of the layer, role */
    gan_param_role role;
    int layer;       /* index in the stack */
    int64_t dims[4]; /* dense kernel (in,out,1,1); conv KRSC; vectors (n,1,1,1) */
    int rank;        /* how many of dims count: 1, 2 or 4 */
    int64_t count;   /* product of dims */
    int64_t offset;  /* in floats from the start of the flat buffer; a multiple of 4 */
    gan_init init;
} gan_param;

/* Geometry of an ordinary convolution x (H,W,C) * w (K,R,S,C) -> y (P,Q,K), cross-correlation:
 *   y[p,q,k] = sum over r,s,c of x[p*stride_h + r - pad_top, q*stride_w + s - pad_left, c]
 * w[k,r,s,c] A conv_transpose layer is the transpose (input gradient) of such a convolution: its
 * input is the (P,Q,K) side and its output the (H,W,C) side.
 *
 * In groups, both sides' channels are cut into as many equal parts, and part i of K sees part i of
 * C alone: the filter is (K,R,S,C/groups), and its c counts from the part's first channel.
 * Depthwise is groups = C. */
typedef struct gan_conv_geometry {
    int64_t h, w, c;
    int64_t p, q, k;
    int64_t r, s;
    int64_t stride_h, stride_w;
    int64_t pad_top, pad_left, pad_bottom, pad_right;
    int64_t groups; /* >= 1; divides C and K */
} gan_conv_geometry;

/* The channels of one group on either side. */
static inline int64_t gan_conv_group_c(const gan_conv_geometry *g)
{
    return g->c / g->groups;
}

static inline int64_t gan_conv_group_k(const gan_conv_geometry *g)
{
    return g->k / g->groups;
}

/* One axis of a map that a window slides along, or that is made longer or shorter. */
typedef struct gan_map_axis {
    int64_t in, out; /* elements before and after */
    int64_t window, stride;
    int64_t before, after; /* padding */
} gan_map_axis;

/* The windows of which the largest number is taken: none lies in the padding alone. */
typedef struct gan_max_pool {
    gan_map_axis h, w;
} gan_max_pool;

/* How the numbers of a resampling follow from sizes and places (gan_resample). */
typedef enum gan_resample_kind {
    GAN_RESAMPLE_MEAN,     /* of a window: average pooling; of all, too */
    GAN_RESAMPLE_ADAPTIVE, /* PyTorch's adaptive pooling: the mean of elements
                              [floor(p in / out), ceil((p + 1) in / out)) */
    GAN_RESAMPLE_NEAREST,
    GAN_RESAMPLE_LINEAR,
    GAN_RESAMPLE_CUBIC,       /* Keys' kernel: A = -0.75; with antialias A = -0.5, as PIL has it */
    GAN_RESAMPLE_BINOMIAL_UP, /* StyleGAN's upfirdn: `stride` times as many, smoothed by row
                                 window - 1 of Pascal's triangle ([1,2,1] has a window of 3) */
    GAN_RESAMPLE_BINOMIAL_DOWN
} gan_resample_kind;

/* What a mean's sum is divided by. */
typedef enum gan_resample_divisor {
    GAN_DIVIDE_BY_INSIDE, /* as many elements as lie in the map */
    GAN_DIVIDE_BY_WINDOW, /* those in the padding, too (PyTorch's count_include_pad) */
    GAN_DIVIDE_BY_ONE     /* it stays a sum */
} gan_resample_divisor;

/* A linear map of each channel, separable: y[p,q] = sum over i,j of H[p,i] W[q,j] x[i,j], where H
 * and W, which are mostly 0, follow from the rest. Transposed: x[i,j] = sum over p,q of
 * H[p,i] W[q,j] y[p,q], its gradient. */
typedef struct gan_resample {
    gan_resample_kind kind;
    gan_resample_divisor divisor; /* MEAN */
    bool half_pixel; /* element p of `out` has its middle at (p + 1/2) in / out of the map; else,
                        as TensorFlow 1 had it and PyTorch's nearest has, it begins at p in / out */
    bool antialias;  /* LINEAR, CUBIC: where the map shrinks, so many elements are averaged (PIL) */
    bool transposed;
    gan_map_axis h, w;
} gan_resample;

typedef struct gan_batch_norm_attr {
    double epsilon;
    double momentum;        /* share of the old value that the moving statistics keep (Keras) */
    bool unbiased_variance; /* moving variance takes n/(n-1) times the batch variance (PyTorch) */
} gan_batch_norm_attr;

typedef struct gan_activation_spec {
    gan_activation function;
    double alpha;
} gan_activation_spec;

/* The words of a per-sample normalization: over all of a sample, over the positions of a channel or
 * of a group of channels, or over the channels of a position (without taking the mean away). */
#define GAN_NORM_LIST(X) X(layer_norm) X(instance_norm) X(group_norm) X(pixel_norm)

typedef enum gan_norm_kind {
#define GAN_NORM_ENUM(name) GAN_NORM_##name,
    GAN_NORM_LIST(GAN_NORM_ENUM)
#undef GAN_NORM_ENUM
        GAN_NORM_COUNT
} gan_norm_kind;

typedef struct gan_normalize_spec {
    gan_norm_kind norm;
    int64_t groups; /* of channels: 1, or as many as there are, but for group_norm */
    double epsilon;
    bool affine; /* a learned factor and a learned summand per channel */
} gan_normalize_spec;

/* minibatch_stddev: channels more, for how much a group of samples differs. */
typedef struct gan_stddev_spec {
    int64_t group; /* samples, or all where a batch has fewer */
    int64_t
        features; /* channels that come to those of the input, which are cut into as many parts */
} gan_stddev_spec;

enum { GAN_NET_INPUT = -1 }; /* instead of a layer's index: what the network is given */

typedef struct gan_layer {
    gan_layer_kind kind;
    int *from; /* [n_from] layers that it reads, each before it, or GAN_NET_INPUT; owned */
    int n_from;
    char *name;        /* "conv0", "gelu0": kind and number within its network */
    int line;          /* in the YAML file */
    gan_dims3 in, out; /* in: of each of the layers that it reads; of concat's, of the first */
    union {
        struct {
            int64_t units;
        } dense;
        gan_conv_geometry conv; /* conv and conv_transpose */
        struct {
            gan_conv_geometry spread; /* the transposed one, of 1 x 1, that the layer is */
            bool scaled;              /* by its input; else the input is not looked at */
        } constant;
        gan_max_pool max_pool;
        gan_resample resample; /* the other pools, upsample, downsample, resize */
        gan_batch_norm_attr batch_norm;
        struct {
            double slope;
        } leaky_relu; /* >= 0; 0 is ReLU */
        gan_activation_spec activation;
        gan_normalize_spec normalize;
        gan_stddev_spec stddev;
        struct {
            double rate;
        } dropout; /* share dropped, in [0, 1) */
    } u;
    int kernel, bias; /* indices in the stack's params; -1 if none */
    int gamma, beta;
    int moving_mean, moving_variance; /* indices in the stack's stats */
} gan_layer;

/* The networks that a description may hold: X(id, name, key, first stream of its initial values,
 * base of its dropout's streams). Its parameters and stored buffers begin with the name; the key is
 * its word in a YAML file and in sentences. Parameter i draws its initial element e from (seed,
 * stream + i, step 0, index e); a program's own streams are 0..1023 (program/streams.h). */
#define GAN_NETWORK_LIST(X)                                                                        \
    X(GENERATOR, "g", "generator", 0x40000000u, 0xC0000001u)                                       \
    X(DISCRIMINATOR, "d", "discriminator", 0x80000000u, 0xC0000000u)                               \
    X(SINGLE, "net", "network", 0x20000000u, 0xE0000000u)

typedef enum gan_network {
#define GAN_NETWORK_ENUM(id, name, key, init, dropout) GAN_NETWORK_##id,
    GAN_NETWORK_LIST(GAN_NETWORK_ENUM)
#undef GAN_NETWORK_ENUM
        GAN_NETWORK_COUNT
} gan_network;

typedef struct gan_network_row {
    const char *name, *key;
    uint32_t init_stream, dropout_stream;
} gan_network_row;

const gan_network_row *gan_network_describe(gan_network network);

/* A layer's result under a name of its own: what a feature extractor is asked for. */
typedef struct gan_output {
    char *name;
    int layer;
} gan_output;

/* A network: a list of layers with inputs. A layer stands behind all that it reads; the last one is
 * the output, and is read by none. Blocks of the YAML file (residual) are flattened into this list.
 *
 * The generator's input is z as a vector and its output is the image. The discriminator's input is
 * the image and its output the logits of a sample: a vector of any length L (1 x 1 x L), or a map
 * of one channel (h x w x 1), whose h w elements are logits alike; its last layer is no sigmoid. A
 * single network's input is the image, and its output what it likes. */
typedef struct gan_stack {
    gan_network network;
    const char *name; /* "g", "d", "net": gan_network_describe() */
    int index;        /* among the networks of its description */
    gan_layer *layers;
    int n_layers;
    gan_param *params; /* trained, in the order of the layers */
    int n_params;
    gan_param *stats; /* moving statistics, in the order of the layers: mean, variance, mean, ... */
    int n_stats;
    int64_t param_floats; /* size of the flat buffer, its alignment gaps included */
    int64_t stat_floats;
    gan_dims3 in, out;
    gan_output *outputs; /* as the file names them, and that of the last layer, "output" if not */
    int n_outputs;
} gan_stack;

/* The shape that a layer, or the input, gives. */
static inline gan_dims3 gan_stack_gives(const gan_stack *stack, int layer)
{
    return layer == GAN_NET_INPUT ? stack->in : stack->layers[layer].out;
}

typedef enum gan_schedule { GAN_SIMULTANEOUS, GAN_ALTERNATING } gan_schedule;

typedef struct gan_adam {
    double lr, beta1, beta2, epsilon;
    bool epsilon_inside; /* PyTorch: epsilon is added after the bias correction of v; Keras: before
                          */
} gan_adam;

/* What the `train:` section says; flags override it. */
typedef struct gan_train_defaults {
    gan_schedule schedule;
    char *loss;              /* a name of program/losses.def; checked when a program is built */
    bool fresh_reals;        /* G's loss, of pairs, compares with real images of its own */
    gan_rate_setting r1, r2; /* weights of the penalties on D's gradient, at real and generated
                                images; 0 */
    double label_smoothing;  /* real label is 1 - this, in losses with labels; 0 by default */
    int64_t batch_size;
    int64_t epochs;
    gan_adam adam_g, adam_d; /* as they are at the first step */
    gan_rate_setting lr_g, lr_d, beta2;
    double ema;                     /* decay of the averaged generator per step; 0 = none */
    bool ema_warmup;                /* that decay begins small; true by default */
    gan_rate_setting ema_half_life; /* instead of it, in images; 0 = none */
    double ema_ramp; /* the half-life is at most this share of the images so far; 0 = no bound */
    bool ema_copies; /* the average has the network's own moving statistics, not averages of them */
} gan_train_defaults;

struct gan_net {
    char *name;
    char *text;
    char *label; /* file name or what stands for it, for messages */
    gan_net_kind kind;
    gan_dims3 image;
    int64_t latent; /* 0 where there is no generator */
    gan_stack *stacks;
    int n_stacks;
    const gan_stack *generator, *discriminator, *single; /* of stacks; NULL where it has none */
    gan_train_defaults train;
};

/* Fills params (param_floats of the stack, gaps included) with initial values, each a function of
 * (seed, parameter index, element index) alone; gaps are 0. stats gets 0 for means, 1 for
 * variances. Either may be NULL. */
void gan_stack_init_params(const gan_stack *stack, uint64_t seed, float *params, float *stats);

/* The first batch_norm layer whose batch statistics would be of one value a channel with so many
 * samples, or NULL. The variance is 0 then, and what the layer is given does not matter. */
const gan_layer *gan_stack_find_lone_norm(const gan_stack *stack, int64_t samples);

/* GAN_E_USAGE, with what to do, if the description is of another kind. */
gan_status gan_net_need_kind(const gan_net *net, gan_net_kind kind, gan_error *err);

/* The network of which an average may be kept: the generator, or the one network alone. */
const gan_stack *gan_net_averaged(const gan_net *net);

/* The name of the output that is the last layer's; each network has one. */
const char *gan_stack_last_output(const gan_stack *stack);

/* The parameter (or statistic) of that full name ("d.conv0.bias"), or NULL. *is_stat tells which.
 */
const gan_param *gan_net_find_param(const gan_net *net, const char *name, bool *is_stat);

/* Where two texts of networks say different things. */
typedef struct gan_net_difference {
    int line;                 /* from 1, of here; of there, where here has ended */
    const char *there, *here; /* the two lines, without comments: not ended by 0 */
    size_t n_there, n_here;   /* their bytes; 0 = that text has ended */
} gan_net_difference;

/* True if they do: comments, empty lines and blanks at the end of a line say nothing. where, which
 * may be NULL, gets the first difference and points into the texts. */
bool gan_net_texts_differ(const char *there, const char *here, gan_net_difference *where);

#endif
