/* cudnn_store.cc — cuDNN's handles, errors and descriptors: create, set, get, finalize, destroy. */
#include "sim/cudnn_store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/stream.h"

static char last_error[512];

cudnnStatus_t sim_cudnn_fail(cudnnStatus_t code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(last_error, sizeof last_error, format, args);
    va_end(args);
    return code;
}

/* --- reading --- */

const sim_attribute *sim_find(const sim_descriptor *d, int name)
{
    const auto at = d->attributes.find(name);
    return at == d->attributes.end() ? NULL : &at->second;
}

int64_t sim_i64(const sim_descriptor *d, int name, int64_t index)
{
    int64_t value = 0;
    memcpy(&value, sim_find(d, name)->bytes.data() + (size_t)index * sizeof value, sizeof value);
    return value;
}

float sim_float(const sim_descriptor *d, int name)
{
    const sim_attribute *a = sim_find(d, name);
    if (a->type == CUDNN_TYPE_DOUBLE) {
        double wide = 0.0;
        memcpy(&wide, a->bytes.data(), sizeof wide);
        return (float)wide;
    }
    float value = 0.0f;
    memcpy(&value, a->bytes.data(), sizeof value);
    return value;
}

int sim_enum(const sim_descriptor *d, int name)
{
    int value = 0;
    memcpy(&value, sim_find(d, name)->bytes.data(), sizeof value);
    return value;
}

bool sim_bool(const sim_descriptor *d, int name)
{
    const sim_attribute *a = sim_find(d, name);
    return a != NULL && a->bytes[0] != 0;
}

const sim_descriptor *sim_child(const sim_descriptor *d, int name, size_t index)
{
    const sim_attribute *a = sim_find(d, name);
    return a == NULL || index >= a->refs.size() ? NULL : a->refs[index].get();
}

/* --- attributes --- */

static size_t size_of(cudnnBackendAttributeType_t type)
{
    switch (type) {
    case CUDNN_TYPE_BOOLEAN:
    case CUDNN_TYPE_CHAR:
        return 1;
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_DOUBLE:
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_BACKEND_DESCRIPTOR:
        return 8;
    case CUDNN_TYPE_FRACTION:
        return 16;
    default:
        return 4; /* floats, 32-bit numbers and enums */
    }
}

static cudnnStatus_t set(sim_descriptor *d, int name, cudnnBackendAttributeType_t type,
                         int64_t count, const void *value)
{
    if (d->finalized) {
        return sim_cudnn_fail(CUDNN_STATUS_NOT_INITIALIZED, "descriptor is already finalized");
    }
    if (count < 1 || value == NULL) {
        return sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM, "attribute %d: no value", name);
    }
    sim_attribute a = {type, count, {}, {}};
    if (type != CUDNN_TYPE_BACKEND_DESCRIPTOR) {
        a.bytes.assign((const char *)value, (const char *)value + (size_t)count * size_of(type));
        d->attributes[name] = a;
        return CUDNN_STATUS_SUCCESS;
    }
    for (int64_t i = 0; i < count; i++) {
        const sim_handle *child = ((sim_handle *const *)value)[i];
        if (child == NULL || !child->descriptor->finalized) {
            return sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM,
                                  "attribute %d: a descriptor that is not finalized", name);
        }
        a.refs.push_back(child->descriptor);
    }
    d->attributes[name] = a;
    return CUDNN_STATUS_SUCCESS;
}

/* Copies up to `room` of n values of `size` bytes. */
static cudnnStatus_t give(const void *values, int64_t n, size_t size, int64_t room, int64_t *count,
                          void *out)
{
    if (count != NULL) {
        *count = n;
    }
    if (out != NULL && room > 0) {
        memcpy(out, values, (size_t)(n < room ? n : room) * size);
    }
    return CUDNN_STATUS_SUCCESS;
}

/* Results are put into descriptors that the caller made. */
static cudnnStatus_t give_refs(const std::vector<sim_ref> &refs, int64_t room, int64_t *count,
                               void *out)
{
    const int64_t n = (int64_t)refs.size();
    if (count != NULL) {
        *count = room == 0 ? n : n < room ? n : room;
    }
    for (int64_t i = 0; i < n && i < room && out != NULL; i++) {
        sim_handle *slot = ((sim_handle **)out)[i];
        if (slot == NULL || slot->descriptor->kind != refs[(size_t)i]->kind) {
            return sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM,
                                  "a result needs a descriptor of its kind");
        }
        slot->descriptor = refs[(size_t)i];
    }
    return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t get_engine(const sim_descriptor *d, int name, int64_t room, int64_t *count,
                                void *out)
{
    const int64_t engine = sim_i64(d, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, 0);
    const sim_descriptor *graph = sim_child(d, CUDNN_ATTR_ENGINE_OPERATION_GRAPH, 0);
    std::vector<int> numerical, behavior;
    sim_engine_notes(engine, sim_child(graph, CUDNN_ATTR_OPERATIONGRAPH_OPS, 0), &numerical,
                     &behavior);
    const std::vector<int> &notes = name == CUDNN_ATTR_ENGINE_NUMERICAL_NOTE ? numerical : behavior;
    return give(notes.data(), (int64_t)notes.size(), sizeof(int), room, count, out);
}

