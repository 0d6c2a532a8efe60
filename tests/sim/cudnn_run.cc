/* cudnn_run.cc — executes a cuDNN plan: what cudnn_compute.cc is to do, from the descriptors alone.
 *
 * Strict where cuDNN is undefined: every tensor's address must be on the device with all that its
 * strides reach, aligned as it was declared, and apart from the outputs; the workspace must be
 * there and is overwritten. GAN_SIM_CUDNN_NO_CAPTURE=engine makes that engine refuse to be
 * captured. */
#include <stdlib.h>
#include <string.h>

#include "sim/cudnn_compute.h"
#include "sim/cudnn_store.h"
#include "sim/memory.h"
#include "sim/stream.h"

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
    } else if (!gan_memory_holds(t.data, (size_t)sim_reach_of(&t))) {
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
            if (w->data < o.data + sim_reach_of(&o) && o.data < w->data + sim_reach_of(w)) {
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

/* What an engine says of its numbers follows when it computes. */
static bool has_note(int64_t engine, const sim_descriptor *op, int wanted)
{
    std::vector<int> numerical, behavior;
    sim_engine_notes(engine, op, &numerical, &behavior);
    for (const int note : numerical) {
        if (note == wanted) {
            return true;
        }
    }
    return false;
}

static std::function<void()> bind_convolution(binding *b, int64_t engine)
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
    k.tf32 = k.x.type == ELEMENT_F32 && has_note(engine, b->op, CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
    k.narrow_operands = has_note(engine, b->op, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS);
    k.narrow_sums = has_note(engine, b->op, CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION);
    return [k]() { sim_convolve(&k); };
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
        return [k]() { sim_normalize(&k); };
    }
    k.x = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_XDESC, false);
    k.dy = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_DYDESC, false);
    k.scale = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_SCALE_DESC, false);
    k.mean = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_MEAN_DESC, false);
    k.inv_std = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_INV_VARIANCE_DESC, false);
    k.dx = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_DXDESC, true);
    k.dscale = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_DSCALE_DESC, true);
    k.dbias = bind(b, CUDNN_ATTR_OPERATION_NORM_BWD_DBIAS_DESC, true);
    return [k]() { sim_normalize_back(&k); };
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
    const std::function<void()> run =
        is_norm ? bind_normalization(&b) : bind_convolution(&b, sim_engine_of(p.get()));
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
