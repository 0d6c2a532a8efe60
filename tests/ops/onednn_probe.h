/* onednn_probe.h — one primitive of oneDNN alone against plain loops in double, with a page without
 * access at the end of every tensor and of the scratchpad.
 *
 * A crash and a hang end the process: whoever probes does it in a child. */
#ifndef OPS_ONEDNN_PROBE_H
#define OPS_ONEDNN_PROBE_H

#include "cpu/onednn.h"

typedef struct probe_case {
    bool is_product; /* a matrix product, not a convolution */
    gan_onednn_pass pass;
    gan_conv_geometry g;
    int64_t batch;
    gan_matmul_attr product;
    bool bf16;
    bool result_in_f32; /* of a forward pass or a product in bf16 */
    int threads;
} probe_case;

typedef enum probe_verdict {
    PROBE_RIGHT,
    PROBE_WRONG,      /* a number is */
    PROBE_OUTSIDE,    /* wrote around a tensor or its scratchpad */
    PROBE_IMPOSSIBLE, /* the library has no such implementation, or refuses to make it */
    PROBE_CRASHED,    /* a signal, e.g. for touching a page without access; set by the parent */
    PROBE_HUNG,       /* set by the parent */
    PROBE_N_VERDICTS
} probe_verdict;

enum { PROBE_NAME_SIZE = 64, PROBE_PLAN = -1, PROBE_LAST = -2 };

/* The library's choice number `which` for the case, as the program would make it; PROBE_PLAN: what
 * the program makes (gan_onednn_conv, gan_onednn_matmul). begun is called with the implementation's
 * name before it is made and run: false, and it is passed over as right. *which becomes PROBE_LAST
 * where there are no more. */
probe_verdict probe_run(const probe_case *c, int *which, bool (*begun)(const char *name, void *ctx),
                        void *ctx);

/* "bwd_filter fp32 2x12x12x4, ..." in text of size bytes. */
void probe_describe(const probe_case *c, char *text, size_t size);

#endif
