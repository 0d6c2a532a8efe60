/* planner.h — what a backend can tell about devices that are not there: one table of functions.
 *
 * A backend whose libraries plan without a device exports such a table beside its gan_backend.
 * Nothing here touches a device, but diagnose, which asks whether there is one. */
#ifndef GAN_PROGRAM_PLANNER_H
#define GAN_PROGRAM_PLANNER_H

#include "program/program.h"

typedef struct gan_planned_device gan_planned_device; /* each backend's own struct */

typedef struct gan_planner_options {
    const char *device;     /* the device in the words of the backend's library (data/gpus.json) */
    const char *name;       /* for messages */
    int sm;                 /* its compute capability: 75, 80, ... */
    const char *products;   /* of fp32 buffers: "tf32" or "strict", as in gan_device_options */
    const char *batch_norm; /* "cudnn" or "fused"; NULL = what the device gets by default */
    bool nondeterministic;  /* allow engines whose bits differ from run to run */
    int64_t workspace_cap;  /* bytes a library call may ask for; 0 = the backend's default */
} gan_planner_options;

typedef enum gan_op_maker {
    GAN_MADE_BY_KERNEL, /* an own kernel: runs wherever the backend does */
    GAN_MADE_BY_PLAN,   /* a library's plan, found for this device */
    GAN_MADE_BY_LIBRARY /* a library that does not plan without a device: known by its bound only */
} gan_op_maker;

/* How one op would be computed. */
typedef struct gan_op_plan {
    gan_op_maker maker;
    int launches; /* kernels and library calls, one each */
    bool tensor_core, deterministic;
    int64_t workspace_bytes; /* that the library wants */
    int64_t scratch_bytes;   /* that the backend's own kernels want besides, while the op runs */
    int64_t again_bytes; /* that launches move besides each operand once: maps that are read again,
                          * scratch from one launch to the next, less what a launch keeps to itself;
                          * not what a library does inside */
    char how[160];       /* "cuDNN engine 46 (A 0), tensor cores" */
    char why[320];       /* what was passed over and by which rule; "" when nothing was */
} gan_op_plan;

/* One fact about this machine, for `gan doctor`. */
typedef enum gan_finding_level {
    GAN_FINDING_OK,
    GAN_FINDING_WARNING,
    GAN_FINDING_FAULT
} gan_finding_level;

typedef struct gan_finding {
    gan_finding_level level;
    const char *subject; /* "driver" */
    const char *fact;    /* what was seen, one line */
    const char *mend;    /* the one line that mends it; NULL when there is nothing to mend */
} gan_finding;

typedef struct gan_planner {
    const char *name; /* "cuda" */

    /* Writes the libraries that plan and their versions, in one line, cut to size. */
    void (*libraries)(char *text, size_t size);
    /* Opens a described device. GAN_E_UNSUPPORTED for one that the libraries no longer run on,
     * GAN_E_USAGE for a bad option, GAN_E_DATA when the library refuses the description. */
    gan_status (*open)(const gan_planner_options *options, gan_planned_device **out,
                       gan_error *err);
    void (*close)(gan_planned_device *device); /* NULL is fine */
    /* Plans op number `op` of a program. GAN_E_UNSUPPORTED with the reasons when there is no way.
     */
    gan_status (*plan)(gan_planned_device *device, const gan_program *program, int op,
                       gan_op_plan *out, gan_error *err);
    /* Says each finding once, in order; never fails. */
    void (*diagnose)(void (*say)(void *ctx, const gan_finding *finding), void *ctx);
} gan_planner;

#endif
