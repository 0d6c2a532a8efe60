/* cudnn_compute.cc — see cudnn_compute.h. Not instrumented: what is read and written is told. */
#include "sim/cudnn_compute.h"

#include <math.h>

#include <vector>

#include "sim/fiber.h"

typedef std::vector<double> numbers; /* of a tensor, in the order N,H,W,C */

static int64_t count_of(const tensor *t)
{
    return t->dims[0] * t->dims[1] * t->dims[2] * t->dims[3];
}

int64_t sim_reach_of(const tensor *t)
{
    int64_t reach = 1;
    for (int i = 0; i < 4; i++) {
        reach += (t->dims[i] - 1) * t->strides[i];
    }
    return reach * element_size(t->type);
}

/* Offset in elements of the i-th number in the order N,H,W,C. */
static int64_t offset_of(const tensor *t, int64_t i)
{
    const int64_t c = i % t->dims[1], w = i / t->dims[1] % t->dims[3];
    const int64_t h = i / t->dims[1] / t->dims[3] % t->dims[2];
    const int64_t n = i / t->dims[1] / t->dims[3] / t->dims[2];
    return n * t->strides[0] + c * t->strides[1] + h * t->strides[2] + w * t->strides[3];
}

static numbers load(const tensor *t)
{
    numbers v((size_t)count_of(t));
    gan_order_reads(t->data, (size_t)sim_reach_of(t));
    for (int64_t i = 0; i < count_of(t); i++) {
        v[(size_t)i] = element_get(t->data, t->type, offset_of(t, i));
    }
    return v;
}

/* t = alpha v + beta t. */
static void store(const tensor *t, const numbers &v, double alpha, double beta)
{
    gan_order_writes(t->data, (size_t)sim_reach_of(t));
    for (int64_t i = 0; i < count_of(t); i++) {
        const int64_t at = offset_of(t, i);
        const double old = beta != 0.0 ? beta * element_get(t->data, t->type, at) : 0.0;
        element_put(t->data, t->type, at, alpha * v[(size_t)i] + old);
    }
}

/* --- convolutions --- */

static void add(double *sum, double x, const convolution *k)
{
    *sum += x;
    *sum = k->narrow_sums ? element_round(k->x.type, *sum) : *sum;
}

/* One tap of one output pixel: the three rows of channels that meet there. A filter of fewer
 * channels than the map is in groups: it sees those of its own. */
static void tap(const convolution *k, const double *x, const double *w, const double *y,
                double *out)
{
    const int64_t channels = k->w.dims[1], filters = k->y.dims[1];
    const int64_t filters_per_group = filters / (k->x.dims[1] / channels);
    const int64_t filter_stride = channels * k->w.dims[2] * k->w.dims[3];
    for (int64_t f = 0; f < filters; f++) {
        const double *wf = w + f * filter_stride;
        const int64_t first = f / filters_per_group * channels;
        double sum = 0.0;
        switch (k->way) {
        case FORWARD:
            for (int64_t c = 0; c < channels; c++) {
                sum += x[first + c] * wf[c];
            }
            add(&out[f], sum, k);
            break;
        case TO_DATA:
            for (int64_t c = 0; c < channels; c++) {
                add(&out[first + c], y[f] * wf[c], k);
            }
            break;
        case TO_FILTER:
            for (int64_t c = 0; c < channels; c++) {
                add(&out[f * filter_stride + c], y[f] * x[first + c], k);
            }
            break;
        }
    }
}

static numbers load_operand(const convolution *k, const tensor *t)
{
    numbers v = load(t);
    for (size_t i = 0; k->tf32 && i < v.size(); i++) {
        v[i] = element_tf32(v[i]);
    }
    for (size_t i = 0; k->narrow_operands && i < v.size(); i++) {
        v[i] = element_round(ELEMENT_F16, v[i]);
    }
    return v;
}

