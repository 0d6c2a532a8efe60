/* onednn_plan.h — the inside of a plan, for the files that make it (onednn_make.c) and run it
 * (onednn.c).
 *
 * A plan is a primitive, its memories and the reorders around it. What the primitive wants in a
 * layout or a type of its own (filters mostly) is staged in the scratch, as is the library's
 * scratchpad. Where the processor cannot multiply bf16, such tensors are widened there first:
 *
 *     caller's bf16 --widen--> fp32 --reorder--> the primitive's layout --> primitive, and back */
#ifndef GAN_CPU_ONEDNN_PLAN_H
#define GAN_CPU_ONEDNN_PLAN_H

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_debug.h>

#include "cpu/floats.h"
#include "cpu/onednn.h"

enum { GAN_ONEDNN_OPERANDS = 3 };

/* Forwards a failed library call with its name and the library's word for the failure. */
#define GAN_ONEDNN_TRY(call)                                                                       \
    do {                                                                                           \
        dnnl_status_t code_ = (call);                                                              \
        if (code_ != dnnl_success) {                                                               \
            return gan_fail(err, code_ == dnnl_out_of_memory ? GAN_E_MEMORY : GAN_E_BACKEND,       \
                            "oneDNN: %s: %s (%s:%d)", #call, dnnl_status2str(code_), __FILE__,     \
                            __LINE__);                                                             \
        }                                                                                          \
    } while (0)

/* --- plans --- */

struct gan_onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
};

/* One of the primitive's tensors: the caller's memory, and a copy in the layout that the primitive
 * likes better where that is another. */
typedef struct gan_onednn_operand {
    int arg;               /* DNNL_ARG_* of the primitive */
    dnnl_memory_t memory;  /* the caller's, or widened */
    bool is_wide;          /* memory is fp32 in scratch, of the caller's bf16 */
    int64_t wide_offset;   /* bytes from the start of the scratch */
    int64_t count;         /* elements */
    gan_floats lent, wide; /* the caller's tensor, and the other; set by binding */
    dnnl_memory_t staged;  /* in scratch; NULL if the caller's layout is used as it is */
    int64_t staged_offset; /* bytes from the start of the scratch */
    dnnl_primitive_t reorder;
} gan_onednn_operand;

struct gan_onednn_plan {
    gan_onednn *library;
    bool widens;                                      /* bf16 is widened in scratch */
    gan_onednn_operand operands[GAN_ONEDNN_OPERANDS]; /* two arguments, then the result */
    dnnl_primitive_t primitive;
    dnnl_memory_t scratchpad; /* NULL if none is wanted */
    int64_t scratchpad_offset;
    int64_t scratch_bytes;
    char how[96];
};

#endif
