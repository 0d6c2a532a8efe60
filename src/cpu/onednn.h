/* onednn.h — convolutions and matrix products by oneDNN, 2.x and 3.x alike.
 *
 * A plan is one primitive with the reorders around it, made once for its shapes and bound to
 * memory; running it allocates nothing of ours. Library types do not leave the files onednn*. Plans
 * use as many threads as gan_cpu_set_threads() said when they were made, and must be run with the
 * same. */
#ifndef GAN_CPU_ONEDNN_H
#define GAN_CPU_ONEDNN_H

#include <stdint.h>

#include "base/error.h"
#include "program/program.h"

typedef struct gan_onednn gan_onednn;           /* the library's engine and stream */
typedef struct gan_onednn_plan gan_onednn_plan; /* one bound computation */

/* GAN_E_BACKEND with the library's message; *out is NULL on failure. */
gan_status gan_onednn_open(gan_onednn **out, gan_error *err);
void gan_onednn_close(gan_onednn *library); /* NULL is fine; plans must be gone */

/* "oneDNN 2.6.3 avx512_core": version and instruction set. text has room for size bytes. */
void gan_onednn_describe(char *text, size_t size);

typedef enum gan_onednn_pass {
    GAN_ONEDNN_FWD,
    GAN_ONEDNN_BWD_DATA,
    GAN_ONEDNN_BWD_FILTER
} gan_onednn_pass;

/* What the caller's tensors are, in the order of a plan's arguments: GAN_F32 or GAN_BF16. With one
 * that is bf16, arguments are multiplied as bf16 and summed in fp32 where the processor has
 * instructions for that and the library does it right; elsewhere bf16 is widened to fp32 in
 * scratch. */
typedef struct gan_onednn_types {
    gan_dtype first, second, result;
} gan_onednn_types;

/* Instruction sets that the library uses here: those that the processor has and that
 * ONEDNN_MAX_CPU_ISA in the environment allows. The program's own kernels keep to the same. */
bool gan_onednn_has_avx2(void);
bool gan_onednn_has_avx512(void);
/* Whether products of bf16 have instructions here: AVX512_BF16 (or AMX). */
bool gan_onednn_has_bf16(void);
/* Whether they have matrix instructions: AMX. */
bool gan_onednn_has_amx(void);

/* A pass of the convolution `geometry` over a batch, every tensor dense: x (B,H,W,C) and y
 * (B,P,Q,K) with channels last, w (K,R,S,C/groups).
 *
 *   FWD         arguments x, w -> y
 *   BWD_DATA    arguments dy, w -> dx
 *   BWD_FILTER  arguments x, dy -> dw
 *
 * A pass of stride 1 over the input gradient is sometimes faster as a forward convolution with a
 * rotated filter. On channels-last tensors it is not: both were measured within 2 % of each other
 * for the generator's layers, and up to 3.6 times slower for a 1x1 map (oneDNN 2.6 and 3.2).
 * GAN_E_BACKEND when oneDNN has no way to compute it. */
gan_status gan_onednn_conv(gan_onednn *library, gan_onednn_pass pass,
                           const gan_conv_geometry *geometry, int64_t batch, gan_onednn_types types,
                           gan_onednn_plan **out, gan_error *err);

/* y (M,N) = op(a) op(b), arguments a, b -> y. */
gan_status gan_onednn_matmul(gan_onednn *library, const gan_matmul_attr *shape,
                             gan_onednn_types types, gan_onednn_plan **out, gan_error *err);

/* Bytes of scratch that running needs, contents lost between runs. */
int64_t gan_onednn_scratch(const gan_onednn_plan *plan);
/* "oneDNN jit:avx512_core", "oneDNN jit:avx2, bf16 widened"; lives with the plan. */
const char *gan_onednn_explain(const gan_onednn_plan *plan);

/* Fixes the memory of the arguments, the result and the scratch (aligned to 64 bytes). */
gan_status gan_onednn_bind(gan_onednn_plan *plan, const void *first, const void *second,
                           void *result, void *scratch, gan_error *err);
gan_status gan_onednn_run(const gan_onednn_plan *plan, gan_error *err);
void gan_onednn_destroy(gan_onednn_plan *plan); /* NULL is fine */

#endif
