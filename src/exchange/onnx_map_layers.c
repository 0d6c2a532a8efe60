/* onnx_map_layers.c — rows of layers that make maps smaller and larger, and of normalizations.
 *
 * Every resampling, an average pool among them, is linear and the same for each row and each
 * column: y = A x B, with the numbers that the backends take. So it is two products with constant
 * matrices, whatever its filter: the operators Resize and AveragePool have no words for some of
 * them, and change theirs from opset to opset. */
#include <stdlib.h>

#include "base/memory.h"
#include "exchange/layers.h"
#include "exchange/onnx_row.h"
#include "program/resample_terms.h"

/* --- resampling --- */

/* The matrix of one axis: (out, in), or (in, out) for columns. */
static gan_onnx_name matrix(const gan_onnx_call *c, const gan_map_axis *a, bool columns)
{
    const gan_resample *r = &c->layer->u.resample;
    const gan_onnx_name name = gan_onnx_fresh(c->onnx);
    const int64_t dims[] = {columns ? a->in : a->out, columns ? a->out : a->in};
    void *memory = NULL;
    if (c->onnx->status == GAN_OK) {
        c->onnx->status =
            gan_calloc((size_t)(a->in * a->out), sizeof(float), &memory, c->onnx->err);
    }
    if (c->onnx->status != GAN_OK) {
        return name;
    }
    float *m = memory;
    for (int64_t p = 0; p < a->out; p++) {
        const gan_taps t = gan_resample_taps(r, a, p);
        for (int64_t i = t.first; i < t.end; i++) {
            m[columns ? i * a->out + p : p * a->in + i] = gan_resample_weight(r, a, &t, p, i);
        }
    }
    gan_onnx_floats(c->onnx, name.text, dims, 2, m);
    free(m);
    return name;
}

static gan_onnx_name resample(const gan_onnx_call *c, const gan_onnx_name *y)
{
    const gan_onnx_name columns = matrix(c, &c->layer->u.resample.w, true);
    const gan_onnx_name rows = matrix(c, &c->layer->u.resample.h, false);
    const gan_onnx_name across = gan_onnx_binary(c, "MatMul", c->x.text, columns.text, NULL);
    return gan_onnx_binary(c, "MatMul", rows.text, across.text, y);
}

static void apply_resample(const gan_onnx_call *c)
{
    (void)resample(c, &c->y);
}
const gan_onnx_row gan_onnx_resample = {9, apply_resample, NULL};

static void apply_global_pool(const gan_onnx_call *c)
{
    const gan_onnx_name one = resample(c, NULL);
    gan_onnx_unary(c, "Flatten", one.text, c->y.text, NULL);
}
const gan_onnx_row gan_onnx_global_pool = {9, apply_global_pool, NULL};

/* --- max_pool --- */

/* Padding behind a map for the windows that there are. */
static int64_t behind(const gan_map_axis *a)
{
    const int64_t rows = (a->out - 1) * a->stride + a->window - a->in - a->before;
    return rows > 0 ? rows : 0;
}

static void apply_max_pool(const gan_onnx_call *c)
{
    const gan_max_pool *p = &c->layer->u.max_pool;
    const int64_t kernel[] = {p->h.window, p->w.window}, strides[] = {p->h.stride, p->w.stride};
    const int64_t pads[] = {p->h.before, p->w.before, behind(&p->h), behind(&p->w)};
    gan_text attributes = {0};
    gan_onnx_attribute_integers(&attributes, "kernel_shape", kernel, 2);
    gan_onnx_attribute_integers(&attributes, "pads", pads, 4);
    gan_onnx_attribute_integers(&attributes, "strides", strides, 2);
    gan_onnx_unary(c, "MaxPool", c->x.text, c->y.text, &attributes);
}
const gan_onnx_row gan_onnx_max_pool = {1, apply_max_pool, NULL};

/* --- a number per channel --- */

