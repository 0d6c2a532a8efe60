/* plan.h — what a training step needs on a GPU that is not there.
 *
 * The step's program is built as for training; every convolution is planned by the real cuDNN from
 * the GPU's description, and the rest is counted. Nothing is run and nothing is timed: a plan says
 * what would be used and the least time it could take, never how fast it is. */
#ifndef GAN_PLAN_H
#define GAN_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "gan/listener.h"
#include "gan/net.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef struct gan_planner_set gan_planner_set; /* catalogue and plugin, opened */

/* gan_planner_set_open() — reads the catalogue of GPUs and, where there is one, loads the CUDA
 * plugin.
 *
 *  catalogue  path of a gpus.json; NULL = the one that comes with the program
 *  out        owned by the caller: gan_planner_set_close(); NULL on failure
 *
 * GAN_E_NO_INPUT, GAN_E_DATA for the catalogue. Without a plugin GPUs can be listed and options are
 * checked; gan_planner_set_ready() says what a plan would fail with. */
gan_status gan_planner_set_open(const char *catalogue, gan_planner_set **out, gan_error *err);
void gan_planner_set_close(gan_planner_set *set); /* NULL is fine */

/* GAN_OK if plans can be made; else GAN_E_NO_DEVICE when this build has no CUDA plugin or its
 * libraries are not installed, GAN_E_FAILED for another build's plugin, with the line that mends
 * it. */
gan_status gan_planner_set_ready(const gan_planner_set *set, gan_error *err);

/* The libraries that plan ("cuDNN 9.19.0, ..."); "" where there are none. Lives with the set. */
const char *gan_planner_set_libraries(const gan_planner_set *set);

/* Number of GPUs in the catalogue, id and name of one of them, and whether they can be planned for;
 * *note says why not, or is a remark, or NULL. i is in range. */
int gan_planner_set_count(const gan_planner_set *set);
const char *gan_planner_set_gpu(const gan_planner_set *set, int i, const char **name,
                                bool *supported, const char **note);

/* The number of the GPU of that id, or of the first whose id begins with it; -1 with the nearest in
 * err where there is none. */
int gan_planner_set_find(const gan_planner_set *set, const char *id, gan_error *err);

/* Zero-initialize; a zero is the default. */
typedef struct gan_plan_options {
    const char *gpu;        /* id of the catalogue, or its beginning: "t4", "a100", "h100" */
    const char *precision;  /* "fp32" (default; products in TF32 where the GPU has it), "tf32",
                               "strict" (fp32 products), "bf16", "fp16" */
    const char *batch_norm; /* "cudnn" or "fused"; NULL = what the GPU gets by default */
    int64_t batch;          /* 0 = the network's own */
    int64_t d_steps;        /* updates of D for one of G; 0 = 1 */
    int64_t images;         /* of an epoch; 0 = 60 000 */
    int64_t workspace_cap;  /* bytes a library call may ask for; 0 = 256 MiB */
    bool nondeterministic;  /* allow engines whose bits differ from run to run */
    double price;           /* of one hour of the instance, any currency; 0 = not known */
} gan_plan_options;

/* One op of the step. Texts live with the plan. */
typedef struct gan_plan_op {
    const char *program;      /* "train", "d": which kind of step it is of */
    double share;             /* how many of the steps are of that kind, in (0, 1] */
    const char *kind, *label; /* "conv", "d.conv1" */
    const char *by;           /* "kernel", "cudnn", "cublas" */
    const char *how;          /* "cuDNN engine 46 (A 0), tensor cores" */
    const char *why;          /* what was passed over, or why there is no plan; "" if nothing */
    bool planned;             /* false: there is no way to compute it on this GPU */
    bool bound_only;          /* its library does not plan without a device */
    bool tensor_core, deterministic;
    int launches;
    int64_t workspace_bytes, scratch_bytes;
    double flops, bytes; /* of the plain algorithm; each operand moved once */
    double again;        /* bytes that its launches move besides; 0 within another launch */
    double bound;        /* seconds: the larger of flops / peak and bytes / bandwidth, without
                          * the bytes that a launch keeps to itself (again < 0) */
    double guess;        /* seconds by a model, see GAN_PLAN_SHARE_OF_PEAK */
} gan_plan_op;

/* What a step is guessed to take, for a first run on a real GPU to be held against: operations
 * reach half of the peak that bounds them in products and, with all that their launches move, four
 * fifths of the memory's bandwidth; a launch in a graph costs 2 us. A model, not a measurement. */
#define GAN_PLAN_SHARE_OF_PEAK 0.5
#define GAN_PLAN_SHARE_OF_BANDWIDTH 0.8
#define GAN_PLAN_LAUNCH_SECONDS 2e-6

typedef struct gan_plan_memory {
    const char *cls; /* "parameter", "moment", ..., "arena", "workspace" */
    int64_t bytes;
} gan_plan_memory;

typedef struct gan_plan_provider {
    const char *name;
    const char *const *instances;
    int n_instances;
} gan_plan_provider;

enum { GAN_PLAN_MEMORY_MAX = 16 };

typedef struct gan_plan {
    const char *net, *gpu, *gpu_name, *precision, *libraries;
    const char *note; /* of the catalogue, or NULL */
    int sm;
    int64_t batch, images, d_steps;
    const gan_plan_op *ops; /* of each kind of step in turn */
    int n_ops;
    int n_unplanned; /* ops that have no plan */
    /* Of a step; of several kinds of steps their mean, weighted by how many are of each. */
    int launches; /* rounded */
    double flops, bytes;
    double moved;       /* bytes of all launches */
    double step_bound;  /* seconds; the sum over ops */
    double step_guess;  /* seconds; likewise */
    int64_t steps;      /* of an epoch */
    double epoch_bound; /* seconds */
    double epoch_cost;  /* at the price; NaN when it is not known */
    gan_plan_memory memory[GAN_PLAN_MEMORY_MAX];
    int n_memory;
    int64_t memory_bytes; /* the sum, without what the driver and its libraries keep */
    int64_t gpu_memory_bytes;
    const gan_plan_provider *providers;
    int n_providers;
} gan_plan;

/* gan_plan_make() — plans one training step of a network on one GPU.
 *
 *  out  owned by the caller: gan_plan_free(); it borrows names from set and net. NULL on failure.
 *       Ops without a plan are no failure: see n_unplanned
 *
 * GAN_E_USAGE for a bad option, with the valid ones; GAN_E_UNSUPPORTED for a GPU that the libraries
 * do not run on, or a precision or batch normalization that it has not got; errors of
 * gan_planner_set_ready(), after those of the options; GAN_E_MEMORY. */
gan_status gan_plan_make(const gan_planner_set *set, const gan_net *net,
                         const gan_plan_options *options, gan_plan **out, gan_error *err);
void gan_plan_free(gan_plan *plan); /* NULL is fine */

/* Tells the plan, line by line. explain: how each op was chosen. */
void gan_plan_print(const gan_plan *plan, bool explain, const gan_listener *listener);
/* A table over several GPUs: its head, which says what all of its plans have in common, and one
 * line of it. */
void gan_plan_print_table_head(const gan_plan *plan, const gan_listener *listener);
void gan_plan_print_row(const gan_plan *plan, const gan_listener *listener);
/* The plan as one JSON object on one line, in a new string (free()). GAN_E_MEMORY. */
gan_status gan_plan_json(const gan_plan *plan, char **out, gan_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
