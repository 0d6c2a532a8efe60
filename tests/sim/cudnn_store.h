/* cudnn_store.h — descriptors of cuDNN's graph API on the simulated device: what a caller set.
 *
 * A descriptor is a bag of attributes; nothing is known of the caller but these. cudnn_store.cc
 * keeps them, cudnn_plan.cc lists engines and makes plans, cudnn_check.cc says what a finalized
 * descriptor must satisfy, cudnn_run.cc computes. */
#ifndef GAN_SIM_CUDNN_STORE_H
#define GAN_SIM_CUDNN_STORE_H

#include <stdint.h>

#include <cudnn.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

struct sim_descriptor;
typedef std::shared_ptr<sim_descriptor> sim_ref;

struct sim_attribute {
    cudnnBackendAttributeType_t type;
    int64_t count;
    std::vector<char> bytes;   /* of plain values */
    std::vector<sim_ref> refs; /* of descriptors */
};

struct sim_descriptor {
    cudnnBackendDescriptorType_t kind;
    bool finalized;
    std::map<int, sim_attribute> attributes;
    std::vector<sim_ref> results; /* of heuristics */
};

struct cudnnContext {
    cudaStream_t stream;
};

/* What a cudnnBackendDescriptor_t points to. */
struct sim_handle {
    sim_ref descriptor;
};

/* Remembers a sentence for cudnnGetLastErrorString(), returns the code. */
cudnnStatus_t sim_cudnn_fail(cudnnStatus_t code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* NULL if it was not set. */
const sim_attribute *sim_find(const sim_descriptor *d, int name);

/* The value of an attribute that finalizing has found to be there. */
int64_t sim_i64(const sim_descriptor *d, int name, int64_t index);
float sim_float(const sim_descriptor *d, int name);
int sim_enum(const sim_descriptor *d, int name);
const sim_descriptor *sim_child(const sim_descriptor *d, int name, size_t index);
bool sim_bool(const sim_descriptor *d, int name); /* false if not set */

/* cudnn_check.cc: CUDNN_STATUS_SUCCESS if a descriptor may be finalized. */
cudnnStatus_t sim_check(const sim_descriptor *d);

/* cudnn_plan.cc: what happens when heuristics are finalized, and what can be asked of engines,
 * configurations and plans. */
cudnnStatus_t sim_list_engines(sim_descriptor *heuristics);
int64_t sim_workspace_of(const sim_descriptor *plan);
int64_t sim_engine_of(const sim_descriptor *plan);
const sim_descriptor *sim_operation_of(const sim_descriptor *plan);
void sim_engine_notes(int64_t engine, const sim_descriptor *operation, std::vector<int> *numerical,
                      std::vector<int> *behavior);
std::string sim_plan_to_text(const sim_ref &plan);
bool sim_plan_from_text(const std::string &text, sim_descriptor *plan);

#endif
