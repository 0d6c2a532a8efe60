/* cudnn_run.cc — executes a cuDNN plan: plain sums in double over what the descriptors say.
 *
 * Strict where cuDNN is undefined: every tensor's address must be on the device with all that its
 * strides reach, aligned as it was declared, and apart from the outputs; the workspace must be
 * there and is overwritten. GAN_SIM_CUDNN_NO_CAPTURE=engine makes that engine refuse to be
 * captured. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cudnn_store.h"
#include "sim/element.h"
#include "sim/fiber.h"
#include "sim/memory.h"
#include "sim/stream.h"

/* A tensor of a call: where it is, and how it lies there. */
struct tensor {
    char *data;
    element_type type;
    int64_t dims[4], strides[4]; /* (N,C,H,W) */
    bool by_value;
    float value;
};

typedef std::vector<double> numbers; /* of a tensor, in the order N,H,W,C */

static int64_t count_of(const tensor *t)
{
    return t->dims[0] * t->dims[1] * t->dims[2] * t->dims[3];
}

static int64_t reach_of(const tensor *t)
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
    gan_order_reads(t->data, (size_t)reach_of(t));
    for (int64_t i = 0; i < count_of(t); i++) {
        v[(size_t)i] = element_get(t->data, t->type, offset_of(t, i));
    }
    return v;
}

/* t = alpha v + beta t. */
static void store(const tensor *t, const numbers &v, double alpha, double beta)
{
    gan_order_writes(t->data, (size_t)reach_of(t));
    for (int64_t i = 0; i < count_of(t); i++) {
        const int64_t at = offset_of(t, i);
        const double old = beta != 0.0 ? beta * element_get(t->data, t->type, at) : 0.0;
        element_put(t->data, t->type, at, alpha * v[(size_t)i] + old);
    }
}

/* --- convolutions --- */

enum direction { FORWARD, TO_DATA, TO_FILTER };

struct convolution {
    direction way;
    tensor x, w, y;
    int64_t pad[2], stride[2], dilation[2];
    bool flipped; /* CUDNN_CONVOLUTION, not cross-correlation */
    double alpha, beta;
};

/* One tap of one output pixel: the three rows of channels that meet there. */
static void tap(const convolution *k, const double *x, const double *w, const double *y,
                double *out)
{
    const int64_t channels = k->x.dims[1], filters = k->y.dims[1];
    const int64_t filter_stride = channels * k->w.dims[2] * k->w.dims[3];
    for (int64_t f = 0; f < filters; f++) {
        const double *wf = w + f * filter_stride;
        double sum = 0.0;
        switch (k->way) {
        case FORWARD:
            for (int64_t c = 0; c < channels; c++) {
                sum += x[c] * wf[c];
            }
            out[f] += sum;
            break;
        case TO_DATA:
            for (int64_t c = 0; c < channels; c++) {
                out[c] += y[f] * wf[c];
            }
            break;
        case TO_FILTER:
            for (int64_t c = 0; c < channels; c++) {
                out[f * filter_stride + c] += y[f] * x[c];
            }
            break;
        }
    }
}

static void convolve(const convolution *k)
{
    const int64_t channels = k->x.dims[1], height = k->x.dims[2], width = k->x.dims[3];
    const int64_t filters = k->y.dims[1], rows = k->w.dims[2], columns = k->w.dims[3];
    const tensor *target = k->way == FORWARD ? &k->y : k->way == TO_DATA ? &k->x : &k->w;
    const numbers x = k->way == TO_DATA ? numbers() : load(&k->x);
    const numbers w = k->way == TO_FILTER ? numbers() : load(&k->w);
    const numbers y = k->way == FORWARD ? numbers() : load(&k->y);
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
        const int64_t at_w = (row * columns + column) * channels;
        const int64_t at_y = (n * pixels + pixel) * filters;
        tap(k, x.data() + at_x, w.data() + at_w, y.data() + at_y,
            out.data() + (k->way == FORWARD   ? at_y
                          : k->way == TO_DATA ? at_x
                                              : at_w));
    }
    store(target, out, k->alpha, k->beta);
}

/* --- batch normalization --- */

struct normalization {
    tensor x, y, scale, bias, mean, inv_std, dy, dx, dscale, dbias;
    double epsilon;
};

static void normalize(const normalization *k)
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

static void normalize_back(const normalization *k)
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

