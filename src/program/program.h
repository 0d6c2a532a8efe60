/* program.h — a step as a flat list of typed operations on named buffers.
 *
 * A program is built once (build.h), differentiated while it is built (differentiate.h), given its
 * memory once (place.h) and then only read: by a backend that compiles and replays it, by the
 * cost model, by the printer. It owns no tensor memory.
 *
 * Every buffer has four dims (N,H,W,C), row-major, C fastest; vectors are (1,1,1,C), matrices
 * (N,1,1,C), convolution filters (K,R,S,C), dense kernels (in,1,1,out), scalars (1,1,1,1). */
#ifndef GAN_PROGRAM_PROGRAM_H
#define GAN_PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "gan/metrics.h"
#include "net/net.h"

typedef enum gan_dtype {
    GAN_F32,
    GAN_BF16,
    GAN_F16,
    GAN_U8,
    GAN_I32,
    GAN_I64,
    GAN_F64,
    GAN_DTYPE_COUNT
} gan_dtype;

size_t gan_dtype_size(gan_dtype type);      /* bytes of one element */
const char *gan_dtype_name(gan_dtype type); /* "f32" */

/* X(name, text, lives in the session's store) */
#define GAN_BUFFER_CLASS_LIST(X)                                                                   \
    X(PARAM, "parameter", true)                                                                    \
    X(MOMENT, "moment", true)                                                                      \
    X(STAT, "statistic", true)                                                                     \
    X(DATA, "data", true)                                                                          \
    X(CONTROL, "control", true) /* step, rates, flag, metrics: small, host-visible */              \
    X(INPUT, "input", true)     /* fed by the host before a run */                                 \
    X(OUTPUT, "output", true)   /* read by the host after a run */                                 \
    X(STORED_GRADIENT, "stored gradient", true) /* where programs share an arena */                \
    X(GRADIENT, "gradient", false)                                                                 \
    X(ACTIVATION, "activation", false)                                                             \
    X(SCRATCH, "scratch", false)

typedef enum gan_buffer_class {
#define GAN_BUFFER_CLASS_ENUM(name, text, stored) GAN_##name,
    GAN_BUFFER_CLASS_LIST(GAN_BUFFER_CLASS_ENUM)
#undef GAN_BUFFER_CLASS_ENUM
        GAN_BUFFER_CLASS_COUNT
} gan_buffer_class;

const char *gan_buffer_class_name(gan_buffer_class cls);
bool gan_buffer_class_stored(gan_buffer_class cls);
bool gan_buffer_class_gradient(gan_buffer_class cls); /* stored or not */

/* A buffer, or a window of one. A window shares its base's class and type, has its own dims and
 * starts `offset` elements into it; windows of windows are flattened when they are made. */
typedef struct gan_buffer {
    char *name; /* unique in the program; stored buffers of one name are one buffer of the store */
    gan_dtype type;
    gan_buffer_class cls;
    int64_t dims[4];
    int net;               /* the network that it belongs to, by gan_stack's index; -1: none */
    bool batch;            /* dims[0] counts samples: whole rows of it are a batch of fewer */
    int64_t count;         /* product of dims, elements */
    int base;              /* id of the buffer this is a window of; its own id otherwise */
    int64_t offset;        /* elements from the start of the base */
    int first_op, last_op; /* life of a base in op indices, inclusive; set by gan_program_place() */
    int64_t place; /* of a base that is not stored: byte offset in the arena; -1 before placing */
} gan_buffer;

/* --- attributes of the operations, one struct per kind that has any (see ops.def) --- */

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

/* The networks of a GAN by their index (gan_stack), as every control buffer that has an element for
 * each counts them; the first is also the one network of a description that has no more. Where fp16
 * is trained, a device stores "loss_scale" f32 and "loss_growth" i32, the steps since that scale
 * changed, of each. */
enum { GAN_NET_G, GAN_NET_D, GAN_NET_COUNT };

