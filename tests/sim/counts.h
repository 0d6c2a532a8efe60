/* counts.h — what the simulated device was asked to do, for tests to read.
 *
 * "Queued" is what the host queued itself; "replayed" is what launched graphs ran. A library call
 * (cuBLAS, cuDNN) counts as one, whatever it would launch. GAN_SIM_REPORT=file writes them there as
 * JSON when the process ends. */
#ifndef GAN_SIM_COUNTS_H
#define GAN_SIM_COUNTS_H

#include <stdint.h>

#define GAN_SIM_COUNT_LIST(X)                                                                      \
    X(queued_kernels)                                                                              \
    X(queued_library_calls)                                                                        \
    X(queued_h2d_copies)                                                                           \
    X(queued_d2h_copies)                                                                           \
    X(queued_d2d_copies)                                                                           \
    X(queued_memsets)                                                                              \
    X(queued_host_functions)                                                                       \
    X(replayed_kernels)                                                                            \
    X(replayed_library_calls)                                                                      \
    X(replayed_h2d_copies)                                                                         \
    X(replayed_d2h_copies)                                                                         \
    X(replayed_d2d_copies)                                                                         \
    X(replayed_memsets)                                                                            \
    X(replayed_host_functions)                                                                     \
    X(graph_launches)                                                                              \
    X(h2d_bytes)                                                                                   \
    X(d2h_bytes)                                                                                   \
    X(pageable_copies) /* of memory that is not pinned: they wait for the device */                \
    X(device_allocations)                                                                          \
    X(device_frees)                                                                                \
    X(device_bytes)      /* allocated now */                                                       \
    X(device_bytes_peak) /* at most, since the reading before */                                   \
    X(pinned_allocations)                                                                          \
    X(synchronizations) /* of a stream, an event or the device, cudaMemcpy's own too */            \
    X(queries)                                                                                     \
    X(property_queries) /* cudaGetDeviceProperties: slow */                                        \
    X(refused_in_capture)

#define GAN_SIM_COUNT_FIELD(name) int64_t name;
typedef struct gan_sim_counts {
    GAN_SIM_COUNT_LIST(GAN_SIM_COUNT_FIELD)
} gan_sim_counts;
#undef GAN_SIM_COUNT_FIELD

#ifdef __cplusplus
extern "C" {
#endif

/* Since the process began, where nothing else is said; subtract two readings. */
__attribute__((visibility("default"))) gan_sim_counts gan_sim_read_counts(void);

#ifdef __cplusplus
}
#endif

/* The simulated device's own copy. */
extern gan_sim_counts gan_sim_now;

#endif
