/* work.h — one op of a program made ready for a device: what the files op_*.c share.
 *
 * prepare() decides how an op is computed, makes the library plans and says how much memory a run
 * wants besides the program's own; it needs no device, only a gan_cuda_spec, so that a live device
 * and a described one get the same answer. launch() queues the op on a stream: it allocates
 * nothing, copies nothing and waits for nothing, so that it can be captured.
 *
 * Activations of one op have one type, the narrowest among them. An operand of another type (a fp32
 * weight, what the host feeds or reads) is converted on the way in or out; for weights the store
 * keeps a 16-bit copy that Adam writes along. */
#ifndef GAN_CUDA_WORK_H
#define GAN_CUDA_WORK_H

#include "cuda/cudnn_conv.h"
#include "cuda/cudnn_norm.h"
#include "kernels/kernels.h"
#include "program/planner.h"
#include "program/tune.h"

/* The way of a batch normalization by own kernels, where cuDNN's is the rule. */
#define GAN_CUDA_FUSED "fused"

enum { GAN_CUDA_BARRED_NORMS = 8 };

/* What is known of the device that is computed for. */
typedef struct gan_cuda_spec {
    int sm;
    bool strict;           /* fp32 buffers: fp32 products, no tensor cores */
    bool cudnn_batch_norm; /* else the own kernels */
    bool nondeterministic;
    int64_t workspace_cap;
    gan_cudnn_target target;
    gan_cudnn_engine_set barred; /* engines of convolutions that the device would not capture */
    gan_norm_task barred_norms[GAN_CUDA_BARRED_NORMS]; /* likewise normalizations by cuDNN */
    int n_barred_norms;
    const gan_tune *tune; /* how single ops are computed; NULL = static rules */
    int skip;             /* of a convolution's plans: to list all of them */
    const char *cache;    /* folder of plans that cuDNN compiled at run time; NULL = none */
} gan_cuda_spec;

/* An operand whose type is not the op's. */
typedef struct gan_cuda_cast {
    bool needed;
    bool weight;    /* the store's 16-bit copy is taken, nothing is converted in the step */
    int64_t offset; /* of the converted operand in the op's scratch, otherwise */
} gan_cuda_cast;

enum { GAN_CUDA_WITH_MAX = 4 };

typedef struct gan_cuda_work {
    const gan_program *program;
    const gan_op *op;
    const gan_op
        *with[GAN_CUDA_WITH_MAX]; /* ops that this one computes along, or in part (fuse.c) */
    int n_with;
    bool absorbed;           /* computed by another op's launch: nothing to do */
    bool counted;            /* Adam: its updates are counted before it, by a norm's launch */
    gan_dtype type;          /* of the activations */
    gan_cuda_cast *in, *out; /* one for each operand of the op; one block, owned: in's */
    int64_t cast_bytes;      /* of the op's scratch: first the converted operands, */
    int64_t scratch_bytes;   /* then what its kernels want, */
    int64_t workspace_bytes; /* then what its library wants; each aligned to 256 */
    gan_op_plan plan;        /* how, why, launches: for people */

    gan_cudnn_conv conv;      /* conv, conv_dx, conv_dw */
    gan_conv_geometry padded; /* what cuDNN computes, if not the op's own geometry */
    bool is_padded;
    bool adds;               /* conv_dw: by cuDNN, onto the sum of gradients that comes after it */
    bool is_strict, is_tf32; /* matmul of fp32: pedantic, or by tensor cores */
    gan_cudnn_norm norm;     /* batch_norm, batch_norm_bwd by cuDNN */
} gan_cuda_work;

/* What a launch is queued with. */
typedef struct gan_cuda_call {
    cudaStream_t stream;
    cudnnHandle_t cudnn;
    cublasHandle_t cublas;
    const void **in; /* operands in the op's type; NULL where left out */
    void **out;
    void **with_in[GAN_CUDA_WITH_MAX], **with_out[GAN_CUDA_WITH_MAX]; /* of work->with, as is */
    void **copies; /* of outputs: 16-bit copy of a weight that is one; NULL if none */
    gan_dtype copy_type;
    void *scratch, *workspace;
    float *scales; /* loss scales, steps since they changed, finite flags; NULL without fp16 */
    int32_t *growth, *finite;
    bool in_order; /* the data are one batch, in the order of the epoch */
} gan_cuda_call;

