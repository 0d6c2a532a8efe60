/* verify.h — replaying a trajectory that another framework recorded, and comparing every tensor.
 *
 * A trace (tests/golden/trace_format.md) holds a network, inputs and dropout masks, and what Keras
 * or PyTorch computed from them in a few training steps. Each step starts from the recorded state,
 * since the errors of a GAN grow from step to step. It is computed on the device and in double
 * precision: the first tells the device's errors, the second the recorder's. */
#ifndef GAN_VERIFY_H
#define GAN_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "gan/listener.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* All zero is a good default. */
typedef struct gan_verify_options {
    const char *device;           /* "auto" (NULL), "cpu", "cuda", "reference" */
    int threads;                  /* 0 = every core this process may use */
    const char *conv;             /* as --conv; NULL = auto */
    const char *precision;        /* as --precision; NULL = strict fp32 */
    const char *batch_norm;       /* on a GPU: cudnn, fused; NULL = what it gets */
    int64_t max_steps;            /* of the trace; 0 = all */
    const gan_listener *listener; /* may be NULL */
} gan_verify_options;

/* One tensor, worst over the steps that were replayed; or one loss of the free run.
 *
 * The trace and the device are each compared with the same step in double precision. Random errors
 * of the size that rounding in the precision makes, put into the run in double precision, tell what
 * rounding moves the tensor by; an error is measured in that. */
typedef struct gan_verify_row {
    const char *tensor;               /* "grad/g.dense0.kernel" */
    double error, tolerance;          /* in the measure; a row passes when error <= tolerance */
    double device_error, trace_error; /* the two that error is the larger of */
    double device_relative, trace_relative, rounding_relative; /* of the worst step: L2 norms of
                             both errors and of what rounding does, over that of the tensor */
    const char *measure;                                       /* how error is defined */
    const char *reason;                                        /* why the tolerance is what it is */
    const char *failure; /* what failed, in a sentence with the numbers; NULL when it passed */
    int64_t worst_step;
    bool passed;
    bool shown_only; /* free run: nothing is demanded of it */
} gan_verify_row;

typedef struct gan_verify_summary {
    int64_t steps, rows, failed;
    char framework[128]; /* "tensorflow 2.21.0" */
    char net[128];
} gan_verify_summary;

/* gan_verify() — replays the trace and calls row once for each tensor (strings live during the
 * call). GAN_OK when every row passed; GAN_E_MISMATCH when one did not, also for NaN; GAN_E_DATA
 * for a damaged or foreign trace; GAN_E_NO_INPUT, GAN_E_NO_DEVICE, GAN_E_UNSUPPORTED, GAN_E_MEMORY,
 * GAN_E_BACKEND. */
gan_status gan_verify(const char *trace, const gan_verify_options *options,
                      void (*row)(void *ctx, const gan_verify_row *row), void *ctx,
                      gan_verify_summary *summary, gan_error *err);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