static cudnnStatus_t get(const sim_ref &ref, int name, int64_t room, int64_t *count, void *out)
{
    const sim_descriptor *d = ref.get();
    if (!d->finalized) {
        return sim_cudnn_fail(CUDNN_STATUS_NOT_INITIALIZED, "descriptor is not finalized");
    }
    if (name == CUDNN_ATTR_ENGINEHEUR_RESULTS) {
        return give_refs(d->results, room, count, out);
    }
    if (name == CUDNN_ATTR_ENGINE_NUMERICAL_NOTE || name == CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE) {
        return get_engine(d, name, room, count, out);
    }
    if (name == CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE) {
        const int64_t bytes = sim_workspace_of(d);
        return give(&bytes, 1, sizeof bytes, room, count, out);
    }
    if (name == CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION && sim_find(d, name) == NULL) {
        const std::string text = sim_plan_to_text(ref);
        return give(text.c_str(), (int64_t)text.size() + 1, 1, room, count, out);
    }
    const sim_attribute *a = sim_find(d, name);
    if (a == NULL) {
        return sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM, "attribute %d was not set", name);
    }
    return a->type == CUDNN_TYPE_BACKEND_DESCRIPTOR
               ? give_refs(a->refs, room, count, out)
               : give(a->bytes.data(), a->count, size_of(a->type), room, count, out);
}

static cudnnStatus_t finalize(sim_descriptor *d)
{
    if (d->finalized) {
        return sim_cudnn_fail(CUDNN_STATUS_BAD_PARAM, "descriptor is already finalized");
    }
    if (d->kind == CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) {
        const sim_attribute *json = sim_find(d, CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION);
        if (json != NULL &&
            !sim_plan_from_text(std::string(json->bytes.begin(), json->bytes.end()), d)) {
            return sim_cudnn_fail(CUDNN_STATUS_NOT_SUPPORTED, "a plan of another process");
        }
    }
    const cudnnStatus_t code = sim_check(d);
    if (code != CUDNN_STATUS_SUCCESS) {
        return code;
    }
    if (d->kind == CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR) {
        const cudnnStatus_t listed = sim_list_engines(d);
        if (listed != CUDNN_STATUS_SUCCESS) {
            return listed;
        }
    }
    d->finalized = true;
    return CUDNN_STATUS_SUCCESS;
}

extern "C" {

size_t cudnnGetVersion(void)
{
    const char *version = getenv("GAN_SIM_CUDNN"); /* as of another library than the headers' */
    return version != NULL ? (size_t)atoll(version) : CUDNN_VERSION;
}

size_t cudnnGetCudartVersion(void)
{
    return CUDART_VERSION;
}

cudnnStatus_t cudnnCreate(cudnnHandle_t *out)
{
    if (gan_capture_refuses() != cudaSuccess) {
        return sim_cudnn_fail(CUDNN_STATUS_INTERNAL_ERROR, "a handle cannot be made in a capture");
    }
    *out = new cudnnContext{NULL};
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle)
{
    gan_device_finish();
    delete handle;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream)
{
    handle->stream = stream;
    return CUDNN_STATUS_SUCCESS;
}

const char *cudnnGetErrorString(cudnnStatus_t status)
{
    switch (status) {
    case CUDNN_STATUS_SUCCESS:
        return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_NOT_INITIALIZED:
        return "CUDNN_STATUS_NOT_INITIALIZED";
    case CUDNN_STATUS_BAD_PARAM:
        return "CUDNN_STATUS_BAD_PARAM";
    case CUDNN_STATUS_NOT_SUPPORTED:
        return "CUDNN_STATUS_NOT_SUPPORTED";
    case CUDNN_STATUS_EXECUTION_FAILED:
        return "CUDNN_STATUS_EXECUTION_FAILED";
    default:
        return "CUDNN_STATUS of another kind";
    }
}

void cudnnGetLastErrorString(char *message, size_t size)
{
    snprintf(message, size, "%s", last_error);
    last_error[0] = '\0';
}

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t kind,
                                           cudnnBackendDescriptor_t *out)
{
    *out = new sim_handle{sim_ref(new sim_descriptor{kind, false, {}, {}})};
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t descriptor)
{
    delete (sim_handle *)descriptor;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t descriptor,
                                       cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t count,
                                       const void *value)
{
    return set(((sim_handle *)descriptor)->descriptor.get(), (int)name, type, count, value);
}

cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t const descriptor,
                                       cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t room,
                                       int64_t *count, void *out)
{
    (void)type;
    return get(((sim_handle *)descriptor)->descriptor, (int)name, room, count, out);
}

cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t descriptor)
{
    return finalize(((sim_handle *)descriptor)->descriptor.get());
}

} /* extern "C" */