/* Elements of the control buffers that every training program shares. */

/* "counters" i64: the steps done, then the updates of each network, which are Adam's t. */
enum { GAN_COUNTER_STEP, GAN_COUNTER_T, GAN_COUNTER_COUNT = GAN_COUNTER_T + GAN_NET_COUNT };

/* "rates" f64: the decay of the average, the rates of each network, the weights of the penalties
 * on D's gradient at real and at generated images. */
typedef enum gan_rate { GAN_RATE_LR, GAN_RATE_BETA1, GAN_RATE_BETA2, GAN_RATES_OF_NET } gan_rate;
enum {
    GAN_RATE_EMA,
    GAN_RATE_NETS,
    GAN_RATE_R1 = GAN_RATE_NETS + GAN_NET_COUNT * GAN_RATES_OF_NET,
    GAN_RATE_R2,
    GAN_RATE_COUNT
};
#define gan_counter_of(net) (GAN_COUNTER_T + (net))
#define gan_rate_at(net, rate) (GAN_RATE_NETS + (net)*GAN_RATES_OF_NET + (rate))

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

/* A row of "metrics" f32 is GAN_METRIC_LIST (gan/metrics.h). */

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

typedef enum gan_op_kind {
#define GAN_OP(name, attr, n_in, n_out, summary, ...) GAN_OP_##name,
#include "program/ops.def"
#undef GAN_OP
    GAN_OP_COUNT
} gan_op_kind;

enum { GAN_ROW_OPERANDS = 8 }; /* as many inputs, or outputs, has a row that describes most */

typedef struct gan_op {
    gan_op_kind kind;
    char *label;     /* the layer it comes from and the direction: "d.conv1 bwd" */
    int n_in, n_out; /* as many as the row describes, or more where it is variadic */
    int *in, *out;   /* buffer ids; -1 = an optional one left out. One block, owned: in's */
    gan_attr attr;
} gan_op;

/* A mask that the host feeds, instead of one that is drawn: of a dropout layer in a pass. */
typedef struct gan_fed_mask {
    int buffer, net;
    int number; /* of the dropout layer within its network */
    /* The pass, or, in equal shares of its rows, the passes that went as one, by the names that a
     * trace has for them (tests/golden/trace_format.md); NULL: one alone. */
    const char *passes[2];
} gan_fed_mask;

typedef struct gan_program {
    char *name; /* "train", "sample" */
    gan_buffer *buffers;
    int n_buffers;
    gan_op *ops;
    int n_ops;
    int64_t batch;       /* samples per run: real images of a training step, images of a sampling */
    int64_t arena_bytes; /* -1 before placing */
    bool stores_gradients; /* other programs use the arena between its runs */
    size_t buffer_capacity, op_capacity;
    gan_fed_mask *masks; /* owned */
    int n_masks;
    size_t mask_capacity;
} gan_program;

/* --- making --- */

/* An empty program, owned by the caller. */
gan_status gan_program_create(const char *name, gan_program **out, gan_error *err);
void gan_program_destroy(gan_program *program); /* NULL is fine */

/* A new buffer; *id is its index. name must be unique: a taken one gets "#2", "#3", ... added when
 * the class is not stored; for a stored class, a taken name with the same type and dims gives the
 * existing buffer, and one with others is GAN_E_FAILED. */
gan_status gan_program_buffer(gan_program *program, const char *name, gan_buffer_class cls,
                              gan_dtype type, const int64_t dims[4], int *id, gan_error *err);

/* The same for a buffer of samples: dims[0] is the batch axis. */
gan_status gan_program_batch(gan_program *program, const char *name, gan_buffer_class cls,
                             gan_dtype type, const int64_t dims[4], int *id, gan_error *err);

/* A window of an existing buffer, `offset` elements into it. The same window asked for twice is
 * one buffer. It has a batch axis if `of` has one and the window is whole rows of it, dims[0] of
 * them. */