/* A parameter shaped so that it spreads over a map, or a vector as it is. */
static gan_onnx_name per_channel(const gan_onnx_call *c, int param)
{
    const int64_t dims[] = {-1, 1, 1};
    const char *name = gan_onnx_param(c->onnx, param);
    const bool vector = gan_layer_reads_vector(c->onnx->weights->stack, c->index);
    return gan_onnx_reshaped(c, name, dims, vector ? 1 : 3, NULL);
}

static void apply_scale(const gan_onnx_call *c)
{
    const gan_onnx_name factor = per_channel(c, c->layer->gamma);
    (void)gan_onnx_binary(c, "Mul", c->x.text, factor.text, &c->y);
}
const gan_onnx_row gan_onnx_scale = {9, apply_scale, NULL};

static void apply_bias(const gan_onnx_call *c)
{
    const gan_onnx_name summand = per_channel(c, c->layer->beta);
    (void)gan_onnx_binary(c, "Add", c->x.text, summand.text, &c->y);
}
const gan_onnx_row gan_onnx_bias = {9, apply_bias, NULL};

/* --- normalizations of each sample --- */

/* x over the root of its mean square over the channels. */
static gan_onnx_name by_pixel(const gan_onnx_call *c)
{
    const int64_t channels = 1;
    const gan_onnx_name mean = gan_onnx_fresh(c->onnx), root = gan_onnx_fresh(c->onnx);
    const gan_onnx_name epsilon = gan_onnx_constant(c, c->layer->u.normalize.epsilon);
    const gan_onnx_name square = gan_onnx_binary(c, "Mul", c->x.text, c->x.text, NULL);
    gan_text attributes = {0};
    gan_onnx_attribute_integers(&attributes, "axes", &channels, 1);
    gan_onnx_attribute_integer(&attributes, "keepdims", 1);
    gan_onnx_unary(c, "ReduceMean", square.text, mean.text, &attributes);
    const gan_onnx_name sum = gan_onnx_binary(c, "Add", mean.text, epsilon.text, NULL);
    gan_onnx_unary(c, "Sqrt", sum.text, root.text, NULL);
    return gan_onnx_binary(c, "Div", c->x.text, root.text, NULL);
}

/* InstanceNormalization of (N, groups, the rest). */
static gan_onnx_name by_group(const gan_onnx_call *c)
{
    const gan_normalize_spec *a = &c->layer->u.normalize;
    const gan_dims3 d = c->layer->out;
    const bool vector = gan_layer_reads_vector(c->onnx->weights->stack, c->index);
    const int64_t sets[] = {0, a->groups, -1}, back[] = {-1, d.c, d.h, d.w};
    const gan_onnx_name ones = gan_onnx_fresh(c->onnx), zeros = gan_onnx_fresh(c->onnx);
    const gan_onnx_name x = gan_onnx_reshaped(c, c->x.text, sets, 3, NULL);
    const gan_onnx_name y = gan_onnx_fresh(c->onnx);
    const char *inputs[] = {x.text, ones.text, zeros.text};
    gan_text attributes = {0};
    gan_onnx_repeated(c->onnx, ones.text, 1, a->groups);
    gan_onnx_repeated(c->onnx, zeros.text, 0, a->groups);
    gan_onnx_attribute_float(&attributes, "epsilon", a->epsilon);
    gan_onnx_node(c->onnx, "InstanceNormalization", inputs, 3, y.text, &attributes);
    return gan_onnx_reshaped(c, y.text, back, vector ? 2 : 4, NULL);
}

static void apply_normalize(const gan_onnx_call *c)
{
    const gan_layer *l = c->layer;
    gan_onnx_name y = l->u.normalize.norm == GAN_NORM_pixel_norm ? by_pixel(c) : by_group(c);
    if (l->gamma >= 0) {
        const gan_onnx_name factor = per_channel(c, l->gamma);
        y = gan_onnx_binary(c, "Mul", y.text, factor.text, NULL);
    }
    if (l->beta >= 0) {
        const gan_onnx_name summand = per_channel(c, l->beta);
        y = gan_onnx_binary(c, "Add", y.text, summand.text, NULL);
    }
    gan_onnx_unary(c, "Identity", y.text, c->y.text, NULL);
}
const gan_onnx_row gan_onnx_normalize = {9, apply_normalize, NULL};
