/* verify.h — replaying a trajectory that another framework recorded, and comparing every tensor.
 *
 * A trace (tests/golden/trace_format.md) holds a network, inputs and dropout masks, and what Keras
 * or PyTorch computed from them in a few training steps. Each step starts from the recorded state,
 * since the errors of a GAN grow from step to step. */
#ifndef GAN_VERIFY_H
#define GAN_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All zero is a good default. */
typedef struct gan_verify_options {
    const char *device;                        /* "auto" (NULL), "cpu", "cuda", "reference" */
    int threads;                               /* 0 = every core this process may use */
    const char *conv;                          /* as --conv; NULL = auto */
    const char *precision;                     /* as --precision; NULL = strict fp32 */
    const char *batch_norm;                    /* on a GPU: cudnn, fused; NULL = what it gets */
    int64_t max_steps;                         /* of the trace; 0 = all */
    void (*note)(void *ctx, const char *line); /* may be NULL */
    void *note_ctx;
} gan_verify_options;

/* One tensor of one kind, worst over the steps that were replayed; or one loss of the free run. */
typedef struct gan_verify_row {
    const char *tensor;      /* "grad/g.dense0.kernel" */
    double error, tolerance; /* in the measure; a row passes when error <= tolerance */
    const char *measure;     /* how error is defined */
    const char *reason;      /* why the tolerance is what it is */
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

#ifdef __cplusplus
}
#endif
#endif
