/* cudnn_plan.cc — the engines that the stand-in of cuDNN lists, and what a plan is made of.
 *
 * They follow what real cuDNN was seen to do (deviceless plans): tensor-core engines first where
 * the type and the architecture have them, a nondeterministic one among the filter gradients, plain
 * ones for even padding only, a generic engine 0 in FALLBACK, batch normalization compiled at run
 * time on sm_80 and newer; and before all others one that takes fp32 operands as fp16, or adds up
 * in the output's 16 bits. All the others compute the same numbers, but that tensor cores take fp32
 * operands as TF32. */
#include <stdlib.h>
#include <string.h>

#include <random>

#include "sim/architecture.h"
#include "sim/cudnn_store.h"

enum { GENERIC = 0, PLAIN = 1, NORM = 7, NONDETERMINISTIC = 20, TENSOR_CORES = 46, NARROW = 47 };

static std::map<std::string, sim_ref> texts; /* plans that were written out */

static bool is_norm(const sim_descriptor *op)
{
    return op->kind == CUDNN_BACKEND_OPERATION_NORM_FORWARD_DESCRIPTOR ||
           op->kind == CUDNN_BACKEND_OPERATION_NORM_BACKWARD_DESCRIPTOR;
}

/* Of a convolution in any direction. */
static const sim_descriptor *conv_of(const sim_descriptor *op)
{
    static const int names[] = {CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                                CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC};
    for (const int name : names) {
        if (sim_find(op, name) != NULL) {
            return sim_child(op, name, 0);
        }
    }
    return NULL;
}

static int type_of(const sim_descriptor *op)
{
    static const int names[] = {
        CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
        CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, CUDNN_ATTR_OPERATION_NORM_FWD_XDESC,
        CUDNN_ATTR_OPERATION_NORM_BWD_XDESC};
    for (const int name : names) {
        if (sim_find(op, name) != NULL) {
            return sim_enum(sim_child(op, name, 0), CUDNN_ATTR_TENSOR_DATA_TYPE);
        }
    }
    return CUDNN_DATA_FLOAT;
}

static bool has_even_padding(const sim_descriptor *op)
{
    const sim_descriptor *conv = conv_of(op);
    return sim_i64(conv, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, 0) ==
               sim_i64(conv, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, 0) &&
           sim_i64(conv, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, 1) ==
               sim_i64(conv, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, 1);
}

static std::vector<int64_t> engines_for(const sim_descriptor *op, cudnnBackendHeurMode_t mode)
{
    const int sm = sim_architecture(), type = type_of(op);
    if (type == CUDNN_DATA_BFLOAT16 && sm < SIM_TF32_ARCHITECTURE) {
        return {};
    }
    if (is_norm(op)) {
        return sm >= SIM_TF32_ARCHITECTURE && mode == CUDNN_HEUR_MODE_A ? std::vector<int64_t>{NORM}
                                                                        : std::vector<int64_t>{};
    }
    if (mode == CUDNN_HEUR_MODE_FALLBACK) {
        return {GENERIC};
    }
    std::vector<int64_t> list = {NARROW};
    if (op->kind == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR) {
        list.push_back(NONDETERMINISTIC);
    }
    if (type == CUDNN_DATA_HALF || sm >= SIM_TF32_ARCHITECTURE) {
        list.push_back(TENSOR_CORES);
    }
    if (type == CUDNN_DATA_FLOAT && has_even_padding(op)) {
        list.push_back(PLAIN);
    }
    return list;
}

/* A finalized configuration of one engine for a graph. */
static sim_ref make_config(int64_t engine, const sim_ref &graph)
{
    sim_ref e(new sim_descriptor{CUDNN_BACKEND_ENGINE_DESCRIPTOR, true, {}, {}});
    sim_attribute index = {CUDNN_TYPE_INT64, 1, std::vector<char>(sizeof engine), {}};
    memcpy(index.bytes.data(), &engine, sizeof engine);
    e->attributes[CUDNN_ATTR_ENGINE_GLOBAL_INDEX] = index;
    e->attributes[CUDNN_ATTR_ENGINE_OPERATION_GRAPH] = {
        CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, {}, {graph}};
    sim_ref config(new sim_descriptor{CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, true, {}, {}});
    config->attributes[CUDNN_ATTR_ENGINECFG_ENGINE] = {CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, {}, {e}};
    return config;
}

