/* verify_replay.h — the state of one gan_verify(), for the files that do it. */
#ifndef GAN_VERIFY_VERIFY_REPLAY_H
#define GAN_VERIFY_VERIFY_REPLAY_H

#include "verify/verify.h"

/* One row of the report under construction. */
typedef struct gan_verify_row_state {
    bool is_seen;                                              /* a step was compared in it */
    double by_device, by_trace;                                /* worst ratios so far */
    double device_relative, trace_relative, rounding_relative; /* of the worst step */
    int64_t worst_step;
    char *failure;
} gan_verify_row_state;

typedef struct gan_verify_replay {
    gan_trace trace;
    char words[64];                        /* "cpu in strict" */
    gan_verify_programs plain, own, rough; /* in fp32; as the device runs it; as it rounds */
    gan_verify_player tested, exact;
    bool is_rough;       /* it rounds more than fp32 does, */
    double kernel_error; /* and kernels by so much */
    int threads;
    gan_verify_case *cases[GAN_STEP_PARTS]; /* of the step at hand, one per tensor of its list */
    gan_verify_row_state *rows;             /* one per tensor of a whole step */
    float (*free_losses)[2];
    float *gradients[GAN_NET_COUNT]; /* that the device computed, of each network, flat */
    double *scratch;                 /* as long as the longest tensor */
    int seeds;                       /* that the cases' allowances come from */
    gan_error *err;
} gan_verify_replay;

/* Opens devices and makes programs and memory for the open trace r->trace (verify_make.c). */
gan_status gan_verify_prepare(gan_verify_replay *r, const gan_verify_options *o);
/* Gives everything back, the trace too, after a failure of prepare as well. */
void gan_verify_release(gan_verify_replay *r);

/* Calls row for each tensor and each loss of the free run, fills the summary; GAN_E_MISMATCH if a
 * tensor failed (verify_report.c). */
gan_status gan_verify_report(const gan_verify_replay *r,
                             void (*row)(void *ctx, const gan_verify_row *row), void *ctx,
                             gan_verify_summary *summary);

#endif