/* How one kind of op is computed here. Bit i of a mask: operand i is an activation; of a variadic
 * row's further ones each is as the last described. */
typedef struct gan_cuda_op {
    uint8_t in_mask, out_mask;
    gan_status (*prepare)(const gan_cuda_spec *spec, gan_cuda_work *work,
                          gan_error *err); /* or NULL */
    gan_status (*launch)(const gan_cuda_work *work, const gan_cuda_call *call, gan_error *err);
} gan_cuda_op;

const gan_cuda_op *gan_cuda_op_row(gan_op_kind kind);

#define GAN_OP(name, attr, n_in, n_out, summary, ...) extern const gan_cuda_op gan_cuda_op_##name;
#include "program/ops.def"
#undef GAN_OP

/* --- the works of a program --- */

/* Every op of a placed program made ready. Zero-initialize. */
typedef struct gan_cuda_works {
    gan_cuda_work *items; /* one per op */
    int n;
    int64_t scratch_bytes; /* the most that one op wants, all three kinds together */
    int launches;          /* of one run */
} gan_cuda_works;

/* GAN_E_UNSUPPORTED names the op that cannot be computed, with the reasons. *works is cleared after
 * a failure. */
gan_status gan_cuda_works_prepare(const gan_cuda_spec *spec, const gan_program *program,
                                  gan_cuda_works *works, gan_error *err);
void gan_cuda_works_clear(gan_cuda_works *works);

/* One op by itself, not fused with others. Cleared by gan_cuda_work_clear() either way. */
gan_status gan_cuda_work_prepare(const gan_cuda_spec *spec, const gan_program *program,
                                 const gan_op *op, gan_cuda_work *work, gan_error *err);
void gan_cuda_work_clear(gan_cuda_work *work);

/* After a device would not run or capture op i: bars the engine of a convolution, or cuDNN's plan
 * for batch normalizations of that shape, from *spec and prepares every op again that uses it;
 * after GAN_CUDA_BARRED_NORMS shapes cuDNN has no normalization left. *changed is false when op i
 * is neither: then nothing is changed. */
gan_status gan_cuda_works_replan(gan_cuda_spec *spec, gan_cuda_works *works, int i, bool *changed,
                                 gan_error *err);

/* True if losses are scaled: their gradients are fp16. */
bool gan_cuda_has_fp16_gradients(const gan_program *program);

/* The place in work->with of an op of that kind, or -1. */
int gan_cuda_with(const gan_cuda_work *work, gan_op_kind kind);
/* The place there of the add that takes output k to a sum of gradients, or -1. */
int gan_cuda_sum_of(const gan_cuda_work *work, int k);

/* The way that spec->tune has for the op, or NULL. */
const char *gan_cuda_way(const gan_cuda_spec *spec, const gan_cuda_work *work);

/* The name of a convolution's plan as a way: "A2:38" is mode A's configuration of rank 2, which is
 * engine 38. */
void gan_cuda_name_plan(const gan_cudnn_choice *choice, char out[GAN_WAY_SIZE]);

/* The operands of a loss whose logits are of the work's type. */
gan_loss_buffers gan_cuda_loss_buffers(const gan_cuda_work *work, const gan_op *op,
                                       const void *const *in, void *const *out,
                                       const float *scales);

/* Bytes of an op's scratch, all three kinds together. */
int64_t gan_cuda_work_bytes(const gan_cuda_work *work);

/* Which ops are launched with another (fuse.c): sets with, absorbed and counted. */
void gan_cuda_works_fuse(gan_cuda_works *works, const gan_program *program);

/* --- for the op_*.c --- */

static inline const gan_buffer *gan_cuda_in(const gan_cuda_work *work, int i)
{
    return work->op->in[i] < 0 ? NULL : &work->program->buffers[work->op->in[i]];
}

static inline const gan_buffer *gan_cuda_out(const gan_cuda_work *work, int i)
{
    return work->op->out[i] < 0 ? NULL : &work->program->buffers[work->op->out[i]];
}

/* Bytes up to 16 that the operand's address is a multiple of; converted ones have all 16. */
int64_t gan_cuda_alignment(const gan_buffer *buffer, const gan_cuda_cast *cast);

/* Bytes rounded up to the 256 that cudaMalloc aligns to. */
static inline int64_t gan_cuda_aligned(int64_t bytes)
{
    return (bytes + 255) / 256 * 256;
}

#endif
