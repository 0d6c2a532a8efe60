/* cudnn_check.cc — what a cuDNN descriptor must satisfy to be finalized: attributes present, of the
 * right type and number, sizes that fit each other. */
#include <stdio.h>

#include "sim/cudnn_store.h"

struct wanted {
    cudnnBackendDescriptorType_t kind;
    int name;
    cudnnBackendAttributeType_t type;
    int64_t count; /* 0: any */
};

#define REF CUDNN_TYPE_BACKEND_DESCRIPTOR
#define TENSOR CUDNN_BACKEND_TENSOR_DESCRIPTOR
#define CONV CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR
#define FWD CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR
#define DATA CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR
#define FILTER CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR
#define NORM CUDNN_BACKEND_OPERATION_NORM_FORWARD_DESCRIPTOR
#define NORM_BACK CUDNN_BACKEND_OPERATION_NORM_BACKWARD_DESCRIPTOR

static const wanted rows[] = {
    {TENSOR, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1},
    {TENSOR, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4},
    {TENSOR, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4},
    {TENSOR, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1},
    {TENSOR, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1},
    {CONV, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1},
    {CONV, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1},
    {CONV, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1},
    {CONV, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2},
    {CONV, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2},
    {CONV, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2},
    {CONV, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2},
    {FWD, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, REF, 1},
    {FWD, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, REF, 1},
    {FWD, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, REF, 1},
    {FWD, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, REF, 1},
    {FWD, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_FLOAT, 1},
    {FWD, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_FLOAT, 1},
    {DATA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, REF, 1},
    {DATA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, REF, 1},
    {DATA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, REF, 1},
    {DATA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, REF, 1},
    {DATA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_TYPE_FLOAT, 1},
    {DATA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, CUDNN_TYPE_FLOAT, 1},
    {FILTER, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, REF, 1},
    {FILTER, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, REF, 1},
    {FILTER, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, REF, 1},
    {FILTER, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, REF, 1},
    {FILTER, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, CUDNN_TYPE_FLOAT, 1},
    {FILTER, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, CUDNN_TYPE_FLOAT, 1},
    {NORM, CUDNN_ATTR_OPERATION_NORM_FWD_MODE, CUDNN_TYPE_NORM_MODE, 1},
    {NORM, CUDNN_ATTR_OPERATION_NORM_FWD_PHASE, CUDNN_TYPE_NORM_FWD_PHASE, 1},
    {NORM, CUDNN_ATTR_OPERATION_NORM_FWD_XDESC, REF, 1},
    {NORM, CUDNN_ATTR_OPERATION_NORM_FWD_YDESC, REF, 1},
    {NORM, CUDNN_ATTR_OPERATION_NORM_FWD_SCALE_DESC, REF, 1},
    {NORM, CUDNN_ATTR_OPERATION_NORM_FWD_BIAS_DESC, REF, 1},
    {NORM, CUDNN_ATTR_OPERATION_NORM_FWD_MEAN_DESC, REF, 1},
    {NORM, CUDNN_ATTR_OPERATION_NORM_FWD_INV_VARIANCE_DESC, REF, 1},
    {NORM, CUDNN_ATTR_OPERATION_NORM_FWD_EPSILON_DESC, REF, 1},
    {NORM_BACK, CUDNN_ATTR_OPERATION_NORM_BWD_MODE, CUDNN_TYPE_NORM_MODE, 1},
    {NORM_BACK, CUDNN_ATTR_OPERATION_NORM_BWD_XDESC, REF, 1},
    {NORM_BACK, CUDNN_ATTR_OPERATION_NORM_BWD_DYDESC, REF, 1},
    {NORM_BACK, CUDNN_ATTR_OPERATION_NORM_BWD_DXDESC, REF, 1},
    {NORM_BACK, CUDNN_ATTR_OPERATION_NORM_BWD_SCALE_DESC, REF, 1},
    {NORM_BACK, CUDNN_ATTR_OPERATION_NORM_BWD_MEAN_DESC, REF, 1},
    {NORM_BACK, CUDNN_ATTR_OPERATION_NORM_BWD_INV_VARIANCE_DESC, REF, 1},
    {NORM_BACK, CUDNN_ATTR_OPERATION_NORM_BWD_DSCALE_DESC, REF, 1},
    {NORM_BACK, CUDNN_ATTR_OPERATION_NORM_BWD_DBIAS_DESC, REF, 1},
    {CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, CUDNN_ATTR_OPERATIONGRAPH_OPS, REF, 1},
    {CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, REF, 1},
    {CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1},
    {CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1},
    {CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_ATTR_ENGINE_OPERATION_GRAPH, REF, 1},
    {CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, CUDNN_ATTR_ENGINECFG_ENGINE, REF, 1},
    {CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, REF, 1},
    {CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64,
     0},
    {CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS,
     CUDNN_TYPE_VOID_PTR, 0},
    {CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR,
     1},
};

static cudnnStatus_t bad(const char *what)
{
    return sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM, "%s", what);
}

