/* cudnn_choose.h — which of cuDNN's engines computes a graph: static rules, no stopwatch.
 *
 * The heuristics are asked in mode A, then B, then FALLBACK; the first configuration that passes
 * the rules and finalizes is taken. Engine 0 (a generic kernel whose speed nobody promises) comes
 * last: it is kept in hand, and taken when no other passes. An engine that takes operands in a
 * narrower type than they have, or adds up in one (fp16 sums overflow), is never taken: products
 * are summed in fp32. Where measuring has chosen before, its choice is the only candidate. The same
 * code runs with a handle of a device and with the mere description of one, so what `gan plan` says
 * of a GPU is what happens there, unless the live driver refuses a plan. */
#ifndef GAN_CUDA_CUDNN_CHOOSE_H
#define GAN_CUDA_CUDNN_CHOOSE_H

#include "cuda/cudnn_descriptor.h"

/* Whom to plan for: exactly one is set. */
typedef struct gan_cudnn_target {
    cudnnHandle_t handle;                 /* a live device */
    cudnnBackendDescriptor_t description; /* a finalized DEVICEPROP */
} gan_cudnn_target;

/* Engines by number, those that a device would not capture. */
enum { GAN_CUDNN_ENGINES = 256 };

typedef struct gan_cudnn_engine_set {
    uint64_t bits[GAN_CUDNN_ENGINES / 64];
} gan_cudnn_engine_set;

void gan_cudnn_engine_add(gan_cudnn_engine_set *set, int64_t engine);
bool gan_cudnn_engine_in(const gan_cudnn_engine_set *set, int64_t engine);

/* A configuration by its place in the heuristics' lists; mode 0 = none. */
typedef struct gan_cudnn_wish {
    char mode;
    int rank;
    int64_t engine;
} gan_cudnn_wish;

typedef struct gan_cudnn_rules {
    bool deterministic;          /* no NONDETERMINISTIC engine */
    bool strict;                 /* no TENSOR_CORE: fp32 products are fp32, not TF32 */
    bool runtime_compiled;       /* engines that cuDNN compiles by NVRTC are allowed */
    int64_t workspace_cap;       /* bytes */
    gan_cudnn_engine_set barred; /* not these */
    gan_cudnn_wish wish;         /* only this one, if it passes the rest; of mode 0: any */
    int most_refused;            /* cuDNN's refusals after which the search ends; 0 = none */
    int skip;                    /* so many that pass are passed over: to list all of them */
} gan_cudnn_rules;

/* What was chosen, and what was not. */
typedef struct gan_cudnn_choice {
    char mode; /* 'A', 'B' or 'F' (FALLBACK) */
    int rank;  /* place in that mode's list, from 0 */
    int64_t engine;
    bool tensor_core, deterministic, runtime_compiled;
    int64_t workspace; /* bytes */
    /* Configurations passed over on the way, by the rule that they broke. */
    int listed, n_narrow, n_nondeterministic, n_tensor_core, n_runtime, n_workspace, n_refused,
        n_barred;
} gan_cudnn_choice;

/* gan_cudnn_choose() — a finalized execution plan of a finalized graph, owned by the pool.
 *
 * GAN_E_UNSUPPORTED when no configuration passes: err says how many each rule took away, and
 * cuDNN's own reason when it lists none at all. */
gan_status gan_cudnn_choose(const gan_cudnn_target *target, cudnnBackendDescriptor_t graph,
                            const gan_cudnn_rules *rules, gan_cudnn_pool *pool,
                            cudnnBackendDescriptor_t *plan, gan_cudnn_choice *choice,
                            gan_error *err);

/* A DEVICEPROP from cuDNN's JSON text, owned by the pool. GAN_E_DATA if cuDNN does not take it. */
gan_status gan_cudnn_describe_device(gan_cudnn_pool *pool, const char *json,
                                     cudnnBackendDescriptor_t *out, gan_error *err);

#endif