void sim_convolve(const convolution *k)
{
    const int64_t channels = k->x.dims[1], height = k->x.dims[2], width = k->x.dims[3];
    const int64_t filters = k->y.dims[1], rows = k->w.dims[2], columns = k->w.dims[3];
    const tensor *target = k->way == FORWARD ? &k->y : k->way == TO_DATA ? &k->x : &k->w;
    const numbers x = k->way == TO_DATA ? numbers() : load_operand(k, &k->x);
    const numbers w = k->way == TO_FILTER ? numbers() : load_operand(k, &k->w);
    const numbers y = k->way == FORWARD ? numbers() : load_operand(k, &k->y);
    numbers out((size_t)count_of(target), 0.0);
    const int64_t taps = rows * columns, pixels = k->y.dims[2] * k->y.dims[3];
    for (int64_t i = 0; i < k->y.dims[0] * pixels * taps; i++) {
        const int64_t s = i % columns, r = i / columns % rows, pixel = i / taps % pixels;
        const int64_t n = i / taps / pixels;
        const int64_t q = pixel % k->y.dims[3], p = pixel / k->y.dims[3];
        const int64_t h = p * k->stride[0] + r * k->dilation[0] - k->pad[0];
        const int64_t v = q * k->stride[1] + s * k->dilation[1] - k->pad[1];
        if (h < 0 || h >= height || v < 0 || v >= width) {
            continue;
        }
        const int64_t row = k->flipped ? rows - 1 - r : r;
        const int64_t column = k->flipped ? columns - 1 - s : s;
        const int64_t at_x = ((n * height + h) * width + v) * channels;
        const int64_t at_w = (row * columns + column) * k->w.dims[1];
        const int64_t at_y = (n * pixels + pixel) * filters;
        tap(k, x.data() + at_x, w.data() + at_w, y.data() + at_y,
            out.data() + (k->way == FORWARD   ? at_y
                          : k->way == TO_DATA ? at_x
                                              : at_w));
    }
    store(target, out, k->alpha, k->beta);
}

/* --- batch normalization --- */

void sim_normalize(const normalization *k)
{
    const numbers x = load(&k->x), scale = load(&k->scale), bias = load(&k->bias);
    const size_t channels = (size_t)k->x.dims[1];
    const double rows = (double)(x.size() / channels);
    numbers mean(channels, 0.0), inv_std(channels, 0.0), y(x.size());
    for (size_t i = 0; i < x.size(); i++) {
        mean[i % channels] += x[i] / rows;
    }
    for (size_t i = 0; i < x.size(); i++) {
        const double d = x[i] - mean[i % channels];
        inv_std[i % channels] += d * d / rows;
    }
    for (size_t c = 0; c < channels; c++) {
        inv_std[c] = 1.0 / sqrt(inv_std[c] + k->epsilon);
    }
    for (size_t i = 0; i < x.size(); i++) {
        const size_t c = i % channels;
        y[i] = (x[i] - mean[c]) * inv_std[c] * scale[c] + bias[c];
    }
    store(&k->y, y, 1.0, 0.0);
    store(&k->mean, mean, 1.0, 0.0);
    store(&k->inv_std, inv_std, 1.0, 0.0);
}

void sim_normalize_back(const normalization *k)
{
    const numbers x = load(&k->x), dy = load(&k->dy), scale = load(&k->scale);
    const numbers mean = load(&k->mean), inv_std = load(&k->inv_std);
    const size_t channels = (size_t)k->x.dims[1];
    const double rows = (double)(x.size() / channels);
    numbers dscale(channels, 0.0), dbias(channels, 0.0), dx(x.size());
    for (size_t i = 0; i < x.size(); i++) {
        const size_t c = i % channels;
        dbias[c] += dy[i];
        dscale[c] += dy[i] * (x[i] - mean[c]) * inv_std[c];
    }
    for (size_t i = 0; i < x.size(); i++) {
        const size_t c = i % channels;
        const double xhat = (x[i] - mean[c]) * inv_std[c];
        dx[i] = scale[c] * inv_std[c] * (dy[i] - (dbias[c] + xhat * dscale[c]) / rows);
    }
    store(&k->dx, dx, 1.0, 0.0);
    store(&k->dscale, dscale, 1.0, 0.0);
    store(&k->dbias, dbias, 1.0, 0.0);
}