static cudnnStatus_t check_present(const sim_descriptor *d)
{
    for (const wanted &w : rows) {
        if (w.kind != d->kind) {
            continue;
        }
        const sim_attribute *a = sim_find(d, w.name);
        if (a == NULL) {
            return sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM, "attribute %d is missing", w.name);
        }
        if (a->type != w.type || (w.count != 0 && a->count != w.count)) {
            return sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM, "attribute %d: %lld values of type %d",
                                  w.name, (long long)a->count, (int)a->type);
        }
    }
    return CUDNN_STATUS_SUCCESS;
}

/* Sizes and strides above 0, and no two elements at one address: a stride of a dimension is at
 * least the reach of those with smaller strides. */
static cudnnStatus_t check_tensor(const sim_descriptor *d)
{
    const int type = sim_enum(d, CUDNN_ATTR_TENSOR_DATA_TYPE);
    if (type != CUDNN_DATA_FLOAT && type != CUDNN_DATA_HALF && type != CUDNN_DATA_BFLOAT16) {
        return bad("a tensor of a type that is not simulated");
    }
    for (int64_t i = 0; i < 4; i++) {
        const int64_t dim = sim_i64(d, CUDNN_ATTR_TENSOR_DIMENSIONS, i);
        const int64_t stride = sim_i64(d, CUDNN_ATTR_TENSOR_STRIDES, i);
        if (dim < 1 || stride < 1) {
            return bad("a dimension or a stride below 1");
        }
        int64_t reach = 0;
        for (int64_t k = 0; k < 4; k++) {
            const int64_t other = sim_i64(d, CUDNN_ATTR_TENSOR_STRIDES, k);
            if (k != i && other < stride) {
                reach += (sim_i64(d, CUDNN_ATTR_TENSOR_DIMENSIONS, k) - 1) * other;
            }
        }
        if (dim > 1 && reach >= stride) {
            return bad("strides by which two elements share an address");
        }
    }
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t check_convolution(const sim_descriptor *d)
{
    if (sim_i64(d, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, 0) != 2) {
        return bad("a convolution of other than 2 dimensions");
    }
    for (int64_t i = 0; i < 2; i++) {
        if (sim_i64(d, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, i) < 1 ||
            sim_i64(d, CUDNN_ATTR_CONVOLUTION_DILATIONS, i) < 1 ||
            sim_i64(d, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, i) < 0 ||
            sim_i64(d, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, i) < 0) {
            return bad("a stride, dilation or padding out of range");
        }
    }
    return CUDNN_STATUS_SUCCESS;
}

/* x, w and y of a convolution in any direction fit each other and its descriptor. As cuDNN has it,
 * a filter of fewer channels than x says in how many groups it is. */
static cudnnStatus_t check_sizes(const sim_descriptor *x, const sim_descriptor *w,
                                 const sim_descriptor *y, const sim_descriptor *conv)
{
    const int dims = CUDNN_ATTR_TENSOR_DIMENSIONS;
    if (sim_i64(x, dims, 0) != sim_i64(y, dims, 0) || sim_i64(x, dims, 1) % sim_i64(w, dims, 1) ||
        sim_i64(w, dims, 0) != sim_i64(y, dims, 1)) {
        return bad("samples or channels of x, w and y differ");
    }
    if (sim_i64(y, dims, 1) % (sim_i64(x, dims, 1) / sim_i64(w, dims, 1))) {
        return bad("the channels of y do not make the groups of x and w");
    }
    for (int64_t i = 0; i < 2; i++) {
        const int64_t taps = sim_i64(w, dims, 2 + i);
        const int64_t reach = (taps - 1) * sim_i64(conv, CUDNN_ATTR_CONVOLUTION_DILATIONS, i) + 1;
        const int64_t padded = sim_i64(x, dims, 2 + i) +
                               sim_i64(conv, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, i) +
                               sim_i64(conv, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, i);
        const int64_t stride = sim_i64(conv, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, i);
        if (padded < reach || (padded - reach) / stride + 1 != sim_i64(y, dims, 2 + i)) {
            return bad("the size of y is not that of the convolution");
        }
    }
    const int type = sim_enum(x, CUDNN_ATTR_TENSOR_DATA_TYPE);
    if (sim_enum(w, CUDNN_ATTR_TENSOR_DATA_TYPE) != type ||
        sim_enum(y, CUDNN_ATTR_TENSOR_DATA_TYPE) != type) {
        return sim_cudnn_fail(CUDNN_STATUS_NOT_SUPPORTED, "x, w and y of different types");
    }
    const int64_t ids[3] = {sim_i64(x, CUDNN_ATTR_TENSOR_UNIQUE_ID, 0),
                            sim_i64(w, CUDNN_ATTR_TENSOR_UNIQUE_ID, 0),
                            sim_i64(y, CUDNN_ATTR_TENSOR_UNIQUE_ID, 0)};
    return ids[0] == ids[1] || ids[1] == ids[2] || ids[0] == ids[2]
               ? bad("two tensors of one unique id")
               : CUDNN_STATUS_SUCCESS;
}

/* All maps of a normalization have one shape, all vectors one number per channel. */
static cudnnStatus_t check_norm(const sim_descriptor *d, const int *maps, int n_maps,
                                const int *vectors, int n_vectors)
{
    const int dims = CUDNN_ATTR_TENSOR_DIMENSIONS;
    const sim_descriptor *x = sim_child(d, maps[0], 0);
    for (int m = 0; m < n_maps; m++) {
        for (int64_t i = 0; i < 4; i++) {
            if (sim_i64(sim_child(d, maps[m], 0), dims, i) != sim_i64(x, dims, i)) {
                return bad("maps of a normalization of different sizes");
            }
        }
    }
    for (int v = 0; v < n_vectors; v++) {
        for (int64_t i = 0; i < 4; i++) {
            const int64_t want = i == 1 ? sim_i64(x, dims, 1) : 1;
            if (sim_i64(sim_child(d, vectors[v], 0), dims, i) != want) {
                return bad("a vector of a normalization that is not one number per channel");
            }
        }
    }
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t check_norm_forward(const sim_descriptor *d)
{
    static const int maps[] = {CUDNN_ATTR_OPERATION_NORM_FWD_XDESC,
                               CUDNN_ATTR_OPERATION_NORM_FWD_YDESC};
    static const int vectors[] = {
        CUDNN_ATTR_OPERATION_NORM_FWD_SCALE_DESC, CUDNN_ATTR_OPERATION_NORM_FWD_BIAS_DESC,
        CUDNN_ATTR_OPERATION_NORM_FWD_MEAN_DESC, CUDNN_ATTR_OPERATION_NORM_FWD_INV_VARIANCE_DESC};
    if (sim_enum(d, CUDNN_ATTR_OPERATION_NORM_FWD_MODE) != CUDNN_BATCH_NORM ||
        sim_enum(d, CUDNN_ATTR_OPERATION_NORM_FWD_PHASE) != CUDNN_NORM_FWD_TRAINING) {
        return bad("a normalization that is not simulated");
    }
    if (!sim_bool(sim_child(d, CUDNN_ATTR_OPERATION_NORM_FWD_EPSILON_DESC, 0),
                  CUDNN_ATTR_TENSOR_IS_BY_VALUE)) {
        return bad("epsilon must be passed by value");
    }
    return check_norm(d, maps, 2, vectors, 4);
}

static cudnnStatus_t check_norm_backward(const sim_descriptor *d)
{
    static const int maps[] = {CUDNN_ATTR_OPERATION_NORM_BWD_XDESC,
                               CUDNN_ATTR_OPERATION_NORM_BWD_DYDESC,
                               CUDNN_ATTR_OPERATION_NORM_BWD_DXDESC};
    static const int vectors[] = {
        CUDNN_ATTR_OPERATION_NORM_BWD_SCALE_DESC, CUDNN_ATTR_OPERATION_NORM_BWD_MEAN_DESC,
        CUDNN_ATTR_OPERATION_NORM_BWD_INV_VARIANCE_DESC, CUDNN_ATTR_OPERATION_NORM_BWD_DSCALE_DESC,
        CUDNN_ATTR_OPERATION_NORM_BWD_DBIAS_DESC};
    if (sim_enum(d, CUDNN_ATTR_OPERATION_NORM_BWD_MODE) != CUDNN_BATCH_NORM) {
        return bad("a normalization that is not simulated");
    }
    return check_norm(d, maps, 3, vectors, 5);
}

static cudnnStatus_t check_pack(const sim_descriptor *d)
{
    const sim_attribute *ids = sim_find(d, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
    const sim_attribute *pointers = sim_find(d, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
    return ids->count == pointers->count ? CUDNN_STATUS_SUCCESS
                                         : bad("as many addresses as unique ids are wanted");
}

cudnnStatus_t sim_check(const sim_descriptor *d)
{
    const cudnnStatus_t code = check_present(d);
    if (code != CUDNN_STATUS_SUCCESS) {
        return code;
    }
    switch (d->kind) {
    case TENSOR:
        return check_tensor(d);
    case CONV:
        return check_convolution(d);
    case FWD:
        return check_sizes(sim_child(d, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, 0),
                           sim_child(d, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, 0),
                           sim_child(d, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, 0),
                           sim_child(d, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, 0));
    case DATA:
        return check_sizes(sim_child(d, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, 0),
                           sim_child(d, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, 0),
                           sim_child(d, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, 0),
                           sim_child(d, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, 0));
    case FILTER:
        return check_sizes(sim_child(d, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, 0),
                           sim_child(d, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, 0),
                           sim_child(d, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, 0),
                           sim_child(d, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, 0));
    case NORM:
        return check_norm_forward(d);
    case NORM_BACK:
        return check_norm_backward(d);
    case CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR:
        return check_pack(d);
    default:
        return CUDNN_STATUS_SUCCESS;
    }
}
