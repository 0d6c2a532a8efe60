/* reference_layer.c — activations, dropout and batch normalization. */
#include <math.h>

#include "base/philox.h"
#include "ops/reference_rows.h"

static bool is_kept(const gan_bias_leaky_dropout_attr *a, const reference_tensor *mask,
                    const reference_tensor *counters, int64_t i)
{
    if (mask->v) {
        return mask->v[i] != 0.0;
    }
    if (a->drop_rate == 0.0f) {
        return true;
    }
    uint64_t step = (uint64_t)counters->v[GAN_COUNTER_STEP];
    int64_t draw = a->first + i;
    gan_philox4 words = gan_philox(a->seed, a->stream, step, (uint32_t)(draw / 4));
    return words.v[draw % 4] < gan_keep_threshold(1.0 - (double)a->drop_rate);
}

void reference_bias_leaky_dropout(const gan_attr *attr, const reference_tensor *in,
                                  const reference_tensor *out)
{
    const gan_bias_leaky_dropout_attr *a = &attr->bias_leaky_dropout;
    int64_t channels = in[0].dims[3];
    for (int64_t i = 0; i < in[0].count; i++) {
        double v = in[0].v[i] + (in[1].v ? in[1].v[i % channels] : 0.0);
        v = v > 0.0 ? v : (double)a->slope * v;
        out[0].v[i] = is_kept(a, &in[2], &in[3], i) ? v / (1.0 - (double)a->drop_rate) : -0.0;
    }
}

void reference_bias_leaky_dropout_bwd(const gan_attr *attr, const reference_tensor *in,
                                      const reference_tensor *out)
{
    const gan_bias_leaky_dropout_attr *a = &attr->bias_leaky_dropout;
    int64_t channels = in[0].dims[3];
    for (int64_t c = 0; c < channels && out[1].v; c++) {
        out[1].v[c] = 0.0;
    }
    for (int64_t i = 0; i < in[0].count; i++) {
        double d = in[1].v[i] * (in[0].v[i] > 0.0 ? 1.0 : (double)a->slope);
        bool dropped = a->drop_rate > 0.0f && in[0].v[i] == 0.0 && signbit(in[0].v[i]);
        d = dropped ? 0.0 : d / (1.0 - (double)a->drop_rate);
        out[0].v[i] = d;
        if (out[1].v) {
            out[1].v[i % channels] += d;
        }
    }
}

/* Mean of f over the rows of channel c, where f is given by its value at element i. */
#define CHANNEL_MEAN(result, tensor, c, value)                                                     \
    do {                                                                                           \
        double sum_ = 0.0;                                                                         \
        for (int64_t i = (c); i < (tensor)->count; i += (tensor)->dims[3]) {                       \
            sum_ += (value);                                                                       \
        }                                                                                          \
        const int64_t rows_ = (tensor)->count / (tensor)->dims[3];                                 \
        (result) = sum_ / (double)rows_;                                                           \
    } while (0)

static double leaky(double v, double slope)
{
    return v > 0.0 ? v : slope * v;
}

void reference_batch_norm(const gan_attr *attr, const reference_tensor *in,
                          const reference_tensor *out)
{
    const reference_tensor *x = &in[0];
    for (int64_t c = 0; c < x->dims[3]; c++) {
        double mean, var;
        CHANNEL_MEAN(mean, x, c, x->v[i]);
        CHANNEL_MEAN(var, x, c, (x->v[i] - mean) * (x->v[i] - mean));
        double root = sqrt(var + (double)attr->norm.epsilon);
        for (int64_t i = c; i < x->count; i += x->dims[3]) {
            double v = in[1].v[c] * (x->v[i] - mean) / root + in[2].v[c];
            out[0].v[i] = leaky(v, (double)attr->norm.slope);
        }
        out[1].v[c] = mean;
        out[2].v[c] = var;
    }
}