/* Compute capability times ten of the device that is planned for: described, or this one. */
static int planned_for(const sim_descriptor *heuristics)
{
    if (sim_find(heuristics, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP) == NULL) {
        return sim_architecture();
    }
    const sim_descriptor *device = sim_child(heuristics, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, 0);
    const sim_attribute *json = sim_find(device, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION);
    const std::string text(json->bytes.begin(), json->bytes.end());
    const char key[] = "\"deviceVer\":";
    const size_t at = text.find(key);
    return at == std::string::npos ? 0 : atoi(text.c_str() + at + strlen(key)) / 10;
}

/* GAN_SIM_CUDNN_FROM: a cuDNN that has engines from that compute capability on. */
static bool has_engines(const sim_descriptor *heuristics)
{
    const char *from = getenv("GAN_SIM_CUDNN_FROM");
    return from == NULL || planned_for(heuristics) >= atoi(from);
}

cudnnStatus_t sim_list_engines(sim_descriptor *heuristics)
{
    const sim_attribute *graph = sim_find(heuristics, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
    const sim_descriptor *op = sim_child(graph->refs[0].get(), CUDNN_ATTR_OPERATIONGRAPH_OPS, 0);
    const cudnnBackendHeurMode_t mode =
        (cudnnBackendHeurMode_t)sim_enum(heuristics, CUDNN_ATTR_ENGINEHEUR_MODE);
    const bool lists = has_engines(heuristics);
    for (const int64_t engine : lists ? engines_for(op, mode) : std::vector<int64_t>()) {
        heuristics->results.push_back(make_config(engine, graph->refs[0]));
    }
    if (heuristics->results.empty()) {
        sim_cudnn_fail(CUDNN_STATUS_SUCCESS, "no engine for this graph on sm_%d",
                       sim_architecture());
    }
    return CUDNN_STATUS_SUCCESS;
}

void sim_engine_notes(int64_t engine, const sim_descriptor *operation, std::vector<int> *numerical,
                      std::vector<int> *behavior)
{
    if (engine == NARROW) {
        numerical->push_back(type_of(operation) == CUDNN_DATA_FLOAT
                                 ? CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS
                                 : CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION);
    }
    if (engine == TENSOR_CORES || engine == NARROW) {
        numerical->push_back(CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
    }
    if (engine == NONDETERMINISTIC) {
        numerical->push_back(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC);
    }
    if (engine == GENERIC) {
        numerical->push_back(CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP);
    }
    if (engine == NORM) {
        behavior->push_back(CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION);
    }
}

/* --- plans --- */

static const sim_descriptor *engine_descriptor(const sim_descriptor *plan)
{
    const sim_descriptor *config = sim_child(plan, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, 0);
    return sim_child(config, CUDNN_ATTR_ENGINECFG_ENGINE, 0);
}

int64_t sim_engine_of(const sim_descriptor *plan)
{
    return sim_i64(engine_descriptor(plan), CUDNN_ATTR_ENGINE_GLOBAL_INDEX, 0);
}

const sim_descriptor *sim_operation_of(const sim_descriptor *plan)
{
    const sim_descriptor *graph =
        sim_child(engine_descriptor(plan), CUDNN_ATTR_ENGINE_OPERATION_GRAPH, 0);
    return sim_child(graph, CUDNN_ATTR_OPERATIONGRAPH_OPS, 0);
}

/* Odd sizes, so that a caller who rounds or forgets them is found out. */
int64_t sim_workspace_of(const sim_descriptor *plan)
{
    switch (sim_engine_of(plan)) {
    case TENSOR_CORES:
        return 4099;
    case NORM:
        return 1031;
    default:
        return 0;
    }
}

/* Good within the process that wrote it, as a plan is good for one device: another's is refused. */
std::string sim_plan_to_text(const sim_ref &plan)
{
    static const std::string process = std::to_string(std::random_device()());
    const std::string text = "{\"simulated plan\": " + std::to_string(texts.size() + 1) +
                             ", \"of process\": " + process + "}";
    texts[text] = plan;
    return text;
}

bool sim_plan_from_text(const std::string &text, sim_descriptor *plan)
{
    const auto at = texts.find(text.c_str()); /* without the final NUL, if it came along */
    if (at == texts.end()) {
        return false;
    }
    plan->attributes[CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG] =
        at->second->attributes[CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG];
    return true;
}