gan_status gan_program_window(gan_program *program, const char *name, int of, int64_t offset,
                              const int64_t dims[4], int *id, gan_error *err);

/* Says that a base belongs to a network; its windows are told by their base. */
void gan_program_belongs(gan_program *program, int id, int net);

/* Rows [first, first + n) of a buffer's N axis. */
gan_status gan_program_rows(gan_program *program, int of, int64_t first, int64_t n, int *id,
                            gan_error *err);

/* The same elements under other dims (equal count). */
gan_status gan_program_reshape(gan_program *program, int of, const int64_t dims[4], int *id,
                               gan_error *err);

/* Appends an op. in and out have the row's number of entries in ops.def. Checks it with the row's
 * shape rule: GAN_E_FAILED names the op, the buffer and the shapes. The op's attributes are copied;
 * owned ones (segments) pass to the program. */
gan_status gan_program_op(gan_program *program, gan_op_kind kind, const char *label, const int *in,
                          const int *out, const gan_attr *attr, gan_error *err);

/* The same with lists of operands of any length, for a row that is variadic. GAN_E_FAILED too where
 * there are fewer than the row describes, or more and it is not variadic. */
gan_status gan_program_op_list(gan_program *program, gan_op_kind kind, const char *label, int n_in,
                               const int *in, int n_out, const int *out, const gan_attr *attr,
                               gan_error *err);

/* Frees what an op owns. A zeroed one is fine. */
void gan_op_clear(gan_op *op);

/* --- reading --- */

typedef struct gan_cost {
    double flops; /* additions and multiplications of the plain algorithm; taps in the padding are
                     not counted; a transcendental function counts as one */
    double bytes_read, bytes_written; /* each operand once: the least any implementation moves */
} gan_cost;

/* What a row counts its flops by. */
typedef enum gan_op_extent {
    GAN_PER_INPUT,  /* elements of input 0 */
    GAN_PER_INPUTS, /* of inputs 0 and 1, where they are; of all inputs of a variadic row */
    GAN_PER_OUTPUT  /* of output 0 */
} gan_op_extent;

/* What a row of ops.def says. A set of operands has bit k for operand k: GAN_AT(0) | GAN_AT(2). Of
 * a variadic row's further operands each is as the last that it describes, in every set. */
typedef struct gan_op_row {
    const char *name;                   /* "conv_dx" */
    const char *summary;                /* one line of what it computes */
    int n_in, n_out;                    /* how many operands it describes */
    bool variadic_in, variadic_out;     /* more may follow, each as the last described */
    unsigned optional_in, optional_out; /* operands that may be left out (-1) */
    unsigned differentiable;    /* inputs that have a gradient; its rule may yet refuse it */
    unsigned fp32_in, fp32_out; /* fp32 in a 16-bit program, too: statistics, factors, norms */
    unsigned in_place;          /* inputs where output 0 may lie; a program uses the first */
    bool mixes_samples;   /* what comes out for one sample depends on the others of the batch */
    bool updates_outputs; /* its outputs are read as well as written */
    double flops;         /* for each element of `per` */
    gan_op_extent per;
    /* Instead of the above, where elements do not tell; sum holds what they tell. NULL: none. */
    void (*cost)(const struct gan_program *program, const struct gan_op *op, gan_cost *sum);
} gan_op_row;

#define GAN_AT(k) (1u << (k)) /* the set of operand k alone */
#define GAN_EVERY (~0u)

static inline bool gan_set_has(unsigned set, int k)
{
    return (set >> k & 1u) != 0;
}

/* Whether operand k of a list of which n are described is in the set. */
static inline bool gan_set_has_of(unsigned set, int n_described, int k)
{
    return gan_set_has(set, k < n_described ? k : n_described - 1);
}

const gan_op_row *gan_op_describe(gan_op_kind kind);

/* The buffer of that name, or -1. */
int gan_program_find(const gan_program *program, const char *name);

#endif
