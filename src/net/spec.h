/* spec.h — what the YAML says of one layer, checked by itself but not yet against its input. */
#ifndef GAN_NET_SPEC_H
#define GAN_NET_SPEC_H

#include "net/net.h"

/* The largest number that a size may be, and the largest product of sizes: one sample's tensor and
 * one network's parameters are counted in 31 bits, on devices too. */
enum { GAN_NET_MAX_SIZE = 1 << 30 };
#define GAN_NET_MAX_COUNT ((int64_t)0x7FFFFFFF)

typedef enum gan_padding_kind {
    GAN_PADDING_SAME,  /* Keras: output = ceil(input / stride); transposed: input * stride */
    GAN_PADDING_VALID, /* none */
    GAN_PADDING_SIZES  /* as many rows and columns as said; PyTorch's sense when transposed */
} gan_padding_kind;

typedef struct gan_padding {
    gan_padding_kind kind;
    int64_t top, left, bottom, right; /* of GAN_PADDING_SIZES */
} gan_padding;

enum { GAN_DEPTHWISE = -1 };

/* conv and conv_transpose. */
typedef struct gan_conv_spec {
    int64_t channels; /* of the output */
    int64_t kernel_h, kernel_w, stride_h, stride_w;
    gan_padding padding;
    int64_t output_padding_h, output_padding_w; /* transposed only: rows and columns added at the
                                                   bottom and right, each below its stride */
    int64_t groups; /* of channels; GAN_DEPTHWISE: as many as the input has */
} gan_conv_spec;

/* max_pool, average_pool. */
typedef struct gan_pool_spec {
    gan_conv_spec window; /* kernel, stride and padding of it count */
    bool ceil;            /* a last window that overhangs is one */
    bool counts_padding;  /* average_pool */
} gan_pool_spec;

/* adaptive_average_pool, resize: to a size; upsample, downsample: by factors. */
typedef struct gan_resize_spec {
    int64_t h, w;
    gan_resample_kind kind;
    int64_t taps; /* of a binomial filter */
    bool half_pixel, antialias;
} gan_resize_spec;

typedef struct gan_layer_spec {
    gan_layer_kind kind;
    int line; /* in the YAML text */
    union {
        struct {
            int64_t units;
        } dense;
        gan_conv_spec conv;
        gan_pool_spec pool;
        gan_resize_spec resize;
        gan_batch_norm_attr batch_norm;
        struct {
            double slope;
        } leaky_relu;
        gan_activation_spec activation;
        gan_normalize_spec normalize;
        gan_stddev_spec stddev;
        struct {
            double rate;
        } dropout;
        gan_dims3 reshape;
        struct {
            gan_dims3 shape;
            bool scaled;
        } constant;
    } u;
    bool is_residual;         /* add: of a residual block, for its messages */
    bool bias;                /* dense, conv, conv_transpose */
    gan_init init, bias_init; /* init's fans are filled in when the input is known */
    gan_init gamma_init, beta_init;
} gan_layer_spec;

/* "conv_transpose" */
const char *gan_layer_kind_name(gan_layer_kind kind);

/* "conv_transpose"; of an activation or a normalization its own name */
const char *gan_layer_spec_name(const gan_layer_spec *spec);

/* "group_norm" */
const char *gan_norm_name(gan_norm_kind kind);

/* The activation of that name, which there is, with its alpha. */
gan_activation_spec gan_activation_find(const char *name);

/* "28 x 28 x 1", for a sentence. */
typedef struct gan_dims3_words {
    char text[72];
} gan_dims3_words;

gan_dims3_words gan_dims3_describe(gan_dims3 dims);
bool gan_dims3_equal(gan_dims3 a, gan_dims3 b);

/* h * w * c, or -1 above GAN_NET_MAX_COUNT. Each size is 1..GAN_NET_MAX_SIZE. */
int64_t gan_dims3_count(gan_dims3 dims);

/* The product of n sizes, each 0..2^31, or -1 above GAN_NET_MAX_COUNT. */
int64_t gan_sizes_multiply(const int64_t *sizes, int n);

#endif