/* The gradient of the forward row above with mean and var as functions of x. */
void reference_batch_norm_bwd(const gan_attr *attr, const reference_tensor *in,
                              const reference_tensor *out)
{
    const reference_tensor *x = &in[0], *dy = &in[1];
    double *g = out[0].v; /* first dy through the LeakyReLU, then dx */
    for (int64_t c = 0; c < x->dims[3]; c++) {
        double gamma = in[2].v[c], beta = in[3].v[c], mean = in[4].v[c];
        double root = sqrt(in[5].v[c] + (double)attr->norm.epsilon);
        double mean_g, mean_gx;
        for (int64_t i = c; i < x->count; i += x->dims[3]) {
            double v = gamma * (x->v[i] - mean) / root + beta;
            g[i] = dy->v[i] * (v > 0.0 ? 1.0 : (double)attr->norm.slope);
        }
        CHANNEL_MEAN(mean_g, x, c, g[i]);
        CHANNEL_MEAN(mean_gx, x, c, g[i] * (x->v[i] - mean) / root);
        const int64_t n_rows = x->count / x->dims[3];
        const double rows = (double)n_rows;
        out[1].v[c] = mean_gx * rows;
        out[2].v[c] = mean_g * rows;
        for (int64_t i = c; i < x->count; i += x->dims[3]) {
            double normal = (x->v[i] - mean) / root;
            g[i] = gamma / root * (g[i] - mean_g - normal * mean_gx);
        }
    }
}

void reference_batch_norm_infer(const gan_attr *attr, const reference_tensor *in,
                                const reference_tensor *out)
{
    for (int64_t i = 0; i < in[0].count; i++) {
        int64_t c = i % in[0].dims[3];
        double root = sqrt(in[4].v[c] + (double)attr->norm.epsilon);
        double v = in[1].v[c] * (in[0].v[i] - in[3].v[c]) / root + in[2].v[c];
        out[0].v[i] = leaky(v, (double)attr->norm.slope);
    }
}

void reference_tanh(const gan_attr *attr, const reference_tensor *in, const reference_tensor *out)
{
    (void)attr;
    for (int64_t i = 0; i < in[0].count; i++) {
        out[0].v[i] = tanh(in[0].v[i]);
    }
}

void reference_tanh_bwd(const gan_attr *attr, const reference_tensor *in,
                        const reference_tensor *out)
{
    (void)attr;
    for (int64_t i = 0; i < in[0].count; i++) {
        out[0].v[i] = in[1].v[i] * (1.0 - in[0].v[i] * in[0].v[i]);
    }
}

void reference_sigmoid(const gan_attr *attr, const reference_tensor *in,
                       const reference_tensor *out)
{
    (void)attr;
    for (int64_t i = 0; i < in[0].count; i++) {
        out[0].v[i] = 1.0 / (1.0 + exp(-in[0].v[i]));
    }
}

void reference_sigmoid_bwd(const gan_attr *attr, const reference_tensor *in,
                           const reference_tensor *out)
{
    (void)attr;
    for (int64_t i = 0; i < in[0].count; i++) {
        out[0].v[i] = in[1].v[i] * in[0].v[i] * (1.0 - in[0].v[i]);
    }
}

void reference_add(const gan_attr *attr, const reference_tensor *in, const reference_tensor *out)
{
    (void)attr;
    for (int64_t i = 0; i < in[0].count; i++) {
        out[0].v[i] = in[0].v[i] + in[1].v[i];
    }
}

void reference_scale_rows(const gan_attr *attr, const reference_tensor *in,
                          const reference_tensor *out)
{
    (void)attr;
    for (int64_t i = 0; i < in[0].count; i++) {
        out[0].v[i] = in[1].v[i / (in[0].count / in[0].dims[0])] * in[0].v[i];
    }
}

void reference_row_dot(const gan_attr *attr, const reference_tensor *in,
                       const reference_tensor *out)
{
    (void)attr;
    for (int64_t i = 0; i < in[0].dims[0]; i++) {
        out[0].v[i] = 0.0;
    }
    for (int64_t i = 0; i < in[0].count; i++) {
        out[0].v[i / (in[0].count / in[0].dims[0])] += in[0].v[i] * in[1].v[i];
    }
}