/* --- binding a plan to the addresses of a variant pack --- */

struct binding {
    const sim_descriptor *op, *pack;
    cudnnStatus_t code; /* of the first tensor that cannot be bound */
    std::vector<tensor> read, written;
};

/* The tensor under an attribute of the operation. */
static tensor bind(binding *b, int name, bool written)
{
    tensor t;
    memset(&t, 0, sizeof t);
    const sim_descriptor *d = sim_child(b->op, name, 0);
    const int type = sim_enum(d, CUDNN_ATTR_TENSOR_DATA_TYPE);
    t.type = type == CUDNN_DATA_HALF       ? ELEMENT_F16
             : type == CUDNN_DATA_BFLOAT16 ? ELEMENT_BF16
                                           : ELEMENT_F32;
    for (int i = 0; i < 4; i++) {
        t.dims[i] = sim_i64(d, CUDNN_ATTR_TENSOR_DIMENSIONS, i);
        t.strides[i] = sim_i64(d, CUDNN_ATTR_TENSOR_STRIDES, i);
    }
    t.by_value = sim_bool(d, CUDNN_ATTR_TENSOR_IS_BY_VALUE);
    const int64_t id = sim_i64(d, CUDNN_ATTR_TENSOR_UNIQUE_ID, 0);
    const sim_attribute *ids = sim_find(b->pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
    for (int64_t i = 0; i < ids->count; i++) {
        if (sim_i64(b->pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, i) == id) {
            t.data = (char *)(uintptr_t)sim_i64(b->pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, i);
        }
    }
    if (t.data == NULL) {
        b->code =
            sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM, "no address for tensor %lld", (long long)id);
        return t;
    }
    if (t.by_value) {
        memcpy(&t.value, t.data, sizeof t.value);
        return t;
    }
    const int64_t alignment = sim_i64(d, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, 0);
    if ((int64_t)((uintptr_t)t.data % (uintptr_t)alignment) != 0) {
        b->code =
            sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM, "tensor %lld is not at a multiple of %lld bytes",
                           (long long)id, (long long)alignment);
    } else if (!gan_memory_holds(t.data, (size_t)reach_of(&t))) {
        b->code = sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM, "tensor %lld is not all on the device",
                                 (long long)id);
    }
    (written ? b->written : b->read).push_back(t);
    return t;
}

/* Outputs that touch another tensor. */
static void check_apart(binding *b)
{
    for (size_t i = 0; i < b->written.size(); i++) {
        const tensor *w = &b->written[i];
        std::vector<tensor> others = b->read;
        others.insert(others.end(), b->written.begin() + (ptrdiff_t)i + 1, b->written.end());
        for (const tensor &o : others) {
            if (w->data < o.data + reach_of(&o) && o.data < w->data + reach_of(w)) {
                b->code = sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM, "an output overlaps a tensor");
            }
        }
    }
}

static void bind_geometry(const binding *b, int conv_name, int alpha, int beta, convolution *k)
{
    const sim_descriptor *d = sim_child(b->op, conv_name, 0);
    for (int i = 0; i < 2; i++) {
        k->pad[i] = sim_i64(d, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, i);
        k->stride[i] = sim_i64(d, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, i);
        k->dilation[i] = sim_i64(d, CUDNN_ATTR_CONVOLUTION_DILATIONS, i);
    }
    k->flipped = sim_enum(d, CUDNN_ATTR_CONVOLUTION_CONV_MODE) == CUDNN_CONVOLUTION;
    k->alpha = (double)sim_float(b->op, alpha);
    k->beta = (double)sim_float(b->op, beta);
}

static std::function<void()> bind_convolution(binding *b)
{
    convolution k;
    memset(&k, 0, sizeof k);
    switch (b->op->kind) {
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR:
        k.way = FORWARD;
        k.x = bind(b, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, false);
        k.w = bind(b, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, false);
        k.y = bind(b, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, true);
        bind_geometry(b, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, &k);
        break;
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR:
        k.way = TO_DATA;
        k.x = bind(b, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, true);
        k.w = bind(b, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, false);
        k.y = bind(b, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, false);
        bind_geometry(b, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, &k);
        break;
    default:
        k.way = TO_FILTER;
        k.x = bind(b, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, false);
        k.w = bind(b, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, true);
        k.y = bind(b, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, false);
        bind_geometry(b, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
                      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, &k);
    }
    return [k]() { convolve(&k); };
}

static std::function<void()> bind_normalization(binding *b)
{
    normalization k;
    memset(&k, 0, sizeof k);
    if (b->op->kind == CUDNN_BACKEND_OPERATION_NORM_FORWARD_DESCRIPTOR) {
        k.x = bind(b, CUDNN_ATTR_OPERATION_NORM_FWD_XDESC, false);
        k.scale = bind(b, CUDNN_ATTR_OPERATION_NORM_FWD_SCALE_DESC, false);
        k.bias = bind(b, CUDNN_ATTR_OPERATION_NORM_FWD_BIAS_DESC, false);
        k.y = bind(b, CUDNN_ATTR_OPERATION_NORM_FWD_YDESC, true);
        k.mean = bind(b, CUDNN_ATTR_OPERATION_NORM_FWD_MEAN_DESC, true);
        k.inv_std = bind(b, CUDNN_ATTR_OPERATION_NORM_FWD_INV_VARIANCE_DESC, true);
        k.epsilon = (double)bind(b, CUDNN_ATTR_OPERATION_NORM_FWD_EPSILON_DESC, false).value;
        return [k]() { normalize(&k); };
    }
    k.x = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_XDESC, false);
    k.dy = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_DYDESC, false);
    k.scale = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_SCALE_DESC, false);
    k.mean = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_MEAN_DESC, false);
    k.inv_std = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_INV_VARIANCE_DESC, false);
    k.dx = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_DXDESC, true);
    k.dscale = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_DSCALE_DESC, true);
    k.dbias = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_DBIAS_DESC, true);
    return [k]() { normalize_back(&k); };
}

static bool refuses_capture(cudnnHandle_t handle, const sim_descriptor *plan)
{
    const char *engine = getenv("GAN_SIM_CUDNN_NO_CAPTURE");
    return engine != NULL && gan_stream_capturing(handle->stream) &&
           atoll(engine) == sim_engine_of(plan);
}

extern "C" cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan,
                                             cudnnBackendDescriptor_t pack)
{
    const sim_ref p = ((sim_handle *)plan)->descriptor, v = ((sim_handle *)pack)->descriptor;
    if (!p->finalized || !v->finalized) {
        return sim_cudnn_fail(CUDNN_STATUS_NOT_INITIALIZED, "plan or pack is not finalized");
    }
    if (sim_find(p.get(), CUDNN_ATTR_EXECUTION_PLAN_HANDLE) == NULL) {
        return sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM, "a plan without a handle cannot run here");
    }
    if (refuses_capture(handle, p.get())) {
        gan_capture_spoil(handle->stream);
        return sim_cudnn_fail(CUDNN_STATUS_EXECUTION_FAILED, "this engine cannot be captured");
    }
    binding b = {sim_operation_of(p.get()), v.get(), CUDNN_STATUS_SUCCESS, {}, {}};
    const bool is_norm = b.op->kind == CUDNN_BACKEND_OPERATION_NORM_FORWARD_DESCRIPTOR ||
                         b.op->kind == CUDNN_BACKEND_OPERATION_NORM_BACKWARD_DESCRIPTOR;
    const std::function<void()> run = is_norm ? bind_normalization(&b) : bind_convolution(&b);
    check_apart(&b);
    if (b.code != CUDNN_STATUS_SUCCESS) {
        return b.code;
    }
    const size_t bytes = (size_t)sim_workspace_of(p.get());
    void *workspace = (void *)(uintptr_t)sim_i64(v.get(), CUDNN_ATTR_VARIANT_PACK_WORKSPACE, 0);
    if (bytes > 0 && !gan_memory_holds(workspace, bytes)) {
        return sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM, "the workspace of %zu bytes is not there",
                              bytes);
    }
    const cudaError_t code =
        gan_stream_queue(handle->stream, GAN_TASK_LIBRARY, is_norm ? "cuDNN norm" : "cuDNN conv",
                         p.get(), [run, workspace, bytes]() {
                             if (bytes > 0) {
                                 memset(workspace, 0xFF, bytes);
                             }
                             run();
                         });
    return code == cudaSuccess ? CUDNN_STATUS_SUCCESS
                               : sim_cudnn_fail(CUDNN_STATUS_EXECUTION_FAILED, "not queued: %s",
                                                cudaGetErrorName(code));
}
